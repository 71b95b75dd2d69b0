/** The two timeouts: what they take, what a call may still wait, and when anybody looks at the clock. */

import './test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runAsync } from '../../src/core/flow.ts';
import { Stream } from '../../src/core/stream.ts';
import { type Deadline, deadlineAfter, NO_DEADLINE, Timeouts } from '../../src/core/timeout.ts';
import { atOnce, ScriptedIo } from './scripted-io.ts';
import { setClock } from './test-clock.ts';

/** Runs `action` with a clock that it sets; returns how often that was read. */
function withClock(action: (set: (milliseconds: number) => void) => void): number {
  let time = 5000;
  let reads = 0;
  const restore = setClock(() => {
    reads++;
    return time;
  });
  try {
    action((milliseconds) => {
      time = milliseconds;
    });
  } finally {
    restore();
  }
  return reads;
}

function timeouts(block: number | null, total: number | null): Timeouts {
  const both = new Timeouts();
  both.set(block);
  both.set(total, 't');
  return both;
}

describe('settimeout', () => {
  const values: [seconds: number | null, milliseconds: number, shown: number | null][] = [
    [null, Number.POSITIVE_INFINITY, null],
    [-1, Number.POSITIVE_INFINITY, null],
    [-1e-9, Number.POSITIVE_INFINITY, null],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, null],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, null],
    [0, 0, 0],
    [1e-9, 1e-6, 1e-9],
    [0.5, 500, 0.5],
    [10, 10_000, 10],
    [1e12, 1e15, 1e12],
  ];
  for (const [seconds, milliseconds, shown] of values) {
    it(`takes ${seconds}`, () => {
      for (const mode of ['b', 't', undefined] as const) {
        withClock(() => {
          const both = new Timeouts();
          both.set(seconds, mode);
          const expected = { block: null as number | null, total: null as number | null };
          expected[mode === 't' ? 'total' : 'block'] = shown;
          const { block, total } = both.get();
          for (const [got, wanted] of [
            [block, expected.block],
            [total, expected.total],
          ] as const) {
            if (wanted === null) assert.equal(got, null);
            else assert.ok(Math.abs((got as number) - wanted) <= wanted * 1e-12, `${got}`);
          }
          const remaining = both.begin().remaining();
          if (Number.isFinite(milliseconds))
            assert.ok(Math.abs(remaining - milliseconds) <= 1e-3 + milliseconds * 1e-9);
          else assert.equal(remaining, milliseconds);
        });
      }
    });
  }

  it('refuses what is no number of seconds, and changes nothing then', () => {
    const both = timeouts(1, 2);
    for (const bad of [Number.NaN, '5', undefined, {}]) {
      assert.throws(() => both.set(bad as number), {
        code: 'ERR_INVALID_ARGUMENT',
        message: /^settimeout: a timeout is a number of seconds/,
      });
    }
    assert.throws(() => both.set(1, 'x' as 'b'), { code: 'ERR_INVALID_ARGUMENT', message: /mode is 'b'.* not "x"/ });
    assert.deepEqual(both.get(), { block: 1, total: 2 });
  });
});

describe('a deadline', () => {
  it('bounds each wait by block, and all by total', () => {
    withClock((set) => {
      const deadline = timeouts(1, 3).begin();
      assert.equal(deadline.remaining(), 1000);
      set(7500);
      assert.equal(deadline.remaining(), 500);
      set(8000);
      assert.equal(deadline.remaining(), 0);
      set(9000);
      assert.equal(deadline.remaining(), 0);
    });
  });

  it('by block alone begins anew with each wait', () => {
    withClock((set) => {
      const deadline = timeouts(1, null).begin();
      set(60_000);
      assert.equal(deadline.remaining(), 1000);
    });
  });

  it('is of the call: a later settimeout is for later calls', () => {
    const both = timeouts(1, null);
    const deadline = both.begin();
    both.set(2);
    assert.equal(deadline.remaining(), 1000);
    assert.equal(both.begin().remaining(), 2000);
  });

  it('is interruptible by a timeout or a signal', () => {
    const { signal } = new AbortController();
    assert.equal(timeouts(null, null).begin(), NO_DEADLINE);
    assert.equal(NO_DEADLINE.interruptible, false);
    assert.equal(NO_DEADLINE.remaining(), Number.POSITIVE_INFINITY);
    for (const deadline of [
      timeouts(1, null).begin(),
      timeouts(null, 1).begin(),
      timeouts(null, null).begin(signal),
      deadlineAfter('x', 1),
      deadlineAfter('x', null, signal),
    ]) {
      assert.equal(deadline.interruptible, true);
    }
    assert.equal(timeouts(null, null).begin(signal).signal, signal);
    assert.equal(timeouts(null, null).begin(signal).remaining(), Number.POSITIVE_INFINITY);
  });

  it('of a call with a timeout of its own', () => {
    assert.equal(deadlineAfter('x', undefined), NO_DEADLINE);
    assert.equal(deadlineAfter('x', null), NO_DEADLINE);
    withClock((set) => {
      const deadline = deadlineAfter('x', 2);
      set(6000);
      assert.equal(deadline.remaining(), 1000);
      assert.equal(deadlineAfter('x', 0).remaining(), 0);
      assert.equal(deadlineAfter('x', -1).remaining(), Number.POSITIVE_INFINITY);
    });
    assert.throws(() => deadlineAfter('connect', Number.NaN), { message: /^connect: a timeout is/ });
  });
});

describe('the clock', () => {
  it('is not read without a total timeout', () => {
    const reads = withClock(() => {
      const deadlines: Deadline[] = [timeouts(null, null).begin(), timeouts(1, null).begin()];
      for (const deadline of deadlines) deadline.remaining();
    });
    assert.equal(reads, 0);
  });

  it('is read once at the beginning of a call with one, and once for each wait', () => {
    const both = timeouts(1, 2);
    let deadline: Deadline = NO_DEADLINE;
    assert.equal(
      withClock(() => {
        deadline = both.begin();
      }),
      1,
    );
    assert.equal(
      withClock(() => deadline.remaining()),
      1,
    );
  });
});

describe('a call', () => {
  it('has one deadline for all of its waits', async () => {
    const io = new ScriptedIo([{ later: 'a' }, { later: 'b' }, { later: '\n' }], [{ later: 1 }, { later: 1 }]);
    const stream = new Stream(io);
    stream.timeouts.set(5, 't');
    await runAsync(stream.receive());
    await runAsync(stream.send('xy'));
    assert.equal(new Set(io.deadlines.slice(0, 3)).size, 1);
    assert.equal(new Set(io.deadlines.slice(3)).size, 1);
    assert.notEqual(io.deadlines[0], io.deadlines[3]);
  });

  it('with what it needs at hand does not ask the transport, whatever the timeout', () => {
    const io = new ScriptedIo(['ab\ncd\n']);
    const stream = new Stream(io);
    stream.timeouts.set(0);
    assert.equal(atOnce(stream.receive()), 'ab');
    assert.equal(atOnce(stream.receive()), 'cd');
    assert.equal(io.deadlines.length, 1);
  });
});

describe('within', () => {
  const remaining = (timeouts: Timeouts): number => timeouts.begin().remaining();

  it('bounds all calls that begin before it is lifted, together, and nests', () => {
    withClock((set) => {
      const timeouts = new Timeouts();
      const lift = timeouts.within(3);
      assert.equal(remaining(timeouts), 3000);
      set(6000);
      assert.equal(remaining(timeouts), 2000);
      const liftInner = timeouts.within(1);
      assert.equal(remaining(timeouts), 1000);
      liftInner();
      const liftLonger = timeouts.within(60);
      assert.equal(remaining(timeouts), 2000);
      liftLonger();
      set(9000);
      assert.equal(remaining(timeouts), 0);
      lift();
      assert.equal(timeouts.begin(), NO_DEADLINE);
    });
  });

  it('leaves what settimeout has set, where that is shorter', () => {
    withClock(() => {
      const timeouts = new Timeouts();
      timeouts.set(2, 't');
      timeouts.set(1);
      const lift = timeouts.within(1.5);
      assert.equal(remaining(timeouts), 1000);
      timeouts.set(null);
      assert.equal(remaining(timeouts), 1500);
      lift();
      assert.equal(remaining(timeouts), 2000);
      assert.deepEqual(timeouts.get(), { block: null, total: 2 });
    });
  });
});
