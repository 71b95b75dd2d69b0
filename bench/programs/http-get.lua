-- Requests with LuaSocket: GETs of 1 KiB, one after the other. It opens a connection for each.

local http = require("socket.http")
local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local url = string.format("http://127.0.0.1:%d/1024", port)

local function requests(count)
  local received = 0
  for _ = 1, count do
    local body = assert(http.request(url))
    received = received + #body
  end
  assert(received == count * 1024)
end

requests(units / 10)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
requests(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
