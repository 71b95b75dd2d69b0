-- A download with LuaSocket, into a sink that discards it.

local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local function download(size)
  local received = 0
  local function count(chunk)
    if chunk then received = received + #chunk end
    return chunk
  end
  local url = string.format("http://127.0.0.1:%d/%d", port, size)
  assert(http.request{ url = url, sink = ltn12.sink.chain(count, ltn12.sink.null()) })
  assert(received == size)
end

download(1 << 26)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
download(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
