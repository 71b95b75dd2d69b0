-- An echo server (RFC 862) for many clients at once, in one loop over select.
-- Usage: echo-server.lua [address [port [clients]]]; it ends when so many clients have come and gone.
local socket = require "socket"

local server = assert(socket.bind(arg[1] or "127.0.0.1", arg[2] or 0))
local left = tonumber(arg[3] or math.huge)
server:settimeout(0)
print(("listening on port %d"):format((select(2, server:getsockname()))))
io.stdout:flush()

local reading, pending = { server }, {}

local function forget(client)
  for i, one in ipairs(reading) do
    if one == client then table.remove(reading, i) end
  end
  pending[client] = nil
  client:close()
  left = left - 1
end

-- Sends what is there. What the client does not take now waits for its turn, and so does what it says next.
local function flush(client)
  local last, problem, partial = client:send(pending[client])
  pending[client] = pending[client]:sub((last or partial) + 1)
  if problem == "closed" then forget(client) end
end

while left > 0 do
  local listening, writing = {}, {}
  for _, one in ipairs(reading) do
    local waits = pending[one] and pending[one] ~= ""
    table.insert(waits and writing or listening, one)
  end
  local readable, writable = socket.select(listening, writing)
  for _, one in ipairs(readable) do
    if one == server then
      local client = server:accept()
      if client then
        client:settimeout(0)
        pending[client] = ""
        table.insert(reading, client)
      end
    else
      local data, problem, partial = one:receive(socket.BLOCKSIZE)
      pending[one] = data or partial
      if pending[one] ~= "" then flush(one) elseif problem == "closed" then forget(one) end
    end
  end
  for _, one in ipairs(writable) do flush(one) end
end
server:close()
