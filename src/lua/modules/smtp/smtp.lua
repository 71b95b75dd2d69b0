-- The module `socket.smtp`: sessions, messages as sources, and the call that sends one.
-- Gets the functions of smtp.ts.

local core = ...
local socket, tp, ltn12, mime = require "socket", require "socket.tp", require "ltn12", require "mime"
local headers = require "socket.headers"
local error, ipairs, pairs, setmetatable, type = error, ipairs, pairs, setmetatable, type
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield
local format, lower = string.format, string.lower
local date, random = os.date, math.random

local smtp = {
  TIMEOUT = 60,
  SERVER = "localhost",
  PORT = 25,
  DOMAIN = os.getenv "SERVER_NAME" or "localhost",
  ZONE = "-0000",
}

local Session = {}
local metatable = { __index = Session }

function smtp.open(server, port, connection)
  local control = socket.try(tp.connect(server or smtp.SERVER, port or smtp.PORT, smtp.TIMEOUT, connection))
  local session = setmetatable({ tp = control }, metatable)
  session.try = socket.newtry(function() session:close() end)
  return session
end

-- One command, and its reply. Whatever goes wrong ends the session.
local function ask(session, expected, command, argument)
  session.try(session.tp:command(command, argument))
  return session.try(session.tp:check(expected))
end

function Session:greet(domain)
  self.try(self.tp:check("2.."))
  local _, extensions = ask(self, "2..", "EHLO", domain or smtp.DOMAIN)
  return extensions
end

function Session:mail(from) return ask(self, "2..", "MAIL", "FROM:" .. from) end

function Session:rcpt(to) return ask(self, "2..", "RCPT", "TO:" .. to) end

function Session:data(source, step)
  ask(self, "3..", "DATA")
  self.try(self.tp:source(source, step))
  self.try(self.tp:send("\r\n.\r\n"))
  return self.try(self.tp:check("2.."))
end

function Session:quit() return ask(self, "2..", "QUIT") end

function Session:close() return self.tp:close() end

-- Logins.

local function needs_tls(session)
  if tp.CLEARTEXT or type(session.tp.c.dohandshake) == "function" then return end
  session.try(nil, "a login over a connection without TLS is refused: socket.tp.CLEARTEXT is false")
end

local function answer(session, expected, text)
  session.try(session.tp:send((mime.b64(text) or "") .. "\r\n"))
  return session.try(session.tp:check(expected))
end

function Session:login(user, password)
  needs_tls(self)
  ask(self, "3..", "AUTH", "LOGIN")
  answer(self, "3..", user)
  return answer(self, "2..", password)
end

function Session:plain(user, password)
  needs_tls(self)
  return ask(self, "2..", "AUTH", "PLAIN " .. mime.b64("\0" .. user .. "\0" .. password))
end

function Session:auth(user, password, extensions)
  if not user or not password then return 1 end
  local mechanism = core.mechanism(extensions)
  if mechanism == "LOGIN" then return self:login(user, password) end
  if mechanism == "PLAIN" then return self:plain(user, password) end
  self.try(nil, "authentication not supported")
end

-- A whole mail.

function Session:send(mail)
  self:mail(mail.from)
  for _, recipient in ipairs(type(mail.rcpt) == "table" and mail.rcpt or { mail.rcpt }) do self:rcpt(recipient) end
  self:data(ltn12.source.chain(mail.source, mime.stuff()), mail.step)
end

smtp.send = socket.protect(function(mail)
  local session = smtp.open(mail.server, mail.port, mail.create)
  session:auth(mail.user, mail.password, session:greet(mail.domain))
  session:send(mail)
  session:quit()
  return session:close()
end)

-- Messages. A coroutine goes through the parts and yields their pieces.

local function in_lower_case(fields)
  local lowered = {}
  for name, value in pairs(fields or lowered) do lowered[lower(name)] = value end
  return lowered
end

local function yield_headers(fields)
  local written = {}
  for name, value in pairs(fields) do written[headers.canonic[name] or name] = value end
  local block, message = core.header_block(written)
  if not block then error(message, 0) end
  yield(block)
end

local boundaries = 0
local function new_boundary()
  boundaries = boundaries + 1
  return format("%s%05d==%05u", date "%d%m%Y%H%M%S", random(0, 99999), boundaries)
end

local yield_message

local function yield_parts(message)
  local boundary, fields = new_boundary(), in_lower_case(message.headers)
  fields["content-type"] = (fields["content-type"] or "multipart/mixed") .. '; boundary="' .. boundary .. '"'
  yield_headers(fields)
  if message.body.preamble then
    yield(message.body.preamble)
    yield("\r\n")
  end
  for _, part in ipairs(message.body) do
    yield("\r\n--" .. boundary .. "\r\n")
    yield_message(part)
  end
  yield("\r\n--" .. boundary .. "--\r\n\r\n")
  if message.body.epilogue then
    yield(message.body.epilogue)
    yield("\r\n")
  end
end

local function yield_body(source)
  while true do
    local chunk, message = source()
    if message then yield(nil, message)
    elseif chunk then yield(chunk)
    else return end
  end
end

function yield_message(message)
  local body = message.body
  if type(body) == "table" then return yield_parts(message) end
  local fields = in_lower_case(message.headers)
  fields["content-type"] = fields["content-type"] or 'text/plain; charset="iso-8859-1"'
  yield_headers(fields)
  if type(body) == "function" then yield_body(body) else yield(body) end
end

function smtp.message(message)
  local fields = in_lower_case(message.headers)
  fields["date"] = fields["date"] or date "!%a, %d %b %Y %H:%M:%S " .. (message.zone or smtp.ZONE)
  fields["x-mailer"] = fields["x-mailer"] or socket._VERSION
  fields["mime-version"] = "1.0"
  message.headers = fields
  local thread = create(function() yield_message(message) end)
  return function()
    local ok, chunk, problem = resume(thread)
    if ok then return chunk, problem end
    return nil, chunk
  end
end

return smtp
