-- Bulk with LuaSocket: the same 64 KiB again and again; the sink says at the end how much it got.

local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local chunk = string.rep("moonsocket", 6554):sub(1, 65536)

local function sendall(bytes)
  local client = assert(socket.connect("127.0.0.1", port))
  assert(client:send("sink\n"))
  for _ = 1, bytes, #chunk do
    assert(client:send(chunk))
  end
  client:shutdown("send")
  assert(tonumber(assert(client:receive())) == bytes)
  client:close()
end

sendall(units / 16)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
sendall(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
