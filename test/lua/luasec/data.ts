/** What is sent and received. */
import type { Probe } from './probe.ts';

export const DATA: readonly Probe[] = [
  {
    name: 'send, receive a line',
    code: 'local c, s = connected() local n = c:send("hello\\r\\n") return n, s:receive()',
    says: '7.0  "hello"  nil  nil',
  },
  {
    name: `receive(5), '*a' after close`,
    code: 'local c, s = connected() c:send("hello rest") c:close() return s:receive(5), s:receive("*a")',
    says: '"hello"  " rest"  nil  nil',
  },
  {
    name: 'receive: nothing there, timeout 0',
    code: 'local c = connected() c:settimeout(0) return c:receive()',
    says: 'nil  "wantread"  ""',
  },
  {
    name: 'receive: half a line, timeout 0.05',
    code: 'local c, s = connected() s:send("half") c:settimeout(0.05) return c:receive()',
    says: 'nil  "wantread"  "half"',
  },
  {
    name: 'receive: closed by close_notify',
    code: 'local c, s = connected() s:close() return c:receive()',
    says: 'nil  "closed"  ""',
  },
  {
    name: 'receive: cut without close_notify',
    code: 'local a, b = plain() local l = assert(socket.bind("127.0.0.1", 0)) local _, port = l:getsockname() local up = assert(socket.connect("127.0.0.1", port)) local peer = l:accept() l:close() local c, s = ssl.wrap(a, CLIENT), ssl.wrap(peer, SERVER) c:settimeout(0) s:settimeout(0) b:settimeout(0) up:settimeout(0) local function pass(from, to) local d, e, p = from:receive(65536) d = d or p if d and #d > 0 then to:send(d) end end for _ = 1, 50 do c:dohandshake() pass(b, up) s:dohandshake() pass(up, b) end pass(up, b) up:settimeout(0.3) s:send("partial") pass(up, b) b:close() c:settimeout(1) return c:receive("*a")',
    says: 'nil  "unexpected eof while reading"  "partial"',
  },
  {
    name: 'send after close here',
    code: 'local c = connected() c:close() return c:send("x")',
    says: 'nil  "closed"  0.0',
  },
  {
    name: 'receive after close here',
    code: 'local c = connected() c:close() return c:receive()',
    says: 'nil  "closed"  ""',
  },
  { name: 'send before the handshake', code: 'local c = ends() return c:send("x")', says: 'nil  "closed"  0.0' },
  { name: 'receive before the handshake', code: 'local c = ends() return c:receive()', says: 'nil  "closed"  ""' },
  {
    name: 'send until it would block',
    code: 'local c = connected() c:settimeout(0) local big = ("x"):rep(1 << 20) local a, b, n for _ = 1, 64 do a, b, n = c:send(big) if not a then break end end return a, b, type(n)',
    says: 'nil  "wantwrite"  "number"',
  },
  {
    name: 'dirty: with a rest, without',
    code: 'local c, s = connected() s:send("a\\nb\\n") c:receive() local d = c:dirty() c:receive() return d, c:dirty()',
    says: 'true  false',
  },
  {
    name: 'getstats',
    code: 'local c, s = connected() c:send("12345") local r, n, age = c:getstats() return r, n, type(age)',
    says: '0.0  5.0  "number"',
  },
  {
    name: 'select sees a connection',
    code: 'local c, s = connected() s:send("x\\n") local r = socket.select({ c }, nil, 1) return #r, r[1] == c',
    says: '1  true',
  },
  {
    name: 'settimeout returns',
    code: 'local c = connected() return c:settimeout(1), c:settimeout(1, "t")',
    says: '1.0  1.0',
  },
  { name: 'close returns, twice', code: 'local c = connected() return c:close(), c:close()', says: 'nil' },
  { name: 'getfd after close', code: 'local c = connected() c:close() return c:getfd()', says: '-1.0' },
  {
    name: 'shutdown, getpeername, setoption',
    code: 'local c = connected() return c.shutdown, c.getpeername, c.setoption',
    says: 'nil  nil  nil',
  },
  {
    name: 'send with ranges',
    code: 'local c, s = connected() local a = { c:send("0123456789", 3, 5) } local b = { c:send("0123456789", -2) } local d = { c:send("0123456789", 8, 3) } return a, b, d, s:receive(5)',
    says: '{1=5.0}  {1=10.0}  {1=7.0}  "23489"  nil  nil',
  },
  {
    name: 'receive with a prefix',
    code: 'local c, s = connected() s:send("line\\n1234") return c:receive("*l", "a "), c:receive(6, "ab")',
    says: '"a line"  "ab1234"  nil  nil',
  },
  {
    name: 'receive with a wrong pattern',
    code: 'local c = connected() return c:receive("x")',
    says: `"RAISES"  "bad argument #1 to 'receive' (invalid receive pattern)"`,
  },
  {
    name: 'settimeout with a wrong mode',
    code: 'local c = connected() return c:settimeout(1, "x")',
    says: `"RAISES"  "bad argument #2 to 'settimeout' (invalid timeout mode)"`,
  },
  { name: 'setstats', code: 'local c = connected() return c:setstats(3, 4, 5), (c:getstats())', says: '1.0  3.0' },
  {
    name: 'large records both ways',
    code: 'local c, s = connected() c:settimeout(0) s:settimeout(0) local data, at, got = ("0123456789abcdef"):rep(40000), 0, {} local have = 0 while have < #data do local n, e, p = c:send(data, at + 1) at = n or p local d, e, p = s:receive(65536) d = d or p got[#got + 1] = d have = have + #d end return table.concat(got) == data, at',
    says: 'true  640000.0',
  },
];
