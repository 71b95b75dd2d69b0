/** Timeouts: block bounds each wait, total the whole call, zero waits for nothing, and nothing is lost. */
import assert from 'node:assert/strict';
import { pattern } from '../script.ts';
import { type Case, fails, inPieces, lasted, partialOf, seconds, timesOut } from '../support.ts';

export const cases: readonly Case[] = [
  {
    name: 'timeouts: block and total end a wait for a silent peer',
    quiet: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'send', bytes: 'x' });
      client.settimeout(0.1);
      lasted(await seconds(() => timesOut(face, () => client.receive())), 0.1, 0.6);
      client.settimeout(null);
      client.settimeout(0.15, 't');
      lasted(await seconds(() => timesOut(face, () => client.receive(5))), 0.15, 0.6);
      client.settimeout(0.05, 'b');
      lasted(await seconds(() => timesOut(face, () => client.receive('*a'))), 0.05, 0.14);
      client.settimeout(1, 'b');
      lasted(await seconds(() => timesOut(face, () => client.receive({ until: 'x' }))), 0.15, 0.6);
      await client.send('.');
      assert.deepEqual(await client.receive(1), Buffer.from('x'));
    },
  },

  ...inPieces('timeouts: a timeout loses nothing', async (face, peer, cut) => {
    for (const order of ['*l', 8, { until: '\n' }, '*a'] as const) {
      using client = await peer.talk(
        face,
        { do: 'send', bytes: 'abc\r', ...cut },
        { do: 'receive', count: 1 },
        { do: 'send', bytes: 'def\r\n', ...cut },
        { do: 'end' },
      );
      client.settimeout(0.02);
      let partial: string | undefined = '';
      while (partial !== 'abc\r') {
        partial = partialOf(await timesOut(face, () => client.receive(order)));
        assert.ok(partial !== undefined && 'abc\r'.startsWith(partial), String(partial));
      }
      assert.equal(client.getstats().received, 0);
      client.settimeout(0);
      assert.equal(partialOf(await timesOut(face, () => client.receive(order))), 'abc\r');
      client.settimeout(null);
      await client.send('.');
      const expected = { '*l': 'abc\rdef', '8': 'abc\rdef\r', '*a': 'abc\rdef\r\n' }[String(order)] ?? 'abc\rdef\r';
      assert.equal((await client.receive(order)).toString(), expected);
    }
  }),

  ...inPieces('timeouts: the next receive goes on where one timed out', async (face, peer, cut) => {
    for (const [order, whole] of [
      ['*l', 'abcdef'],
      [5, 'abcde'],
      ['*a', 'abcdef\n'],
    ] as const) {
      using client = await peer.talk(
        face,
        { do: 'send', bytes: 'abc', ...cut },
        { do: 'receive', count: 1 },
        { do: 'send', bytes: 'def\n', ...cut },
        { do: 'end' },
      );
      client.settimeout(0.02);
      for (let partial: string | undefined = ''; partial !== 'abc'; ) {
        partial = partialOf(await timesOut(face, () => client.receive(order)));
        assert.ok(partial !== undefined && 'abc'.startsWith(partial), String(partial));
      }
      client.settimeout(0);
      assert.equal(partialOf(await timesOut(face, () => client.receive(order))), 'abc');
      client.settimeout(null);
      await client.send('.');
      assert.equal((await client.receive(order)).toString(), whole);
    }
  }),

  {
    name: 'timeouts: block is for each wait, so a slow drip passes',
    quiet: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: '0123456789', cut: 1, pause: 80 });
      client.settimeout(0.5);
      const took = await seconds(async () => assert.deepEqual(await client.receive(10), Buffer.from('0123456789')));
      lasted(took, 0.6, 5);
    },
  },

  {
    name: 'timeouts: total is for the whole call, so a slow drip does not pass',
    quiet: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: '0123456789', cut: 1, pause: 80 });
      client.settimeout(0.3, 't');
      client.settimeout(5, 'b');
      let error: { partial?: Buffer | undefined } = {};
      const took = await seconds(async () => {
        error = await timesOut(face, () => client.receive(10));
      });
      lasted(took, 0.3, 0.75);
      const { length } = error.partial ?? Buffer.alloc(0);
      assert.ok(length >= 1 && length < 10, `${length} bytes`);
      // The next call has the whole time again.
      client.settimeout(5, 't');
      assert.deepEqual(await client.receive(10), Buffer.from('0123456789'));
    },
  },

  {
    name: 'timeouts: zero looks once',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'send', bytes: 'a\nb\n' });
      client.settimeout(0);
      lasted(await seconds(() => timesOut(face, () => client.receive())), 0, 2);
      await client.send('.');
      await face.select([client], null);
      assert.equal(await client.receive(), 'a');
      assert.equal(await client.receive(), 'b');
      client.settimeout(null);
      client.settimeout(0, 't');
      await timesOut(face, () => client.receive());
    },
  },

  ...inPieces('timeouts: a loop that never waits gets it all', async (face, peer, cut) => {
    using client = await peer.sends(face, { pattern: 300 }, cut);
    client.settimeout(0);
    const parts: Buffer[] = [];
    for (let left = 300; left > 0; ) {
      const size = Math.min(left, 37);
      try {
        parts.push(await client.receive(size));
        left -= size;
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ETIMEDOUT');
      }
    }
    assert.deepEqual(Buffer.concat(parts), pattern(300));
  }),

  {
    name: 'timeouts: null waits for ever',
    async run(face, peer) {
      const name = peer.name();
      const late = [
        { do: 'wait', name },
        { do: 'sleep', seconds: 0.1 },
        { do: 'send', bytes: 'late\n' },
      ] as const;
      using client = await peer.talk(face, ...late);
      client.settimeout(0.05);
      client.settimeout(0.05, 't');
      await timesOut(face, () => client.receive());
      client.settimeout(null);
      client.settimeout(-1, 't');
      assert.deepEqual(client.gettimeout(), { block: null, total: null });
      await peer.signal(face, name);
      assert.equal(await client.receive(), 'late');
    },
  },

  {
    name: 'timeouts: long ones neither overflow nor end at once',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'sleep', seconds: 0.1 }, { do: 'send', bytes: 'late\n' });
      client.settimeout(1e10);
      client.settimeout(Number.MAX_VALUE, 't');
      assert.equal(await client.receive(), 'late');
      client.settimeout(Number.POSITIVE_INFINITY);
      assert.equal(client.gettimeout().block, null);
    },
  },

  {
    name: 'timeouts: what is at hand needs no time',
    async run(face, peer) {
      using client = await peer.sends(face, 'a\nb\nc\n');
      assert.equal(await client.receive(), 'a');
      client.settimeout(1e-9, 't');
      client.settimeout(0, 'b');
      assert.equal(await client.receive(), 'b');
      assert.equal(await client.receive('*l', { encoding: 'latin1' }), 'c');
    },
  },

  {
    name: 'timeouts: each socket and each mode has its own',
    async run(face, peer) {
      using one = await peer.talk(face, { do: 'receiveAll' });
      using other = await peer.talk(face, { do: 'receiveAll' });
      assert.deepEqual(one.gettimeout(), { block: null, total: null });
      one.settimeout(1.5);
      one.settimeout(2.5, 't');
      assert.deepEqual(one.gettimeout(), { block: 1.5, total: 2.5 });
      one.settimeout(0);
      assert.deepEqual(one.gettimeout(), { block: 0, total: 2.5 });
      one.settimeout(null, 'b');
      assert.deepEqual(one.gettimeout(), { block: null, total: 2.5 });
      assert.deepEqual(other.gettimeout(), { block: null, total: null });
    },
  },

  {
    name: 'timeouts: what is no time is refused',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' });
      for (const time of [Number.NaN, '1', undefined, {}, true]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.settimeout(time as number));
      }
      for (const mode of ['x', '', 'total', 1]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.settimeout(1, mode as 'b'));
      }
      assert.deepEqual(client.gettimeout(), { block: null, total: null });
    },
  },

  {
    name: 'signal: an aborted one ends a call before it begins',
    async run(face, peer) {
      using client = await peer.sends(face, 'a\nb\n');
      const signal = AbortSignal.abort(new Error('enough'));
      const error = await fails(face, 'ABORT_ERR', () => client.receive('*l', { signal }));
      assert.ok(error instanceof face.AbortError);
      assert.equal(error.reason, 'aborted');
      assert.equal((error.cause as Error).message, 'enough');
      assert.equal(await client.receive(), 'a');
      await fails(face, 'ABORT_ERR', () => client.receive('*l', { signal }));
      const sending = await fails(face, 'ABORT_ERR', () => client.send('x', undefined, undefined, { signal }));
      assert.equal(sending.sent, 0);
      assert.equal(await client.receive(), 'b');
    },
  },

  ...inPieces('signal: ends a wait, and nothing is lost', async (face, peer, cut) => {
    using client = await peer.talk(
      face,
      { do: 'send', bytes: 'abc', ...cut },
      { do: 'receive', count: 1 },
      { do: 'send', bytes: 'def\n', ...cut },
    );
    assert.deepEqual(await client.receive(1), Buffer.from('a'));
    const error = await fails(face, 'ABORT_ERR', () => client.receive('*l', { signal: AbortSignal.timeout(1000) }));
    assert.ok(error instanceof face.AbortError);
    assert.equal(partialOf(error), 'bc');
    assert.equal((error.cause as Error).name, 'TimeoutError');
    await client.send('.');
    const { signal } = new AbortController();
    assert.equal(await client.receive('*l', { signal }), 'bcdef');
  }).map((one) => ({ ...one, overlaps: true }) as const),

  {
    name: 'timeouts: sleep and gettime agree',
    quiet: true,
    async run(face) {
      const begin = face.gettime();
      assert.ok(Math.abs(begin - Date.now() / 1000) < 1, String(begin));
      await face.sleep(0.1);
      lasted(face.gettime() - begin, 0.1, 0.6);
      lasted(await seconds(() => face.sleep(0)), 0, 0.2);
      lasted(await seconds(() => face.sleep(-1)), 0, 0.2);
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.sleep(Number.NaN));
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.sleep('1' as unknown as number));
      await fails(face, 'ABORT_ERR', () => face.sleep(9, { signal: AbortSignal.abort() }));
    },
  },
];
