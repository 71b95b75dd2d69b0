/** Unix streams, serial lines, names, sources and sinks of the Lua face: one script with us and with lua5.4 and LuaSocket's C core. */
import { alike } from './support.ts';

const PAIR = `
  local unix = require "socket.unix"
  local path = os.tmpname() os.remove(path) volatile(path)
  local server, client = unix(), unix.stream()
  assert(server:bind(path)) assert(server:listen()) assert(client:connect(path)) local peer = assert(server:accept())
  os.remove(path)
`;

alike('Unix streams of LuaSocket and of the Lua face', PAIR, {
  'the module': `
    local names = {} for key, value in pairs(unix) do names[#names + 1] = key .. "/" .. type(value) end table.sort(names) show(table.concat(names, " ")) show(getmetatable(unix) == unix, unix.stream == unix.tcp, unix.dgram == unix.udp)
    show(unix() ~= nil, socket.unix, package.loaded["socket.unix"] == unix)`,
  'classes and names': `
    for _, object in ipairs { server, client, peer, unix() } do show(object) inspect(object) end show(server:getsockname()) show(client:getsockname()) show(peer:getsockname()) show(client:dirty(), client:getfd() > 2)`,
  'there and back': `
    local bytes = {} for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end local all = table.concat(bytes)
    show(client:send("hello\\r\\n")) show(peer:receive()) show(client:send(all)) show(peer:receive(256) == all) show(peer:send("0123456789", 3, 5)) show(client:receive(3)) show(client:send("partial")) show(client:shutdown("send")) show(peer:receive("*l", "pre")) show(peer:receive("*a"))
    show(client:send("x")) show(peer:send("still\\n")) show(client:receive()) show(peer:close()) show(client:receive()) show(client:receive("*a", "again")) show(client:close()) show(client:send("x")) show(client:send("")) show(client:getfd())`,
  'timeouts and a full pipe': `
    show(client:settimeout(0.02)) show(client:receive()) peer:send("so") show(client:receive(3)) client:settimeout(0) local n, e, last = client:send(("x"):rep(1e7)) show(n, e, last > 0, math.type(last)) server:settimeout(0) show(server:accept()) server:settimeout(0.02, "t") show(server:accept())`,
  statistics: `
    client:send("12345") peer:receive(2) local r, s, age = peer:getstats() show(r, s, age >= 0 and age < 10) show((select(2, client:getstats()))) show(peer:setstats(1, 2, 3)) r, s = peer:getstats() show(r, s)`,
  options: `
    for _, object in ipairs { client, server } do show(object:setoption("keepalive", true)) show(object:setoption("reuseaddr", true)) show(object:setoption("linger", { on = true, timeout = 1 })) end
    show(pcall(client.setoption, client, "tcp-nodelay", true)) show(client.getoption, client.getpeername, client.gettimeout, client.getfamily) show(pcall(client.setoption, client, "linger", 1))`,
  failures: `
    local busy = unix() busy:bind(path) local other = unix() show(other:bind(path)) show(other:getfd()) show(other:bind(path)) show(other:listen()) show(other:connect(path)) busy:close() local c = unix() show(c:connect(path)) show(c) show(c:getfd()) os.remove(path)
    show(unix():connect(path)) show(unix():connect("")) show(unix():bind(("x"):rep(108))) show(unix():connect(("x"):rep(108))) show(unix():connect("/")) show(unix():bind(path .. "/x")) local long = path .. ("x"):rep(107 - #path) show(unix():bind(long)) os.remove(long)
    local bound = unix() show(bound:bind("")) show(bound:getsockname()) show(unix():listen()) server:close() show(server:accept()) show(server:getsockname()) show(unix():bind("a\\0b")) os.remove("a")`,
  'the abstract ones': `
    local master = unix() show(master:bind("\\0test" .. path)) show(master:getsockname()) show(master:listen(0)) show(master)`,
  'what is asked for of the wrong class': `
    for _, f in ipairs { function() server:send("x") end, function() client:listen() end, function() unix():send("x") end, function() unix():accept() end, function() client:connect(path) end, function() client:bind(path) end, function() client:receive("*x") end,
      function() client:shutdown("x") end, function() server:getstats() end, function() client:bind() end, function() unix():connect() end, function() client.send(socket.tcp(), "x") end, function() socket.tcp().send(client, "x") end, function() unix():listen("x") end } do show(pcall(f)) end`,
  select: `
    local r, w, e = socket.select({ client, server }, { client }, 0) show(#r, #w, e) peer:send("a\\nb") r = socket.select({ client, server }, nil, 5) show(#r, r[1] == client) client:receive() show(client:dirty()) r = socket.select({ client }, nil, 5) show(#r) client:receive(1) show(client:dirty())
    local next = unix() next:bind(path) next:listen() local c = unix() c:connect(path) r = socket.select({ next, client }, nil, 5) show(#r, r[1] == next) os.remove(path)`,
});

alike('serial lines of LuaSocket and of the Lua face', 'local serial = require "socket.serial"', {
  all: `
    show(type(serial), socket.serial) show(serial("/nosuch")) show(serial("/")) show(serial("")) show(pcall(serial, {})) local line = serial("/dev/ptmx") show(line) inspect(line) show(line:settimeout(0.02)) show(line:receive()) line:settimeout(5) show(line:send("AT\\n")) show(line:receive()) show(line:dirty())
    local r, s, age = line:getstats() show(r, s, age < 10) show(line:setstats(1, 2, 3)) show((line:getstats())) show(line:close()) show(line:close()) show(line:receive()) show(line:send("x")) show(line:getfd()) local null = serial("/dev/null") show(null:receive()) show(null:send("xyz")) show(serial("/dev/zero"):receive(20000) == ("\\0"):rep(20000))
    show(pcall(line.send, socket.tcp(), "x")) show(pcall(socket.tcp().close, line))`,
});

alike('names by LuaSocket and by the Lua face', 'local dns = socket.dns', {
  'hosts and addresses': `
    for _, host in ipairs { "localhost", "127.0.0.1", "127.1", "10.255.255.254", "", "*", "::1", "nosuch.invalid", "0.0.0.0", "a b", dns.gethostname(), "m\\195\\188nchen.invalid", "256.1.1.1", "[::1]", "fe80::1%lo", "LOCALHOST", " 127.0.0.1", "127.0.0.1 x", "\\255", 127.5 } do
      show(host) show(dns.toip(host)) show(dns.tohostname(host)) show(dns.getaddrinfo(host)) show(dns.getnameinfo(host)) show(dns.getnameinfo(host, "80")) end show(dns.gethostname())`,
  'services and misuse': `
    for _, service in ipairs { "80", 80, "nosuch", "http", "64999", "domain", "ntp", "", "-1", "70000", 80.0 } do show(service) show(dns.getnameinfo(nil, service)) show(dns.getnameinfo("127.0.0.1", service)) end
    show(pcall(dns.getnameinfo)) show(pcall(dns.toip)) show(pcall(dns.tohostname)) show(pcall(dns.getaddrinfo)) show(pcall(dns.getaddrinfo, {})) show(pcall(dns.getnameinfo, {}))`,
});

const TCP = `
  local server = assert(socket.bind("127.0.0.1", 0)) local _, port = name(server) volatile(port)
  local client = assert(socket.connect("127.0.0.1", port)) local peer = assert(server:accept())
  local function chunks(source) local n = 0 repeat n = n + 1 local chunk, e = source() show(chunk and #chunk, chunk and chunk:sub(1, 9), e) until not chunk or n > 20 end
`;

alike('the module socket of LuaSocket and of the Lua face', TCP, {
  'what it has': `
    local names = {} for key, value in pairs(socket) do if key ~= "_VERSION" then names[#names + 1] = key .. "/" .. (math.type(value) or type(value)) end end table.sort(names) show(table.concat(names, " "))
    show(socket.BLOCKSIZE, socket._SETSIZE, socket._DATAGRAMSIZE, socket._SOCKETINVALID, socket._DEBUG) show(require "socket.core" == socket, package.loaded.socket == socket) for _, table_ in ipairs { socket.sinkt, socket.sourcet, socket.dns } do names = {} for key in pairs(table_) do names[#names + 1] = key end table.sort(names) show(table.concat(names, " ")) end`,
  sinks: `
    local sink = socket.sink("keep-open", client) show(type(sink), sink:getfd() == client:getfd(), sink.getfd() == client:getfd(), sink:dirty(), sink.dirty()) show(sink("some")) show(sink(12)) show(sink("")) show(sink(nil, "why")) show(sink()) show(client:getfd() > 0) show(peer:receive(6))
    sink = socket.sink(client) show(sink("default")) show(peer:receive(7)) sink = socket.sink("close-when-done", client) show(sink("x")) show(sink(nil)) show(client:getfd()) show(sink("x")) show(sink()) show(peer:receive("*a"))
    show(pcall(socket.sink, "bogus", client)) show(pcall(socket.sink, "http-chunked", client)) show((select(2, pcall(socket.sink("keep-open", socket.tcp()), "x")):gsub("^.-:%d+: ", "")))`,
  'sources that know the length': `
    peer:send(("0123456789"):rep(500)) local source = socket.source("by-length", client, 4097) show(type(source), source.getfd() == client:getfd()) chunks(source) show(source()) show(client:receive(3)) show(client:dirty(), source:dirty()) client:settimeout(0.02)
    chunks(socket.source("by-length", client, 10000)) show(socket.source("by-length", client, 0)()) show(socket.source("by-length", client, -1)()) peer:close() show(socket.source("by-length", client, 5)()) show((select(2, pcall(socket.source("by-length", client))):gsub("^.-:%d+: ", "")))`,
  'sources until the end': `
    peer:send(("0123456789"):rep(500)) peer:close() local source = socket.source(client) chunks(source) show(source()) show(client:getfd()) local c = socket.connect("127.0.0.1", port) local p = server:accept() p:send(("x"):rep(2048)) p:close() chunks(socket.source("until-closed", c)) show(c:getfd())
    c = socket.connect("127.0.0.1", port) p = server:accept() c:settimeout(0.02) p:send("lost") source = socket.source("until-closed", c) chunks(source) p:send("found") p:close() chunks(source) show(pcall(socket.source, "bogus", c))`,
  choose: `
    local choose = socket.choose { a = function(...) return "a", select("#", ...), ... end, default = function(...) return "default", ... end } show(choose("a", 1, 2)) show(choose("a", 1, 2, 3)) show(choose(1, 2)) show(choose()) show(choose(nil, 5)) show(choose({} ~= nil, 6)) show(pcall(choose, "b")) show(pcall(socket.choose {}, 1)) show(pcall(socket.choose))`,
  'connections by family and from an address': `
    local free = socket.bind("127.0.0.1", 0) local _, closed = name(free) free:close() show(socket.connect4("127.0.0.1", closed)) show(socket.connect6("127.0.0.1", closed)) show(socket.connect6("::1", closed)) show(socket.connect6("127.0.0.1", port) ~= nil) show(socket.connect4("localhost", port) ~= nil)
    show(socket.connect("127.0.0.1", port, "::1", 0)) show(socket.connect("127.0.0.1", port, "127.0.0.1", "0", "inet6")) show(socket.connect4("127.0.0.1", port, "*") ~= nil) show(socket.connect6("127.0.0.1", port, "*")) show(socket.connect("127.0.0.1", port, "nosuch.invalid")) show((pcall(socket.connect, "127.0.0.1", port, "*", 0, "x")))
    show(socket.connect("127.0.0.1", port, "127.0.0.1"):getsockname() == "127.0.0.1") for _, p in ipairs { "-1", "4294967295", "nosuch", "ntp", port + 65536, " " .. port, "+" .. port } do local c, e = socket.connect("127.0.0.1", p) show(c ~= nil, e) end`,
  'servers anywhere': `
    local any = socket.bind("*", 0) local ip, p, family = name(any) show(ip, family) local same = socket.tcp() show(same:bind("*", p)) show((name(same))) show(socket.bind("*", p)) show(socket.bind("nosuch.invalid", 0)) show(socket.bind("127.0.0.1", "nosuch")) show(socket.bind("::1", 0):getfamily()) local six = socket.bind("::", 0) show((name(six)))
    show(same:listen()) local c = socket.connect("*", p) show((c:getpeername())) show(socket.tcp():getoption("error")) show(socket.tcp4():getoption("error"))`,
});
