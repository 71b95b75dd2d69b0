-- Sockets of coroutines over socket.select: each call on one lets the other coroutines run while it waits. And `asyncify`, which
-- loads LuaSocket's and LuaSec's modules over such sockets, by the environment of their loaders.

local socket, ssl = require "socket", require "ssl"

local cosocket = {}
local ready, reading, writing = {}, {}, {}

function cosocket.spawn(f) ready[#ready + 1] = coroutine.create(f) end

local function wait(list, object)
  list[object] = coroutine.running()
  coroutine.yield()
end

local function resume(thread)
  local done, wrong = coroutine.resume(thread)
  if not done then error(debug.traceback(thread, wrong), 0) end
end

local function wake(list, objects)
  for _, object in ipairs(objects) do
    ready[#ready + 1] = list[object]
    list[object] = nil
  end
end

local function objects_of(list)
  local objects = {}
  for object in pairs(list) do objects[#objects + 1] = object end
  return objects
end

-- Runs until no coroutine waits.
function cosocket.run()
  while true do
    while ready[1] do
      local threads = ready
      ready = {}
      for _, thread in ipairs(threads) do resume(thread) end
    end
    if not next(reading) and not next(writing) then return end
    local readable, writable, wrong = socket.select(objects_of(reading), objects_of(writing), 20)
    assert(not wrong, wrong)
    wake(reading, readable)
    wake(writing, writable)
  end
end

local WAITS = { timeout = true, wantread = true, wantwrite = true }

-- Waits for what LuaSec names, else for what the call itself is about.
local function wait_for(wrong, object, own)
  if wrong == "wantread" then wait(reading, object)
  elseif wrong == "wantwrite" then wait(writing, object)
  else wait(own, object) end
end

local methods = {}
local CLASS = { __index = methods }

local function wrapped(object)
  object:settimeout(0)
  return setmetatable({ object = object }, CLASS)
end

function methods:settimeout() return 1 end

function methods:getfd() return self.object:getfd() end

function methods:dirty() return self.object:dirty() end

function methods:close() return self.object:close() end

function methods:sni(...) return self.object:sni(...) end

function methods:connect(host, port)
  local done, wrong = self.object:connect(host, port)
  if not done and wrong == "timeout" then
    wait(writing, self.object)
    done, wrong = self.object:connect(host, port)
    if wrong == "already connected" then done, wrong = 1, nil end
  end
  return done, wrong
end

function methods:accept()
  while true do
    local client, wrong = self.object:accept()
    if client then return wrapped(client) end
    if wrong ~= "timeout" then return nil, wrong end
    wait(reading, self.object)
  end
end

function methods:dohandshake()
  while true do
    local done, wrong = self.object:dohandshake()
    if done or not WAITS[wrong] then return done, wrong end
    wait_for(wrong, self.object, reading)
  end
end

function methods:receive(pattern, prefix)
  while true do
    local data, wrong, part = self.object:receive(pattern or "*l", prefix)
    if data or not WAITS[wrong] then return data, wrong, part end
    prefix = part
    wait_for(wrong, self.object, reading)
  end
end

function methods:send(data, first, last)
  first = first or 1
  while true do
    local sent, wrong, at = self.object:send(data, first, last)
    if sent or not WAITS[wrong] then return sent, wrong, at end
    first = at + 1
    wait_for(wrong, self.object, writing)
  end
end

function cosocket.bind(host, port, backlog) return wrapped(assert(socket.bind(host, port, backlog))) end

function cosocket.tcp() return wrapped(socket.tcp()) end

function cosocket.wrap(connection, context)
  local object, wrong = ssl.wrap(connection.object, context)
  if not object then return nil, wrong end
  return wrapped(object)
end

local ASYNC = {
  socket = setmetatable({ tcp = cosocket.tcp }, { __index = socket }),
  ssl = { wrap = cosocket.wrap },
}
local environment = setmetatable({}, { __index = _G })

function cosocket.asyncify(name)
  if ASYNC[name] then return ASYNC[name] end
  for _, searcher in ipairs(package.searchers) do
    local loader, data = searcher(name)
    if type(loader) == "function" then
      local index = 0
      repeat
        index = index + 1
        local upvalue = debug.getupvalue(loader, index)
      until upvalue == "_ENV" or not upvalue
      if debug.getupvalue(loader, index) then debug.setupvalue(loader, index, environment) end
      ASYNC[name] = loader(name, data)
      return ASYNC[name]
    end
  end
  return require(name)
end

environment.require = cosocket.asyncify

return cosocket
