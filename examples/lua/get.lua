-- Downloads a URL into a file, and tells how far it is: get.lua url [file]
local http = require "socket.http"
local ltn12 = require "ltn12"
local socket = require "socket"

local url = arg[1]
if not url then
  io.stderr:write("usage: get.lua url [file]\n")
  os.exit(2)
end
local name = arg[2] or url:gsub("[?#].*", ""):match("//[^/]+/.-([^/]+)$") or "index.html"

local function give_up(message)
  io.stderr:write(url, ": ", message, "\n")
  os.exit(1)
end

-- A server tells the size before it sends anything.
local found, code, headers, status = http.request { url = url, method = "HEAD" }
if not found then give_up(code) end
if code ~= 200 then give_up(status) end
local size = tonumber(headers["content-length"])

-- A filter that changes nothing.
local begin, received = socket.gettime(), 0
local told = begin
local function progress(chunk)
  received = received + (chunk and #chunk or 0)
  local now = socket.gettime()
  if not chunk or now - told > 0.5 then
    told = now
    local share = size and size > 0 and (" of %d, %d %%"):format(size, received * 100 // size) or ""
    io.stderr:write(("\r%d bytes%s, %.1f s"):format(received, share, now - begin))
  end
  return chunk
end

-- Under its name only when it is whole.
local part = name .. ".part"
local file, message = io.open(part, "wb")
if not file then give_up(message) end
local done, reason = http.request { url = url, sink = ltn12.sink.chain(progress, ltn12.sink.file(file)) }
io.stderr:write("\n")
if not done then
  os.remove(part)
  give_up(reason)
end
assert(os.rename(part, name))
print(("%s: %d bytes"):format(name, received))
