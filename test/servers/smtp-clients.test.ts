/** LuaSocket's smtp.lua, Python's smtplib and nodemailer send the same messages as our sessions, and the servers store the same. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import * as awaiting from '../../src/entry/smtp.ts';
import * as blocking from '../../src/entry/smtp-blocking.ts';
import { newFolder, withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { type Mta, startMta } from './mta.ts';

const FROM = 'a@test.example';
const TO = 'b@test.example';

/** Dots, an empty line at the end, bytes above 127, and a line as long as RFC 5322 has them. */
const MESSAGE = Buffer.from(
  `Date: Fri, 27 Nov 2026 21:00:00 +0000\r\nFrom: ${FROM}\r\nTo: ${TO}\r\nMessage-ID: <same@test.example>\r\nSubject: the same\r\n` +
    `\r\n.\r\n..two\r\n.one\r\n${'x'.repeat(998)}\r\nGr\u00fc\u00dfe\r\n \r\nend\r\n\r\n`,
  'utf8',
);

const SMTPLIB = `
import smtplib, sys
port, sender, to, file = sys.argv[1:]
with smtplib.SMTP('127.0.0.1', int(port), timeout=20) as smtp:
    smtp.sendmail(sender, [to], open(file, 'rb').read(), ['BODY=8BITMIME'])
`;

const LUASOCKET = `
local smtp, ltn12 = require "socket.smtp", require "ltn12"
local port, from, to, file = table.unpack(arg)
-- It puts a CR LF behind the last line itself.
local message = io.open(file, "rb"):read("a"):gsub("\\r\\n$", "")
assert(smtp.send{server = "127.0.0.1", port = tonumber(port), from = "<" .. from .. ">", rcpt = "<" .. to .. ">",
  source = ltn12.source.string(message)})
`;

async function byProgram(cleanup: Cleanup, command: string, program: string, port: number): Promise<void> {
  const folder = newFolder(cleanup);
  writeFileSync(join(folder, 'message'), MESSAGE);
  writeFileSync(join(folder, 'program'), program);
  const args = [join(folder, 'program'), String(port), FROM, TO, join(folder, 'message')];
  const child = new Child(cleanup, command, args);
  assert.equal((await child.ended).code, 0, child.stderr);
}

const envelope = { from: FROM, to: [TO] };

const CLIENTS: Readonly<Record<string, (cleanup: Cleanup, port: number) => Promise<void>>> = {
  smtplib: (cleanup, port) => byProgram(cleanup, 'python3', SMTPLIB, port),
  LuaSocket: (cleanup, port) => byProgram(cleanup, 'lua5.4', LUASOCKET, port),
  async nodemailer(_, port) {
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    await transport.sendMail({ envelope, raw: MESSAGE });
    transport.close();
  },
  async await(_, port) {
    const session = await awaiting.connect(`smtp://127.0.0.1:${port}`, { tls: 'never' });
    await session.send({ envelope, content: MESSAGE });
    await session.quit();
  },
  async blocking(_, port) {
    using session = blocking.connect(`smtp://127.0.0.1:${port}`, { tls: 'never' });
    session.send({ envelope, content: MESSAGE });
    session.quit();
  },
};

/** The message behind the headers of the server's own, with the line ends of a Unix machine. */
function message(stored: Buffer): string {
  const text = stored.toString('latin1').replaceAll('\r\n', '\n');
  return text.slice(text.indexOf('\nDate: Fri, 27 Nov 2026') + 1);
}

for (const name of ['postfix', 'exim', 'opensmtpd'] satisfies Mta[]) {
  const body = async (cleanup: Cleanup): Promise<void> => {
    const server = await startMta(cleanup, name);
    const expected = MESSAGE.toString('latin1').replaceAll('\r\n', '\n');
    for (const [index, [client, send]] of Object.entries(CLIENTS).entries()) {
      await send(cleanup, server.port);
      // What was there before was right: the new one is among all of them.
      const stored = (await server.stored(index + 1)).map(message);
      assert.equal(stored.length, index + 1, client);
      for (const each of stored) assert.equal(each, expected, client);
    }
  };
  withTools(`${name} stores the same of all clients`, ['python3', 'luasocket'], body, 240);
}
