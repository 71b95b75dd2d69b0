-- A loop of handlers with listeners, as XMPP servers in Lua have it: sockets that never wait, buffers to be sent, a handshake
-- that wantread and wantwrite carry on, and TLS that begins within a connection. arg: the folder of the certificates.

local socket, ssl = require "socket", require "ssl"

local folder = arg[1]
local SERVER = assert(ssl.newcontext {
  mode = "server", protocol = "any", key = folder .. "/server.key", certificate = folder .. "/server.whole.pem",
})
local CLIENT = assert(ssl.newcontext { mode = "client", protocol = "any", cafile = folder .. "/root.pem", verify = "peer" })

local handlers = {} -- by their sockets

local Handler = {}
Handler.__index = Handler

local function add(conn, listener)
  conn:settimeout(0)
  local handler = setmetatable({ conn = conn, listener = listener, out = "", reads = true, writes = false }, Handler)
  handlers[conn] = handler
  return handler
end

function Handler:write(data)
  self.out = self.out .. data
  self.writes = true
end

function Handler:close(reason)
  if handlers[self.conn] ~= self then return end
  handlers[self.conn] = nil
  self.conn:close()
  self.listener.ondisconnect(self, reason)
end

-- What is to be sent is sent in clear before.
function Handler:starttls(context)
  self.starting = context
  if self.out == "" then self:begin_tls() end
end

function Handler:begin_tls()
  handlers[self.conn] = nil
  self.conn = assert(ssl.wrap(self.conn, self.starting))
  self.conn:settimeout(0)
  handlers[self.conn] = self
  self.starting, self.shaking = nil, true
  self:handshake()
end

function Handler:handshake()
  local done, wrong = self.conn:dohandshake()
  if done then
    self.shaking, self.reads, self.writes = false, true, self.out ~= ""
    return self.listener.onsecure(self)
  end
  self.reads, self.writes = wrong == "wantread", wrong == "wantwrite"
  if not (self.reads or self.writes) then self:close(wrong) end
end

function Handler:readable()
  if self.shaking then return self:handshake() end
  local data, wrong, part = self.conn:receive(8192)
  data = data or part
  if data and data ~= "" then self.listener.onincoming(self, data) end
  if wrong == "wantwrite" then self.writes = true
  elseif wrong and wrong ~= "timeout" and wrong ~= "wantread" then self:close(wrong) end
end

function Handler:writable()
  if self.shaking then return self:handshake() end
  local sent, wrong, last = self.conn:send(self.out)
  self.out = self.out:sub((sent or last) + 1)
  if not sent and wrong ~= "timeout" and wrong ~= "wantwrite" and wrong ~= "wantread" then return self:close(wrong) end
  self.writes = self.out ~= ""
  if self.writes then return end
  if self.starting then self:begin_tls() end
  if self.listener.ondrain then self.listener.ondrain(self) end
end

local listening, server_listener
local function step()
  local readers, writers = { listening }, {}
  for conn, handler in pairs(handlers) do
    if handler.reads then readers[#readers + 1] = conn end
    if handler.writes then writers[#writers + 1] = conn end
  end
  local readable, writable, wrong = socket.select(readers, writers, 20)
  assert(not wrong, wrong)
  for _, conn in ipairs(writable) do if handlers[conn] then handlers[conn]:writable() end end
  for _, conn in ipairs(readable) do
    if conn == listening then
      local client = listening:accept()
      if client then add(client, server_listener) end
    elseif handlers[conn] then
      handlers[conn]:readable()
    end
  end
end

-- Lines of what comes.
local function lines(handler, data)
  handler.text = (handler.text or "") .. data
  return function()
    local line, rest = (handler.text or ""):match "^([^\n]*)\n(.*)"
    if line then handler.text = rest end
    return line
  end
end

local counts = { secure = 0, bytes = 0, drained = 0, gone = 0, left = {} }
local function gone(reason) counts.left[reason] = (counts.left[reason] or 0) + 1 end

server_listener = {
  onincoming = function(handler, data)
    for line in lines(handler, data) do
      if line == "starttls" then
        handler:write "proceed\n"
        handler:starttls(SERVER)
        return
      end
      handler:write((line == "big" and ("b"):rep(20000) or line:upper()) .. "\n")
    end
  end,
  onsecure = function() counts.secure = counts.secure + 1 end,
  ondrain = function() counts.drained = counts.drained + 1 end,
  ondisconnect = function(_, reason) gone("server " .. reason) end,
}

local client_listener = {
  onincoming = function(handler, data)
    for line in lines(handler, data) do
      if line == "proceed" then
        handler:starttls(CLIENT)
        return
      end
      if line:sub(1, 1) == "b" then
        counts.bytes = counts.bytes + #line
        handler:close "done"
      else
        assert(line == "HELLO", line)
        handler:write "big\n"
      end
    end
  end,
  onsecure = function(handler)
    counts.secure = counts.secure + 1
    handler:write "hello\n"
  end,
  ondisconnect = function(_, reason) gone("client " .. reason) counts.gone = counts.gone + 1 end,
}

listening = assert(socket.bind("127.0.0.1", 0, 64))
listening:settimeout(0)
local host, port = listening:getsockname()
local CLIENTS = 20
for number = 1, CLIENTS do
  local client = socket.tcp()
  client:settimeout(0)
  client:connect(host, tonumber(port)) -- under way
  local handler = add(client, client_listener)
  handler:write(number % 2 == 0 and "starttls\n" or "hello\n")
end
while counts.gone < CLIENTS or next(handlers) do step() end
print(counts.secure, counts.bytes, counts.drained > 0)
local names = {}
for reason, times in pairs(counts.left) do names[#names + 1] = reason .. " " .. times end
table.sort(names)
print(table.concat(names, ", "))
