/** A child that hangs is stopped, one that is slow is not: told by numbers, without a clock. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Watch } from '../../tools/watch.ts';

const LIMITS = { idleSeconds: 100, cpuSeconds: 300 };

/** Looks every two seconds; `state` gives the child's processor time and its progress at a time. */
function stoppedAt(
  state: (at: number) => { cpu?: number; progress?: number },
  until = 2000,
): [number, string] | undefined {
  const watch = new Watch(LIMITS);
  for (let at = 0; at <= until; at += 2) {
    const { cpu, progress = 1 } = state(at);
    const reason = watch.look(at, cpu, progress);
    if (reason !== undefined) return [at, reason];
  }
  return undefined;
}

it('stops what does nothing', () => {
  assert.deepEqual(
    stoppedAt(() => ({ cpu: 7 })),
    [100, 'did nothing for 100 s, and was stopped'],
  );
  // Servers that look around now and then.
  assert.equal(stoppedAt((at) => ({ cpu: at * 0.01 }))?.[0], 100);
});

it('stops what computes without end', () => {
  const end = stoppedAt((at) => ({ cpu: at }));
  assert.deepEqual(end, [302, 'computed for 300 s without progress, and was stopped']);
});

it('lets what is starved by a busy machine go on', () => {
  assert.equal(
    stoppedAt((at) => ({ cpu: at * 0.05 })),
    undefined,
  );
});

it('lets what makes progress go on, computing or not', () => {
  assert.equal(
    stoppedAt((at) => ({ cpu: at, progress: Math.floor(at / 90) })),
    undefined,
  );
  assert.equal(
    stoppedAt((at) => ({ cpu: 0, progress: Math.floor(at / 90) })),
    undefined,
  );
});

it('goes by progress alone where the system does not tell the processor time', () => {
  assert.equal(stoppedAt(() => ({}))?.[0], 100);
  assert.equal(
    stoppedAt((at) => ({ progress: Math.floor(at / 90) })),
    undefined,
  );
});

it('counts processor time that is lost with a process once', () => {
  // 10 s are gained and lost again, fifty times.
  assert.equal(
    stoppedAt((at) => ({ cpu: 20 + (at % 20) / 2, progress: Math.floor(at / 600) })),
    undefined,
  );
});

it('does not count a pause of the whole machine', () => {
  const watch = new Watch(LIMITS);
  for (const at of [0, 2, 50_000, 50_002]) assert.equal(watch.look(at, 1, 1), undefined);
});
