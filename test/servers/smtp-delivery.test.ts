/** SMTP of both faces with whole mail servers: what each stores is what was sent, byte for byte, behind its own headers. */
import assert from 'node:assert/strict';
import { source } from '../../src/entry/ltn12.ts';
import { compose } from '../../src/entry/mail.ts';
import * as awaiting from '../../src/entry/smtp.ts';
import * as blocking from '../../src/entry/smtp-blocking.ts';
import { withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { type MailServer, MTAS, PASSWORD, startMta, USER } from './mta.ts';

type Options = awaiting.SmtpOptions & { create?: undefined };

/** A session of either face; what it gives may be a promise, or not. */
const FACES = [
  {
    face: 'await',
    connect: (url: string, options: Options) => awaiting.connect(url, options as awaiting.SmtpOptions<'await'>),
  },
  {
    face: 'blocking',
    connect: (url: string, options: Options) => blocking.connect(url, options as awaiting.SmtpOptions<'blocking'>),
  },
] as const;

const TO = 'b@test.example';

/** A message with all the headers that a server would add among ours. */
function bare(subject: string, body: string): string {
  const id = subject.replace(/\W+/g, '-');
  return `Date: Fri, 27 Nov 2026 21:00:00 +0000\r\nFrom: a@test.example\r\nTo: ${TO}\r\nMessage-ID: <${id}@test.example>\r\nSubject: ${subject}\r\n\r\n${body}`;
}

/** As it stands in a file, with the line ends of a Unix machine. */
function unix(message: Buffer): string {
  return message.toString('latin1').replaceAll('\r\n', '\n');
}

/** Each message is the end of one that is stored. */
async function assertStored(server: MailServer, sent: readonly Buffer[]): Promise<void> {
  const stored = (await server.stored(sent.length)).map(unix);
  assert.equal(stored.length, sent.length);
  for (const message of sent) {
    const text = unix(message);
    assert.ok(
      stored.some((whole) => whole.endsWith(text)),
      `not stored: ${text}\n${stored.join('\n=====\n')}`,
    );
  }
}

function letter(subject: string) {
  return compose({
    from: 'Änn <a@test.example>',
    to: TO,
    subject,
    text: '.\n..dots\nGrüße, and a line that ends with a blank \nFrom here\n',
    html: '<p>Grüße',
    attachments: [
      { filename: 'bytes.bin', content: Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) & 255)) },
    ],
  });
}

/** A message as the server gets it, which says what it can do. */
function bytesOf(mail: ReturnType<typeof compose>, eightBit: boolean): Buffer {
  return Buffer.concat([...(source.iterate(mail.source({ eightBit })) as unknown as Iterable<Uint8Array>)]);
}

for (const name of MTAS) {
  withTools(`${name} stores what is sent`, [], async (cleanup: Cleanup) => {
    const server = await startMta(cleanup, name);
    const scheme = name === 'dovecot' ? 'lmtp' : 'smtp';
    const url = `${scheme}://127.0.0.1:${server.port}`;
    const sent: Buffer[] = [];
    for (const { face, connect } of FACES) {
      const session = await connect(url, { tls: 'never' });
      await session.verify();
      const eightBit = session.capabilities.has('8BITMIME');
      const mail = letter(`${name}, ${face}`);
      // Boundaries are new with each reading: this one is made when it is sent.
      const bytes = bytesOf(mail, eightBit);
      const composed = await session.send({ envelope: mail.envelope, content: bytes });
      assert.deepEqual([composed.accepted, composed.rejected], [[TO], []]);
      sent.push(bytes);
      const text = bare(`raw, ${face}`, '.\r\n.a\r\nb\r\n..\r\n');
      const raw = await session.send({
        envelope: { from: '<a@test.example>', to: [TO] },
        content: text.replaceAll('\r\n', '\n'),
      });
      assert.equal(raw.size, text.length);
      sent.push(Buffer.from(text));
      const whole = await session.send(letter(`composed by ${face}`));
      assert.equal(whole.reply.code, 250);
      await session.quit();
    }
    const stored = (await server.stored(sent.length + 2)).map(unix);
    assert.equal(stored.filter((message) => /^Subject: composed by (?:await|blocking)$/m.test(message)).length, 2);
    for (const bytes of sent) {
      const text = unix(bytes);
      assert.ok(
        stored.some((message) => message.endsWith(text)),
        `not stored as it was sent: ${text.slice(0, 400)}`,
      );
    }
  });
}

for (const name of ['postfix', 'exim'] as const) {
  withTools(`${name} takes logins through TLS, and refuses recipients one by one`, [], async (cleanup: Cleanup) => {
    const server = await startMta(cleanup, name);
    const sent: Buffer[] = [];
    const login = { user: USER, password: PASSWORD };
    for (const { face, connect } of FACES) {
      const ways: [url: string, options: Options][] = [
        [`smtp://localhost:${server.submission}`, { ...login, tls: { ca: server.ca } }],
        [`smtps://localhost:${server.implicit}`, { ...login, tls: { ca: server.ca } }],
      ];
      for (const [url, options] of ways) {
        const offered = await connect(url, options);
        const mechanisms = (['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256'] as const).filter((mechanism) =>
          offered.capabilities.get('AUTH')?.includes(mechanism),
        );
        await offered.quit();
        assert.ok(mechanisms.length >= 2, mechanisms.join());
        for (const auth of mechanisms) {
          const session = await connect(url, { ...options, auth });
          const content = Buffer.from(bare(`${face} ${auth}`, `${url}\r\n`));
          await session.send({ envelope: { from: 'a@test.example', to: [TO] }, content });
          sent.push(content);
          await session.quit();
        }
        await assert.rejects(async () => connect(url, { ...options, password: 'wrong' }), { code: 'ERR_AUTH' });
      }
      await assert.rejects(async () => connect(`smtp://localhost:${server.submission}`, { ...login }), {
        code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      });
      const open = await connect(`smtp://127.0.0.1:${server.port}`, { tls: 'never' });
      const content = Buffer.from(bare(`partly, ${face}`, 'x\r\n'));
      const { accepted, rejected } = await open.send({
        envelope: { from: 'a@test.example', to: ['x@elsewhere.example', TO] },
        content,
      });
      assert.deepEqual(
        [accepted, rejected.map(({ address, permanent }) => [address, permanent])],
        [[TO], [['x@elsewhere.example', true]]],
      );
      sent.push(content);
      await assert.rejects(
        async () => open.send({ envelope: { from: 'a@test.example', to: ['x@elsewhere.example'] }, content }),
        {
          code: 'ERR_RECIPIENTS',
        },
      );
      for (let i = 0; i < 50; i++) {
        const one = Buffer.from(bare(`${face} ${i}`, `number ${i}\r\n`));
        await open.send({ envelope: { from: 'a@test.example', to: [TO] }, content: one });
        sent.push(one);
      }
      await open.quit();
    }
    await assertStored(server, sent);
  });
}
