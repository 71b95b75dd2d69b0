/**
 * Random calls on TCP and UDP objects: a seed names a script, which runs with us and with lua5.4 and LuaSocket's C core, and
 * the two transcripts must be the same, call by call.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { lua, native, SHOW } from './support.ts';

// Left out is what LuaSocket's C leaves undefined: `receivefrom` without a descriptor names the sender from
// whatever its stack holds; and `setstats` with a negative number, which wraps.

/** The calls of each run. */
const CALLS = 320;
/** FUZZ_SEED=n runs that seed alone; FUZZ_RUNS=n so many from there on. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const RUNS = Number(process.env.FUZZ_RUNS ?? (process.env.FUZZ_SEED === undefined ? 3 : 1));

/**
 * The script draws its own numbers: both programs get the same. What a peer does it does at once, and the script waits until
 * that has arrived, so that nothing depends on time but the timeouts that the calls themselves meet.
 */
const RANDOM = `
  local seed, calls = tonumber(arg[1]), tonumber(arg[2])
  local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // 65536 % n + 1 end
  local function any(list) return list[random(#list)] end
  local function text(most)
    local bytes = {} for i = 1, random(most + 1) - 1 do bytes[i] = any { "\\n", "\\r", "\\0", "\\255", ".", "a", string.char(random(256) - 1) } end
    return table.concat(bytes)
  end
  local COUNTS = { 0, 1, 2, 5, 17, 100, 1.9, "3", "0x4", -1, 0.5, 9000 }
  local PATTERNS = { "*l", "*l", "*l", "*a", "*line", "*all", "*x", "l", "", "*", true, {} }
  local INDICES = { 0, 1, 2, 3, 7, -1, -2, -99, 99, 1.5, "2", "x" }
  local TIMEOUTS = { 0, 0.001, 0.002, "0", 0.0005, 0 / 0 }
  local MODES = { "b", "t", "r", "total", "block", "bogus", "x", "" }
  local VALUES = { true, false, 0, 1, -1, 7, "8", "x", {}, { on = true, timeout = 0 }, { on = false, timeout = 5.5 }, { on = 1 }, "*", "127.0.0.1" }
  local function optional(list) if random(3) > 1 then return any(list) end end
  local step = 0
  local function run(label, f, ...)
    step = step + 1
    show(step, label, pcall(f, ...))
  end
  local function settled(object, seconds) socket.select({ object }, nil, seconds) end
`;

const TCP = `${RANDOM}
  local TCP_OPTIONS = { "keepalive", "tcp-nodelay", "reuseaddr", "reuseport", "tcp-keepidle", "tcp-keepcnt", "linger", "error", "bogus", "ipv6-v6only", "broadcast" }
  local server, subject, peer, port
  local function begin()
    for _, old in ipairs { server or false, subject or false, peer or false } do if old then old:close() end end
    server = assert(socket.bind("127.0.0.1", 0)) _, port = name(server) volatile(port)
    subject = any { socket.tcp, socket.tcp4 }() subject:settimeout(0.002)
    if random(8) > 1 then
      subject:settimeout(5) assert(subject:connect("127.0.0.1", port)) subject:settimeout(0.002)
      peer = assert(server:accept()) peer:settimeout(0.1) peer:setoption("tcp-nodelay", true)
    else peer = nil end
  end
  local DEEDS = {
    function() local data = text(40) run("receive " .. #data, function() if peer then peer:send(data) if #data > 0 then settled(subject, 0.1) end end return subject:receive(any(PATTERNS)) end) end,
    function() local data = text(40) if peer then peer:send(data) if #data > 0 then settled(subject, 0.1) end end run("receive count", subject.receive, subject, any(COUNTS), optional { "pre", "", 12, "longer prefix", {} }) end,
    function() run("receive with prefix", subject.receive, subject, any(PATTERNS), optional { "pre", "", "with\\rcr", 1.5 }) end,
    function() local data = ("0123456789"):rep(random(800)) if peer then run("large", function() peer:send(data) settled(subject, 0.1) return subject:receive(any(COUNTS)) end) end end,
    function() run("send", subject.send, subject, text(30), optional(INDICES), optional(INDICES)) end,
    function() run("send", subject.send, subject, any { 12, 1.5, "", "text", {}, true }) end,
    function() if peer then local sent = text(20) .. "\\n" run("peer receives", function() local last, e = subject:send(sent) if last then return peer:receive("*l") end return e end) end end,
    function() run("dirty", subject.dirty, subject) end,
    function() run("getstats", function() local r, s = subject:getstats() return r, s end) end,
    function() run("setstats", subject.setstats, subject, optional { 0, 5, 1.9, "3", "x" }, optional { 0, 100, 2.5 }, optional { 1, 2 }) end,
    function() run("settimeout", subject.settimeout, subject, any(TIMEOUTS), optional(MODES)) run("gettimeout", subject.gettimeout, subject) end,
    function() run("getoption", subject.getoption, subject, any(TCP_OPTIONS)) end,
    function() local option, value = any(TCP_OPTIONS), any(VALUES) if option ~= "error" then run("setoption " .. option, subject.setoption, subject, option, value) end end,
    function() run("names", function() local ip, p, family = name(subject) return ip, (p == 0), family, subject:getfamily() end) end,
    function() run("getpeername", subject.getpeername, subject) end,
    function() run("shown", tostring, subject) run("getfd", function() return subject:getfd() > 2, math.type(subject:getfd()) end) end,
    function() run("select", function() local r, w, e = socket.select({ subject, optional { peer or "x" } }, { optional { subject } }, any { 0, 0.001, "0" }) return #r, #w, e, r[subject], w[subject] end) end,
    function() if random(3) == 1 then run("shutdown", subject.shutdown, subject, optional { "send", "both", "receive", "x", 1 }) end end,
    function() if peer and random(3) == 1 then run("peer shuts down", peer.shutdown, peer, "send") settled(subject, 0.1) end end,
    function() if peer and random(4) == 1 then run("peer closes", peer.close, peer) settled(subject, 0.1) end end,
    function() if random(4) == 1 then run("close", subject.close, subject) end end,
    function() run("bind", subject.bind, subject, any { "127.0.0.1", "localhost", "", "::1", "nosuch.invalid" }, any { 0, "0", "nosuch", "-1", 1.5 }) end,
    function() run("listen", subject.listen, subject, optional { 1, 5, 0, "2", "x", -1 }) end,
    function() if tostring(subject):find("server") then run("accept", function() local c, e = subject:accept() return c and tostring(c), e end) else run("accept", subject.accept, subject) end end,
    function() run("wrong host", subject.connect, subject, any { "", "nosuch.invalid", "a b" }, any { port, "nosuch" }) end,
    function() run("method", subject[any { "send", "receive", "dirty", "getstats", "shutdown" }], any { 1, "x", io.stdout, server }) end,
  }
  begin()
  while step < calls do
    any(DEEDS)()
    if random(25) == 1 then begin() end
  end`;

const UDP = `${RANDOM}
  local UDP_OPTIONS = { "broadcast", "dontroute", "reuseaddr", "reuseport", "ip-multicast-loop", "ip-multicast-ttl", "ip-multicast-if", "ipv6-v6only", "ipv6-unicast-hops", "ipv6-multicast-loop", "error", "bogus", "keepalive", "ip-add-membership" }
  local HOSTS = { "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.1", "localhost", "", "::1", "nosuch.invalid", "1.2.3.4.5" }
  local SIZES = { 0, 1, 3, 10, 8192, 20000, 70000, "4", 2.5, -1, "x" }
  local port = 4000 -- none that the system chooses for the subject, perhaps of the other family: it would hear itself
  local subject, peer
  local function begin()
    if subject then subject:close() peer:close() end
    peer = assert(socket.udp4()) assert(peer:setsockname("127.0.0.1", port)) peer:settimeout(0.1)
    subject = any { socket.udp, socket.udp, socket.udp4, socket.udp6 }() subject:settimeout(0.002)
    if random(2) == 1 then subject:setsockname("127.0.0.1", 0) end
    if random(2) == 1 then subject:setpeername("127.0.0.1", port) end
  end
  local function where() local ip, p = name(subject) if ip == "127.0.0.1" and p > 0 then volatile(p) return p end end
  local DEEDS = {
    function() local data, p = text(60), where() run("receive " .. #data, function() if p then peer:sendto(data, "127.0.0.1", p) settled(subject, 0.1) end return subject:receive(optional(SIZES)) end) end,
    function() local data, p = text(60), where() if subject:getfd() < 0 then return end run("receivefrom", function() if p then peer:sendto(data, "127.0.0.1", p) settled(subject, 0.1) end return subject:receivefrom(optional(SIZES)) end) end,
    function() run("receive", subject.receive, subject, optional(SIZES)) end,
    function() if subject:getfd() > 0 then run("receivefrom", subject.receivefrom, subject, optional(SIZES)) end end,
    function() local data = text(60) run("send", function() local n, e = subject:send(data) if n then settled(peer, 0.1) return n, e, (peer:receivefrom()) end return n, e end) end,
    function() local data, host = text(60), any(HOSTS) run("sendto", function() local n, e = subject:sendto(data, host, any { port, tostring(port), port + 0.0 }) if n then settled(peer, 0.1) return n, e, (peer:receivefrom()) end return n, e end) end,
    function() run("sendto", subject.sendto, subject, any { "x", 5, {}, ("y"):rep(66000) }, any(HOSTS), any { "nosuch", "", "-1", {}, "domain", 0 }) end,
    function() run("send", subject.send, subject, any { {}, true, ("y"):rep(66000) }) end,
    function() run("setpeername", subject.setpeername, subject, any(HOSTS), any { port, port, port, "nosuch", "-1" }) end,
    function() run("setpeername", subject.setpeername, subject, "*", optional { 1, "x" }) end,
    function() run("setsockname", subject.setsockname, subject, any(HOSTS), any { 0, "0", "nosuch", 1.5 }) where() end,
    function() run("names", function() local ip, p, family = name(subject) return ip, p == 0, family, subject:getfamily() end) end,
    function() run("getpeername", subject.getpeername, subject) end,
    function() run("settimeout", subject.settimeout, subject, any(TIMEOUTS), optional(MODES)) run("gettimeout", subject.gettimeout, subject) end,
    function() run("getoption", subject.getoption, subject, any(UDP_OPTIONS)) end,
    function() run("setoption", subject.setoption, subject, any(UDP_OPTIONS), any(VALUES)) end,
    function() run("shown", tostring, subject) run("getfd", function() return subject:getfd() > 2, math.type(subject:getfd()) end) run("dirty", subject.dirty, subject) end,
    function() run("select", function() local r, w, e = socket.select({ subject, peer }, { optional { subject } }, any { 0, 0.001 }) return #r, #w, e, r[subject], w[subject] end) end,
    function() if random(4) == 1 then run("close", subject.close, subject) end end,
    function() run("method", subject[any { "send", "sendto", "receivefrom", "getpeername", "dirty" }], any { 1, "x", io.stdout, server }) end,
    function() if random(4) == 1 then local fd = subject:getfd() run("setfd", subject.setfd, subject, any { -1, "-1", "x" }) if subject:getfd() < 0 and fd > 0 then subject:setfd(fd) end end end,
  }
  begin()
  while step < calls do
    any(DEEDS)()
    while random(6) == 1 do peer:settimeout(0) while peer:receive() do end peer:settimeout(0.1) end
    if random(25) == 1 then begin() end
  end`;

describe('random calls: LuaSocket and the Lua face answer alike', () => {
  for (const [title, script] of Object.entries({ TCP, UDP })) {
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      it(`${title}, seed ${seed}`, needs('lua5.4', 'luasocket', 'unshare', 'ip'), () => {
        const code = SHOW + script;
        const args = ['-e', `arg = { ${seed}, ${CALLS} } ${code}`];
        // A datagram for a port that was another program's a moment ago would be a call's result here and not there.
        const [ours, theirs] = [lua(args, { alone: true }), native(args, { alone: true })];
        assert.deepEqual([ours.errors, theirs.errors, theirs.status], ['', '', 0]);
        const [here, there] = [ours.output.split('\n'), theirs.output.split('\n')];
        assert.ok(there.length > CALLS);
        const first = here.findIndex((line, i) => line !== there[i]);
        assert.equal(
          first,
          -1,
          `${there.slice(Math.max(0, first - 8), first).join('\n')}\nours:   ${here[first]}\nnative: ${there[first]}`,
        );
      });
    }
  }
});
