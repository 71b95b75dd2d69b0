/** `socket.smtp` and `mbox`: one script with us and with LuaSocket, against a server by rules, whose replies come in pieces. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { CUTS } from '../conformance/support.ts';
import { withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { CLOSE, type Rules } from '../protocol/smtp/mail-server.ts';
import { alike, printed, startSmtp } from './dialogues.ts';
import { alike as alikeAlone } from './support.ts';

const BOTH = ['lua5.4', 'luasocket'] as const;

const RULES: Rules = {
  EHLO: '250-mail.example\r\n250-SIZE 1000\r\n250 AUTH PLAIN',
  'EHLO login': '250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 HELP',
  'EHLO none': '250 mail.example',
  'EHLO old': '502 what?',
  'AUTH LOGIN': '334 VXNlcm5hbWU6',
  '=': ['334 UGFzc3dvcmQ6', '235 welcome'],
  'AUTH PLAIN': '235 welcome',
  'AUTH PLAIN AHdyb25nAHBhc3M=': '535 no',
  'RCPT TO:<no@x>': '550-no\r\n550 such user',
  'MAIL FROM:<closes@x>': CLOSE,
};

const SETUP = `
  local smtp, ltn12, mime = require "socket.smtp", require "ltn12", require "mime"
  local function send(mail) mail.server, mail.port = "127.0.0.1", {PORT} show(smtp.send(mail)) end
  local function text(...) return ltn12.source.cat(...) end
  local function all(source)
    local pieces = {} show(ltn12.pump.all(source, (ltn12.sink.table(pieces)))) return table.concat(pieces)
  end
`;

const SEND = `
  show(smtp.TIMEOUT, smtp.SERVER, smtp.PORT, smtp.ZONE, smtp.DOMAIN, socket.smtp == smtp)
  local body = "Subject: x\\r\\n\\r\\n.dot\\r\\n..two\\r\\nend"
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body) }
  send { from = "<a@x>", rcpt = { "<b@x>", "<c@x>" }, source = ltn12.source.string(body), domain = "me.example" }
  send { from = "<>", rcpt = { "<b@x>" }, source = text(ltn12.source.string "a\\r\\n", ltn12.source.string ".", ltn12.source.string "\\r\\n.b") }
  send { from = "<a@x>", rcpt = "<no@x>", source = ltn12.source.string(body) } send { from = "<closes@x>", rcpt = "<b@x>", source = ltn12.source.string(body) }
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.error("no source") } send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.empty() }
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body), user = "joe", password = "p" }
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body), user = "joe", password = "p", domain = "login" }
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body), user = "joe", password = "p", domain = "none" }
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body), user = "wrong", password = "pass" } send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body), user = "joe", domain = "none" }
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(body), domain = "old" }
  local steps = 0
  send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string(("line\\r\\n"):rep(3000)), step = function(...) steps = steps + 1 return ltn12.pump.step(...) end } show(steps > 1)
  show(pcall(smtp.send, { rcpt = "<b@x>", server = "127.0.0.1", port = {PORT} }) == false) show(smtp.send { server = "127.0.0.1", port = 1, from = "<a@x>", rcpt = "<b@x>" })
  show(smtp.send { create = function() return nil, "none today" end })
`;

const LOW = `
  local s = smtp.open("127.0.0.1", {PORT}) show(s.tp ~= nil, type(s.try)) local ext = s:greet() show(ext)
  show(s:auth("joe", "p", ext)) show(s:auth(nil, nil, "")) show(s:mail("<a@x> SIZE=10")) show(s:rcpt("<b@x>"))
  show(s:data(ltn12.source.string("raw\\r\\n..\\r\\nx"))) show(s:mail("<a@x>")) show(s:rcpt("<b@x>"))
  show(s:send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string("y") }) show(s:quit()) show(s:close()) show(pcall(s.mail, s, "<a@x>") == false)
  s = smtp.open("127.0.0.1", {PORT}) show(s:greet("login")) show(s:login("joe", "p")) s:close()
  s = smtp.open("127.0.0.1", {PORT}) show(s:greet()) show(socket.protect(s.plain)(s, "wrong", "pass")) show(s.tp:getfd())
  s = smtp.open("127.0.0.1", {PORT}) s:greet() show(socket.protect(s.auth)(s, "u", "p", "250 no auth")) show(s.tp:getfd())
  show(socket.protect(smtp.open)("127.0.0.1", 1))
`;

for (const cut of CUTS) {
  describe(`SMTP from Lua, in pieces of ${cut ?? 'all'}`, () => {
    for (const [name, code] of Object.entries({ mails: SEND, 'the low level': LOW })) {
      withTools(name, BOTH, async (cleanup) => {
        await alike(cleanup, () => startSmtp(cleanup, cut, RULES), SETUP + code);
      });
    }
  });
}

/** `message` shows one, with what differs from call to call masked, and each block of headers in order. */
const MESSAGES = `
  local smtp, ltn12, mime = require "socket.smtp", require "ltn12", require "mime"
  local function message(mail)
    local source, pieces = smtp.message(mail), {}
    local result = table.pack(ltn12.pump.all(source, (ltn12.sink.table(pieces))))
    local whole = table.concat(pieces):gsub("%d+==%d+", "BOUNDARY"):gsub("Date: [%a, %d:]+ ([^\\r]*)", "Date: D %1"):gsub("LuaSocket [%d.]+", "LuaSocket")
    local lines = {} for line in whole:gmatch("([^\\r\\n]*)\\r?\\n?") do lines[#lines + 1] = line end table.sort(lines)
    show(table.unpack(result, 1, result.n)) show(#whole, table.concat(lines, "|")) show(source())
  end
`;

alikeAlone('messages', MESSAGES, {
  'of a string': `
    message { headers = { to = "a", Subject = "b", ["X-Mine"] = 5, ["CONTENT-type"] = "text/html" }, body = "hello\\r\\n" } message { body = "" } message { body = "no headers", zone = "+0100" }
    local mail = { headers = { to = "x" }, body = "b" } smtp.message(mail) show(mail.headers.to, mail.headers["mime-version"], mail.headers.date ~= nil)`,
  'of a source': `
    message { headers = { date = "today", ["x-mailer"] = "mine" }, body = ltn12.source.string(("x"):rep(5000)) }
    message { headers = {}, body = ltn12.source.error("broken") } message { body = function() error("raised", 0) end } message { body = ltn12.source.empty() }`,
  'of parts': `
    message { headers = { subject = "parts" }, body = { preamble = "before", { headers = { ["content-type"] = "text/plain" }, body = "one" },
      { body = ltn12.source.chain(ltn12.source.string(("a\\0\\255"):rep(100)), ltn12.filter.chain(mime.encode "base64", mime.wrap "base64")), headers = { ["content-transfer-encoding"] = "base64", ["Content-Disposition"] = 'attachment; filename="a b"' } },
      { body = { { body = "nested" }, epilogue = "inner end" }, headers = { ["content-type"] = "multipart/alternative" } }, epilogue = "after" } }`,
  'headers that are folded': `message { headers = { subject = "long\\r\\n value\\r\\n\\tfolded" }, body = "x" }`,
  'that cannot be': `show((pcall(smtp.message))) message { headers = { ["x-table"] = "x" }, body = { { body = function() error { } end } } }`,
});

alikeAlone('mbox', 'local mbox = require "socket.mbox"', {
  headers: `
    show(mbox.parse_header("Name:  value")) show(mbox.parse_header("none")) show(mbox.parse_header("A: b\\n c\\n")) show(mbox.parse_header(""))
    show(mbox.split_headers("A: b\\r\\n c\\r\\nB: d\\n\\nC:e")) show(mbox.parse_headers("A: b\\nreceived: x\\nRECEIVED: y\\n\\tz\\nno colon\\n z\\n"))`,
  addresses: `for _, from in ipairs { '"A B" <a@b>', "a@b", "<a@b>", " A  <a@b> x", "", "   ", "x y z" } do show(mbox.parse_from(from)) end`,
  messages: `
    for _, text in ipairs { "A: b\\r\\n\\r\\nbody\\r\\nmore", "\\nbody", "A: b\\n", "A: b", "", "\\n\\n", "A: b\\n\\n" } do show(mbox.split_message(text)) show(mbox.parse_message(text)) end`,
  mailboxes: `
    local text = "From a@b Mon\\nA: b\\n\\nbody\\n\\nFrom c@d Tue\\r\\nB: c\\r\\n\\r\\n>From x\\n\\nFrom \\nX: y\\n\\nz"
    show(#mbox.split_mbox(text), mbox.split_mbox(text)) show(mbox.parse(text)) show(mbox.parse(""), mbox.split_mbox("From a\\n"))`,
});

describe('SMTP where the Lua face does more', () => {
  const said = async (
    cleanup: Cleanup,
    code: string,
  ): Promise<{ output: readonly string[]; lines: readonly string[] }> => {
    const { port, lines } = await startSmtp(cleanup, undefined, RULES);
    return { output: await printed(cleanup, 'ours', (SETUP + code).replaceAll('{PORT}', String(port))), lines };
  };

  withTools('no header and no address is another line', [], async (cleanup) => {
    const { output, lines } = await said(
      cleanup,
      `for _, headers in ipairs { { subject = "a\\r\\nBcc: b" }, { subject = "a\\nb" }, { subject = "a\\rb" }, { ["a\\r\\nb"] = "c" }, { subject = "a\\r\\n\\r\\n b" } } do
         send { from = "<a@x>", rcpt = "<b@x>", source = smtp.message { headers = headers, body = "x" } }
         send { from = "<a@x>", rcpt = "<b@x>", source = smtp.message { headers = {}, body = { { headers = headers, body = "x" } } } } end
       send { from = "<a@x>\\r\\nRCPT TO:<c@x>", rcpt = "<b@x>", source = ltn12.source.string "x" } send { from = "<a@x>", rcpt = "<b@x>\\nDATA", source = ltn12.source.string "x" }`,
    );
    assert.equal(output.length, 13);
    for (const line of output.slice(0, 12))
      assert.match(line, /^nil ".*(?:control character|no name for a header|CR, LF and NUL)/);
    assert.ok(!lines.some((line) => /Bcc|c@x>|^"/.test(line)), lines.join('|'));
  });

  withTools('no password goes out in clear where socket.tp says so', [], async (cleanup) => {
    const { output, lines } = await said(
      cleanup,
      `require "socket.tp".CLEARTEXT = false
       for _, domain in ipairs { "login", "plain" } do send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string "x", user = "joe", password = "p", domain = domain } end
       send { from = "<a@x>", rcpt = "<b@x>", source = ltn12.source.string "x" }`,
    );
    for (const line of output.slice(0, 2)) assert.match(line, /^nil "a login over a connection without TLS is refused/);
    assert.equal(output[2], '1');
    assert.ok(!lines.some((line) => line.startsWith('AUTH')));
  });
});
