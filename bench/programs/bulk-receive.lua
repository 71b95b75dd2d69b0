-- Bulk with LuaSocket: everything until the peer closes, as one string.

local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local function receiveall(bytes)
  local client = assert(socket.connect("127.0.0.1", port))
  assert(client:send(string.format("bytes %d\n", bytes)))
  local all = assert(client:receive("*a"))
  assert(#all == bytes)
  client:close()
end

receiveall(units / 16)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
receiveall(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
