-- The low level of `socket.http`: its connections, and the sources and sinks of bodies in chunks.
-- Returns the function that puts them into the module's table. It gets that, the module `socket`, the functions of http.ts, and the
-- one that runs a task.

local pairs, require, setmetatable, tonumber = pairs, require, setmetatable, tonumber
local format, len, tointeger = string.format, string.len, math.tointeger

return function(http, socket, core, run)
  local request_line, header_block, status_line = core.request_line, core.header_block, core.status_line
  local header_lines, body_source = core.header_lines, core.body_source
  local chunked, chunk_of, over = core.chunked, core.chunk_of, core.over(_ENV)

  -- One send for each chunk. Neither an empty one nor the end of a source that has failed is a last chunk: the peer would take
  -- for whole what is not.
  socket.sinkt["http-chunked"] = function(sock)
    return over(sock, function(chunk, problem)
      if problem then return nil, problem end
      if not chunk then return sock:send("0\r\n\r\n") end
      local size = len(chunk)
      if size == 0 then return 1 end
      return sock:send(format("%X\r\n%s\r\n", size, chunk))
    end)
  end

  -- A chunk at each call, or a part of a large one. What comes behind the last one is added to the headers.
  socket.sourcet["http-chunked"] = function(sock, headers)
    local body, held, done = chunked(), { sock }, false
    return over(sock, function()
      if done then return end
      local chunk, problem, trailers = run(chunk_of(body), held)
      if not trailers then return chunk, problem end
      done = true
      if not headers then return end
      for name, value in pairs(trailers) do
        local before = headers[name]
        headers[name] = before and before .. ", " .. value or value
      end
    end)
  end

  -- As many bytes as the headers say: one more would be the next request, and one too few would be waited for.
  local function exactly(sock, length)
    local left = tointeger(tonumber(length))
    return function(chunk, problem)
      if problem then return nil, problem end
      if not left then return nil, "content-length is no number of bytes: " .. length end
      left = chunk and left - len(chunk) or left
      if left < 0 then return nil, "the source gives more bytes than content-length says: " .. length end
      if chunk then return sock:send(chunk) end
      if left > 0 then return nil, "the source gives fewer bytes than content-length says: " .. length end
      return 1
    end
  end

  local Connection = {}
  local metatable = { __index = Connection }

  function http.open(host, port, create)
    local connection = setmetatable({ c = socket.try(create()) }, metatable)
    connection.try = socket.newtry(function() connection:close() end)
    connection.try(connection.c:settimeout(http.TIMEOUT))
    connection.try(connection.c:connect(host, port))
    return connection
  end

  function Connection:close() return self.c:close() end

  function Connection:sendrequestline(method, uri)
    return self.try(self.c:send(self.try(request_line(method, uri))))
  end

  function Connection:sendheaders(headers)
    local names, written = require("socket.headers").canonic, {}
    for name, value in pairs(headers) do written[names[name] or name] = value end
    self.try(self.c:send(self.try(header_block(written))))
    return 1
  end

  local function pump(connection, source, sink, step)
    local all, one = require("ltn12").pump.all, require("ltn12").pump.step
    return connection.try(all(source, sink or function() return 1 end, step or one))
  end

  function Connection:sendbody(headers, source, step)
    local length = headers["content-length"]
    local sink = length and exactly(self.c, length) or socket.sink("http-chunked", self.c)
    return pump(self, source or function() return nil end, sink, step)
  end

  function Connection:receivestatusline()
    local _, code, line = self.try(run(status_line(), { self.c }))
    -- Which version it is, and whether there is a body, concerns how the body is read.
    self.status = code and line
    return code, line
  end

  function Connection:receiveheaders()
    return self.try(run(header_lines(), { self.c }))
  end

  function Connection:receivebody(headers, sink, step)
    local source, length = self.try(body_source(headers, self.status))
    return pump(self, socket.source(source, self.c, length), sink, step)
  end

  function Connection:receive09body(begin, sink, step)
    local rest = socket.source("until-closed", self.c)
    return pump(self, require("ltn12").source.cat(require("ltn12").source.string(begin), rest), sink, step)
  end
end
