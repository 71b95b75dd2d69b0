/** Calls whose peer never lets them wait: the time of the whole call ends them all the same, and nothing is lost. */
import './test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimeoutError } from '../../src/core/errors.ts';
import { runAsync } from '../../src/core/flow.ts';
import { PIECES_AT_HAND, WRITE_SLICE } from '../../src/core/limits.ts';
import type { Pattern } from '../../src/core/pattern.ts';
import { Stream } from '../../src/core/stream.ts';
import { Clock, EndlessIo, type EndlessOptions, PER_PIECE } from './endless-io.ts';
import { errorOf } from './scripted-io.ts';

/** The time of a call, and how many pieces fit into it. */
const LIMIT = 5;
const PIECES = LIMIT / PER_PIECE;

for (const later of [false, true]) {
  const endless = (options: EndlessOptions) => {
    const clock = new Clock();
    const io = new EndlessIo(clock, { later, ...options });
    return { clock, io, stream: new Stream(io) };
  };
  const timedOut = async (action: () => unknown): Promise<TimeoutError> => {
    const error = await errorOf(action);
    assert.ok(error instanceof TimeoutError, String(error));
    return error;
  };

  describe(`a peer that always has a piece ${later ? 'soon' : 'at hand'}`, () => {
    const patterns: Pattern[] = ['*l', '*a', 1_000_000, { until: '\r\n' }];
    for (const pattern of patterns) {
      it(`cannot hold up receive(${JSON.stringify(pattern)})`, async () => {
        const { clock, io, stream } = endless({ piece: 'abc' });
        stream.timeouts.set(LIMIT, 't');
        stream.timeouts.set(60);
        await clock.during(async () => {
          const error = await timedOut(() => runAsync(stream.receive(pattern)));
          assert.equal(io.received.length, PIECES);
          assert.equal(String(error.partial), 'abc'.repeat(PIECES));
          // The next call has its own time, and begins where this one stood.
          assert.equal(String(await runAsync(stream.receive(3 * PIECES + 3))), 'abc'.repeat(PIECES + 1));
          assert.equal(io.received.length, PIECES + 1);
        });
      });
    }

    it('gives what it has at the first look, however little time there is', async () => {
      const { clock, io, stream } = endless({ piece: 'abc' });
      stream.timeouts.set(1e-9, 't');
      await clock.during(async () => {
        assert.equal(String(await runAsync(stream.receive(3))), 'abc');
        const error = await timedOut(() => runAsync(stream.receive(6)));
        assert.equal(String(error.partial), 'abc');
        assert.equal(String(await runAsync(stream.receive(6))), 'abcabc');
        assert.equal(io.received.length, 3);
      });
    });

    it('gives all that a kernel can hold to who does not wait, and no more', async () => {
      const { clock, io, stream } = endless({ piece: 'abc' });
      stream.timeouts.set(0, 't');
      await clock.during(async () => {
        assert.equal((await runAsync(stream.receive(300))).length, 300);
        const before = io.received.length;
        await timedOut(() => runAsync(stream.receive('*a')));
        assert.equal(io.received.length - before, PIECES_AT_HAND);
      });
    });

    it('may go on where only waits are bounded', async () => {
      const { clock, stream } = endless({ piece: 'abc' });
      stream.timeouts.set(PER_PIECE / 2);
      await clock.during(async () => assert.equal((await runAsync(stream.receive(3000))).length, 3000));
    });

    it('cannot hold up a conversation of many short calls', async () => {
      const { clock, io, stream } = endless({ piece: 'abc' });
      await clock.during(async () => {
        stream.timeouts.within(LIMIT);
        let calls = 0;
        await timedOut(async () => {
          for (; calls < 10_000; calls++) await runAsync(calls % 2 === 0 ? stream.receive(3) : stream.receiveSome(3));
        });
        assert.deepEqual([calls, io.received.length], [PIECES, PIECES]);
        await timedOut(() => runAsync(stream.send('x')));
        assert.equal(io.sent.length, 0);
      });
    });

    it('has given what is in the buffer when the time of a conversation is over', async () => {
      const { clock, io, stream } = endless({ piece: 'a\nb\nc' });
      await clock.during(async () => {
        stream.timeouts.within(PER_PIECE);
        assert.equal(await runAsync(stream.receive()), 'a');
        assert.equal(await runAsync(stream.receive()), 'b');
        const error = await timedOut(() => runAsync(stream.receive()));
        assert.deepEqual([String(error.partial), io.received.length], ['c', 1]);
        assert.equal(error, stream.failure);
        assert.throws(() => stream.checkTime(), TimeoutError);
      });
    });
  });

  describe(`a peer that always takes a slice ${later ? 'soon' : 'at once'}`, () => {
    it('cannot hold up a send, which says how many bytes were taken', async () => {
      const { clock, io, stream } = endless({});
      stream.timeouts.set(LIMIT, 't');
      await clock.during(async () => {
        const error = await timedOut(() => runAsync(stream.send(Buffer.alloc(100 * WRITE_SLICE))));
        assert.deepEqual([io.sent.length, error.sent], [PIECES, PIECES * WRITE_SLICE]);
        assert.equal(stream.getstats().sent, PIECES * WRITE_SLICE);
      });
    });

    it('gets the first one, however little time there is', async () => {
      const { clock, stream } = endless({});
      stream.timeouts.set(1e-9, 't');
      await clock.during(async () => assert.equal(await runAsync(stream.send('abc')), 3));
    });
  });
}
