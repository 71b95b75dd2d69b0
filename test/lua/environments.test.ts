/** What a program puts between LuaSocket's modules: its own `socket.tcp`, `socket` and `_ENV`. The same with us and with LuaSocket. */
import { alike } from './support.ts';

/** `scripted(reply)` makes connections that show where they go, take all, and give this reply. */
const SETUP = `
  local http = require "socket.http"
  local function scripted(reply)
    return function()
      local object, left = {}, reply
      function object:settimeout() return 1 end
      function object:connect(host, port) show("connect", host, tostring(port)) return 1 end
      function object:send(data) return #data end
      function object:receive(pattern, prefix)
        prefix = prefix or ""
        if type(pattern) == "number" then
          local data = left:sub(1, pattern - #prefix) left = left:sub(#data + 1)
          if #data + #prefix < pattern then return nil, "closed", prefix .. data end
          return prefix .. data
        end
        local line, rest = left:match("^(.-)\\r?\\n(.*)")
        if not line then return nil, "closed", left end
        left = rest return prefix .. line
      end
      function object:close() show("close") return 1 end
      return object
    end
  end
  local OK = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
  local function body(...) show((...), (select(2, ...))) end
  -- As libraries do that run LuaSocket's modules over sockets of their own.
  local function loaded_with(name, mocks)
    local environment = setmetatable({ require = function(wanted) return mocks[wanted] or require(wanted) end }, { __index = _G })
    for _, searcher in ipairs(package.searchers) do
      local loader, data = searcher(name)
      if type(loader) == "function" then
        local index = 0
        repeat index = index + 1 local upvalue = debug.getupvalue(loader, index) until upvalue == "_ENV" or not upvalue
        debug.upvaluejoin(loader, index, (function() return environment end), 1)
        return loader(name, data)
      end
    end
  end
`;

alike('socket.tcp of a program', SETUP, {
  'one that counts, and one that is none': `
    local tcp, count = socket.tcp, 0
    socket.tcp = function() count = count + 1 return tcp() end body(http.request "http://127.0.0.1:1/") show(count)
    socket.tcp = scripted(OK) body(http.request "http://nosuch.invalid:81/x")
    socket.tcp = function() return nil, "no more sockets" end body(http.request "http://127.0.0.1:1/")
    socket.tcp = tcp body(http.request "http://127.0.0.1:1/") show(count)`,
  'methods of the class': `
    local methods = getmetatable(socket.tcp()).__index
    local connect, count = methods.connect, 0
    methods.connect = function(self, host, port) count = count + 1 show(host, tostring(port)) return connect(self, host, port) end
    body(http.request "http://127.0.0.1:1/") methods.connect = connect body(http.request "http://127.0.0.1:1/") show(count)
    local server = assert(socket.bind("127.0.0.1", 0)) local _, port = server:getsockname()
    local clients = getmetatable(assert(socket.connect("127.0.0.1", port))).__index server:accept()
    local send = clients.send
    clients.send = function(self, ...) count = count + 1 self:close() return nil, "sent nothing" end
    body(http.request("http://127.0.0.1:" .. port .. "/")) show(count) clients.send = send`,
});

alike('modules over a socket of the program', SETUP, {
  'package.loaded.socket': `
    local real = package.loaded.socket
    package.loaded["socket.http"] = nil
    package.loaded.socket = setmetatable({ tcp = scripted(OK) }, { __index = real })
    local mocked = require "socket.http" show(package.loaded.socket.http == mocked, mocked ~= http, real.http == http)
    body(mocked.request "http://nosuch.invalid/") package.loaded.socket.tcp = scripted "" body(mocked.request "http://nosuch.invalid/")
    package.loaded.socket = real body(http.request "http://127.0.0.1:1/")`,
  'an environment': `
    local mock = setmetatable({ tcp = scripted(OK) }, { __index = socket })
    local mocked = loaded_with("socket.http", { socket = mock })
    show(mocked ~= http, mock.http == mocked, socket.http == http, require "socket.http" == http)
    body(mocked.request "http://nosuch.invalid/") body(http.request "http://127.0.0.1:1/")
    mocked.TIMEOUT = 1 show(http.TIMEOUT, mocked.TIMEOUT)
    package.loaded["socket.http"] = nil body(require "socket.http".request "http://127.0.0.1:1/")`,
  'the low level': `
    local mock = setmetatable({ try = function(...) show("try") return socket.try(...) end }, { __index = socket })
    local mocked = loaded_with("socket.http", { socket = mock })
    local h = mocked.open("nosuch.invalid", 80, scripted(OK)) show((h:receivestatusline())) h:close()`,
  'twice, each with its own': `
    local first = loaded_with("socket.http", { socket = setmetatable({ tcp = scripted(OK) }, { __index = socket }) })
    local second = loaded_with("socket.http", { socket = setmetatable({ tcp = scripted "" }, { __index = socket }) })
    body(first.request "http://first.invalid/") body(second.request "http://second.invalid/")`,
  'modules that are Lua': `
    for _, name in ipairs { "ltn12", "socket.url", "mime", "socket.headers" } do
      local asked = {}
      local again = loaded_with(name, setmetatable({}, { __index = function(_, wanted) asked[wanted] = true end }))
      show(name, again ~= require(name), (next(again)) ~= nil)
    end
    local fake = { filter = { cycle = function() return "cycled" end } }
    show(loaded_with("mime", { ltn12 = fake }).encode "base64")`,
});

alike('socket.headers of a program', SETUP, {
  'names that it adds': `
    local canonic = require "socket.headers".canonic
    canonic["x-mine"], canonic["x-caps"] = "X-MiNe", "X-CAPS"
    local sent = {}
    local function noting()
      local object = scripted(OK)()
      function object:send(data) sent[#sent + 1] = data return #data end
      return object
    end
    body(http.request { url = "http://h/", create = noting, headers = { ["x-mine"] = "a", ["X-caps"] = 1, ["content-TYPE"] = "text/plain" } })
    local names = {}
    for name in table.concat(sent):gmatch("([^\\r\\n]+): ") do if name:find "^X" or name:find "ype" then names[#names + 1] = name end end
    table.sort(names) show(table.concat(names, " "))`,
});

alike('socket.core', '', {
  'is loaded with socket': `show(package.loaded["socket.core"] == socket, require "socket.core" == socket)`,
});

alike('an environment whose sockets yield', SETUP, {
  'a request that waits between its calls': `
    local mock = setmetatable({}, { __index = socket })
    function mock.tcp()
      local object = scripted(OK)()
      local receive = object.receive
      function object:receive(...) coroutine.yield("waiting") return receive(self, ...) end
      return object
    end
    local mocked = loaded_with("socket.http", { socket = mock })
    local waits, thread = 0, coroutine.wrap(function() body(mocked.request "http://nosuch.invalid/") return "over" end)
    repeat waits = waits + 1 until thread() == "over"
    show(waits > 1)`,
});
