/** A connection that dies at any byte of what the server says: what the error knows, and that nothing is called sent that may not be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocketError } from '../../../src/entry/index.ts';
import { FACES, MailServer, type Rules } from './mail-server.ts';

const MAIL = { envelope: { from: 'a@x.org', to: ['b@x.org', 'c@x.org'] }, content: 'text' };
const [B, C] = ['RCPT TO:<b@x.org>', 'RCPT TO:<c@x.org>'] as const;
const hello = (...extensions: string[]) =>
  ['x', ...extensions].map((name, i) => `250${i === extensions.length ? ' ' : '-'}${name}`).join('\r\n');

/** Servers, each with the commands that its replies are for. */
const SERVERS: readonly { name: string; rules: Rules; commands: readonly (string | undefined)[]; lmtp?: true }[] = [
  {
    name: 'PIPELINING',
    rules: { EHLO: hello('PIPELINING'), DATA: '354 go', '.': '250-2.0.0 queued\r\n250 2.0.0 as 4711' },
    commands: [undefined, 'EHLO localhost', 'MAIL FROM:<a@x.org>', B, C, 'DATA', '(the message)'],
  },
  {
    name: 'no extension',
    rules: { EHLO: hello(), [B]: '550 5.1.1 no' },
    commands: [undefined, 'EHLO localhost', 'MAIL FROM:<a@x.org>', B, C, 'DATA', '(the message)'],
  },
  {
    name: 'CHUNKING',
    rules: { EHLO: hello('CHUNKING', 'PIPELINING') },
    commands: [undefined, 'EHLO localhost', 'MAIL FROM:<a@x.org>', B, C, '(the message)'],
  },
  {
    name: 'LMTP',
    rules: { LHLO: hello('PIPELINING') },
    commands: [
      undefined,
      'LHLO localhost',
      'MAIL FROM:<a@x.org>',
      B,
      C,
      'DATA',
      '(the message) for b@x.org',
      '(the message) for c@x.org',
    ],
    lmtp: true,
  },
];

for (const face of FACES) {
  describe(`a connection that dies, ${face.name} face`, () => {
    for (const { name, rules, commands, lmtp } of SERVERS) {
      it(`at any byte of a server with ${name}`, async () => {
        const url = lmtp ? 'lmtp://mail.example' : undefined;
        const whole = new MailServer(rules, 1000, lmtp);
        const session = await face.connect(whole, {}, url);
        await session.send(MAIL);
        const ends = whole.replies.map((_, i) => whole.replies.slice(0, i + 1).join('').length);
        assert.equal(ends.length, commands.length);
        const message = commands.findIndex((command) => command?.startsWith('(the message)'));
        for (let left = 0; left <= (ends.at(-1) as number); left++) {
          const heard = ends.filter((end) => end <= left).length;
          const server = new MailServer(rules, 1000, lmtp);
          server.left = left;
          const run = async () => {
            const session = await face.connect(server, {}, url);
            const result = await session.send(MAIL);
            await session.quit();
            return result;
          };
          if (heard === commands.length) {
            assert.ok((await run()).accepted.includes('c@x.org'));
            continue;
          }
          await assert.rejects(run(), (error: SocketError) => {
            const last = whole.replies[heard - 1];
            const where = `${left} bytes: ${error.message}`;
            assert.equal(error.code, heard >= message ? 'ERR_UNKNOWN_OUTCOME' : 'ERR_CLOSED', where);
            assert.equal(error.command, commands[heard], where);
            assert.equal(error.reply?.code, last === undefined ? undefined : Number(last.slice(0, 3)), where);
            const told = Math.min(2, Math.max(0, heard - 3));
            const recipients = heard < 2 ? undefined : [B, C].slice(0, told).map((line) => line.slice(9, -1));
            assert.deepEqual(
              error.recipients?.map(({ address }) => address),
              recipients,
              where,
            );
            for (const { address, accepted } of error.recipients ?? [])
              assert.equal(accepted, !(name === 'no extension' && address === 'b@x.org'), where);
            return true;
          });
          assert.equal(server.closed, true);
        }
      });
    }
  });
}
