/** Sessions with a server that is one: slow, greylisting, on a Unix socket, with SCRAM and BDAT; both faces do the same. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { SocketError } from '../../../src/entry/index.ts';
import { compose } from '../../../src/entry/mail.ts';
import * as awaiting from '../../../src/entry/smtp.ts';
import * as blocking from '../../../src/entry/smtp-blocking.ts';
import { startSink } from './sink.ts';

type Options = Omit<awaiting.SmtpOptions<'await'> & awaiting.SmtpOptions<'blocking'>, 'create'>;
const FACES = [
  { name: 'await', connect: async (url: string, options: Options = {}) => await awaiting.connect(url, options) },
  {
    name: 'blocking',
    connect: async (url: string, options: Options = {}) =>
      blocking.connect(url, options) as unknown as awaiting.SmtpSession,
  },
];
/** Mails on one connection, by the thousands: `POOL_MAILS=10000`. */
const MANY = Number(process.env.POOL_MAILS ?? 500);
const TEXT = `Hello!\n.\n${'x'.repeat(60)}\n`.repeat(2000);
const mail = (to = 'b@x.org') => compose({ from: 'a@x.org', to, text: TEXT });

/** A certificate of its own, made by openssl(1). */
function certificate(): { readonly cert: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name)) as [string, string];
  const made = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 -out ${cert} -keyout ${key}`;
  try {
    execFileSync('openssl', made.split(' '), { stdio: 'pipe' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As a promise: a call of the blocking face throws at once. */
const sent = async (session: awaiting.SmtpSession, ...args: Parameters<typeof session.send>) =>
  await session.send(...args);

for (const { name, connect } of FACES) {
  describe(`smtp with a sink, ${name} face`, () => {
    it('delivers by LMTP over a Unix socket', async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const path = join(folder, 'a b;c');
      await using sink = await startSink({ path, lmtp: true, extensions: ['PIPELINING', 'STARTTLS'] });
      for (const url of [`lmtp+unix://${path.replace(' ', '%20')}`, `lmtp+unix:${path}`]) {
        const session = await connect(url);
        assert.deepEqual((await session.send(mail('b@x.org, c@x.org'))).accepted, ['b@x.org', 'c@x.org']);
        await session.quit();
      }
      assert.equal((await sink.state()).mails.length, 2);
      await assert.rejects(connect(`lmtp+unix://${folder}/none`), { code: 'ENOENT' });
      for (const bad of ['lmtp+unix://host/path', 'lmtp+unix:', 'lmtp+unix:/a?b', `lmtp+unix:/${'x'.repeat(200)}`])
        await assert.rejects(connect(bad), { code: 'ERR_INVALID_ARGUMENT' }, bad);
      await assert.rejects(connect(`lmtp+unix:${path}`, { tls: 'required' }), { code: 'ERR_INVALID_ARGUMENT' });
    });

    it('logs in by SCRAM-SHA-256, and sends in chunks or lines', async () => {
      for (const extensions of [['CHUNKING', 'PIPELINING', '8BITMIME'], ['CHUNKING'], ['PIPELINING'], []]) {
        await using sink = await startSink({ password: 'pencil', extensions });
        const url = `smtp://127.0.0.1:${sink.port}`;
        const session = await connect(url, { user: 'a=b,c', password: 'pencil', tls: 'never' });
        const { size } = await session.send(mail());
        await session.send(mail());
        await session.quit();
        const { mails } = await sink.state();
        assert.deepEqual(
          mails.map(({ user, message }) => [user, message.length, message.slice(message.indexOf('\r\n\r\n') + 4)]),
          Array(2).fill(['n a=3Db=2Cc', size, TEXT.replaceAll('\n', '\r\n')]),
        );
        await assert.rejects(connect(url, { user: 'ann', password: 'pen', tls: 'never' }), { code: 'ERR_AUTH' });
      }
    });

    it('binds a login to TLS 1.3 where the server offers that, and says that it could where it does not', async () => {
      const login = { user: 'ann', password: 'pencil', tls: { verify: false } } as const;
      for (const [plus, maxVersion, header] of [
        [true, 'TLSv1.3', 'p=tls-exporter'],
        [false, 'TLSv1.3', 'y'],
        [true, 'TLSv1.2', 'n'],
      ] as const) {
        await using sink = await startSink({ password: 'pencil', plus, tls: { ...certificate(), maxVersion } });
        const url = `smtps://localhost:${sink.port}`;
        const session = await connect(url, login);
        await session.send(mail());
        await session.quit();
        assert.equal((await sink.state()).mails[0]?.user, `${header} ann`);
        await (await connect(url, { ...login, auth: 'SCRAM-SHA-256' })).quit();
        if (maxVersion === 'TLSv1.2')
          await assert.rejects(connect(url, { ...login, auth: 'SCRAM-SHA-256-PLUS' }), {
            code: 'ERR_INVALID_ARGUMENT',
          });
      }
    });

    it('sends many mails on one connection, each once and byte for byte (333)', async () => {
      await using sink = await startSink();
      const session = await connect(`smtp://127.0.0.1:${sink.port}`);
      const texts = Array.from({ length: MANY }, (_, i) => `mail ${i}\r\n.\r\n..\r\n`);
      for (const content of texts) await session.send({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, content });
      await session.quit();
      const { mails, sessions } = await sink.state();
      assert.deepEqual([mails.map(({ message }) => message), sessions], [texts, 1]);
    });

    it('says who is to come back (greylisting), and the next attempt is taken', async () => {
      await using sink = await startSink({ grey: true });
      const session = await connect(`smtp://127.0.0.1:${sink.port}`);
      await assert.rejects(sent(session, mail('b@x.org, c@x.org')), (error: SocketError) => {
        assert.equal(error.code, 'ERR_RECIPIENTS');
        assert.deepEqual(
          error.recipients?.map(({ address, permanent, reply }) => [address, permanent, reply?.enhanced]),
          ['b@x.org', 'c@x.org'].map((address) => [address, false, '4.7.1']),
        );
        return true;
      });
      const { accepted, rejected } = await session.send(mail('b@x.org, d@x.org'));
      assert.deepEqual([accepted, rejected.map(({ address }) => address)], [['b@x.org'], ['d@x.org']]);
      await session.send(mail('c@x.org'));
      await session.quit();
      assert.deepEqual(
        (await sink.state()).mails.map(({ to }) => to),
        [['b@x.org'], ['c@x.org']],
      );
    });

    it('waits for replies that are slow, and that drip', async () => {
      await using sink = await startSink({ delay: 20, drip: 1, lmtp: false });
      const session = await connect(`smtp://127.0.0.1:${sink.port}`, { timeouts: { reply: 60, delivery: 60 } });
      assert.deepEqual((await session.send(mail())).accepted, ['b@x.org']);
      await session.quit();
    });

    it('waits no longer than it should, however a reply drips', async () => {
      await using sink = await startSink({ drip: 40 });
      const slow = connect(`smtp://127.0.0.1:${sink.port}`, { timeout: 0.3 });
      await assert.rejects(slow, { name: 'TimeoutError', code: 'ETIMEDOUT' });
    });

    it('is told "later" at each phase, and says which', async () => {
      const later = '450 4.3.2 later';
      for (const verb of ['', 'EHLO']) {
        await using sink = await startSink({ replies: { [verb]: [later] } });
        await assert.rejects(connect(`smtp://127.0.0.1:${sink.port}`), { code: 'ERR_SMTP_REPLY', permanent: false });
      }
      for (const verb of ['MAIL', 'RCPT', 'DATA', '.']) {
        for (const extensions of [['PIPELINING'], []]) {
          await using sink = await startSink({ extensions, replies: { [verb]: [later] } });
          const session = await connect(`smtp://127.0.0.1:${sink.port}`);
          const code = verb === 'RCPT' ? 'ERR_RECIPIENTS' : 'ERR_SMTP_REPLY';
          await assert.rejects(sent(session, mail()), (error: SocketError) => {
            assert.deepEqual([error.code, error.reply?.code, error.reply?.enhanced], [code, 450, '4.3.2'], verb);
            return true;
          });
          // Once is once: the session goes on, and what was refused was not kept.
          await session.send(mail('c@x.org'));
          await session.quit();
          assert.deepEqual(
            (await sink.state()).mails.map(({ to }) => to),
            [['c@x.org']],
            verb,
          );
        }
      }
    });
  });
}

describe('a hundred sessions at once', () => {
  it('deliver each mail once (333)', async () => {
    await using sink = await startSink();
    const mails = awaiting.pool(`smtp://127.0.0.1:${sink.port}`, { sessions: 100, messages: 3, queue: MANY });
    const texts = Array.from({ length: MANY }, (_, i) => `mail ${i}\r\n`);
    await Promise.all(texts.map((content) => mails.send({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, content })));
    await mails.close();
    const state = await sink.state();
    assert.deepEqual(state.mails.map(({ message }) => message).sort(), [...texts].sort());
    assert.ok(state.most > 1 && state.most <= 100, `${state.most} at once`);
  });
});
