-- A module of requests over socket.http and ssl.https, as lua-requests is: queries, forms, logins, cookies, bodies in chunks,
-- redirects between the two schemes. arg: an http origin, an https origin, a file of roots.

local http, https, ltn12 = require "socket.http", require "ssl.https", require "ltn12"
local mime, url = require "mime", require "socket.url"

local plain, secure, roots = table.unpack(arg)
local jar = {}

local function query_of(fields)
  local names, parts = {}, {}
  for name in pairs(fields or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = url.escape(name) .. "=" .. url.escape(tostring(fields[name])) end
  return table.concat(parts, "&")
end

local function cookies()
  local parts = {}
  for name, value in pairs(jar) do parts[#parts + 1] = name .. "=" .. value end
  table.sort(parts)
  return parts[1] and table.concat(parts, "; ")
end

local function request(method, address, given, hops)
  given = given or {}
  local headers, pieces = { cookie = cookies() }, {}
  for name, value in pairs(given.headers or {}) do headers[name:lower()] = value end
  if given.login then headers.authorization = "Basic " .. mime.b64(table.concat(given.login, ":")) end
  local body = given.form and query_of(given.form) or given.data
  if given.form then headers["content-type"] = "application/x-www-form-urlencoded" end
  if body and not given.chunked then headers["content-length"] = #body end
  local target = given.params and address .. "?" .. query_of(given.params) or address
  local is_secure = target:match "^https:"
  local done, code, got, status = (is_secure and https or http).request {
    url = target, method = method, headers = headers, redirect = false,
    source = body and ltn12.source.string(body), sink = ltn12.sink.table(pieces),
    cafile = is_secure and roots or nil, verify = is_secure and "peer" or nil,
  }
  if not done then return nil, code end
  for name, value in ((got["set-cookie"] or "") .. ";"):gmatch "([%w_]+)=(%w+);" do jar[name] = value end
  if got.location and (hops or 0) < 5 then
    return request("GET", url.absolute(target, got.location), { headers = given.headers }, (hops or 0) + 1)
  end
  return { code = code, status = status, text = table.concat(pieces), headers = got, url = target }
end

local function show(title, reply, wrong)
  if not reply then return print(title, "nil", wrong) end
  print(title, reply.code, (reply.url:gsub("localhost:%d+", "HOST")), (reply.text:gsub("localhost:%d+", "HOST")))
end

for _, origin in ipairs { plain, secure } do
  show("query", request("GET", origin .. "/asked", { params = { a = "1 2", ["ü"] = "&", z = 3 } }))
  show("form", request("POST", origin .. "/asked", { form = { name = "me & you", n = 1 } }))
  show("data", request("PUT", origin .. "/asked", { data = ("\0\1\2\255"):rep(5000) }))
  show("chunked", request("POST", origin .. "/asked", { data = ("chunk "):rep(5000), chunked = true }))
  show("login", request("GET", origin .. "/asked", { login = { "user", "p:ss" } }))
  show("headers", request("GET", origin .. "/asked", { headers = { ["X-Mine"] = "yes" } }))
  show("cookie", request("GET", origin .. "/set"))
  show("cookie", request("GET", origin .. "/asked"))
  show("redirects", request("GET", origin .. "/to-other"))
  show("head", request("HEAD", origin .. "/asked"))
  show("missing", request("GET", origin .. "/missing"))
  show("simple", { code = 0, url = "", text = tostring((http.request(plain .. "/asked"))) })
end
show("refused", request("GET", "https://localhost:1/"))
show("no name", request("GET", secure:gsub("localhost", "nosuch.invalid") .. "/"))
