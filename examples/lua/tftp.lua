-- Downloads a file by TFTP (RFC 1350): tftp.lua host port remote local
--
--     read request   00 01 name 00 mode 00
--     data           00 03 block(2) up to 512 bytes; fewer are the last
--     answer         00 04 block(2)
--     error          00 05 code(2) text 00
local socket = require "socket"

local host, port, remote, name = table.unpack(arg, 1, 4)
if not name then
  io.stderr:write("usage: tftp.lua host port remote local\n")
  os.exit(2)
end
local DATA, ANSWER, ERROR = 3, 4, 5
local ATTEMPTS, SIZE = 5, 512

local get = socket.protect(function(sink)
  local udp = socket.try(socket.udp())
  local try = socket.newtry(function() udp:close() end)
  udp:settimeout(1)
  local address = try(socket.dns.toip(host))
  local to, sent = tonumber(port), string.pack(">I2zz", 1, remote, "octet")
  local peer
  for block = 1, math.huge do
    local data
    for attempt = 1, ATTEMPTS do
      try(udp:sendto(sent, address, to))
      local packet, from, from_port = udp:receivefrom()
      -- The server answers from a port that it takes for this file, and from then on no other is heard.
      if packet and from == address and (not peer or peer == from_port) and #packet >= 4 then
        local kind, number = string.unpack(">I2I2", packet)
        if kind == ERROR then try(nil, packet:match("^....(.-)%z")) end
        if kind == DATA and number == block % 65536 then
          peer, to, data = from_port, from_port, packet:sub(5)
          break
        end
      end
    end
    try(data, "timeout")
    try(sink(data))
    sent = string.pack(">I2I2", ANSWER, block % 65536)
    if #data < SIZE then
      try(udp:sendto(sent, address, to))
      udp:close()
      return 1
    end
  end
end)

local file = assert(io.open(name, "wb"))
local done, message = get(function(data) return file:write(data) end)
file:close()
if not done then
  os.remove(name)
  io.stderr:write(host, ": ", message, "\n")
  os.exit(1)
end
