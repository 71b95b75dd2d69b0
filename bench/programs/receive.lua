-- Bulk with LuaSocket, as programs take it that keep nothing: 8 KiB at a time.

local marginal = dofile((arg[0]:gsub("[^/]*$", "marginal.lua")))
local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local client = assert(socket.connect("127.0.0.1", port))
local pieces = units // 8192
assert(client:send(string.format("bytes %d\n", pieces * 8192)))

local function receive(count)
  for _ = 1, count do
    assert(#assert(client:receive(8192)) == 8192)
  end
end

marginal(units, function() receive(pieces // 10) end, function() receive(pieces - pieces // 10) end)
client:close()
