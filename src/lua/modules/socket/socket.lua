-- The part of the module `socket` that only moves Lua values about.
-- Gets the module's table, which it completes, and the function of over.lua.

local socket, over = ...
local error, min, pcall, select, setmetatable, tostring, type = error, math.min, pcall, select, setmetatable, tostring, type
local metatable_of = debug.getmetatable

-- What try raises, and protect turns into results. Programs cannot make one, nor look into it.
local Failure = { __metatable = false }

function socket.newtry(finalizer)
  return function(...)
    if ... then return ... end
    if finalizer ~= nil then finalizer() end
    error(setmetatable({ (select(2, ...)) }, Failure), 0)
  end
end

local function finish(ok, ...)
  if ok then return ... end
  local failure = ...
  if metatable_of(failure) == Failure then return nil, failure[1] end
  error(failure, 0)
end

function socket.protect(f)
  return function(...) return finish(pcall(f, ...)) end
end

socket.try = socket.newtry()

function socket.connect4(address, port, local_address, local_port)
  return socket.connect(address, port, local_address, local_port, "inet")
end

function socket.connect6(address, port, local_address, local_port)
  return socket.connect(address, port, local_address, local_port, "inet6")
end

function socket.choose(choices)
  return function(name, first, second)
    if type(name) ~= "string" then name, first, second = "default", name, first end
    local choice = choices[name or "nil"]
    if not choice then error("unknown key (" .. tostring(name) .. ")", 3) end
    return choice(first, second)
  end
end

-- Sources and sinks over sockets.
socket.sinkt, socket.sourcet = {}, {}

local function keep_open(sock)
  return over(sock, function(chunk)
    if chunk then return sock:send(chunk) end
    return 1
  end)
end

local function close_when_done(sock)
  return over(sock, function(chunk)
    if chunk then return sock:send(chunk) end
    sock:close()
    return 1
  end)
end

local function by_length(sock, left)
  return over(sock, function()
    if left <= 0 then return nil end
    local chunk, problem = sock:receive(min(socket.BLOCKSIZE, left))
    if not chunk then return nil, problem end
    left = left - #chunk
    return chunk
  end)
end

local function until_closed(sock)
  local done = false
  return over(sock, function()
    if done then return nil end
    local chunk, problem, rest = sock:receive(socket.BLOCKSIZE)
    if chunk then return chunk end
    if problem ~= "closed" then return nil, problem end
    done = true
    sock:close()
    return rest
  end)
end

socket.sinkt["keep-open"], socket.sinkt.default, socket.sinkt["close-when-done"] = keep_open, keep_open, close_when_done
socket.sourcet["until-closed"], socket.sourcet.default, socket.sourcet["by-length"] = until_closed, until_closed, by_length
socket.sink, socket.source = socket.choose(socket.sinkt), socket.choose(socket.sourcet)
