-- Datagrams with LuaSocket, 64 sent and then 64 received, by a call each: it has no other way. In one process; each socket is the other's peer.

local socket = require("socket")
local units = tonumber(arg[2])

local BATCH = 64
local sender, receiver = assert(socket.udp()), assert(socket.udp())
assert(sender:setsockname("127.0.0.1", 0))
assert(receiver:setsockname("127.0.0.1", 0))
assert(sender:setpeername(receiver:getsockname()))
assert(receiver:setpeername(sender:getsockname()))
local message = string.rep("m", 64)

local function sendandreceive(count)
  local received = 0
  for _ = 1, count, BATCH do
    for _ = 1, BATCH do
      assert(sender:send(message))
    end
    for _ = 1, BATCH do
      local data = assert(receiver:receive())
      received = received + #data
    end
  end
  assert(received == count * 64)
end

sendandreceive(units / 16)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
sendandreceive(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
