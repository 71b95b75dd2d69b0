/** Sessions at their edges, in both faces: limits at their last value, replies in turns that few servers take, calls within calls. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Outcome } from '../../../src/core/errors.ts';
import {
  LOGIN_ROUNDS,
  MAIL_AT_HAND,
  MAIL_PIECE,
  PIPELINED_CHUNKS,
  PIPELINED_COMMANDS,
} from '../../../src/core/limits.ts';
import type { Deadline } from '../../../src/core/timeout.ts';
import { pair, type SocketError } from '../../../src/entry/index.ts';
import { source } from '../../../src/entry/ltn12.ts';
import { compose } from '../../../src/entry/mail.ts';
import { connect, type RawMail, type SmtpSession } from '../../../src/entry/smtp.ts';
import type { SaslMechanism } from '../../../src/protocol/auth/sasl.ts';
import { CLOSE, FACES, MailServer, SILENCE } from './mail-server.ts';

const raw = (content: string, to: readonly string[] = ['b@x.org', 'c@x.org']): RawMail => ({
  envelope: { from: 'a@x.org', to },
  content,
});

/** As a promise: a call of the blocking face throws at once. */
const sent = async (session: SmtpSession, ...args: Parameters<SmtpSession['send']>) => await session.send(...args);

/** A server that notes how long it is waited for, in milliseconds. */
class Patient extends MailServer {
  readonly waits: number[] = [];

  override recv(deadline?: Deadline): Outcome<Uint8Array> {
    if (deadline !== undefined) this.waits.push(deadline.remaining());
    return super.recv();
  }
}

/** A server that counts the chunks whose replies have not been read when the next one comes. */
class Counting extends MailServer {
  most = 0;
  #read = 0;

  override recv(): Outcome<Uint8Array> {
    const piece = super.recv();
    if (piece instanceof Uint8Array) this.#read += piece.length;
    return piece;
  }

  override send(data: Uint8Array): Outcome<number> {
    this.most = Math.max(this.most, (this.replies.join('').length - this.#read) / '250 ok\r\n'.length);
    return super.send(data);
  }
}

for (const face of FACES) {
  describe(`smtp at its edges, ${face.name} face`, () => {
    it('says HELO only where EHLO is refused for good, and never with LMTP', async () => {
      for (const [rules, url, hello] of [
        [{ EHLO: '450 4.3.2 later' }, undefined, 'EHLO localhost'],
        [{ LHLO: '502 what?' }, 'lmtp://mail.example', 'LHLO localhost'],
      ] as const) {
        const server = new MailServer(rules, 1000, url !== undefined);
        await assert.rejects(face.connect(server, {}, url), { code: 'ERR_SMTP_REPLY', command: hello.slice(0, 4) });
        assert.deepEqual([server.lines, server.closed], [[hello], true]);
      }
    });

    it('takes a message as long as SIZE says, and any where SIZE is 0', async () => {
      for (const size of ['5', '0', 'x']) {
        const server = new MailServer({ EHLO: `250-x\r\n250-8BITMIME\r\n250 SIZE ${size}` });
        await (await face.connect(server)).send(raw('abc\r\n'));
        assert.deepEqual(server.messages, ['abc\r\n']);
      }
    });

    it('normalises line ends before dots without 8BITMIME, too', async () => {
      for (const hello of ['250 x', '250-x\r\n250 CHUNKING']) {
        for (const given of ['a\n.\nb', 'a\r.\rb\r', 'a\r\n.\nb\n']) {
          for (const content of [{ content: given }, { source: source.table([...given]) }]) {
            const server = new MailServer({ EHLO: hello });
            await (await face.connect(server)).send({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, ...content });
            assert.deepEqual(server.messages, ['a\r\n.\r\nb\r\n'], JSON.stringify(given));
          }
        }
      }
    });

    it('holds a source that is read once up to its limit, where the server has no 8BITMIME', async () => {
      const server = new MailServer({ EHLO: '250 x' });
      const session = await face.connect(server);
      const bytes = (length: number) => ({
        envelope: { from: 'a@x.org', to: ['b@x.org'] },
        source: source.string('x'.repeat(length)),
      });
      await session.send(bytes(MAIL_AT_HAND));
      assert.equal(server.messages[0]?.length, MAIL_AT_HAND + 2);
      await assert.rejects(sent(session, bytes(MAIL_AT_HAND + 1)), { code: 'ERR_MAIL_SOURCE' });
    });

    it('asks no server without DSN for reports, and takes identifiers up to 100 characters', async () => {
      const server = new MailServer();
      const session = await face.connect(server);
      const reports = { notify: 'never', return: 'full', id: 'i'.repeat(100) } as const;
      await session.send(raw('x'), { reports });
      assert.deepEqual(server.lines.slice(1, 4), [
        'MAIL FROM:<a@x.org> BODY=8BITMIME',
        'RCPT TO:<b@x.org>',
        'RCPT TO:<c@x.org>',
      ]);
      await assert.rejects(sent(session, raw('x'), { reports: { id: 'i'.repeat(101) } }), {
        code: 'ERR_INVALID_ARGUMENT',
      });
      const asked = new MailServer({ EHLO: '250-x\r\n250 DSN' });
      await (await face.connect(asked)).send(raw('x', ['b@x.org']), { reports });
      assert.deepEqual(asked.lines.slice(1, 3), [
        `MAIL FROM:<a@x.org> RET=FULL ENVID=${'i'.repeat(100)}`,
        'RCPT TO:<b@x.org> NOTIFY=NEVER ORCPT=rfc822;b@x.org',
      ]);
    });

    it('sends commands in groups up to a limit, names each recipient once, and matches each result', async () => {
      const refused = 'RCPT TO:<b199@';
      const server = new MailServer({ [refused]: '550 5.1.1 no' });
      const session = await face.connect(server);
      const to = Array.from({ length: 2 * PIPELINED_COMMANDS + 50 }, (_, i) => `b${i}@x.org`);
      const { accepted, rejected } = await session.send(raw('x', [...to, 'b3@x.org', '<b4@x.org>']));
      assert.deepEqual(
        accepted,
        to.filter((address) => address !== 'b199@x.org'),
      );
      assert.deepEqual(
        rejected.map(({ address }) => address),
        ['b199@x.org'],
      );
      assert.equal(server.writes, 5); // EHLO, three groups, the message
    });

    it('hears a no to DATA where recipients were taken', async () => {
      for (const hello of ['250-x\r\n250 PIPELINING', '250 x']) {
        const server = new MailServer({ EHLO: hello, DATA: ['451 4.3.0 later', '354 go on'] });
        const session = await face.connect(server);
        await assert.rejects(sent(session, raw('x')), (error: SocketError) => {
          assert.deepEqual([error.code, error.command, error.recipients?.length], ['ERR_SMTP_REPLY', 'DATA', 2]);
          return true;
        });
        await session.send(raw('y'));
        assert.deepEqual(server.messages, ['y\r\n']);
      }
    });

    it('matches the replies of LMTP to the recipients that were taken, and knows when none is left', async () => {
      const url = 'lmtp://mail.example';
      const rules = { 'RCPT TO:<b@': '550 5.1.1 no', '.': ['250 2.0.0 here', '452 4.2.2 full'] };
      const mixed = await face.connect(new MailServer(rules, 7, true), {}, url);
      const { accepted, rejected } = await mixed.send(raw('x', ['b@x.org', 'c@x.org', 'd@x.org']));
      assert.deepEqual(accepted, ['c@x.org']);
      assert.deepEqual(
        rejected.map(({ address, permanent, reply }) => [address, permanent, reply?.code]),
        [
          ['b@x.org', true, 550],
          ['d@x.org', false, 452],
        ],
      );
      for (const [said, isOver] of [
        ['452 4.2.2 full', false],
        ['421 4.3.2 closing', true],
      ] as const) {
        const session = await face.connect(new MailServer({ '.': said }, 7, true), {}, url);
        await assert.rejects(sent(session, raw('x')), (error: SocketError) => {
          assert.equal(error.code, 'ERR_RECIPIENTS');
          assert.deepEqual(
            error.recipients?.map(({ accepted, reply }) => [accepted, reply?.code]),
            Array(2).fill([false, Number(said.slice(0, 3))]),
          );
          return true;
        });
        assert.equal(session.closed, isOver);
      }
    });

    it('waits for the end of a message by its own limit, and for a goodbye 5 seconds', async () => {
      const server = new Patient({ '.': ['250 ok', SILENCE] });
      const session = await face.connect(server, { timeouts: { delivery: 700 } });
      server.waits.length = 0;
      await assert.rejects(sent(await face.connect(new MailServer({ '.': SILENCE })), raw('x')), /is 600 s/);
      await session.send(raw('x'));
      await assert.rejects(sent(session, raw('x')), /is 700 s/);
      const all = await face.connect(new MailServer({ '.': SILENCE }), { timeout: 9 });
      await assert.rejects(sent(all, raw('x')), /is 9 s/);
      for (const [reply, most] of [
        [300, 5000],
        [null, 5000],
        [2, 2000],
      ] as const) {
        const quiet = new Patient({ QUIT: SILENCE });
        const leaving = await face.connect(quiet, { timeouts: { reply } });
        quiet.waits.length = 0;
        await leaving.quit();
        assert.ok(quiet.waits.length > 0 && quiet.waits.every((wait) => wait <= most), quiet.waits.join());
      }
    });

    it('knows that a reply without an end leaves the outcome open', async () => {
      const server = new MailServer({ '.': `${`250-${'x'.repeat(1000)}\r\n`.repeat(400)}250 end` });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('x')), { code: 'ERR_UNKNOWN_OUTCOME' });
      assert.equal(session.closed, true);
    });

    it('is over when the server has said no to a chunk and hung up', async () => {
      for (const pipelining of ['', '250-PIPELINING\r\n']) {
        const server = new MailServer({
          EHLO: `250-x\r\n${pipelining}250 CHUNKING`,
          BDAT: `552 5.3.4 too big${CLOSE}`,
        });
        const session = await face.connect(server);
        await assert.rejects(sent(session, raw('x'.repeat(400_000))), { code: 'ERR_SMTP_REPLY', permanent: true });
        await assert.rejects(sent(session, raw('y')));
        assert.deepEqual([server.messages, session.closed], [[], true]);
      }
    });

    it('adds no line end to one that two pieces share', async () => {
      const text = `y${`${'x'.repeat(62)}\r\n`.repeat(1024)}`;
      for (const hello of ['250 x', '250-x\r\n250 CHUNKING']) {
        const server = new MailServer({ EHLO: hello, BDAT: '250 ok' });
        const session = await face.connect(server);
        const mail = compose({ from: 'a@x.org', to: 'b@x.org', text });
        const { size } = await session.send(mail);
        assert.ok(server.messages[0]?.endsWith(`\r\n\r\n${text}`));
        assert.equal(size, (await mail.prepare()).size);
      }
    });

    it('has a number of chunks on their way, and takes the reply to the last one for the message', async () => {
      const server = new Counting({ EHLO: '250-x\r\n250-PIPELINING\r\n250 CHUNKING', BDAT: '250 ok' }, 8);
      const session = await face.connect(server);
      const chunks = 3 * PIPELINED_CHUNKS;
      const { reply } = await session.send(raw('x'.repeat(chunks * MAIL_PIECE)));
      assert.equal(reply.text, '2.0.0 queued as 4711');
      assert.equal(server.most, PIPELINED_CHUNKS);
      assert.equal(server.lines.filter((line) => line.startsWith('BDAT')).length, chunks + 1);
    });

    it('does nothing within a call that goes on', async () => {
      const server = new MailServer();
      const session = await face.connect(server);
      const errors: (string | undefined)[] = [];
      const asked = source.table(['one', 'two']);
      const within = async (call: () => unknown) => {
        try {
          await call();
        } catch (error) {
          errors.push((error as SocketError).code);
        }
      };
      const pending: Promise<void>[] = [];
      const meddling = () => {
        if (pending.length === 0)
          pending.push(...[() => session.send(raw('x')), () => session.verify(), () => session.quit()].map(within));
        return asked();
      };
      await session.send({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, source: meddling });
      await Promise.all(pending);
      assert.deepEqual(errors, ['ERR_BUSY', 'ERR_BUSY', 'ERR_BUSY']);
      assert.deepEqual(server.messages, ['onetwo\r\n']);
      await session.quit();
    });

    it('goes on with a login for a number of rounds, and takes no yes before the server has proved itself', async () => {
      const endless = new MailServer({ EHLO: '250-x\r\n250 AUTH X-OWN', AUTH: '334 ', '=': '334 ' });
      const own: SaslMechanism = { name: 'X-OWN', answer: () => Buffer.from('more') };
      await assert.rejects(face.connect(endless, { auth: own, tls: 'never' }), { code: 'ERR_AUTH', message: /rounds/ });
      const answers = Array<string>(LOGIN_ROUNDS).fill(Buffer.from('more').toString('base64'));
      assert.deepEqual(endless.lines.slice(1), ['AUTH X-OWN', ...answers, '*']);
      const early = new MailServer({ EHLO: '250-x\r\n250 AUTH SCRAM-SHA-256', AUTH: '235 2.7.0 welcome' });
      await assert.rejects(face.connect(early, { user: 'ann', password: 'secret', tls: 'never' }), {
        code: 'ERR_AUTH',
        message: /proved/,
      });
      assert.equal(early.closed, true);
    });
  });
}

it('a signal behind the end of a message leaves the outcome open', async () => {
  const [here, there] = pair();
  const connecting = connect('smtp://mail.example', { create: () => here });
  await there.send('220 hi\r\n');
  await there.receive();
  await there.send('250 x\r\n');
  const session = await connecting;
  const ender = new AbortController();
  const sending = session.send(raw('x', ['b@x.org']), { signal: ender.signal });
  sending.catch(() => {});
  for (const reply of ['250 ok', '250 ok', '354 go']) {
    await there.receive();
    await there.send(`${reply}\r\n`);
  }
  while ((await there.receive()) !== '.');
  ender.abort();
  await assert.rejects(sending, (error: SocketError) => {
    assert.deepEqual([error.code, (error.cause as SocketError).code], ['ERR_UNKNOWN_OUTCOME', 'ABORT_ERR']);
    return true;
  });
  assert.equal(session.closed, true);
  there.close();
});
