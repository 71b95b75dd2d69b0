/** Copies whose sides stand still at any moment: every byte goes over once, in order. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { forward } from '../../src/async/copy.ts';
import { stream } from '../../src/async/face.ts';
import { Copy, copied, ForwardClock } from '../../src/core/copy.ts';
import { ENDED, Failure, type SocketError, TIMED_OUT } from '../../src/core/errors.ts';
import { runAsync } from '../../src/core/flow.ts';
import { Stream } from '../../src/core/stream.ts';
import { ScriptedIo, type Step, type Take } from './scripted-io.ts';
import { setClock } from './test-clock.ts';

describe('copy', () => {
  it('moves every byte once, whatever stops it on the way', async () => {
    const piece = fc.string({ minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text).toString('latin1'));
    const step = fc.oneof<fc.Arbitrary<Step>[]>(
      piece,
      piece.map((later) => ({ later })),
      fc.constant(TIMED_OUT),
    );
    const count = fc.integer({ min: 1, max: 9 });
    const take = fc.oneof<fc.Arbitrary<Take>[]>(
      count,
      count.map((later) => ({ later })),
      fc.constant(TIMED_OUT),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.array(take, { maxLength: 60 }), async (steps, takes) => {
        const source = new ScriptedIo(steps);
        const sink = new ScriptedIo([], takes);
        const [from, to] = [new Stream(source), new Stream(sink)];
        let total = 0;
        for (let ended = false; !ended; ) {
          try {
            total += await runAsync(copied(from, to, {}));
            ended = true;
          } catch (error) {
            const { code, sent, partial, phase } = error as SocketError;
            assert.equal(code, 'ETIMEDOUT');
            total += sent as number;
            assert.equal((partial as Buffer).length > 0, phase === 'sending');
          }
        }
        const all = steps.flatMap((one) => (one instanceof Failure ? [] : [pieceOf(one)]));
        assert.equal(Buffer.concat(sink.written).toString('latin1'), all.join(''));
        assert.equal(total, all.join('').length);
        assert.deepEqual([from.getstats().received, to.getstats().sent], [total, total]);
        assert.deepEqual(sink.calls, ['shutdown send']);
      }),
    );
  });

  it('refuses another receive meanwhile, and lets sends go between its pieces', async () => {
    const from = new Stream(new ScriptedIo([{ later: 'abc' }]));
    const to = new Stream(new ScriptedIo([], [{ later: 1 }, 2]));
    const copying = runAsync(copied(from, to, {}));
    await assert.rejects(runAsync(from.receive()), { code: 'ERR_BUSY' });
    assert.equal(await copying, 3);
  });
});

describe('forward', () => {
  it('gives what a peer has said that no longer listens, and then the error', async () => {
    const a = new ScriptedIo(['question'], []);
    const b = new ScriptedIo([{ later: 'an' }, { later: 'swer' }], [new Failure('EPIPE')]);
    await assert.rejects(forward(stream(a), stream(b)), { code: 'EPIPE', phase: 'sending', sent: 0 });
    assert.equal(Buffer.concat(a.written).toString(), 'answer');
  });

  it('goes on in one direction after the end of the other', async () => {
    const a = new ScriptedIo([ENDED]);
    const b = new ScriptedIo([{ later: 'answer' }]);
    assert.deepEqual(await forward(stream(a), stream(b)), { forth: 0, back: 6 });
    assert.deepEqual([a.calls, b.calls], [['shutdown send'], ['shutdown send']]);
  });

  it('waits in both directions for as long as something moves in one', async (t) => {
    let time = 1000;
    t.after(setClock(() => time));
    const [a, b] = [new Stream(new ScriptedIo()), new Stream(new ScriptedIo())];
    a.timeouts.set(5);
    b.timeouts.set(7);
    const clock = new ForwardClock(a, b, undefined);
    const copy = new Copy('forward', new Stream(new ScriptedIo(['x'])), b, clock.moved);
    assert.equal(clock.remaining(), 5000);
    time += 4000;
    assert.equal(clock.remaining(), 1000);
    await runAsync(copy.move(clock, clock));
    assert.equal(clock.remaining(), 5000);
    time += 6000;
    assert.equal(clock.remaining(), 0);
  });
});

function pieceOf(step: Step): string {
  return typeof step === 'object' && 'later' in step ? String(step.later) : String(step);
}
