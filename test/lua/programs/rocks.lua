-- Downloads as LuaRocks makes them: the manifest of a server of rocks, then the newest version of a rock, into a tree of folders.
-- arg: the origin, the rock's name, a folder, a file of roots for https.

local http, https, url, ltn12 = require "socket.http", require "ssl.https", require "socket.url", require "ltn12"
local lfs = require "lfs"

local origin, name, folder, roots = table.unpack(arg)

-- ssl.https follows no redirects: that is for the program, which may come to http and back.
local function request(address, sink_of, left)
  local scheme = url.parse(address).scheme
  local module = scheme == "https" and https or http
  local done, code, headers, status = module.request {
    url = address, redirect = false, sink = sink_of(), headers = { ["user-agent"] = "rocks" },
    cafile = scheme == "https" and roots or nil, verify = scheme == "https" and "peer" or nil,
  }
  if not done then return nil, code end
  if code >= 301 and code <= 308 and headers.location then
    if left == 0 then return nil, "too many redirects" end
    return request(url.absolute(address, headers.location), sink_of, left - 1)
  end
  if code ~= 200 then return nil, status end
  return true
end

local function fetch(address)
  local pieces
  local done, wrong = request(address, function() pieces = {} return ltn12.sink.table(pieces) end, 3)
  if not done then return nil, wrong end
  return table.concat(pieces)
end

-- Into a file beside it, which takes its name when it is whole.
local function download(address, path)
  local part = path .. ".part"
  local done, wrong = request(address, function() return ltn12.sink.file(assert(io.open(part, "wb"))) end, 3)
  if not done then
    os.remove(part)
    return nil, wrong
  end
  return os.rename(part, path)
end

local function make_folders(path)
  local whole = ""
  for step in path:gmatch "[^/]+" do
    whole = whole .. "/" .. step
    if not lfs.attributes(whole, "mode") then assert(lfs.mkdir(whole)) end
  end
end

local function newest(versions)
  local names = {}
  for version in pairs(versions) do names[#names + 1] = version end
  table.sort(names, function(a, b)
    local a1, a2 = a:match "^(%d+)%.(%d+)"
    local b1, b2 = b:match "^(%d+)%.(%d+)"
    if a1 ~= b1 then return tonumber(a1) > tonumber(b1) end
    return tonumber(a2) > tonumber(b2)
  end)
  return names[1]
end

local text, wrong = fetch(origin .. "/manifest-5.4")
if not text then
  print(wrong)
  return
end
local manifest = {}
assert(load(text, "=manifest", "t", manifest))()
local version = newest(manifest.repository[name])
local target = folder .. "/rocks-5.4/" .. name .. "/" .. version
local lock = assert(lfs.lock_dir(folder))
make_folders(target)
local file = ("%s/%s-%s.src.rock"):format(target, name, version)
print(version, download(("%s/%s-%s.src.rock"):format(origin, name, version), file))
print(lfs.attributes(file, "size"), (lfs.attributes(file .. ".part", "mode")))
print(select(2, download(origin .. "/none.rock", target .. "/none")))
print(select(2, download(origin .. "/loop.rock", target .. "/loop")))
local found = {}
for entry in lfs.dir(target) do found[#found + 1] = entry end
table.sort(found)
print(table.concat(found, " "))
lock:free()
