-- The module `socket.tp`: commands and numbered replies, over a connection of the program's.
-- Gets the functions of tp.ts.

local core = ...
local socket, ltn12 = require "socket", require "ltn12"
local line, reply, run = core.line, core.reply, core.run(_ENV)
local ipairs, setmetatable, tonumber, tostring, type = ipairs, setmetatable, tonumber, tostring, type
local find = string.find

-- CLEARTEXT = false: no password goes out where no TLS is, whatever the program says.
local tp = { TIMEOUT = 60, CLEARTEXT = true }

local Control = {}
local metatable = { __index = Control }

function tp.connect(host, port, timeout, create)
  local connection, message = (create or socket.tcp)()
  if not connection then return nil, message end
  connection:settimeout(timeout or tp.TIMEOUT)
  local done, wrong = connection:connect(host, port)
  if not done then
    connection:close()
    return nil, wrong
  end
  return setmetatable({ c = connection }, metatable)
end

local function is_expected(code, expected)
  if type(expected) ~= "table" then return find(code, expected) end
  for _, pattern in ipairs(expected) do
    if find(code, pattern) then return true end
  end
end

-- The reply, if its code is one of those that are expected: a pattern, a number, a list of them, or a function's choice.
function Control:check(expected)
  local code, text = run(reply(), { self.c })
  if not code then return nil, text end
  if type(expected) == "function" then return expected(code, text) end
  if is_expected(tostring(code), expected) then return code, text end
  return nil, text
end

function Control:command(command, argument)
  local written, message = line(command, argument)
  if not written then return nil, message end
  return self.c:send(written)
end

function Control:source(source, step)
  local done, message = ltn12.pump.all(source, socket.sink("keep-open", self.c), step or ltn12.pump.step)
  return done, message
end

function Control:sink(sink, pattern)
  local chunk, message = self.c:receive(pattern)
  return sink(chunk, message)
end

function Control:send(data) return self.c:send(data) end

function Control:receive(pattern) return self.c:receive(pattern) end

function Control:getcontrol() return self.c end

function Control:getfd() return self.c:getfd() end

function Control:dirty() return self.c:dirty() end

function Control:getpeername() return self.c:getpeername() end

function Control:getsockname() return self.c:getsockname() end

function Control:close()
  self.c:close()
  return 1
end

return tp
