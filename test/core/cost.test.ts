/** What a call costs: no timer and no clock while data is there, time in proportion to the bytes, memory that is bounded. */

import './test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pair } from '../../src/async/face.ts';
import { TIMED_OUT } from '../../src/core/errors.ts';
import { runAsync } from '../../src/core/flow.ts';
import type { Pattern } from '../../src/core/pattern.ts';
import { Stream } from '../../src/core/stream.ts';
import { assertLinear } from './linear.ts';
import { memoryInUse } from './memory.ts';
import { atOnce, bytes, errorOf, ScriptedIo } from './scripted-io.ts';
import { made, setClock } from './test-clock.ts';

/** Runs `action`, and counts the timers it makes and how often it reads the clock. */
async function counting(action: () => Promise<void>): Promise<{ timers: number; reads: number }> {
  const before = made.timers;
  let reads = 0;
  const restore = setClock(() => {
    reads++;
    return Number(process.hrtime.bigint()) / 1e6;
  });
  try {
    await action();
  } finally {
    restore();
  }
  return { timers: made.timers - before, reads };
}

describe('buffered receives', () => {
  const CALLS = 3000;
  const PER_CALL: [block: number | null, total: number | null, reads: number][] = [
    [null, null, 0],
    [5, null, 0],
    [0, null, 0],
    [null, 5, 1],
    [5, 5, 1],
  ];
  for (const [block, total, most] of PER_CALL) {
    it(`make no timer and read the clock ${most} times each, with timeouts ${block} and ${total}`, async () => {
      const [client, peer] = pair();
      await peer.send('a line\nabcd:\n'.repeat(CALLS));
      client.settimeout(block);
      client.settimeout(total, 't');
      await client.receive(); // takes in what has arrived
      const { timers, reads } = await counting(async () => {
        for (let i = 1; i < CALLS; i++) {
          assert.equal((await client.receive(4)).length, 4);
          assert.equal(await client.receive({ until: ':' }), '');
          assert.equal(await client.receive('*l', { encoding: 'latin1' }), '');
          assert.equal(await client.receive(), 'a line');
        }
      });
      assert.equal(timers, 0);
      assert.ok(reads <= most * 4 * CALLS, `${reads} reads of the clock`);
    });
  }
});

describe('time grows with the bytes, not with their square', () => {
  const nasty: [name: string, filler: string, end: string, pattern: Pattern][] = [
    ['a line', 'x', '\n', '*l'],
    ['a line of CRs', '\r', '\n', '*l'],
    ['a delimiter that almost matches everywhere', 'a', 'aaaab', { until: 'aaaab' }],
    ['a delimiter that matches by halves', 'abab', 'ababac', { until: 'ababac' }],
    ['a long delimiter', 'a', `${'a'.repeat(999)}b`, { until: `${'a'.repeat(999)}b` }],
    ['a blank line', '\r\n\r', '\r\n\r\n', { until: '\r\n\r\n' }],
  ];
  for (const [name, filler, end, pattern] of nasty) {
    it(`for ${name}, byte by byte`, () => {
      const take = (length: number): void => {
        const text = bytes(filler.repeat(length / filler.length) + end);
        const stream = new Stream(new ScriptedIo());
        let at = 0;
        stream.io.recv = () => text.subarray(at, ++at);
        assert.ok(atOnce(stream.receive(pattern)).length >= length - 1000);
      };
      assertLinear(take, 30_000);
    });
  }

  it('for a line that is asked for again after each byte', () => {
    const take = (length: number): void => {
      const stream = new Stream(new ScriptedIo());
      let at = 0;
      // Each receive takes in one byte and times out.
      stream.io.recv = () => (at++ % 2 === 0 ? bytes(at > 2 * length ? '\n' : 'x') : TIMED_OUT);
      for (;;) {
        const line = stream.lineAtHand() ?? retried(stream);
        if (line !== undefined) {
          assert.equal(line.length, length);
          return;
        }
      }
    };
    assertLinear(take, 40_000);
  });
});

function retried(stream: Stream): string | undefined {
  try {
    return atOnce(stream.receive()) as string;
  } catch {
    return undefined;
  }
}

describe('memory', () => {
  it('for 100,000 tiny pieces is bounded', async () => {
    const stream = new Stream(new ScriptedIo());
    let left = 100_000;
    stream.io.recv = () => (left-- > 0 ? Buffer.from(new ArrayBuffer(2)) : TIMED_OUT);
    const before = await memoryInUse(true);
    const error = await errorOf(() => runAsync(stream.receive()));
    const grown = (await memoryInUse(true)) - before;
    assert.ok(grown < 2_000_000, `${grown} bytes for 200,000`);
    assert.equal((error as Error & { partial: Buffer }).partial.length, 200_000);
  });

  it('does not grow while a stream goes through', async () => {
    const stream = new Stream(new ScriptedIo());
    stream.io.recv = () => Buffer.alloc(1000, `${'x'.repeat(99)}\n`);
    const go = (): void => {
      for (let i = 0; i < 50_000; i++) atOnce(stream.receive(i % 3 === 0 ? 99 : '*l'));
    };
    go();
    const before = await memoryInUse(true);
    go();
    const grown = (await memoryInUse(true)) - before;
    assert.ok(grown < 1_000_000, `${grown} bytes`);
  });
});
