-- Follows the links of a page, several at once: check-links.lua url [at once]
-- Each check is a coroutine, whose sockets wait by socket.select for all of them together.
local http = require "socket.http"
local ltn12 = require "ltn12"
local socket = require "socket"
local url = require "socket.url"

local page, most = arg[1], tonumber(arg[2] or 10)
if not page then
  io.stderr:write("usage: check-links.lua url [at once]\n")
  os.exit(2)
end

-- Coroutines that wait, by the socket that each waits for.
local readers, writers = {}, {}

local function wait(list, connection)
  list[connection] = coroutine.running()
  coroutine.yield()
  list[connection] = nil
end

-- A connection whose calls let the others go on.
local function create()
  local connection = assert(socket.tcp())
  connection:settimeout(0)
  local object = {}
  function object:settimeout() return 1 end
  function object:connect(host, port)
    local done, message = connection:connect(host, port)
    if not done and message == "timeout" then
      wait(writers, connection)
      done, message = connection:connect(host, port)
      if message == "already connected" then done = 1 end
    end
    return done, message
  end
  function object:send(data, first, last)
    first = (first or 1) - 1
    while true do
      local sent, message
      sent, message, first = connection:send(data, first + 1, last)
      if sent or message ~= "timeout" then return sent, message, first end
      wait(writers, connection)
    end
  end
  function object:receive(pattern, prefix)
    while true do
      local data, message
      data, message, prefix = connection:receive(pattern, prefix)
      if data or message ~= "timeout" then return data, message, prefix end
      wait(readers, connection)
    end
  end
  function object:close() return connection:close() end
  return object
end

local function keys(list)
  local found = {}
  for key in pairs(list) do found[#found + 1] = key end
  return found
end

local function run_until(is_over)
  while not is_over() do
    local readable, writable = socket.select(keys(readers), keys(writers))
    for _, connection in ipairs(readable) do assert(coroutine.resume(readers[connection])) end
    for _, connection in ipairs(writable) do assert(coroutine.resume(writers[connection])) end
  end
end

local body, code = http.request(page)
if code ~= 200 then
  io.stderr:write(page, ": ", tostring(code), "\n")
  os.exit(1)
end

local links, known = {}, {}
for link in body:gmatch("[Hh][Rr][Ee][Ff]%s*=%s*[\"'](.-)[\"']") do
  local target = url.absolute(page, link):gsub("#.*", "")
  if target:find("^http:") and not known[target] then
    known[target] = true
    links[#links + 1] = target
  end
end

local running, results = 0, {}
for i, link in ipairs(links) do
  run_until(function() return running < most end)
  running = running + 1
  assert(coroutine.resume(coroutine.create(function()
    local done, status = http.request { url = link, method = "HEAD", sink = ltn12.sink.null(), create = create }
    results[i] = status
    running = running - 1
  end)))
end
run_until(function() return running == 0 end)

local broken = 0
for i, link in ipairs(links) do
  if results[i] ~= 200 then
    broken = broken + 1
    print(link, results[i])
  end
end
print(("%d links, %d broken"):format(#links, broken))
