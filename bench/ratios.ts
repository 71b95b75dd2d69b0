// The figures that several comparisons share: how the two programs of a pair relate in time and memory, and what to tell beside it.

import { type Pair, type Result, spread } from './harness.ts';

export const MiB: number = 2 ** 20;

// Speeds: more is better for A. Costs: less is better for A. Both programs of a pair do the same number of units.
export const cpuSpeed = ({ a, b }: Pair): number => b.cpuSeconds / a.cpuSeconds;
export const cpuCost = ({ a, b }: Pair): number => a.cpuSeconds / b.cpuSeconds;
export const wallSpeed = ({ a, b }: Pair): number => b.wallSeconds / a.wallSeconds;
export const wallCost = ({ a, b }: Pair): number => a.wallSeconds / b.wallSeconds;
/** Of programs that tell what all but the first tenth took: start-up and compilation are not in it. */
export const marginalCost = ({ a, b }: Pair): number => rest(a) / rest(b);
const rest = ({ seconds }: Result): number => seconds?.rest ?? Number.NaN;
export const memory =
  (moment: string) =>
  ({ a, b }: Pair): number =>
    held(a, moment) / held(b, moment);
export const held = (result: Result, moment: string): number => result.bytes?.[moment] ?? Number.NaN;

/**
 * Medians, and for CPU also the least of each: a neighbour can only add to it, so where the two disagree, the least comes nearer the truth.
 * Wall time is mostly for information: on a shared machine it says more about the neighbours.
 */
export function times(pairs: readonly Pair[]): string {
  const least = (of: (pair: Pair) => Result) => spread(pairs.map((pair) => of(pair).cpuSeconds)).min.toFixed(2);
  const cpu = both(pairs, 'cpu', (r) => r.cpuSeconds, 2);
  return `${cpu} s (least ${least(({ a }) => a)} : ${least(({ b }) => b)}), ${both(pairs, 'wall', (r) => r.wallSeconds, 2)} s`;
}

/** The CPU time of all but the first tenth. */
export function marginal(pairs: readonly Pair[]): string {
  return both(pairs, 'rest', rest, 2);
}

export function bytesEach(moment: string): (pairs: readonly Pair[]) => string {
  return (pairs) => `${both(pairs, 'each', (r) => held(r, moment), 0)} bytes`;
}

function both(pairs: readonly Pair[], what: string, of: (result: Result) => number, digits: number): string {
  const [a, b] = [pairs.map((pair) => of(pair.a)), pairs.map((pair) => of(pair.b))];
  return `${what} ${spread(a).median.toFixed(digits)} : ${spread(b).median.toFixed(digits)}`;
}
