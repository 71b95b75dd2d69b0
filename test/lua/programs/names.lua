-- Prints each name of the modules and of their objects, with its type, and its value where that is no table and no function.
-- arg[1] is a certificate, arg[2] a folder that is there and empty.

local function show(prefix, value, above)
  local kind = math.type(value) or type(value)
  local text = (kind == "table" or kind == "function" or kind == "userdata") and "" or (" %q"):format(value)
  print(prefix .. ": " .. kind .. text)
  if kind ~= "table" or above[value] then return end
  above[value] = true
  local names = {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for _, name in ipairs(names) do
    local item = value[name]
    if item == nil then item = value[tonumber(name)] end
    show(prefix .. "." .. name, item, above)
  end
  above[value] = nil
end

local MODULES = {
  "socket", "socket.core", "socket.unix", "socket.serial", "socket.url", "socket.headers", "socket.http", "socket.ftp",
  "socket.smtp", "socket.tp", "socket.mbox", "mbox", "mime", "mime.core", "ltn12", "ssl", "ssl.core", "ssl.context",
  "ssl.x509", "ssl.config", "ssl.https", "lfs",
}
local loaded = {}
for _, name in ipairs(MODULES) do
  local found, module = pcall(require, name)
  if found then loaded[#loaded + 1] = { name, module } else print(name .. ": absent") end
end
for _, one in ipairs(loaded) do show(one[1], one[2], {}) end

local function show_object(name, object) show(name, debug.getmetatable(object), {}) end

local socket, ssl, lfs = require "socket", require "ssl", require "lfs"
local server = assert(socket.bind("127.0.0.1", 0))
local host, port = server:getsockname()
local client = assert(socket.connect(host, tonumber(port)))
local connected = socket.udp()
assert(connected:setpeername(host, tonumber(port)))
local context = ssl.newcontext { mode = "client", protocol = "any" }
local directory, entries = lfs.dir(arg[2])
local lock = assert(lfs.lock_dir(arg[2], 10))
show_object("tcp{master}", socket.tcp())
show_object("tcp{server}", server)
show_object("tcp{client}", client)
show_object("udp{unconnected}", socket.udp())
show_object("udp{connected}", connected)
local unix = require "socket.unix"
show_object("unixstream{master}", unix.stream())
show_object("unixdgram{unconnected}", unix.dgram())
show_object("context", context)
show_object("connection", ssl.wrap(client, context))
show_object("certificate", ssl.loadcertificate(io.open(arg[1]):read "a"))
show_object("entries of a folder", entries)
show_object("lock of a folder", lock)
show("sink", getmetatable(socket.sink("keep-open", client)), {})
lock:free()
