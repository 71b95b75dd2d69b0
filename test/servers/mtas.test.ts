/** The mail servers of these tests, given mail by curl, and Dovecot by Python: what they store is what came. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder, withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { type MailServer, MTAS, PASSWORD, startMta, USER } from './mta.ts';

const MESSAGE =
  'From: a@test.example\r\nTo: b@test.example\r\nSubject: hi\r\n\r\nline\r\n.\r\n..dots\r\n8 bit: \xc3\xa9\r\n';

/** Mail by curl; its exit status. */
async function mail(cleanup: Cleanup, url: string, to: string, args: readonly string[]) {
  const file = join(newFolder(cleanup), 'message');
  writeFileSync(file, MESSAGE, 'latin1');
  const envelope = ['--mail-from', 'a@test.example', '--mail-rcpt', to, '-T', file];
  const child = new Child(cleanup, 'curl', ['-sS', '-m', '20', ...envelope, ...args, url]);
  const { code } = await child.ended;
  return { code, trouble: child.stderr };
}

async function takes(cleanup: Cleanup, server: MailServer): Promise<void> {
  const ca = join(newFolder(cleanup), 'ca.pem');
  writeFileSync(ca, server.ca);
  const login = ['--cacert', ca, '-u', `${USER}:${PASSWORD}`];
  const ways: [url: string, to: string, args: readonly string[]][] = [
    [`smtp://127.0.0.1:${server.port}`, 'b@test.example', []],
  ];
  if (server.submission !== 0)
    ways.push(
      [`smtp://localhost:${server.submission}`, 'b@test.example', ['--ssl-reqd', ...login]],
      [`smtps://localhost:${server.implicit}`, 'b@test.example', login],
    );
  for (const [url, to, args] of ways) {
    const { code, trouble } = await mail(cleanup, url, to, args);
    assert.equal(code, 0, `${url}: ${trouble}`);
  }
  for (const message of await server.stored(ways.length))
    assert.match(message.toString('latin1').replaceAll('\r\n', '\n'), /\n\nline\n\.\n\.\.dots\n8 bit: \xc3\xa9\n+$/);
  const elsewhere = await mail(cleanup, ways[0]?.[0] as string, 'x@elsewhere.example', []);
  assert.match(elsewhere.trouble, /RCPT failed: 5/);
}

for (const name of MTAS.filter((mta) => mta !== 'dovecot')) {
  withTools(`${name} takes mail`, ['curl'], async (cleanup) => {
    await takes(cleanup, await startMta(cleanup, name));
  });
}

const LMTP = `
import smtplib, sys
with smtplib.LMTP('127.0.0.1', int(sys.argv[1])) as lmtp:
    lmtp.sendmail('a@test.example', ['b@test.example'], sys.stdin.buffer.read())
`;

withTools('dovecot takes mail by LMTP', ['python3'], async (cleanup) => {
  const server = await startMta(cleanup, 'dovecot');
  const child = new Child(cleanup, 'python3', ['-c', LMTP, String(server.port)]);
  child.process.stdin?.end(MESSAGE, 'latin1');
  assert.equal((await child.ended).code, 0, child.stderr);
  for (const message of await server.stored(1)) assert.match(message.toString('latin1'), /\n8 bit: \xc3\xa9\r?\n$/);
});
