/** The part of the module `socket` that only moves Lua values about, and so is Lua. */

/** Gets the module's table, which it completes. */
export const SOCKET_LUA = `
local socket = ...
local error, getmetatable, pcall, select, setmetatable, type = error, getmetatable, pcall, select, setmetatable, type
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
`;
