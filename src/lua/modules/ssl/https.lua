-- The module `ssl.https`: requests over TLS. A server's certificate is verified, by its name, unless the program names `verify`.
-- Gets the functions of https.ts. Sockets, connections and requests are those of the program's `socket`, `ssl` and `socket.http`;
-- contexts are always our own: they verify, whatever stands between.

local core = ...
local release, trust_host, expect, newcontext = core.release(), core.trust, core.expect, core.ssl().newcontext
local socket, ssl, ltn12 = require "socket", require "ssl", require "ltn12"
local http, url = require "socket.http", require "socket.url"
local concat, getmetatable, pairs, setmetatable, type = table.concat, getmetatable, pairs, setmetatable, type

local https = { _VERSION = release, _COPYRIGHT = "LuaSec " .. release .. ", by moonsocket", PORT = 443, TIMEOUT = 60 }

local DEFAULTS = { protocol = "any", options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1" } }

local function with_port(address)
  return url.build(url.parse(address, { port = https.PORT }))
end

-- And the name to ask the server for, if the host is no address.
local function context_for(host, params, try)
  local verifies = not params.verify
  local fields = { mode = "client", verify = params.verify or { "peer", "fail_if_no_peer_cert" } }
  for name, value in pairs(DEFAULTS) do fields[name] = params[name] or value end
  local context = try(newcontext(setmetatable(fields, { __index = params })))
  if verifies and not (params.cafile or params.capath) then trust_host(context) end
  return context, expect(context, host, verifies)
end

-- The connection is its own object from then on, with the methods of the one below.
local function forward(connection)
  for name, method in pairs(getmetatable(connection.sock).__index) do
    if type(method) == "function" then
      connection[name] = function(self, ...) return method(self.sock, ...) end
    end
  end
end

-- A `create` for socket.http, by a table with the fields of a context.
function https.tcp(params)
  params = params or {}
  return function()
    local connection = { sock = socket.try(socket.tcp()) }
    local settimeout = getmetatable(connection.sock).__index.settimeout

    function connection:settimeout() return settimeout(self.sock, https.TIMEOUT) end

    function connection:close() return self.sock:close() end

    local try = socket.newtry(function() connection.sock:close() end)

    function connection:connect(host, port)
      try(self.sock:connect(host, port))
      local context, name = context_for(host, params, try)
      self.sock = try(ssl.wrap(self.sock, context))
      if name then self.sock:sni(name) end
      self.sock:settimeout(https.TIMEOUT)
      try(self.sock:dohandshake())
      forward(self)
      return 1
    end

    return connection
  end
end

-- As LuaSocket's, besides the fields of a context; without a proxy, redirects and `create`.
function https.request(address, body)
  local target
  local request = address
  if type(address) == "string" then
    target = {}
    request = { url = with_port(address), method = body and "POST" or "GET", sink = ltn12.sink.table(target) }
    if body then
      request.source = ltn12.source.string(body)
      request.headers = { ["content-length"] = #body, ["content-type"] = "application/x-www-form-urlencoded" }
    end
  else
    request.url = with_port(request.url)
  end
  if http.PROXY or request.proxy then return nil, "proxy not supported" end
  if request.redirect then return nil, "redirect not supported" end
  if request.create then return nil, "create function not permitted" end
  request.create = https.tcp(request)
  local done, code, headers, status = http.request(request)
  if done and target then return concat(target), code, headers, status end
  return done, code, headers, status
end

return https
