-- Returns the function that makes, of a source or a sink over a socket, an object that `select` can wait for.

local setmetatable = setmetatable

return function(sock, call)
  return setmetatable({
    getfd = function() return sock:getfd() end,
    dirty = function() return sock:dirty() end,
  }, { __call = function(_, ...) return call(...) end })
end
