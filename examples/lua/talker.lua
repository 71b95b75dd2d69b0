-- Sends what is typed to a UDP port, a line in each datagram, and shows the answers that come within a second.
-- Usage: talker.lua [host [port]]
local socket = require "socket"

local host, port = arg[1] or "127.0.0.1", arg[2] or 5088
local ip = assert(socket.dns.toip(host))
local udp = assert(socket.udp())
assert(udp:setpeername(ip, port))
udp:settimeout(1)

for line in io.lines() do
  assert(udp:send(line))
  local answer, problem = udp:receive()
  print(answer or ("no answer: " .. problem))
end
udp:close()
