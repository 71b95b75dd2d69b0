-- The module `socket.http`: the forms of a request and its calls.
-- Gets the functions of http.ts.

local core = ...
local http = {}
local socket, canonic = require "socket", require "socket.headers".canonic
local begin, read, collect, run = core.begin, core.read, core.collect, core.run(_ENV)
local error, pairs, pcall, require, tostring, type = error, pairs, pcall, require, tostring, type
local concat, lower = table.concat, string.lower

http.TIMEOUT = 60
http.USERAGENT = socket._VERSION

local function plain() return socket.tcp end

local function secure(request)
  local found, https = pcall(require, "ssl.https")
  if found and type(https) == "table" and https.tcp then return https.tcp(request) end
  return function() return nil, found and "https needs ssl.https.tcp, which this module has not" or https end
end

-- By both of the names that releases of LuaSocket have for it.
http.schemes = { http = { port = 80, create = plain }, https = { port = 443, create = secure } }
http.SCHEMES = http.schemes

local function connect(request, own, scheme, host, port, parts)
  local create = own and request.create
  if not create then
    for name, value in pairs(request) do
      if parts[name] == nil then parts[name] = value end
    end
    create = http.schemes[scheme].create(parts)
  end
  local transport, message = create()
  if not transport then return nil, message end
  transport:settimeout(http.TIMEOUT)
  local done, wrong = transport:connect(host, port)
  if done then return transport end
  transport:close()
  return nil, wrong
end

local function discard() return 1 end

local function in_capitals(headers)
  if type(headers) ~= "table" then return headers end
  local written = {}
  for name, value in pairs(headers) do
    written[type(name) == "string" and canonic[lower(name)] or name] = value
  end
  return written
end

-- A `create` of the program's may raise what socket.try raises.
local generic = socket.protect(function(request)
  local held = {}
  for name, value in pairs(request) do held[name] = value end
  local task
  held.connect, held.request, held.headers = connect, request, in_capitals(held.headers)
  if held.step then
    held.sink = held.sink or discard
    function held.read() return run(read(task), held) end
    function held.collect(chunk) return collect(task, chunk) end
  end
  local ours = http.schemes.http
  -- Whether no code of the program's is between a request and its connection.
  local is_plain = ours and ours.create == plain and core.is_ours(socket.tcp)
  task = begin(held, http.TIMEOUT, http.USERAGENT, http.PROXY, http.PORT, http.schemes, is_plain)
  return run(task, held)
end)

-- The request for a URL and a form's body; what comes is gathered in its target.
function http.genericform(url, body)
  local target = {}
  local request = { url = url, target = target }
  function request.sink(chunk)
    if chunk then target[#target + 1] = chunk end
    return 1
  end
  if body then
    body = tostring(body)
    request.method = "POST"
    request.headers = { ["content-length"] = #body, ["content-type"] = "application/x-www-form-urlencoded" }
    function request.source()
      local chunk = body
      body = nil
      return chunk
    end
  end
  return request
end

function http.request(request, body)
  if type(request) == "table" then return generic(request) end
  if type(request) ~= "string" then
    error("bad argument #1 to 'request' (string or table expected, got " .. type(request) .. ")", 2)
  end
  request = http.genericform(request, body)
  local done, code, headers, status = generic(request)
  if not done then return nil, code end
  return concat(request.target), code, headers, status
end

core.low(_ENV)(http, socket, core, run)

return http
