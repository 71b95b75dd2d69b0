-- The codecs of LuaSocket, in C, each over 1 MiB in one call.

local socket = require("socket")
local mime = require("mime.core")
local units = tonumber(arg[2])

local MiB = 2 ^ 20
local bytes, state = {}, 1
for i = 1, MiB do
  state = (state * 16807) % 2147483647
  bytes[i] = string.char(state % 256)
end
local data = table.concat(bytes)
bytes = nil
local line = "The quick brown fox jumps over the lazy dog in the café, which is 1.50 € = 3 DM.\r\n"
local text = line:rep(math.ceil(MiB / #line)):sub(1, MiB)

local base64 = mime.b64(data)
local lines = mime.wrp(76, base64)
local quoted = mime.qp(text)
local soft = mime.qpwrp(76, quoted)

local codecs = {
  { "base64 encode", function() return mime.b64(data) end, #base64 },
  { "base64 decode", function() return mime.unb64(lines) end, #data },
  { "qp encode", function() return mime.qp(text) end, #quoted },
  { "qp decode", function() return mime.unqp("", soft) end, #text },
  { "wrap", function() return mime.wrp(76, base64) end, #lines },
  { "soft wrap", function() return mime.qpwrp(76, quoted) end, #soft },
  { "normalize", function() return mime.eol(0, text) end, #text },
  { "stuff", function() return mime.dot(2, text) end, #text },
}

local wall, total, parts = socket.gettime(), 0, {}
for _, codec in ipairs(codecs) do
  local name, run, length = codec[1], codec[2], codec[3]
  for _ = 1, 20 do assert(#run() == length, name) end
  local cpu = os.clock()
  for _ = 1, units do run() end
  cpu = os.clock() - cpu
  total = total + cpu
  parts[#parts + 1] = string.format('"%s":%.6f', name, cpu)
end
print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%.6f,"seconds":{%s}}', units, total,
  socket.gettime() - wall, table.concat(parts, ",")))
