/** Whether time grows with the length of what is read, or with its square. */
import assert from 'node:assert/strict';

/** How often both lengths are measured before the time counts as what it is. */
const ATTEMPTS = 50;
/** Milliseconds in which no square of such a length can be gone through: less says that it was not. */
const AT_ONCE = 20;

/** Milliseconds of the processor: where others want it too, a long run is interrupted and a short one is not. */
function timed(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * Four times the length, some 100,000 or more, takes about four times as long; in square growth it would take sixteen
 * times as long, always.
 */
export function assertLinear(take: (length: number) => void, length: number): void {
  take(length);
  // The compiler and the collector make some runs longer, and none shorter: the shortest of each are compared.
  let short = Number.POSITIVE_INFINITY;
  let long = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ATTEMPTS; i++) {
    short = Math.min(
      short,
      timed(() => take(length)),
    );
    long = Math.min(
      long,
      timed(() => take(4 * length)),
    );
    if (long < AT_ONCE || long / short < 11) return; // memory that is new costs more than its share
    globalThis.gc?.(); // what is left to be collected shall not count again
  }
  assert.fail(`four times the length takes ${(long / short).toFixed(1)} times as long`);
}
