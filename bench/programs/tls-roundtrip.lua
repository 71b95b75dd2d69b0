-- Round trips with LuaSec: 64 bytes there and back, one after the other.

local socket, ssl = require("socket"), require("ssl")
local port, units = tonumber(arg[1]), tonumber(arg[2])
local context = assert(ssl.newcontext({ mode = "client", protocol = "any", verify = "none", options = { "all", "no_sslv3" } }))

local function dial()
  local plain = assert(socket.connect("127.0.0.1", port))
  local client = assert(ssl.wrap(plain, context))
  assert(client:dohandshake())
  return client, plain
end

local plain = assert(socket.connect("127.0.0.1", port))
assert(plain:setoption("tcp-nodelay", true))
local client = assert(ssl.wrap(plain, context))
assert(client:dohandshake())
assert(client:send("echo\n"))
local message = string.rep("m", 64)

local function run(count)
  for _ = 1, count do
    assert(client:send(message))
    assert(assert(client:receive(64)) == message)
  end
end

run(units / 10)
-- os.clock is the CPU time of the process, user and system.
local wall, cpu = socket.gettime(), os.clock()
run(units)
cpu, wall = os.clock() - cpu, socket.gettime() - wall
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f}', units, cpu, wall))
