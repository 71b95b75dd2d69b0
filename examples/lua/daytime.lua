-- Asks a server for the time of day (RFC 867): by TCP, or by UDP with an empty datagram.
-- Usage: daytime.lua [host [port [tcp|udp]]]
local socket = require "socket"

local host, port, protocol = arg[1] or "127.0.0.1", arg[2] or 13, arg[3] or "tcp"
local answer
if protocol == "udp" then
  local udp = assert(socket.udp())
  assert(udp:setpeername(host, port))
  udp:settimeout(5)
  assert(udp:send(""))
  answer = assert(udp:receive())
  udp:close()
else
  local tcp = assert(socket.connect(host, port))
  tcp:settimeout(5, "t")
  answer = assert(tcp:receive("*a"))
  tcp:close()
end
io.write(answer)
