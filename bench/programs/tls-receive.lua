-- Bulk with LuaSec: received in pieces of 64 KiB.

local socket, ssl = require("socket"), require("ssl")
local port, units = tonumber(arg[1]), tonumber(arg[2])
local context = assert(ssl.newcontext({ mode = "client", protocol = "any", verify = "none", options = { "all", "no_sslv3" } }))

local function dial()
  local plain = assert(socket.connect("127.0.0.1", port))
  local client = assert(ssl.wrap(plain, context))
  assert(client:dohandshake())
  return client, plain
end

local function run(bytes)
  local client = dial()
  assert(client:send(string.format("bytes %d\n", bytes)))
  local received = 0
  while received < bytes do received = received + #assert(client:receive(65536)) end
  assert(received == bytes)
  client:close()
end

run(units / 16)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
run(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
