-- Copies a file from or to a server, or lists a folder: ftp.lua get url file | put file url | list url
local ftp = require "socket.ftp"
local ltn12 = require "ltn12"

local function give_up(message)
  io.stderr:write("ftp.lua: ", message, "\n")
  os.exit(1)
end

local action, first, second = table.unpack(arg, 1, 3)
if action == "get" and second then
  -- Under its name only when it is whole.
  local part = second .. ".part"
  local done, message = ftp.get {
    url = first, type = "i", sink = ltn12.sink.file(assert(io.open(part, "wb"))),
  }
  if not done then
    os.remove(part)
    give_up(message)
  end
  assert(os.rename(part, second))
elseif action == "put" and second then
  local sent, message = ftp.put { url = second, type = "i", source = ltn12.source.file(assert(io.open(first, "rb"))) }
  if not sent then give_up(message) end
  print(("%d bytes"):format(sent))
elseif action == "list" and first then
  local done, message = ftp.get { url = first, command = "nlst", sink = ltn12.sink.file(io.stdout) }
  if not done then give_up(message) end
else
  io.stderr:write("usage: ftp.lua get url file | put file url | list url\n")
  os.exit(2)
end
