-- Receives datagrams on a UDP port, says what came, and answers each with its length; an empty one ends it.
-- Usage: listener.lua [address [port]]; port 0 lets the system choose.
local socket = require "socket"

local udp = assert(socket.udp())
assert(udp:setsockname(arg[1] or "*", arg[2] or 5088))
local ip, port = udp:getsockname()
print(("listening on %s, port %d"):format(ip, port))
io.stdout:flush()

repeat
  local data, sender, from = assert(udp:receivefrom())
  print(("%s: %q"):format(sender, data))
  io.stdout:flush()
  udp:sendto(#data .. " bytes", sender, from)
until data == ""
udp:close()
