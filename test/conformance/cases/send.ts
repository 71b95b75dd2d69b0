/** Sending, ending and closing: exact counts, both halves, and nothing behind the caller's back. */
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { runtime } from '../limits.ts';
import { pattern, type Report, sha256 } from '../script.ts';
import { type Case, closes, fails, partialOf, timesOut } from '../support.ts';

const MEGABYTE = 1_048_576;
/** More than kernels hold for a peer that does not read. */
const TOO_MUCH = 64 * MEGABYTE;

/** A peer that reads nothing until it is told to, and reports what it got by the end. */
function stubborn(name: string) {
  return [{ do: 'wait', name: `go ${name}` }, { do: 'receiveAll' }, { do: 'report', as: name }] as const;
}

/** Bun and Deno do not tell how much of a slice the kernel has: it counts when all of it is taken. */
const COUNTS_EXACTLY = runtime().startsWith('node');

/** What was counted has come, and no more: a close drops the rest. */
function assertCame(report: Report, sent: number, length: number): void {
  const more = report.length - sent;
  if (COUNTS_EXACTLY) assert.equal(more, 0, `${report.length} bytes came, ${sent} were counted`);
  else assert.ok(more >= 0 && more < 65_536, `${report.length} bytes came, ${sent} were counted`);
  assert.equal(report.sha256, sha256(pattern(length).subarray(0, report.length)));
}

export const cases: readonly Case[] = [
  {
    name: 'send: counts bytes, from start to end as subarray has them',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
      const before = client.getstats().sent;
      const whole = Buffer.from('hello');
      const parts: [data: string | Uint8Array, start: number | undefined, end: number | undefined, sent: Buffer][] = [
        ['hello', undefined, undefined, whole],
        ['é€😀', undefined, undefined, Buffer.from('é€😀')],
        [Buffer.from([0, 255, 10, 13]), undefined, undefined, Buffer.from([0, 255, 10, 13])],
        [new Uint8Array([9, 1, 2, 9]).subarray(1, 3), undefined, undefined, Buffer.from([1, 2])],
        ['', undefined, undefined, Buffer.alloc(0)],
        ['hello', 1, undefined, whole.subarray(1)],
        ['hello', 1, 3, whole.subarray(1, 3)],
        ['hello', -2, undefined, whole.subarray(-2)],
        ['hello', 0, -3, whole.subarray(0, -3)],
        ['hello', undefined, 1, whole.subarray(0, 1)],
        ['hello', 7, undefined, Buffer.alloc(0)],
        ['hello', 3, 2, Buffer.alloc(0)],
        ['é', 1, undefined, Buffer.from([0xa9])],
      ];
      for (const [data, start, end, sent] of parts) assert.equal(await client.send(data, start, end), sent.length);
      const expected = Buffer.concat(parts.map(([, , , sent]) => sent));
      assert.equal(client.getstats().sent - before, expected.length);
      client.close();
      const { length, sha256: digest } = await peer.report(face, name);
      assert.deepEqual({ length, digest }, { length: expected.length, digest: sha256(expected) });
    },
  },

  {
    name: 'send: bytes are as many as there are, whatever they say',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
      const liar = Buffer.from('<<abcd>>').subarray(2, 6);
      for (const property of ['length', 'byteLength']) Object.defineProperty(liar, property, { value: 65_536 });
      assert.equal(await client.send(liar), 4);
      const foreign = runInNewContext('Uint8Array.of(97, 98, 99, 100)') as Uint8Array;
      assert.equal(await client.send(foreign, 1), 3);
      client.close();
      const { length, sha256: digest } = await peer.report(face, name);
      assert.deepEqual({ length, digest }, { length: 7, digest: sha256(Buffer.from('abcdbcd')) });
    },
  },

  {
    name: 'send: what is no data is refused',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' });
      for (const data of [1, null, undefined, {}, [1], true, new ArrayBuffer(1)]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.send(data as string));
      }
      for (const index of [Number.NaN, 0.5, '1', Number.POSITIVE_INFINITY, null]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.send('x', index as number));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.send('x', 0, index as number));
      }
      assert.equal(await client.send('x'), 1);
    },
  },

  {
    name: 'send: the caller has its memory back when it ends',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
      const bytes = pattern(300_000);
      const expected = sha256(Buffer.concat([bytes, bytes]));
      await client.send(bytes);
      bytes.fill(0);
      bytes.set(pattern(300_000));
      await client.send(bytes);
      bytes.fill(0);
      client.close();
      assert.deepEqual((await peer.report(face, name)).sha256, expected);
    },
  },

  {
    name: 'shutdown: ends one half, here first',
    async run(face, peer) {
      const size = 4 * MEGABYTE;
      using client = await peer.talk(
        face,
        { do: 'receiveAll' },
        { do: 'report' },
        { do: 'send', bytes: { pattern: size } },
        { do: 'end' },
      );
      assert.equal(await client.send(pattern(size)), size);
      client.shutdown('send');
      client.shutdown('send');
      const error = await closes(face, () => client.send('more'), ['EPIPE']);
      assert.equal(error.sent, 0);
      const report = JSON.parse(await client.receive()) as Report;
      assert.deepEqual(report, { length: size, sha256: sha256(pattern(size)), ended: true, error: null });
      assert.equal(sha256(await client.receive('*a')), report.sha256);
      await closes(face, () => client.receive());
    },
  },

  {
    name: 'shutdown: ends one half, the peer first',
    async run(face, peer) {
      const size = 4 * MEGABYTE;
      const name = peer.name();
      using client = await peer.talk(
        face,
        { do: 'send', bytes: { pattern: size } },
        { do: 'end' },
        { do: 'receiveAll' },
        { do: 'report', as: name },
      );
      assert.equal(sha256(await client.receive('*a')), sha256(pattern(size)));
      await closes(face, () => client.receive());
      assert.equal(await client.send(pattern(size)), size);
      client.shutdown('send');
      const report = await peer.report(face, name);
      assert.deepEqual(report, { length: size, sha256: sha256(pattern(size)), ended: true, error: null });
    },
  },

  {
    name: 'shutdown: receive ends the reading half alone',
    async run(face, peer) {
      const name = peer.name();
      using client = await peer.talk(
        face,
        { do: 'receive', count: 5 },
        { do: 'report', as: name },
        { do: 'receiveAll' },
      );
      client.shutdown('receive');
      await closes(face, () => client.receive());
      await closes(face, () => client.receive('*a'));
      assert.equal(await client.send('hello'), 5);
      assert.equal((await peer.report(face, name)).sha256, sha256(Buffer.from('hello')));
    },
  },

  {
    name: 'shutdown: what was received before is not lost',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: 'one\ntwo\nthree' }, { do: 'receiveAll' });
      assert.equal(await client.receive(), 'one');
      client.shutdown('receive');
      assert.equal(await client.receive(), 'two');
      assert.equal(partialOf(await closes(face, () => client.receive())), 'three');
      assert.deepEqual(await client.receive('*a'), Buffer.from('three'));
    },
  },

  {
    name: 'shutdown: both halves, and what is no half',
    async run(face, peer) {
      const name = peer.name();
      using client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
      await client.send('x');
      for (const how of ['', 'x', null, 1])
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.shutdown(how as 'both'));
      client.shutdown();
      client.shutdown('both');
      await closes(face, () => client.receive());
      await closes(face, () => client.send('x'), ['EPIPE']);
      assert.deepEqual(await peer.report(face, name), {
        length: 1,
        sha256: sha256(Buffer.from('x')),
        ended: true,
        error: null,
      });
    },
  },

  {
    name: 'close: what was sent arrives, and then the end',
    async run(face, peer) {
      const name = peer.name();
      const size = 2 * MEGABYTE;
      const client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
      await client.send(pattern(size));
      client.close();
      client.close();
      assert.deepEqual(await peer.report(face, name), {
        length: size,
        sha256: sha256(pattern(size)),
        ended: true,
        error: null,
      });
    },
  },

  ...(['b', 't'] as const).map(
    (mode): Case => ({
      name: `send: a timeout (${mode}) tells what was taken, and no more is sent`,
      async run(face, peer) {
        const name = peer.name();
        const client = await peer.talk(face, ...stubborn(name));
        const bytes = pattern(TOO_MUCH);
        client.settimeout(0.3, mode);
        const { sent = -1 } = await timesOut(face, () => client.send(bytes));
        assert.ok(sent > 0 && sent < TOO_MUCH, `${sent} bytes`);
        bytes.fill(0); // the memory is the caller's again
        client.close();
        await peer.signal(face, `go ${name}`);
        const report = await peer.report(face, name);
        assertCame(report, sent, TOO_MUCH);
        assert.deepEqual([report.ended, report.error], [true, null]);
      },
    }),
  ),

  {
    name: 'send: a timed-out send is gone on with, from where it was',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const size = 12 * MEGABYTE;
      const bytes = pattern(size);
      client.settimeout(0);
      let sent = 0;
      let timeouts = 0;
      while (sent < size) {
        try {
          sent += await client.send(bytes, sent);
        } catch (error) {
          if (!(error instanceof face.TimeoutError)) throw error;
          sent += error.sent ?? 0;
          if (++timeouts === 3) await peer.signal(face, `go ${name}`);
          if (timeouts > 3) await face.select(null, [client]);
        }
      }
      assert.ok(timeouts >= 3, `${timeouts} timeouts`);
      client.shutdown('send');
      const report = await peer.report(face, name);
      assert.deepEqual(report, { length: size, sha256: sha256(bytes), ended: true, error: null });
      client.close();
    },
  },

  {
    name: 'send: an abort tells what was taken',
    overlaps: true,
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const bytes = pattern(TOO_MUCH);
      const signal = AbortSignal.timeout(300);
      const { sent = -1 } = await fails(face, 'ABORT_ERR', () => client.send(bytes, 0, undefined, { signal }));
      const more = await client.send('', 0);
      client.close();
      await peer.signal(face, `go ${name}`);
      assert.equal(more, 0);
      assertCame(await peer.report(face, name), sent, TOO_MUCH);
    },
  },

  {
    name: 'send: a close meanwhile tells what was taken',
    overlaps: true,
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const bytes = pattern(TOO_MUCH);
      const sending = closes(face, () => client.send(bytes));
      await face.sleep(0.2);
      client.close();
      const { sent = -1 } = await sending;
      await peer.signal(face, `go ${name}`);
      assertCame(await peer.report(face, name), sent, TOO_MUCH);
    },
  },

  {
    name: 'send: 16 MiB in both directions at once',
    overlaps: true,
    async run(face, peer) {
      const size = 16 * MEGABYTE;
      using client = await peer.talk(face, { do: 'echo' });
      const bytes = pattern(size);
      const sending = (async () => {
        await client.send(bytes);
        client.shutdown('send');
      })();
      const echoed = await client.receive('*a');
      await sending;
      assert.deepEqual([echoed.length, sha256(echoed)], [size, sha256(bytes)]);
    },
  },

  {
    name: 'send: 8 MiB in both directions by select',
    async run(face, peer) {
      const size = 8 * MEGABYTE;
      using client = await peer.talk(face, { do: 'echo' });
      const bytes = pattern(size);
      const parts: Buffer[] = [];
      let sent = 0;
      let received = 0;
      client.settimeout(0);
      while (received < size) {
        const { readable, writable } = await face.select([client], sent < size ? [client] : null);
        if (writable.length > 0) {
          try {
            sent += await client.send(bytes, sent, sent + 100_000);
          } catch (error) {
            if (!(error instanceof face.TimeoutError)) throw error;
            sent += error.sent ?? 0;
          }
        }
        if (readable.length === 0) continue;
        try {
          const part = await client.receive(Math.min(50_000, size - received));
          received += part.length;
          parts.push(part);
        } catch (error) {
          if (!(error instanceof face.TimeoutError)) throw error;
          const length = error.partial?.length ?? 0;
          if (length > 0) parts.push(await client.receive(length));
          received += length;
        }
      }
      assert.equal(sha256(Buffer.concat(parts)), sha256(bytes));
    },
  },

  {
    name: 'send: to a peer that has reset the connection',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'reset' });
      await client.send('.');
      await closes(face, () => client.receive(), ['ECONNRESET']);
      for (let i = 0; i < 2; i++) {
        const error = await closes(face, () => client.send('x'), ['ECONNRESET', 'EPIPE']);
        assert.equal(error.sent, 0);
      }
    },
  },

  {
    name: 'send: to a peer that resets meanwhile',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'sleep', seconds: 0.1 }, { do: 'reset' });
      const { sent = -1 } = await closes(face, () => client.send(pattern(TOO_MUCH)), ['ECONNRESET', 'EPIPE']);
      assert.ok(sent >= 0 && sent < TOO_MUCH, `${sent} bytes`);
    },
  },

  {
    name: 'send: those that overlap go out whole, in the order of their calls',
    overlaps: true,
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const parts = [pattern(16 * MEGABYTE), Buffer.from('x'), Buffer.alloc(MEGABYTE, 'y'), Buffer.from('z')];
      const sends = parts.map((part) => client.send(part));
      await peer.signal(face, `go ${name}`);
      const lengths = parts.map(({ length }) => length);
      assert.deepEqual(await Promise.all(sends), lengths);
      client.close();
      assert.equal((await peer.report(face, name)).sha256, sha256(Buffer.concat(parts)));
    },
  },

  {
    name: 'send: those behind one that fails send nothing, and say so',
    overlaps: true,
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const bytes = pattern(TOO_MUCH);
      const abort = new AbortController();
      const first = fails(face, 'ABORT_ERR', () => client.send(bytes, 0, undefined, { signal: abort.signal }));
      const behind = [1, 2].map(() => fails(face, 'ERR_NOT_SENT', () => client.send('behind')));
      for (const each of [first, ...behind]) each.catch(() => {}); // awaited below, one after the other
      await face.sleep(0.1);
      abort.abort();
      const { sent = -1 } = await first;
      for (const error of await Promise.all(behind)) {
        assert.deepEqual([error.sent, error.reason], [0, 'a send before it failed']);
        assert.match(error.message, /abort/);
      }
      client.close();
      await peer.signal(face, `go ${name}`);
      assertCame(await peer.report(face, name), sent, TOO_MUCH);
    },
  },

  {
    name: 'send: one that waits for another has its own time, from its call on',
    overlaps: true,
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const bytes = pattern(16 * MEGABYTE);
      const first = client.send(bytes);
      client.settimeout(0.05, 't');
      const second = timesOut(face, () => client.send('late'));
      client.settimeout(null, 't');
      const third = fails(face, 'ERR_NOT_SENT', () => client.send('behind'));
      assert.deepEqual([(await second).sent, (await third).sent], [0, 0]);
      await peer.signal(face, `go ${name}`);
      assert.equal(await first, bytes.length);
      assert.equal(await client.send('x'), 1);
      client.close();
      assert.equal((await peer.report(face, name)).sha256, sha256(Buffer.concat([bytes, Buffer.from('x')])));
    },
  },

  {
    name: 'send: a close ends all that wait',
    overlaps: true,
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, ...stubborn(name));
      const sends = [pattern(TOO_MUCH), 'x', 'y'].map((data) => closes(face, () => client.send(data)));
      await face.sleep(0.05);
      client.close();
      const [first, ...others] = await Promise.all(sends);
      assert.ok((first?.sent ?? 0) > 0);
      for (const error of others) {
        assert.equal(error.sent, 0);
        assert.match(error.message, /on this side/);
      }
      await peer.signal(face, `go ${name}`);
    },
  },

  {
    name: 'close: ends a receive that waits',
    overlaps: true,
    async run(face, peer) {
      const client = await peer.talk(face, { do: 'send', bytes: 'ab' }, { do: 'receiveAll' });
      assert.deepEqual(await client.receive(1), Buffer.from('a'));
      const waiting = closes(face, () => client.receive());
      client.close();
      assert.match((await waiting).message, /on this side/);
    },
  },

  {
    name: 'close: twice, and every method after it',
    async run(face, peer) {
      const client = await peer.sends(face, 'one\ntwo\n');
      assert.equal(await client.receive(), 'one');
      client.settimeout(1);
      client.close();
      client.close();
      await closes(face, () => client.receive());
      await closes(face, () => client.receive(1));
      await closes(face, () => client.receive('*a'));
      assert.equal((await closes(face, () => client.send('x'))).sent, 0);
      await closes(face, () => client.getsockname());
      await closes(face, () => client.getpeername());
      await closes(face, () => client.setoption('tcp-nodelay', true));
      await closes(face, () => client.getoption('tcp-nodelay'));
      await closes(face, async () => {
        for await (const _ of client.lines()) assert.fail('a line after close');
      });
      assert.equal(client.getfd(), -1);
      client.shutdown();
      client.settimeout(2);
      assert.deepEqual(client.gettimeout(), { block: 2, total: null });
      client.setstats({ sent: 1 });
      assert.equal(client.getstats().sent, 1);
      assert.equal(typeof client.dirty(), 'boolean');
    },
  },

  {
    name: 'close: a wrong argument is told before a closed socket',
    async run(face, peer) {
      const client = await peer.talk(face, { do: 'receiveAll' });
      client.close();
      await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive('*x' as '*l'));
      await fails(face, 'ERR_INVALID_ARGUMENT', () => client.send(1 as unknown as string));
    },
  },
];
