-- The module `socket.ftp`: sessions, their transfers, and the calls that are a whole session.
-- Gets the functions of ftp.ts.

local core = ...
local socket, url, tp, ltn12 = require "socket", require "socket.url", require "socket.tp", require "ltn12"
local ipairs, pairs, setmetatable, tostring, type = ipairs, pairs, setmetatable, tostring, type
local concat, find, gsub, match = table.concat, string.find, string.gsub, string.match

local ftp = { TIMEOUT = 60, USER = "ftp", PASSWORD = "anonymous@anonymous.org" }
local PORT = 21

local Session = {}
local metatable = { __index = Session }

function ftp.open(server, port, create)
  local session = setmetatable({ tp = socket.try(tp.connect(server, port or PORT, ftp.TIMEOUT, create)) }, metatable)
  session.try = socket.newtry(function() session:close() end)
  return session
end

-- One command, and its reply. Whatever goes wrong ends the session.
local function ask(session, expected, command, argument)
  session.try(session.tp:command(command, argument))
  return session.try(session.tp:check(expected))
end

function Session:greet()
  local code = self.try(self.tp:check { "1..", "2.." })
  -- 120: ready in some minutes.
  if code < 200 then self.try(self.tp:check("2..")) end
  return 1
end

function Session:login(user, password)
  if user and not tp.CLEARTEXT and type(self.tp.c.dohandshake) ~= "function" then
    self.try(nil, "a login over a connection without TLS is refused: socket.tp.CLEARTEXT is false")
  end
  local code = ask(self, { "2..", 331 }, "user", user or ftp.USER)
  if code == 331 then ask(self, "2..", "pass", password or ftp.PASSWORD) end
  return 1
end

function Session:cwd(folder)
  ask(self, 250, "cwd", folder)
  return 1
end

function Session:type(letter)
  ask(self, 200, "type", letter)
  return 1
end

function Session:quit()
  ask(self, "2..", "quit")
  return 1
end

function Session:close()
  if self.data then self.data:close() end
  if self.server then self.server:close() end
  return self.tp:close()
end

-- Data connections. Passive: the address that a server names is not believed, data comes from where the commands go.

local function connects_to(session, port)
  session.pasvt = { address = session.tp:getpeername(), port = port }
  if session.server then
    session.server:close()
    session.server = nil
  end
  return session.pasvt.address, port
end

function Session:pasv()
  local _, reply = ask(self, "2..", "pasv")
  return connects_to(self, self.try(core.passive_port(reply), reply))
end

local function extended(session, reply)
  return connects_to(session, session.try(core.extended_passive_port(reply), "invalid epsv response"))
end

function Session:epsv()
  local _, reply = ask(self, "229", "epsv")
  return extended(self, reply)
end

-- EPSV knows both families; PASV, of IPv4, is for servers that do not know it.
local function passive(session)
  session.try(session.tp:command("epsv"))
  local code, reply = session.tp:check("229")
  if code then return extended(session, reply) end
  local address = session.tp:getpeername()
  session.try(find(reply, "^%d%d%d") and address and not find(address, ":"), reply)
  session:pasv()
end

-- Active: the server connects to an address, or to a port of this side where none is given.
local function listens(session, address, port)
  session.pasvt = nil
  if address then return address, port end
  if session.server then session.server:close() end
  session.server = session.try(socket.bind(session.try(session.tp:getsockname()), 0))
  session.try(session.server:settimeout(ftp.TIMEOUT))
  return session.try(session.server:getsockname())
end

function Session:port(address, port)
  local argument = self.try(core.port_argument(listens(self, address, port)))
  ask(self, "2..", "port", argument)
  return 1
end

-- The family is that of the address.
function Session:eprt(_, address, port)
  local argument = self.try(core.extended_port_argument(listens(self, address, port)))
  ask(self, "2..", "eprt", argument)
  return 1
end

function Session:pasvconnect()
  self.data = self.try(socket.tcp())
  self.try(self.data:settimeout(ftp.TIMEOUT))
  self.try(self.data:connect(self.pasvt.address, self.pasvt.port))
end

-- Connections from elsewhere would steal the data, or put in theirs: they are closed.
function Session:portconnect()
  local address = self.try(self.tp:getpeername())
  local last = socket.gettime() + ftp.TIMEOUT
  repeat
    self.try(self.server:settimeout(last - socket.gettime()))
    local data = self.try(self.server:accept())
    local from = data:getpeername()
    if from and core.is_same_address(from, address) then self.data = data else data:close() end
  until self.data
  self.try(self.data:settimeout(ftp.TIMEOUT))
end

-- Transfers.

local function argument_of(session, transfer)
  local text = transfer.argument or url.unescape((gsub(transfer.path or "", "^[/\\]", "")))
  if text ~= "" then return session.try(core.argument(text)) end
end

-- The command; with a first reply that says no more than that it begins, the data connection is there then.
local function begin(session, transfer, command)
  session.try(session.pasvt or session.server, "need port or pasv first")
  local argument = argument_of(session, transfer)
  if session.pasvt then session:pasvconnect() end
  return ask(session, { "1..", "2.." }, transfer.command or command, argument)
end

local function finish(session, code)
  if code < 200 then session.try(session.tp:check("2..")) end
  session.data:close()
end

function Session:send(transfer)
  local code = begin(self, transfer, "stor")
  if not self.pasvt then self:portconnect() end
  local step, readers = transfer.step or ltn12.pump.step, { self.tp }
  -- A server that says no meanwhile is heard at once.
  local function watching(source, sink)
    if code < 200 and socket.select(readers, nil, 0)[self.tp] then code = self.try(self.tp:check("2..")) end
    return step(source, sink)
  end
  self.try(ltn12.pump.all(transfer.source, socket.sink("close-when-done", self.data), watching))
  finish(self, code)
  local _, sent = self.data:getstats()
  self.data = nil
  return sent
end

function Session:receive(transfer)
  local code, reply = begin(self, transfer, "retr")
  if code >= 200 then
    transfer.sink(reply)
    return 1
  end
  if not self.pasvt then self:portconnect() end
  self.try(ltn12.pump.all(socket.source("until-closed", self.data), transfer.sink, transfer.step or ltn12.pump.step))
  finish(self, code)
  self.data = nil
  return 1
end

-- Whole sessions.

local function with_url(request)
  if not request.url then return request end
  local parts = url.parse(request.url)
  for name, value in pairs(request) do parts[name] = value end
  return parts
end

local function logged_in(request)
  socket.try(request.host, "missing hostname")
  local session = ftp.open(request.host, request.port, request.create)
  session:greet()
  session:login(request.user, request.password)
  return session
end

local function ready(request)
  local session = logged_in(request)
  if request.type then session:type(request.type) end
  passive(session)
  return session
end

local function put(request)
  request = with_url(request)
  local session = ready(request)
  local sent = session:send(request)
  session:quit()
  session:close()
  return sent
end

local function get(request)
  request = with_url(request)
  local session = ready(request)
  session:receive(request)
  session:quit()
  return session:close()
end

-- The request that a URL is.
function ftp.genericform(text)
  local request = socket.try(url.parse(text, { path = "/", scheme = "ftp" }))
  socket.try(request.scheme == "ftp", "wrong scheme '" .. request.scheme .. "'")
  socket.try(request.host, "missing hostname")
  if request.params then
    request.type = match(request.params, "^type=(.)$")
    local known = request.type == "a" or request.type == "i"
    socket.try(known, "invalid type '" .. tostring(request.type or request.params) .. "'")
  end
  return request
end

ftp.put = socket.protect(function(request, body)
  if type(request) ~= "string" then return put(request) end
  request = ftp.genericform(request)
  request.source = ltn12.source.string(body)
  return put(request)
end)

ftp.get = socket.protect(function(request)
  if type(request) ~= "string" then return get(request) end
  local pieces = {}
  request = ftp.genericform(request)
  request.sink = ltn12.sink.table(pieces)
  get(request)
  return concat(pieces)
end)

ftp.command = socket.protect(function(request)
  request = with_url(request)
  socket.try(request.host, "missing hostname")
  socket.try(request.command, "missing command")
  local session = logged_in(request)
  local commands, arguments, checks = request.command, request.argument or {}, request.check or {}
  if type(commands) ~= "table" then
    commands, arguments, checks = { commands }, { request.argument }, { request.check }
  end
  for i, command in ipairs(commands) do
    session.try(session.tp:command(command, arguments[i]))
    if checks[i] then session.try(session.tp:check(checks[i])) end
  end
  session:quit()
  return session:close()
end)

return ftp
