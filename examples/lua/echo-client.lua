-- Sends its input to an echo server, line by line, and prints what comes back.
-- Usage: echo-client.lua [host [port]]
local socket = require "socket"

local client = assert(socket.connect(arg[1] or "127.0.0.1", arg[2] or 7))
client:settimeout(10)
for line in io.lines() do
  assert(client:send(line .. "\n"))
  print((assert(client:receive())))
end
-- The server sees the end, and closes when it has sent the rest.
client:shutdown("send")
local rest, problem = client:receive("*a")
assert(rest == nil and problem == "closed", "the server said more than it was told")
client:close()
