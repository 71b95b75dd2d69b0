-- Prints a file on a line printer server, or shows its queue (RFC 1179): lp.lua host[:port] queue [file]
local socket = require "socket"

local place, queue, name = table.unpack(arg, 1, 3)
if not queue then
  io.stderr:write("usage: lp.lua host[:port] queue [file]\n")
  os.exit(2)
end
local host, port = place:match("^(.-):?(%d*)$")
port = tonumber(port) or 515

-- A server says yes to each step by a zero.
local function step(connection, try, ...)
  try(connection:send(table.concat { ... }))
  local answer = try(connection:receive(1))
  try(answer == "\0", ("the server says %d"):format(answer:byte()))
end

local function connected()
  local connection = socket.try(socket.connect(host, port))
  local try = socket.newtry(function() connection:close() end)
  connection:settimeout(10)
  return connection, try
end

local show = socket.protect(function()
  local connection, try = connected()
  try(connection:send("\3" .. queue .. "\n"))
  local text = try(connection:receive("*a"))
  connection:close()
  return text
end)

local print_file = socket.protect(function(data)
  local connection, try = connected()
  local here = socket.dns.gethostname()
  local job = ("%03d%s"):format(math.random(0, 999), here)
  local control = ("H%s\nP%s\nldfA%s\nN%s\n"):format(here, os.getenv("USER") or "nobody", job, name)
  step(connection, try, "\2", queue, "\n")
  step(connection, try, "\2", #control, " cfA", job, "\n")
  step(connection, try, control, "\0")
  step(connection, try, "\3", #data, " dfA", job, "\n")
  step(connection, try, data, "\0")
  connection:close()
  return job
end)

local done, message
if name then
  local file = assert(io.open(name, "rb"))
  done, message = print_file(file:read("a"))
  file:close()
else
  done, message = show()
end
if not done then
  io.stderr:write(place, ": ", message, "\n")
  os.exit(1)
end
io.write(name and "printed\n" or done)
