-- A client of Redis with LuaSocket: a hundred requests in one send, then their replies, each a line and the bytes that it announces.

local marginal = dofile((arg[0]:gsub("[^/]*$", "marginal.lua")))
local socket = require("socket")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local client = assert(socket.connect("127.0.0.1", port))
assert(client:setoption("tcp-nodelay", true))
assert(client:send("redis\n"))

local requests = string.rep("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", 100)

local function pipeline(count)
  for _ = 1, count, 100 do
    assert(client:send(requests))
    for _ = 1, 100 do
      local line = assert(client:receive())
      local size = tonumber(line:sub(2))
      assert(#assert(client:receive(size + 2)) == size + 2)
    end
  end
end

marginal(units, function() pipeline(units / 10) end, function() pipeline(units / 10 * 9) end)
client:close()
