-- Sends a text from the standard input, with files: mail.lua server[:port] from to subject [file…]
local ltn12 = require "ltn12"
local mime = require "mime"
local smtp = require "socket.smtp"

local server, from, to, subject = table.unpack(arg, 1, 4)
if not subject then
  io.stderr:write("usage: mail.lua server[:port] from to subject [file...]\n")
  os.exit(2)
end
local host, port = server:match("^(.-):?(%d*)$")

-- Quoted-printable and base64 travel through any server; texts have CRLF as line ends.
local parts = { {
  headers = { ["content-type"] = 'text/plain; charset="utf-8"', ["content-transfer-encoding"] = "quoted-printable" },
  body = ltn12.source.chain(
    ltn12.source.string(io.read("a")),
    ltn12.filter.chain(mime.normalize(), mime.encode("quoted-printable"), mime.wrap("quoted-printable"))
  ),
} }
for i = 5, #arg do
  parts[#parts + 1] = {
    headers = {
      ["content-type"] = "application/octet-stream",
      ["content-disposition"] = ('attachment; filename="%s"'):format(arg[i]:match("[^/]*$")),
      ["content-transfer-encoding"] = "base64",
    },
    body = ltn12.source.chain(
      ltn12.source.file(assert(io.open(arg[i], "rb"))),
      ltn12.filter.chain(mime.encode("base64"), mime.wrap("base64"))
    ),
  }
end

local sent, message = smtp.send {
  server = host,
  port = tonumber(port),
  from = ("<%s>"):format(from),
  rcpt = ("<%s>"):format(to),
  source = smtp.message { headers = { from = from, to = to, subject = subject }, body = parts },
}
if not sent then
  io.stderr:write(server, ": ", message, "\n")
  os.exit(1)
end
