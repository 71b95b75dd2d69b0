-- A group on the local network: who listens hears everybody who speaks.
-- Usage: multicast.lua listen [count [port]], or multicast.lua speak port text...
local socket = require "socket"

local GROUP, INTERFACE = "239.83.7.1", os.getenv("INTERFACE") or "*"
local mode = arg[1]
local udp = assert(socket.udp4())

if mode == "listen" then
  -- Several listeners on one machine share the port.
  assert(udp:setoption("reuseaddr", true))
  assert(udp:setsockname("*", arg[3] or 0))
  assert(udp:setoption("ip-add-membership", { multiaddr = GROUP, interface = INTERFACE }))
  print(("listening on port %d"):format((select(2, udp:getsockname()))))
  io.stdout:flush()
  for _ = 1, tonumber(arg[2] or math.huge) do
    print((assert(udp:receivefrom())))
  end
  assert(udp:setoption("ip-drop-membership", { multiaddr = GROUP, interface = INTERFACE }))
elseif mode == "speak" then
  -- One hop: what is said does not leave this network.
  assert(udp:setoption("ip-multicast-ttl", 1))
  assert(udp:setoption("ip-multicast-loop", true))
  assert(udp:setoption("ip-multicast-if", INTERFACE))
  assert(udp:sendto(table.concat(arg, " ", 3), GROUP, arg[2]))
else
  io.stderr:write("usage: multicast.lua listen [count [port]] | speak port text...\n")
  os.exit(1)
end
udp:close()
