-- Round trips with LuaSocket: 64 bytes there and back, one after the other, blocking.

local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local client = assert(socket.connect("127.0.0.1", port))
assert(client:setoption("tcp-nodelay", true))
assert(client:send("echo\n"))
local message = string.rep("m", 64)

local function roundtrips(count)
  for _ = 1, count do
    assert(client:send(message))
    assert(assert(client:receive(64)) == message)
  end
end

roundtrips(units / 10)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
roundtrips(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
client:close()
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
