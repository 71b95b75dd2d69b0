/** Whether time grows with the length of what is read, or with its square. */
import assert from 'node:assert/strict';

/** Milliseconds that the fastest of some runs takes. */
function fastest(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Four times the length takes about four times as long; in square growth it would take sixteen times as long, always. */
export function assertLinear(take: (length: number) => void, length: number): void {
  take(length);
  let ratio = 0;
  // A machine that is busy with something else disturbs a measurement, but not all of them.
  for (let i = 0; i < 5; i++) {
    const short = fastest(() => take(length));
    ratio = fastest(() => take(4 * length)) / short;
    if (ratio < 8) return;
  }
  assert.fail(`four times the length takes ${ratio.toFixed(1)} times as long`);
}
