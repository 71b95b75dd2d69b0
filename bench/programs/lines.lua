-- Lines with LuaSocket: one client:receive() a line, in its usual, blocking manner.

local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local warmup = units / 10
local client = assert(socket.connect("127.0.0.1", port))
assert(client:send(string.format("lines %d\n", warmup + units)))

local function receivelines(count)
  local characters = 0
  for _ = 1, count do
    local line = assert(client:receive())
    characters = characters + #line
  end
  assert(characters == count * 59)
end

receivelines(warmup)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
receivelines(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
client:close()
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
