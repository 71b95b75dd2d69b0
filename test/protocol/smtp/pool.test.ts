/** Pools of sessions: what goes at once, what waits, and what is sent again after a loss, and what never. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awaitRunner } from '../../../src/async/runner.ts';
import { ClosedError } from '../../../src/core/errors.ts';
import { Stream } from '../../../src/core/stream.ts';
import { pair } from '../../../src/entry/index.ts';
import { source } from '../../../src/entry/ltn12.ts';
import { compose } from '../../../src/entry/mail.ts';
import { type PoolOptions, pool } from '../../../src/entry/smtp.ts';
import { Client } from '../../../src/sockets/client.ts';
import { CLOSE, MailServer, type Rules } from './mail-server.ts';
import { startSink } from './sink.ts';

/** All Message-IDs, by the thousands: `POOL_MAILS=10000`. */
const MAILS = Number(process.env.POOL_MAILS ?? 1000);

const mail = (to = 'b@x.org', messageId?: string, text = 'Hello!') => compose({ from: 'a@x.org', to, text, messageId });
const raw = (content: string) => ({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, content });

/** A pool whose sessions are each with the next of these servers; the last one's rules stay. */
function over(rules: readonly Rules[], options: PoolOptions<'await'> = {}) {
  const servers: MailServer[] = [];
  const create = () => {
    const server = new MailServer(rules[Math.min(servers.length, rules.length - 1)]);
    servers.push(server);
    return new Client<'await'>(new Stream(server), awaitRunner);
  };
  return { servers, mails: pool('smtp://mail.example', { create, ...options }) };
}

/** Numbers of the reply that is not said, session by session: each of a first mail and of later ones. */
const everyReply = (length: number, step: number) => Array.from({ length }, (_, i) => (i * step) % length);
/** No session gets beyond its third mail. */
const EARLY = everyReply(13, 3);
const KILLED = [
  { name: 'in one piece', many: MAILS, kills: everyReply(61, 7), killed: ['', '.', 'EHLO', 'MAIL', 'QUIT', 'RCPT'] },
  {
    name: 'in lines',
    extensions: ['8BITMIME'],
    many: MAILS / 5,
    kills: EARLY,
    killed: ['', '.', 'DATA', 'EHLO', 'MAIL', 'RCPT'],
  },
  {
    name: 'in chunks',
    text: 'A line of a text that takes two chunks.\n'.repeat(2000),
    many: MAILS / 10,
    kills: EARLY,
    killed: ['', '.', 'BDAT', 'EHLO', 'MAIL', 'RCPT'],
  },
];

describe('a pool', () => {
  for (const { name, extensions, text, many, kills, killed } of KILLED) {
    it(`sends all of many mails once, whichever reply a connection is killed at, ${name}`, async () => {
      await using sink = await startSink({ kills, count: true, ...(extensions && { extensions }) });
      const mails = pool(`smtp://127.0.0.1:${sink.port}`, { sessions: 5, messages: 12, queue: 50 });
      const outcomes = new Map<string, string>();
      const sending: Promise<void>[] = [];
      for (let i = 0; i < many; i++) {
        await mails.ready();
        const id = `<${i}@x.org>`;
        sending.push(
          mails.send(mail('b@x.org', id, text)).then(
            ({ accepted }) => void outcomes.set(id, accepted.length === 1 ? 'sent' : 'nonsense'),
            // A mail is given up when it was lost five times, be it by a reset.
            (error) => void outcomes.set(id, error instanceof ClosedError ? 'ERR_CLOSED' : error.code),
          ),
        );
      }
      await mails.close();
      await Promise.all(sending);
      const { mails: stored, killed: verbs, most } = await sink.state();
      const counts = new Map<string, number>();
      for (const { id } of stored) counts.set(id, (counts.get(id) ?? 0) + 1);
      assert.equal(outcomes.size, many);
      const tally: Record<string, number> = {};
      for (const [id, outcome] of outcomes) {
        tally[outcome] = (tally[outcome] ?? 0) + 1;
        const count = counts.get(id) ?? 0;
        const possible =
          outcome === 'sent' ? [1] : outcome === 'ERR_UNKNOWN_OUTCOME' ? [0, 1] : outcome === 'ERR_CLOSED' ? [0] : [];
        assert.ok(possible.includes(count), `${id}: ${outcome}, and ${count} times there`);
      }
      for (const verb of killed) assert.ok((verbs[verb] as number) > 0, `"${verb}" of ${JSON.stringify(verbs)}`);
      assert.ok((tally.sent as number) > many / 2, JSON.stringify(tally));
      assert.ok((tally.ERR_UNKNOWN_OUTCOME as number) > 0, JSON.stringify(tally));
      assert.ok(most <= 5, `${most} at once`);
    });
  }

  it('has no more sessions than it may, each for a number of mails, and says goodbye in all', async () => {
    const { servers, mails } = over([{}], { sessions: 2, messages: 3 });
    await Promise.all(Array.from({ length: 10 }, () => mails.send(mail())));
    await mails.close();
    const each = servers.map(({ messages }) => messages.length);
    assert.equal(each.length, 4);
    assert.ok(each.every((mails) => mails <= 3) && each.reduce((all, mails) => all + mails) === 10, each.join());
    assert.ok(servers.every(({ lines, closed }) => lines.at(-1) === 'QUIT' && closed));
    assert.equal(mails.sessions, 0);
    await assert.rejects(mails.send(mail()), { code: 'ERR_SPENT' });
    await mails.close();
  });

  it('keeps the turns that mails were given in, also of one that has to be sent again', async () => {
    const { servers, mails } = over([{ MAIL: ['250 ok', CLOSE] }, {}], { sessions: 1 });
    await Promise.all(['one', 'two', 'three'].map((text) => mails.send(raw(text))));
    assert.deepEqual(
      servers.map(({ messages }) => messages.join('')),
      ['one\r\n', 'two\r\nthree\r\n'],
    );
    await mails.close();
  });

  for (const at of ['', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.']) {
    for (const said of [CLOSE, `421 4.3.2 closing${CLOSE}`]) {
      const isOpen = at === '.' && said === CLOSE;
      it(`${isOpen ? 'never sends again' : 'sends again'} what was lost at the reply to "${at}" (${said})`, async () => {
        const { servers, mails } = over([{ [at]: said }, {}]);
        const sent = mails.send(raw('once'));
        if (isOpen) await assert.rejects(sent, { code: 'ERR_UNKNOWN_OUTCOME' });
        else assert.deepEqual((await sent).accepted, ['b@x.org']);
        await mails.close();
        assert.equal(servers.length, isOpen ? 1 : 2);
        assert.deepEqual(servers.at(-1)?.messages, ['once\r\n']);
      });
    }
  }

  it('gives up a mail that is lost again and again, with the last error', async () => {
    const { servers, mails } = over([{ MAIL: CLOSE }]);
    await assert.rejects(mails.send(mail()), { code: 'ERR_CLOSED', command: 'MAIL FROM:<a@x.org>' });
    assert.equal(servers.length, 5);
    await mails.close();
  });

  it('does not send the rest of a source that can be read once, and says why the mail was lost', async () => {
    const { servers, mails } = over([{ DATA: CLOSE }, {}]);
    const once = { envelope: { from: 'a@x.org', to: ['b@x.org'] }, source: source.string('once') };
    await assert.rejects(mails.send(once), { code: 'ERR_CLOSED', command: 'DATA' });
    assert.ok(servers.every(({ messages }) => messages.length === 0));
    const attached = compose({
      from: 'a@x.org',
      to: 'b@x.org',
      attachments: [{ source: source.string('x'.repeat(100_000)) }],
    });
    const cut = over([{ BDAT: CLOSE, EHLO: '250-x\r\n250 CHUNKING' }, {}]);
    await assert.rejects(cut.mails.send(attached), { code: 'ERR_CLOSED' });
    assert.ok(cut.servers.every(({ messages }) => messages.length === 0));
    await Promise.all([mails.close(), cut.mails.close()]);
  });

  it('tells a mail that is refused, and goes on with the same session', async () => {
    const { servers, mails } = over([
      { RCPT: ['550 5.1.1 no', '250 ok'], '.': ['554 none', '451 4.3.0 later', '250 ok'] },
    ]);
    await assert.rejects(mails.send(mail()), { code: 'ERR_RECIPIENTS' });
    await assert.rejects(mails.send(mail()), { code: 'ERR_SMTP_REPLY', permanent: false });
    await mails.send(mail());
    await assert.rejects(mails.send({ ...raw('x'), envelope: { from: 'a@x.org', to: ['b\r\n@x.org'] } }), {
      code: 'ERR_INVALID_ARGUMENT',
    });
    assert.equal(servers.length, 1);
    await mails.close();
  });

  it('asks a server that takes no more sessions for no more', async () => {
    const busy = { '': `421 4.7.0 too many sessions${CLOSE}` };
    const { servers, mails } = over([{}, busy, busy], { sessions: 3 });
    const sent = await Promise.all(Array.from({ length: 6 }, () => mails.send(mail())));
    assert.ok(sent.every(({ accepted }) => accepted.length === 1));
    assert.deepEqual(
      servers.map(({ messages }) => messages.length),
      [6, 0, 0],
    );
    await mails.close();
  });

  it('asks a server that lets in no session once, and says what it said', async () => {
    let used = 0;
    const create = () => {
      if (++used > 3) throw new Error('asked again and again');
      return new Client<'await'>(new Stream(new MailServer({ '': '450 4.7.0 later' })), awaitRunner);
    };
    const mails = pool('smtp://mail.example', { create });
    await assert.rejects(mails.send(mail()), { code: 'ERR_SMTP_REPLY', permanent: false });
    assert.equal(used, 1);
    await mails.close();
  });

  it('opens another session where an idle one was closed by its server', async () => {
    const ends = Array.from({ length: 2 }, () => pair());
    const serve = async (number: number, goodbye: boolean) => {
      const there = ends[number]?.[1] as ReturnType<typeof pair>[1];
      await there.send('220 hi\r\n');
      for (const reply of ['250 x', '250 ok', '250 ok', '354 go', '250 queued']) {
        for (let line = await there.receive(); reply === '250 queued' && line !== '.'; ) line = await there.receive();
        await there.send(`${reply}\r\n`);
      }
      if (goodbye) await there.send('421 4.4.2 idle for too long\r\n');
      there.close();
    };
    let used = 0;
    const mails = pool('smtp://mail.example', { create: () => ends[used++]?.[0] as ReturnType<typeof pair>[0] });
    const once = () => ({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, source: source.string('once') });
    await Promise.all([serve(0, true), mails.send(once())]);
    await Promise.all([serve(1, false), mails.send(once())]);
    assert.equal(used, 2);
    await mails.close();
  });

  it('has room for a number of mails, and tells when there is some', async () => {
    const { here, there, mails } = silent({ sessions: 1, queue: 2 });
    const sending = Array.from({ length: 3 }, () => mails.send(mail()));
    for (const one of sending) one.catch(() => {});
    assert.equal(mails.queued, 2);
    await assert.rejects(mails.send(mail()), { code: 'ERR_BUSY', message: /ready/ });
    let isReady = false;
    const ready = mails.ready().then(() => {
      isReady = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isReady, false);
    await there.send('554 no\r\n');
    await assert.rejects(sending[0] as Promise<unknown>, { code: 'ERR_SMTP_REPLY' });
    await ready;
    mails.abort();
    await Promise.allSettled(sending);
    await mails.close();
    here.close();
    there.close();
  });

  it('takes a mail out of the queue, or ends its session, at the signal of the mail', async () => {
    const { here, there, mails } = silent({ sessions: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const sending = [first, second].map(({ signal }) => mails.send(mail(), { signal }));
    const settled = Promise.allSettled(sending);
    second.abort();
    await assert.rejects(sending[1] as Promise<unknown>, { code: 'ABORT_ERR' });
    assert.equal(mails.queued, 0);
    first.abort();
    await assert.rejects(sending[0] as Promise<unknown>, { code: 'ABORT_ERR' });
    await settled;
    assert.equal(mails.sessions, 0);
    await mails.close();
    here.close();
    there.close();
  });

  it('ends a login that is under way at the signal of its mail', async () => {
    const login = { user: 'ann', password: 'x', auth: 'LOGIN', tls: 'never' } as const;
    const { here, there, mails } = silent({ sessions: 1, ...login });
    const ender = new AbortController();
    const sent = mails.send(mail(), { signal: ender.signal });
    sent.catch(() => {});
    await there.send('220 hi\r\n');
    await there.receive();
    await there.send('250-x\r\n250 AUTH LOGIN\r\n');
    assert.equal(await there.receive(), 'AUTH LOGIN');
    ender.abort();
    await assert.rejects(sent, { code: 'ABORT_ERR' });
    await mails.close();
    here.close();
    there.close();
  });

  it('waits for what is queued when it is closed, and for nothing when it is aborted', async () => {
    await using sink = await startSink({ delay: 5 });
    const url = `smtp://127.0.0.1:${sink.port}`;
    const mails = pool(url, { sessions: 2 });
    const sending = Array.from({ length: 6 }, () => mails.send(mail()));
    await mails.close();
    assert.equal((await Promise.all(sending)).length, 6);
    assert.equal((await sink.state()).mails.length, 6);
    const others = pool(url, { sessions: 2 });
    const cut = Array.from({ length: 6 }, () => others.send(mail()));
    const settled = Promise.allSettled(cut);
    others.abort();
    for (const one of await settled)
      assert.ok(one.status === 'rejected' && one.reason.code === 'ERR_CLOSED', JSON.stringify(one));
    await others.close();
    assert.equal((await sink.state()).mails.length, 6);
  });

  it('sends chunks one after the other without waiting for each reply', async () => {
    const { here, there, mails } = silent({ sessions: 1 });
    const sending = mails.send(raw('x'.repeat(5 * 65_536)));
    await there.send('220 hi\r\n');
    await there.receive();
    await there.send('250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n');
    for (const _ of ['MAIL', 'RCPT']) await there.receive();
    await there.send('250 ok\r\n250 ok\r\n');
    for (let i = 0; i < 3; i++) {
      assert.match(await there.receive(), /^BDAT \d+$/);
      await there.receive(65_536);
    }
    await there.send('250 one\r\n250 two\r\n250 three\r\n');
    for (let isLast = false; !isLast; ) {
      const [, length, last] = /^BDAT (\d+)( LAST)?$/.exec(await there.receive()) ?? [];
      await there.receive(Number(length));
      isLast = last !== undefined;
      await there.send('250 ok\r\n');
    }
    assert.equal((await sending).accepted.length, 1);
    mails.abort();
    here.close();
    there.close();
  });

  it('keeps to a rate', async () => {
    const { mails } = over([{}], { sessions: 4, rate: 100 });
    const begin = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => mails.send(mail())));
    // The first goes at once; a timer that is late is caught up, by 10 ms at most.
    assert.ok(performance.now() - begin >= 40);
    await mails.close();
  });

  it('refuses options that are none', () => {
    for (const options of [
      { sessions: 0 },
      { messages: 1.5 },
      { queue: 0 },
      { rate: 0 },
      { rate: Number.NaN },
      { domain: 'a b' },
    ])
      assert.throws(() => pool('smtp://x', options), { code: 'ERR_INVALID_ARGUMENT' }, JSON.stringify(options));
    assert.throws(() => pool('http://x'), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

/** A pool, and the other side of its one session, which says nothing by itself. */
function silent(options: PoolOptions<'await'>) {
  const [here, there] = pair();
  return { here, there, mails: pool('smtp://mail.example', { create: () => here, ...options }) };
}
