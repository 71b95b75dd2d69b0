/** Datagrams of the Lua face, UDP's and Unix's: one script with us and with lua5.4 and LuaSocket's C core. */
import { alike } from './support.ts';

/** A socket with a port of its own, and another one. */
const BOTH = `
  local here, there = socket.udp(), socket.udp()
  assert(here:setsockname("127.0.0.1", 0)) here:settimeout(5)
  local _, port = name(here)
  volatile(port)
`;

const BYTES = `
  local bytes = {} for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
  local all = table.concat(bytes)
`;

alike('UDP objects of LuaSocket and of the Lua face', BOTH, {
  'classes and names': `
    local connected = socket.udp() connected:setpeername("127.0.0.1", port)
    for _, object in ipairs { here, connected, socket.udp4(), socket.udp6() } do show(object, object:getfamily(), object:getfd() > 2) inspect(object) end
    show(socket.udp():getfd(), socket.udp():dirty(), connected:dirty()) show(name(here)) show(name(socket.udp())) show(name(socket.udp4())) show(name(socket.udp6()))
    show(connected:getpeername()) show(connected:setpeername("*")) show(connected) show(select(3, name(connected)))`,
  'there and back': `
    show(there:sendto("anything", "127.0.0.1", port)) local data, ip, from = here:receivefrom() show(data, ip, math.type(from), from == select(2, name(there)))
    show(here:sendto("back", ip, from)) show(there:receive()) show(there:sendto("text", "127.0.0.1", tostring(port))) show(here:receive())
    show(there:sendto("", "127.0.0.1", port)) show((here:receivefrom())) show(there:sendto(12.5, "127.0.0.1", port)) show(here:receive())
    show(there:setpeername("127.0.0.1", port)) show(there:send("connected")) show((here:receivefrom())) show(there:send("")) show(here:receive()) show(there:send(7)) show(here:receive())`,
  'every byte, in every length': `${BYTES}
    for _, length in ipairs { 0, 1, 255, 256, 1000, 8191, 8192, 8193, 30000, 65507 } do
      local data = all:rep(length // 256 + 1):sub(1, length)
      show(there:sendto(data, "127.0.0.1", port)) local got, ip = here:receivefrom(65507) show(got == data, ip)
    end
    show(there:sendto(("x"):rep(65508), "127.0.0.1", port)) show(there:sendto(all:rep(40), "127.0.0.1", port)) local cut = here:receive() show(#cut, cut == all:rep(32))
    for i = 0, 255 do there:sendto(string.char(i), "127.0.0.1", port) assert(here:receive() == string.char(i)) end`,
  'what is longer is cut off': `
    for _, size in ipairs { 3, "4", 2.9, 0, 100 } do there:sendto("0123456789", "127.0.0.1", port) show(here:receive(size)) end
    there:sendto("0123456789", "127.0.0.1", port) show((here:receivefrom(5))) for _, size in ipairs { -1, 1e12, 0 / 0, -0.5 } do here:settimeout(0) show(here:receive(size)) show(here:receivefrom(size)) end
    there:sendto("x", "127.0.0.1", port) here:settimeout(5) show(here:receive(1e6)) there:sendto(("y"):rep(60000), "127.0.0.1", port) show(#here:receive(1e6))`,
  timeouts: `
    show(here:settimeout(0.02)) show(here:gettimeout()) show(here:receive()) show(here:receivefrom()) show(here:settimeout(0)) show(here:receive())
    show(here:settimeout(0.02, "t")) show(here:receivefrom()) show(here:gettimeout()) show(here:settimeout()) show(here:gettimeout()) show(here:settimeout(-5, "bogus")) show(here:gettimeout())
    show(pcall(here.settimeout, here, 1, "x")) show(pcall(here.settimeout, here, "x")) local begin = socket.gettime() here:settimeout(0.2, "b") here:settimeout(-1, "t") here:receive() show(socket.gettime() - begin > 0.19)`,
  'a peer of its own': `
    there:setpeername("127.0.0.1", port) local other = socket.udp() other:setsockname("127.0.0.1", 0) local _, p = name(there)
    other:sendto("stranger", "127.0.0.1", p) socket.sleep(0.02) there:settimeout(0.02) show(there:receive()) here:sendto("friend", "127.0.0.1", p) show(there:receive())
    show(there:setpeername("*")) show(pcall(there.send, there, "x")) _, p = name(there) show(there:setpeername("127.0.0.1", select(2, name(other)))) show(there:send("other")) show((other:receive()))
    show(there:setpeername("nosuch.invalid", 1)) show(there) show(there:setpeername("::1", 1)) show(there:setpeername("*", 1)) show(there)`,
  'a peer that is not there': `
    local gone = socket.udp() gone:setsockname("127.0.0.1", 0) local _, p = name(gone) gone:close()
    there:setpeername("127.0.0.1", p) show(there:send("x")) there:settimeout(5) show(there:receive()) show(there:send("x")) socket.sleep(0.02) show(there:send("x")) show(there:getoption("error"))
    show(there:send("x")) socket.sleep(0.02) show(there:getoption("error")) show(there:getoption("error"))`,
  'what is tried again after a failure': `
    local again = socket.udp() show(again:setsockname("127.0.0.1", port)) show(select(3, name(again))) show(again:setoption("broadcast", true)) show(again:setsockname("127.0.0.1", 0))
    show(again:getoption("broadcast")) show(select(3, name(again)))
    again = socket.udp() show(again:setpeername("255.255.255.255", 9)) show(select(3, name(again))) show(again:setpeername("127.0.0.1", port)) show(select(3, name(again)))`,
  'hosts and ports': `
    for _, host in ipairs { "127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "", "*", "::1", "1.2.3.4.5", "a b", "256.0.0.1", " 127.0.0.1" } do
      show(host) show(socket.udp4():sendto("x", host, port)) show(socket.udp4():setpeername(host, port)) show(socket.udp4():setsockname(host, 0)) end
    for _, p in ipairs { "", " 53", "+53", "-1", "0x35", "53.0", 53.5, 70000, 0, "domain", "nosuch", "4294967295", "99999999999999999999", "1 " } do
      show(p) show(socket.udp4():sendto("", "127.0.0.1", p)) show(socket.udp4():setpeername("127.0.0.1", p)) end
    show(socket.udp6():sendto("x", "127.0.0.1", port)) show(socket.udp6():setsockname("127.0.0.1", port)) show(socket.udp4():sendto("x", "::1", port)) show(socket.udp4():setpeername("::1", port))
    show(socket.udp6():sendto("x", "::1", "domain")) show(here:setsockname("127.0.0.1", 0)) show(socket.udp():setsockname("127.0.0.1", port)) show(socket.udp():sendto("x", "255.255.255.255", port))`,
  'any address': `
    local v4 = socket.udp() show(v4:setsockname("*", 0)) local ip, p, family = name(v4) show(ip, family) local both = socket.udp() show(both:setsockname("*", p)) ip, p, family = name(both) show(ip, family)
    local six = socket.udp() six:settimeout(5) show(six:sendto("starred", "*", p)) both:settimeout(5) show((both:receivefrom())) ip, _, family = name(six) show(ip, family, six:getfamily())
    show(socket.udp6():setsockname("*", 0)) show(socket.udp6():setsockname("::", 0))
    local a, b = socket.udp(), socket.udp6() a:setsockname("::1", 0) show(select(3, name(a))) show(b:sendto("six", "::1", (select(2, name(a))))) a:settimeout(5) show((a:receivefrom())) show((select(2, b:getoption("ipv6-v6only"))))`,
  'closed ones': `
    show(here:close()) show(here:close()) show(here:getfd()) show(here:receive()) show(here:sendto("x", "127.0.0.1", port)) show(here:getsockname()) show(here:settimeout(1)) show(here:dirty())
    show(there:close()) show(there:sendto("again", "127.0.0.1", port)) show(there:getfd() > 0) there:close() show(there:sendto("x", "127.0.0.1", port)) show(there:setpeername("*"))
    local c = socket.udp() c:setpeername("127.0.0.1", port) c:close() show(c) show(c:send("x")) show(c:send("")) show(c:receive()) show(c:getpeername()) show(c:setpeername("127.0.0.1", port)) show(c:send("x"))`,
  'descriptors that are given': `
    local fd = here:getfd() show(there:setfd(fd)) show(there:getfd() == fd) show(here:setfd(-1)) show(here:getfd()) show(here:receive()) there:settimeout(5)
    local other = socket.udp() other:sendto("taken over", "127.0.0.1", port) show((there:receivefrom())) show((name(there))) show(pcall(there.setfd, there, "x"))`,
  options: `
    for _, option in ipairs { "broadcast", "dontroute", "reuseaddr", "reuseport", "ip-multicast-loop" } do
      show(option, here:getoption(option), here:setoption(option, true), here:getoption(option), here:setoption(option, false), here:getoption(option)) show(pcall(here.setoption, here, option, 1)) show(pcall(here.setoption, here, option)) end
    for _, option in ipairs { "recv-buffer-size", "send-buffer-size" } do show(option, here:setoption(option, 10000), here:getoption(option), here:setoption(option, "20000"), here:getoption(option), math.type(here:getoption(option))) end
    local six = socket.udp6() for _, option in ipairs { "ipv6-unicast-hops", "ipv6-v6only", "ipv6-multicast-loop" } do show(option, pcall(six.getoption, six, option)) show(option, pcall(here.getoption, here, option)) end
    show(six:setoption("ipv6-unicast-hops", 7), six:getoption("ipv6-unicast-hops")) show(six:setoption("ipv6-multicast-loop", false), six:getoption("ipv6-multicast-loop")) show(six:setoption("ipv6-v6only", false), six:getoption("ipv6-v6only")) show(six:setoption("ipv6-multicast-hops", 3))
    for _, value in ipairs { 5, "6", "x", 300, -1, 0, true } do show(value, here:setoption("ip-multicast-ttl", value)) end show(here:setoption("ip-multicast-ttl"))
    for _, value in ipairs { "*", "127.0.0.1", "127.1", "bad", "127.0.0.1 ", "", 12, true } do show(value, pcall(here.setoption, here, "ip-multicast-if", value)) show(here:getoption("ip-multicast-if")) end
    for _, option in ipairs { "bogus", "keepalive", "ip-multicast-ttl", "ip-add-membership", "tcp-nodelay", ("x"):rep(50), "" } do show(option, pcall(here.getoption, here, option)) end
    for _, option in ipairs { "bogus", "error", "linger", "keepalive" } do show(option, pcall(here.setoption, here, option, 1)) end show(pcall(here.setoption, here)) show(pcall(here.getoption, here)) show(pcall(here.setoption, here, 1, 1))
    local none = socket.udp() show(none:getoption("broadcast")) show(none:setoption("broadcast", true)) show(none:getoption("error")) show(none:getoption("ip-multicast-if")) show(pcall(none.setoption, none, "ip-multicast-if", "bad"))`,
  memberships: `
    local G, six = "239.1.2.3", socket.udp6()
    for i, value in ipairs { { multiaddr = G, interface = "*" }, { multiaddr = G, interface = "127.0.0.1" }, { multiaddr = G }, { interface = "*" }, { multiaddr = 1, interface = "*" }, { multiaddr = "1.2.3.4", interface = "*" },
      { multiaddr = "1.2.3", interface = "*" }, { multiaddr = G, interface = "x" }, { multiaddr = G, interface = 3 }, { multiaddr = {}, interface = 3 }, "x", false } do
      show(i, pcall(here.setoption, here, "ip-add-membership", value)) show(i, pcall(here.setoption, here, "ip-drop-membership", value)) show(i, pcall(here.setoption, here, "ip-drop-membership", value)) show(i, pcall(six.setoption, six, "ip-add-membership", value)) end
    for i, value in ipairs { { multiaddr = "ff02::1:2" }, { multiaddr = "ff02::1:2", interface = 1 }, { multiaddr = "ff02::1:2", interface = "1" }, { multiaddr = "ff02::1:2", interface = "lo" }, { multiaddr = "ff02::1:2", interface = 1.7 }, { multiaddr = "::1" },
      { multiaddr = "x" }, { multiaddr = 1 }, {}, { multiaddr = "ff02::1:2", interface = 9999 }, { multiaddr = "ff02::1:2", interface = true }, 5 } do
      show(i, pcall(six.setoption, six, "ipv6-add-membership", value)) show(i, pcall(six.setoption, six, "ipv6-drop-membership", value)) show(i, pcall(here.setoption, here, "ipv6-add-membership", value)) end
    show(pcall(here.setoption, here, "ip-add-membership"))`,
  'a group hears what is sent to it': `
    local member = socket.udp() show(member:setoption("reuseaddr", true)) member = socket.udp4() show(member:setoption("reuseaddr", true)) show(member:setsockname("*", 0)) local _, p = name(member)
    show(member:setoption("ip-add-membership", { multiaddr = "239.7.7.7", interface = "127.0.0.1" })) local speaker = socket.udp4()
    show(speaker:setoption("ip-multicast-if", "127.0.0.1")) show(speaker:setoption("ip-multicast-ttl", 1)) show(speaker:setoption("ip-multicast-loop", true))
    show(speaker:sendto("to all", "239.7.7.7", p)) member:settimeout(5) show((member:receivefrom())) show(member:setoption("ip-drop-membership", { multiaddr = "239.7.7.7", interface = "127.0.0.1" }))
    show(speaker:sendto("to nobody", "239.7.7.7", p)) member:settimeout(0.05) show(member:receive())`,
  'what is asked for of the wrong class': `
    local c = socket.udp() c:setpeername("127.0.0.1", port) local tcp = socket.tcp()
    for _, f in ipairs { function() here:send("x") end, function() here:getpeername() end, function() c:sendto("x", "127.0.0.1", port) end, function() c:receivefrom() end, function() c:setsockname("*", 0) end,
      function() here.send(tcp, "x") end, function() tcp.send(here, "x") end, function() here:sendto() end, function() here:sendto("x") end, function() here:sendto("x", "127.0.0.1") end, function() here:sendto({}, "127.0.0.1", 1) end,
      function() c:send() end, function() c:send({}) end, function() here:receive("x") end, function() here:receivefrom({}) end, function() here:setpeername() end, function() here:setpeername("127.0.0.1") end, function() here:setsockname() end,
      function() here:setsockname("*") end, function() return here + 1 end, function() return #here end, function() here.x = 1 end, function() here:bind("*", 0) end, function() here:shutdown() end, function() here:getstats() end,
      function() here.receive() end, function() here.receive(nil) end, function() here.close(io.stdout) end } do show(pcall(f)) end`,
  'what is forgotten is closed': `
    local before = here:getfd() here = nil collectgarbage() collectgarbage() local again = socket.udp4() show(again:getfd() <= before) show(again:setsockname("127.0.0.1", port))`,
  'in a coroutine, and to itself': `
    local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(here:receive()) end end) for i = 1, 3 do there:sendto("no " .. i, "127.0.0.1", port) show(co()) end
    show(here:sendto("self", "127.0.0.1", port)) show((here:receivefrom()))`,
  select: `
    local function list(t) local names = {} for i, v in ipairs(t) do names[i] = (v == here and "here" or v == there and "there" or "other") .. t[v] end return table.concat(names, ",") end
    local function chosen(r, w, e) show(list(r), list(w), e) end there:sendto("", "127.0.0.1", port) socket.select({ here }, nil, 5)
    chosen(socket.select({ here, there }, { here, there }, 0)) here:receive() chosen(socket.select({ here, there }, nil, 0.01)) chosen(socket.select({ socket.udp() }, { socket.udp() }, 0))
    local foreign = { getfd = function() return here:getfd() end } there:sendto("x", "127.0.0.1", port) chosen(socket.select({ foreign, there }, nil, 5)) chosen(socket.select({ here, foreign }, nil, 5)) here:receive()
    foreign.dirty = function() return true end chosen(socket.select({ there, foreign, foreign }, nil, 5)) foreign.dirty = nil foreign.getfd = function() return "3" end chosen(socket.select({ foreign }, nil, 0))
    foreign.getfd = function() return -1 end chosen(socket.select({ foreign }, nil, 0)) foreign.getfd = function() error("within") end show(pcall(socket.select, { foreign }, nil, 0)) foreign.getfd = 5 show(pcall(socket.select, { foreign }, nil, 0))
    chosen(socket.select(setmetatable({}, { __index = function(_, i) return i == 1 and here or nil end }), nil, 0)) chosen(socket.select({ here, nil, there }, { there }, 0)) here:close() chosen(socket.select({ here }, { there }, 0))`,
});

const UNIX = `
  local unix = require "socket.unix"
  local path = os.tmpname() os.remove(path) volatile(path)
  local function finish() os.remove(path) end
`;

alike('Unix datagrams of LuaSocket and of the Lua face', UNIX, {
  'classes and names': `
    local one, other = unix.dgram(), unix.udp() show(one, other) inspect(one) show(one:getsockname()) show(one:bind(path)) show(one:getsockname()) show(other:connect(path)) show(other) show(other:dirty(), other:getfd() > 2) finish()`,
  'there and back': `${BYTES}
    local here, there = unix.dgram(), unix.dgram() here:settimeout(5) show(here:setsockname(path)) show(there:sendto("one", path)) show(here:receivefrom()) show(there:bind(path .. "2")) show(there:sendto("two", path)) show(here:receivefrom())
    show(here:sendto("back", path .. "2")) show(there:receive()) show(there:sendto("", path)) show(here:receivefrom()) show(there:setpeername(path)) show(there:send(all)) show(here:receive() == all) show(there:send("")) show(here:receive()) show(there:send(1.5)) show(here:receive())
    show(there:send(("0123456789"):rep(10000))) show(#here:receive()) show(there:send(("0123456789"):rep(10000))) show(here:receive(200000) == ("0123456789"):rep(10000)) show(there:send(("y"):rep(10000000)))
    for _, size in ipairs { 3, 0, "2", -1, 1e12 } do there:send("abcdef") show(here:receivefrom(size)) end os.remove(path .. "2") finish()`,
  'a full queue': `
    local here, there = unix.dgram(), unix.dgram() here:bind(path) there:connect(path) there:settimeout(0) local sent = 0 while true do local n, e = there:send("x") if not n then show(n, e) break end sent = sent + 1 end show(sent > 0)
    there:settimeout(0.02) show(there:send("x")) here:settimeout(0) local got = 0 while here:receive() do got = got + 1 end show(got == sent) show(here:receive()) show(there:send("again")) show(here:receive()) finish()`,
  failures: `
    local one = unix.dgram() show(one:bind(("x"):rep(108))) show(one:getfd() > 2) show(one:sendto("x", ("x"):rep(108))) show(one:connect(("x"):rep(108))) show(one:sendto("x", path)) show(one:sendto("x", "")) show(one:connect(path)) show(one:getfd()) show(pcall(one.send, one, "x"))
    show(one:receive()) show(one:receivefrom()) show(one:sendto("x", path)) show(one:getsockname()) show(one:bind(path)) show(one:connect(path)) local two = unix.dgram() two:bind(path) show(unix.dgram():bind(path)) show(two:close()) show(two:close()) show(unix.dgram():sendto("x", path)) show(unix.dgram():connect(path))
    local here, there = unix.dgram(), unix.dgram() finish() here:bind(path) there:connect(path) here:close() show(there:send("x")) show(there:send("x")) show(there) finish()`,
  'misuse and options': `
    local one = unix.dgram() for _, f in ipairs { function() one:send("x") end, function() one:sendto("x") end, function() one:bind() end, function() one:connect({}) end, function() one:setoption("keepalive", true) end, function() one:setoption("reuseaddr", 1) end,
      function() one:getoption("reuseaddr") end, function() one:setsockname() end, function() one:receive({}) end, function() one.sendto(unix.stream(), "x", path) end } do show(pcall(f)) end
    show(one:setoption("reuseaddr", true)) show(one:settimeout(0.5)) show(one:gettimeout()) show(one.listen, one.accept, one.getpeername, one.getfamily) one:bind("\\0abstract" .. path) show(one:getsockname()) show(unix.dgram():bind("")) finish()`,
  select: `
    local here, there = unix.dgram(), unix.dgram() here:bind(path) local r, w, e = socket.select({ here }, nil, 0) show(#r, e) there:sendto("x", path) r, w, e = socket.select({ here, there }, { there }, 5) show(r[1] == here, #r, w[1] == there, r[here], e) finish()`,
});
