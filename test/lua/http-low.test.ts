/** The low level of `socket.http`, and bodies in chunks as sources and sinks: one script with us and with LuaSocket. */
import { describe } from 'node:test';
import { CUTS } from '../conformance/support.ts';
import { alike } from './support.ts';
import { alikeOverPeer, sent, steps } from './talk.ts';

/** Headers in an order that both have. */
const SHOW_HEADERS = `
  local http, ltn12 = require "socket.http", require "ltn12"
  local function show_headers(headers)
    local lines = {}
    for name, value in pairs(headers) do lines[#lines + 1] = name .. "=" .. value end
    table.sort(lines) show(table.concat(lines, "|"))
  end
`;

const CHUNKS =
  '5;ext=1\r\nab\0\x7fe\r\n00000a\r\n0123456789\r\nA \r\n\r\n0\r\n\r\nxyz\r\n\r\n0;last\r\nX-One: a\r\nx-one: b\r\nY:z\r\n\r\nbehind\r\n';
const OK = 'HTTP/1.1 200 OK\r\n';
const REPLIES = [
  'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n',
  `${OK}A: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 5\r\n\r\nab\r\nc`,
  'HTTP/1.1 404 Not Found\nTransfer-Encoding: chunked\n\n3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\nTrailer: t\r\n\r\n',
  'HTTP/1.0 500 \r\nContent-Length: 0\r\n\r\n',
  `${OK}\r\nuntil the end`,
].join('');

for (const cut of CUTS) {
  describe(`the low level of http, in pieces of ${cut ?? 'all'}`, () => {
    alikeOverPeer(
      'chunks and trailers',
      `${SHOW_HEADERS}
       local client = talk(${steps(sent(CHUNKS, cut), { do: 'end' })})
       local headers = { ["x-one"] = "before" }
       local source = socket.source("http-chunked", client, headers)
       for i = 1, 3 do show(source()) end
       show(select("#", source())) show_headers(headers) show(client:receive()) show(client:receive())`,
    );
    alikeOverPeer(
      'replies, one after the other',
      `${SHOW_HEADERS}
       local h = http.open("127.0.0.1", port, socket.tcp)
       talk(${steps(sent(REPLIES, cut), { do: 'end' })}, h.c)
       show(h:receivestatusline()) show_headers(h:receiveheaders())
       for i = 1, 4 do
         show(h:receivestatusline())
         local headers = h:receiveheaders() show_headers(headers)
         show(h:receivebody(headers, function(chunk, wrong) show(chunk, wrong) return 1 end))
       end
       show(h.c:getfd()) show(h:close()) show(socket.protect(h.receivestatusline)(h))`,
    );
    alikeOverPeer(
      'a server without heads',
      `${SHOW_HEADERS}
       local h = http.open("127.0.0.1", port, socket.tcp)
       talk(${steps(sent('plain text\r\nand more', cut), { do: 'end' })}, h.c)
       local code, begin = h:receivestatusline() show(code, begin)
       local all = {} show(h:receive09body(begin, (ltn12.sink.table(all)))) show(all[1], table.concat(all))`,
    );
    alikeOverPeer(
      'what ends too early, and what is no reply',
      `${SHOW_HEADERS}
       for _, steps in ipairs { ${[
         '',
         'HTT',
         'HTTP/1.1 20',
         'HTTP/1.1 OK\r\n\r\n',
         'HTTP/2 200\r\n\r\n',
         `${OK}A: b`,
         `${OK}A: b\r\n`,
         `${OK}no colon\r\n\r\n`.slice(0, 40),
         `${OK}Content-Length: 5\r\n\r\n`,
         `${OK}Transfer-Encoding: chunked\r\n\r\n`,
         `${OK}Transfer-Encoding: chunked\r\n\r\n5`,
         `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n`,
         `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n`,
         `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y`,
         `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
       ]
         .map((reply) => steps(sent(reply, cut), { do: 'end' }))
         .join(', ')} } do
         local h = http.open("127.0.0.1", port, socket.tcp)
         talk(steps, h.c)
         local done, wrong = socket.protect(function()
           show(h:receivestatusline())
           return h:receivebody(h:receiveheaders(), function(chunk, wrong) show(chunk, wrong) return 1 end)
         end)()
         show(done, (wrong:gsub("reponse", "response"))) show(h.c:getfd())
       end`,
    );
  });
}

const PAIR = `${SHOW_HEADERS}
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = name(server) volatile(port)
  local function pair()
    local client = assert(socket.connect("127.0.0.1", port))
    return client, assert(server:accept())
  end
  -- What h has sent, until its end.
  local function wire(h, peer)
    h.c:shutdown("send")
    for line in peer:receive("*a"):gmatch("([^\\n]*\\n?)") do show(line) end
  end
  -- Shows each call of a method of a TCP object, and yields meanwhile, if it is to.
  local function watched(yields)
    local c = socket.tcp()
    return setmetatable({}, { __index = function(_, method)
      return function(_, first, ...)
        if method ~= "receive" then show(method, method == "connect" and "there" or first) end
        if yields then coroutine.yield(method) end
        return c[method](c, first, ...)
      end
    end })
  end
`;

alike('the low level of http of LuaSocket and of the Lua face', PAIR, {
  'what is there': `
    show(type(http.open), socket.http == http, package.loaded["socket.http"] == http)
    for _, kinds in ipairs { socket.sinkt, socket.sourcet } do local names = {} for key in pairs(kinds) do names[#names + 1] = key end table.sort(names) show(table.concat(names, " ")) end
    local h = http.open("127.0.0.1", port, socket.tcp) local names = {} for key, value in pairs(h) do names[#names + 1] = key .. "/" .. type(value) end table.sort(names) show(table.concat(names, " "))
    local methods = getmetatable(h).__index names = {} for key, value in pairs(methods) do names[#names + 1] = key .. "/" .. type(value) end table.sort(names) show(table.concat(names, " "))
    function methods:mine() return "mine", self == h end show(h:mine()) show(h.c:getpeername()) show(h.try(1, nil, 3))`,
  'sinks of chunks': `
    local client, peer = pair() local sink = socket.sink("http-chunked", client)
    show(type(sink), sink.getfd() == client:getfd(), sink:getfd() == client:getfd(), sink.dirty(), sink:dirty())
    show(sink("abc")) show(sink(("x"):rep(30))) show(sink("\\0\\r\\n")) show(sink(12)) show(sink(("y"):rep(70000))) show(sink()) show(sink(nil)) show(client:getfd() > 0)
    client:shutdown("send") show(#peer:receive(70051), peer:receive("*a")) show(sink("after")) show(sink(nil)) client:close() show(sink("x")) show((pcall(sink, true)))`,
  'sources of chunks': `
    local client, peer = pair() local source = socket.source("http-chunked", client) show(type(source), source.getfd() == client:getfd(), source:dirty())
    peer:send("ffff\\r\\n" .. ("z"):rep(65535) .. "\\r\\n3\\r\\nabc\\r\\n") show(#source()) show(source.dirty()) show(source()) show(source.dirty())
    client:settimeout(0.02) show(source()) peer:send("0\\r\\n\\r\\n") show(select("#", source())) local one, other = pair() one:close() show(socket.source("http-chunked", one)())`,
  'through pumps': `
    local client, peer = pair() local got = {}
    show(ltn12.pump.all(ltn12.source.string(("0123456789"):rep(1000)), socket.sink("http-chunked", client)))
    show(ltn12.pump.all(socket.source("http-chunked", peer), (ltn12.sink.table(got)))) show(#got, #got[1], #table.concat(got))`,
  opening: `
    http.TIMEOUT = 7 local h = http.open("127.0.0.1", port, watched) show(h:close()) local free = socket.bind("127.0.0.1", 0) local _, closed = name(free) free:close()
    show(socket.protect(http.open)("127.0.0.1", closed, watched)) show(socket.protect(http.open)("127.0.0.1", port, function() return nil, "none today" end)) show(pcall(socket.protect(http.open), "127.0.0.1", port, function() error("raised", 0) end))
    show((pcall(http.open, "127.0.0.1", port))) show(getmetatable(select(2, pcall(http.open, "127.0.0.1", closed, socket.tcp))))
    show(socket.protect(http.open)("127.0.0.1", port, function() return { settimeout = function() return nil, "no timeouts" end, close = function() show "closed" end } end))`,
  'requests on the wire': `
    local h = http.open("127.0.0.1", port, socket.tcp) local peer = server:accept()
    show(h:sendrequestline("PUT", "/x?y")) show(h:sendheaders { ["content-type"] = "text/plain" }) show(h:sendrequestline(nil, "/")) show(h:sendrequestline(false, "*")) show(h:sendrequestline("M-X", 5))
    require "socket.headers".canonic["x-mine"] = "X-MINE" show(h:sendheaders { ["x-mine"] = 12 }) show(h:sendheaders { ["X-Mine"] = "" }) show(h:sendheaders {}) wire(h, peer)`,
  'bodies that are sent': `
    local h = http.open("127.0.0.1", port, socket.tcp) local peer = server:accept() local two = ltn12.source.cat(ltn12.source.string("one"), ltn12.source.string("two"))
    show(h:sendbody({}, two)) show(h:sendbody({ ["content-length"] = 3 }, ltn12.source.string("abc"))) show(h:sendbody({ ["content-length"] = "3" }, ltn12.source.string("def"))) show(h:sendbody({})) show(h:sendbody { ["content-length"] = 0 })
    local steps = 0 show(h:sendbody({}, ltn12.source.string("stepped"), function(...) steps = steps + 1 return ltn12.pump.step(...) end)) show(steps) wire(h, peer)
    show(socket.protect(h.sendbody)(h, { ["content-length"] = 3 }, ltn12.source.error("no source"))) show(h.c:getfd())
    h = http.open("127.0.0.1", port, socket.tcp) show(socket.protect(h.sendbody)(h, {}, ltn12.source.error("no source"))) show(h.c:getfd())
    h = http.open("127.0.0.1", port, socket.tcp) show(pcall(h.sendbody, h, {}, function() error("raised", 0) end)) show(h.c:getfd() > 0)`,
  'bodies that come': `
    local h = http.open("127.0.0.1", port, socket.tcp) local peer = server:accept() local got = {}
    peer:send("0123456789") show(h:receivebody { ["content-length"] = 1 }) show(h:receivebody({ ["content-length"] = "2" }, (ltn12.sink.table(got)))) show(got[1]) show(h:receivebody({ ["content-length"] = 0 }, function(...) show(...) return 1 end))
    local steps = 0 show(h:receivebody({ ["content-length"] = 3 }, (ltn12.sink.table(got)), function(...) steps = steps + 1 return ltn12.pump.step(...) end)) show(steps, got[2])
    show(socket.protect(h.receivebody)(h, { ["content-length"] = 2 }, function() return nil, "full" end)) show(h.c:getfd())
    for _, sink in ipairs { function() return nil end, function() error("raised", 0) end, function() error { "raised" } end } do
      h = http.open("127.0.0.1", port, socket.tcp) server:accept():send("abc") local done, wrong = pcall(h.receivebody, h, { ["content-length"] = 2 }, sink) show(done, type(wrong) == "table" and wrong[1] or wrong) show(h.c:getfd() > 0) end
    h = http.open("127.0.0.1", port, socket.tcp) show(socket.protect(h.receivebody)(h, { ["content-length"] = 2 }, nil, function() return nil, "step" end)) show((pcall(h.receivebody, h)))`,
  'what is thrown': `
    local h = http.open("127.0.0.1", port, socket.tcp) local peer = server:accept() local caught = socket.protect(function() h.c:settimeout(0.02) local done, wrong = socket.protect(function() return h:receivestatusline() end)() show(done, wrong, h.c:getfd()) h:receiveheaders() end)
    show(caught()) local done, thrown = pcall(h.receivestatusline, h) show(done, type(thrown), getmetatable(thrown)) show(socket.protect(error)(thrown, 0))
    h = http.open("127.0.0.1", port, socket.tcp) function h:close() show "closing" return self.c:close() end show(socket.protect(function() h.try(nil, { 1, 2 }) end)())`,
  'what yields': `
    local co = coroutine.wrap(function()
      local h = http.open("127.0.0.1", port, function() return watched(true) end) local peer = server:accept()
      peer:send("HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\n\\r\\n")
      h:sendrequestline("GET", "/") h:sendheaders { host = "h" } h:sendbody({}, function() coroutine.yield("source") return nil end)
      show(h:receivestatusline()) local headers = h:receiveheaders() show_headers(headers)
      show(h:receivebody(headers, function(chunk) coroutine.yield("sink") show(chunk) return 1 end)) h:close()
      return "end"
    end)
    local seen = {} repeat local what = co() if not seen[what] then show(what) end seen[what] = true until what == "end"`,
});
