/** Whether time grows with the length of what is read, or with its square. */
import assert from 'node:assert/strict';

/** How often both lengths are measured before the time counts as what it is. */
const ATTEMPTS = 50;

/** Milliseconds that a run takes, with nothing left to be collected from the one before it. */
function timed(run: () => void): number {
  globalThis.gc?.();
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Four times the length takes about four times as long; in square growth it would take sixteen times as long, always. */
export function assertLinear(take: (length: number) => void, length: number): void {
  take(length);
  // A machine that is busy with something else makes some runs longer, and none shorter: the shortest of each are compared.
  let short = Number.POSITIVE_INFINITY;
  let long = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ATTEMPTS; i++) {
    for (let j = 0; j < 3; j++)
      short = Math.min(
        short,
        timed(() => take(length)),
      );
    for (let j = 0; j < 3; j++)
      long = Math.min(
        long,
        timed(() => take(4 * length)),
      );
    if (long / short < 8) return;
  }
  assert.fail(`four times the length takes ${(long / short).toFixed(1)} times as long`);
}
