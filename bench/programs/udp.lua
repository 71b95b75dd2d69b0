-- Datagrams with LuaSocket: one socket sends, the other receives, in one process, so that nobody ever waits. Neither has a peer.

local socket = require("socket")
local units = tonumber(arg[2])

local sender, receiver = assert(socket.udp()), assert(socket.udp())
assert(receiver:setsockname("127.0.0.1", 0))
local address, port = receiver:getsockname()
port = tonumber(port)
local message = string.rep("m", 64)

local function sendandreceive(count)
  local received = 0
  for _ = 1, count do
    assert(sender:sendto(message, address, port))
    local data = assert(receiver:receivefrom())
    received = received + #data
  end
  assert(received == count * 64)
end

sendandreceive(units / 10)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
sendandreceive(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
