-- Bulk with LuaSec: the same 64 KiB again and again. It cannot end one half, so nobody says how much came.

local socket, ssl = require("socket"), require("ssl")
local port, units = tonumber(arg[1]), tonumber(arg[2])
local context = assert(ssl.newcontext({ mode = "client", protocol = "any", verify = "none", options = { "all", "no_sslv3" } }))

local function dial()
  local client = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)), context))
  assert(client:dohandshake())
  return client
end

local chunk = string.rep("moonsocket", 6554):sub(1, 65536)

local function run(bytes)
  local client = dial()
  assert(client:send("sink\n"))
  for _ = 1, bytes, #chunk do
    assert(client:send(chunk))
  end
  client:close()
end

run(units / 16)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
run(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
