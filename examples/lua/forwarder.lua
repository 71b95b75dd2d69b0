-- Forwards connections to another server, both ways at once, in one loop over select.
-- Usage: forwarder.lua host port [local port [connections]]; it ends when so many connections have come and gone.
local socket = require "socket"

local host, port = assert(arg[1], "whereto?"), assert(arg[2], "to which port?")
local server = assert(socket.bind("127.0.0.1", arg[3] or 0))
local left = tonumber(arg[4] or math.huge)
print(("forwarding from port %d"):format((select(2, server:getsockname()))))
io.stdout:flush()

-- Each socket has one half: where its bytes go, and which of them wait. A half is over when its end was passed on.
local halves = {}

local function begin(client)
  local target, problem = socket.connect(host, port)
  if not target then
    io.stderr:write(("%s:%s: %s\n"):format(host, port, problem))
    client:close()
    left = left - 1
    return
  end
  for from, to in pairs { [client] = target, [target] = client } do
    from:settimeout(0)
    from:setoption("tcp-nodelay", true)
    halves[from] = { from = from, to = to, waiting = "", ended = false, over = false }
  end
end

local function close(half)
  for _, one in ipairs { half.from, half.to } do
    halves[one] = nil
    one:close()
  end
  left = left - 1
end

local function pass(half)
  local last, problem, partial = half.to:send(half.waiting)
  half.waiting = half.waiting:sub((last or partial) + 1)
  if problem and problem ~= "timeout" then return close(half) end
  if not half.ended or half.waiting ~= "" then return end
  half.over = true
  half.to:shutdown("send")
  if halves[half.to].over then close(half) end
end

while left > 0 do
  local reading, writing = { server }, {}
  for from, half in pairs(halves) do
    if half.waiting ~= "" then
      table.insert(writing, half.to)
    elseif not half.ended then
      table.insert(reading, from)
    end
  end
  local readable, writable = socket.select(reading, writing)
  for _, one in ipairs(readable) do
    local half = halves[one]
    if one == server then
      begin(assert(server:accept()))
    elseif half then
      local data, problem, partial = one:receive(socket.BLOCKSIZE)
      half.waiting = data or partial
      half.ended = problem == "closed"
      pass(half)
    end
  end
  for _, one in ipairs(writable) do
    local to = halves[one]
    if to then pass(halves[to.to]) end
  end
end
server:close()
