/** `socket.tp` and `socket.ftp`: one script with us and with LuaSocket, against a server by rules, whose replies come in pieces. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { CUTS } from '../conformance/support.ts';
import { withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { alike, type FtpRules, printed, startFtp } from './dialogues.ts';

const BOTH = ['lua5.4', 'luasocket'] as const;

const RULES: FtpRules = (command, user) => {
  if (user === 'refused') return '530 no';
  if (user === 'plain' && command.startsWith('USER')) return '230 without a word';
  if (user === 'hangs' && command.startsWith('PASS')) return null;
  if (command === 'RETR missing') return '550-no\r\n such\r\n550 file';
  if (command === 'STAT') return '213-status\r\n of this\r\n213 end';
  if (command === 'MULTI') return '211-First 211 no\r\n211-211 more\r\n 211 x\r\n212 other\r\n211 end';
  if (command === 'NONSENSE') return 'no number';
  if (command === 'MANY') return '200 one\r\n201 two\r\n202 three';
  return undefined;
};

const SETUP = `
  local ftp, tp, ltn12, url = require "socket.ftp", require "socket.tp", require "ltn12", require "socket.url"
  local base = "ftp://joe:p%40ss@127.0.0.1:{PORT}/"
  local function sum(text) local n = 0 for i = 1, #text do n = (n * 31 + text:byte(i)) % 65521 end return #text .. ":" .. n end
  local function got(text, ...) show(text and type(text) == "string" and sum(text) or text, ...) end
`;

const WHOLE = `
  show(ftp.TIMEOUT, ftp.USER, ftp.PASSWORD, tp.TIMEOUT, socket.ftp == ftp, socket.tp == tp)
  got(ftp.get(base .. "a%20dir/file;type=i")) got(ftp.get("ftp://127.0.0.1:{PORT}/x;type=a")) got(ftp.get(base))
  show(ftp.put(base .. "up%20here;type=i", ("line\\r\\n"):rep(1000))) show(ftp.put("ftp://127.0.0.1:{PORT}/empty", ""))
  for _, text in ipairs { "http://h/x", "ftp:///x", "ftp://h/x;type=q", "", "ftp://refused@127.0.0.1:{PORT}/x", "ftp://plain@127.0.0.1:{PORT}/x", "ftp://hangs@127.0.0.1:{PORT}/x", base .. "missing", "ftp://127.0.0.1:1/x" } do
    got(ftp.get(text)) end
  local pieces = {}
  show(ftp.get { host = "127.0.0.1", port = {PORT}, user = "joe", password = "x", path = "/dir%2ffile", type = "i", sink = ltn12.sink.table(pieces) }) got(table.concat(pieces))
  show(ftp.get { url = base .. "list", argument = "", command = "nlst", sink = ltn12.sink.null() })
  show(ftp.get { url = base .. "list", argument = "a b", command = "nlst", sink = ltn12.sink.null(), type = "a" })
  show(ftp.get { url = base, command = "stat", argument = "", sink = function(chunk) show("chunk", chunk) return 1 end })
  show(ftp.get { url = base .. "file", sink = function() return nil, "full" end })
  local steps = 0
  show(ftp.get { url = base .. "file", sink = ltn12.sink.null(), step = function(...) steps = steps + 1 return ltn12.pump.step(...) end }) show(steps > 1)
  show(ftp.put { url = base .. "file", source = ltn12.source.string("abc"), command = "appe", type = "a" })
  show(ftp.put { host = "127.0.0.1", port = {PORT}, argument = "../arg", source = ltn12.source.cat(ltn12.source.string("a"), ltn12.source.string("b")) })
  show(ftp.put { url = base .. "file", source = ltn12.source.error("no source") })
  show(ftp.put { path = "/x" }) show(ftp.get { path = "/x" }) show(ftp.command { command = "x" }) show(ftp.command { host = "h" })
  show(ftp.command { url = base, command = "stat", check = "2.." }) show(ftp.command { url = base, command = "cwd", argument = "a b", check = 250 })
  show(ftp.command { url = base, command = "nonsense", check = { "2..", "3.." } }) show(ftp.command { url = base, command = "cwd", argument = "x", check = "5.." })
  show(ftp.command { url = base, command = { "cwd", "stat", "multi" }, argument = { "one" }, check = { 250, "213", function(code, reply) return code, reply end } })
  show(pcall(ftp.get, { host = "127.0.0.1", port = {PORT}, path = "x" }) == false)
  show(ftp.get { url = base, create = function() return nil, "none today" end })
  show(pcall(ftp.genericform, "ftp://h/x;type=a")) show((pcall(ftp.genericform, "gopher://h/")))
`;

const LOW = `
  local f = ftp.open("127.0.0.1", {PORT}) show(f.tp ~= nil, type(f.try))
  show(f:greet()) show(f:login("joe", "p")) show(f:type("i")) show(f:cwd("/a b"))
  local function passive(address, port) show(address, tonumber(port) == tonumber(f.pasvt.port), f.pasvt.address) end
  passive(f:epsv()) local pieces = {} show(f:receive { path = "/x", sink = ltn12.sink.table(pieces) }) got(table.concat(pieces))
  passive(f:pasv()) show(f:send { argument = "up", source = ltn12.source.string(("x"):rep(100000)) })
  passive(f:pasv()) show(f:receive { argument = "y", sink = ltn12.sink.null() })
  show(f.data, f.server) show(f:quit()) show(f:close()) show(pcall(f.cwd, f, "x") == false)
  f = ftp.open("127.0.0.1", {PORT}) f:greet() f:login() show(socket.protect(function() return f:send { argument = "x", source = ltn12.source.empty() } end)())
  f = ftp.open("127.0.0.1", {PORT}) f:greet() show(socket.protect(f.login)(f, "refused")) show(f.tp:getfd())
  show(socket.protect(ftp.open)("127.0.0.1", 1)) show(socket.protect(ftp.open)("127.0.0.1", 1, function() return nil, "no" end))
`;

const TP = `
  local c = assert(tp.connect("127.0.0.1", {PORT}, 10))
  show(c:check { "1..", "3.." }) show(c:check(220)) show(c:dirty(), c:getfd() > 0, c.c == c:getcontrol(), (c:getpeername()))
  show(c:command("stat")) show(c:check("2..")) show(c:command("CWD", "a  b ")) show(c:check(function(code, reply) return "own", math.type(code), reply end))
  show(c:command("multi")) show(c:check { "5..", 211 }) show(c:command("nonsense")) show(c:check("...")) show(c:command("noop")) show(c:check("2.."))
  show(c:command("many")) show(c:check("201")) show(c:check("2..")) show(c:receive()) show(c:send("STAT\\r\\n")) show(c:receive(5))
  c:sink(function(...) show("sink", ...) return 1 end, "*l") show(c:receive("*l")) show(c:receive())
  show(c:source(ltn12.source.string("STAT\\r\\n"))) show(c:check("213")) show(c:source(ltn12.source.error("broken")))
  show(c:command("quit")) show(c:check("2..")) show(c:close()) show(c:command("stat")) show(c:check("2.."))
  show(tp.connect("127.0.0.1", 1)) show(tp.connect("127.0.0.1", 1, nil, function() return nil, "mine" end)) show(pcall(c.check, c) == false)
`;

for (const cut of CUTS) {
  describe(`FTP from Lua, in pieces of ${cut ?? 'all'}`, () => {
    for (const [name, code] of Object.entries({ 'whole sessions': WHOLE, 'the low level': LOW, 'socket.tp': TP })) {
      withTools(name, BOTH, async (cleanup) => {
        await alike(cleanup, () => startFtp(cleanup, cut, RULES), SETUP + code);
      });
    }
  });
}

describe('FTP where the Lua face does more', () => {
  const said = async (
    cleanup: Cleanup,
    code: string,
    rules: FtpRules = RULES,
  ): Promise<{ readonly output: readonly string[]; readonly lines: readonly string[] }> => {
    const { port, lines } = await startFtp(cleanup, undefined, rules);
    return { output: await printed(cleanup, 'ours', (SETUP + code).replaceAll('{PORT}', String(port))), lines };
  };

  withTools('PASV is for servers that refuse EPSV', [], async (cleanup) => {
    const { output, lines } = await said(cleanup, 'got(ftp.get(base .. "x"))', (command) =>
      command === 'EPSV' ? '502 no' : undefined,
    );
    assert.match(output[0]!, /^"7000:\d+"$/);
    assert.deepEqual(lines, ['USER joe', 'PASS p%40ss', 'EPSV', 'PASV', 'RETR x', 'QUIT']);
  });

  withTools('active transfers, by PORT and EPRT', [], async (cleanup) => {
    const { output, lines } = await said(
      cleanup,
      `
      for _, way in ipairs { "port", "eprt" } do
        local f = ftp.open("127.0.0.1", {PORT}) f:greet() f:login() show(f[way](f)) local pieces = {}
        show(f:receive { argument = "x", sink = ltn12.sink.table(pieces) }) got(table.concat(pieces))
        show(f[way](f)) show(f:send { argument = "y", source = ltn12.source.string("data") }) show(f:quit()) show(f:close())
      end`,
    );
    assert.match(output.join(' '), /^1 1 "7000:\d+" 1 4\.0 1 1 1 1 "7000:\d+" 1 4\.0 1 1 $/);
    assert.deepEqual(
      lines.filter((line) => /^(?:PORT|EPRT|\()/.test(line)),
      [
        ...['PORT 127,0,0,1,P', 'PORT 127,0,0,1,P', '(4 bytes)'],
        ...['EPRT |1|127.0.0.1|P|', 'EPRT |1|127.0.0.1|P|', '(4 bytes)'],
      ],
    );
  });

  withTools('a connection to the active port from elsewhere is closed', [], async (cleanup) => {
    const { output } = await said(
      cleanup,
      `
      local f = ftp.open("127.0.0.1", {PORT}) f:greet() f:login()
      f.server = assert(socket.bind("127.0.0.1", 0)) local _, port = f.server:getsockname()
      local thief = socket.tcp() assert(thief:bind("127.0.0.2", 0)) assert(thief:connect("127.0.0.1", port))
      f:port("127.0.0.1", port)
      f:send { argument = "y", source = ltn12.source.string("data") } show((thief:receive()))
      show(select(2, thief:receive()))`,
    );
    assert.deepEqual(output, ['nil', '"closed" ""', '']);
  });

  withTools('the address that a server names is not believed', [], async (cleanup) => {
    const { output } = await said(
      cleanup,
      'local f = ftp.open("127.0.0.1", {PORT}) f:greet() f:login() show(f:pasv())',
      (command) => (command === 'PASV' ? '227 (192,0,2,1,4,1)' : undefined),
    );
    assert.deepEqual(output, ['"127.0.0.1" 1025', '']);
  });

  withTools('no argument is a second command', [], async (cleanup) => {
    const { output, lines } = await said(
      cleanup,
      `
      show(ftp.get(base .. "x%0d%0aDELE%20y")) show(ftp.command { url = base, command = "cwd", argument = "a\\nDELE b", check = 250 })
      show(ftp.get { url = base .. "x", user = "joe\\nDELE x", sink = ltn12.sink.null() }) show(ftp.get(base .. "x;type=abc"))`,
    );
    assert.equal(output.filter((line) => /^nil ".*CR, LF (?:and|or) NUL/.test(line)).length, 3);
    assert.match(output[3]!, /^nil "invalid type 'type=abc'"$/);
    assert.ok(!lines.some((line) => line.startsWith('DELE')), lines.join('|'));
  });

  withTools('a server that says no to what is sent is heard meanwhile', [], async (cleanup) => {
    const { output } = await said(
      cleanup,
      `show(ftp.put { url = base .. "x", source = function() return ("x"):rep(10000) end })`,
      (command) => (command.startsWith('STOR') ? '150 go on\r\n452 full' : undefined),
    );
    assert.deepEqual(output, ['nil "452 full"', '']);
  });

  withTools('no password goes out in clear where socket.tp says so', [], async (cleanup) => {
    const { output, lines } = await said(
      cleanup,
      `
      tp.CLEARTEXT = false show(ftp.get(base .. "x")) got(ftp.get("ftp://127.0.0.1:{PORT}/x"))`,
    );
    assert.match(output[0]!, /^nil "a login over a connection without TLS is refused/);
    assert.match(output[1]!, /^"7000:\d+"$/);
    assert.ok(!lines.some((line) => /joe|p%40ss/.test(line)));
  });
});
