// The codecs of moonsocket/mime against LuaSocket's, which are C, and against the packages that JavaScript mail programs use.
// A unit is one pass over 1 MiB; each program goes through all codecs, and tells the time of each.

import type { Comparison, Figure } from './comparison.ts';
import { type Pair, spread } from './harness.ts';

const speed =
  (codec: string) =>
  ({ a, b }: Pair) =>
    (b.seconds?.[codec] ?? Number.NaN) / (a.seconds?.[codec] ?? Number.NaN);

function rates(codec: string): (pairs: readonly Pair[]) => string {
  return (pairs) => {
    const rate = (of: (pair: Pair) => Pair['a']): string =>
      spread(pairs.map((pair) => of(pair).units / (of(pair).seconds?.[codec] ?? Number.NaN))).median.toFixed(0);
    return `${rate(({ a }) => a)} : ${rate(({ b }) => b)} MiB a CPU second`;
  };
}

const figure = (codec: string): Figure => ({ label: codec, of: speed(codec), detail: rates(codec) });

const CODECS = ['base64 encode', 'base64 decode', 'qp encode', 'qp decode'];
const LINES = ['wrap', 'soft wrap', 'normalize', 'stuff'];

export const codecs: readonly Comparison[] = [
  {
    name: 'codecs',
    a: 'codec.moonsocket',
    b: 'lua5.4 codec',
    units: 200,
    quickUnits: 50,
    // The bar is for what is decoded and encoded; lines are for information.
    figures: [...CODECS.map((codec) => ({ ...figure(codec), bar: { atLeast: 1 } })), ...LINES.map(figure)],
  },
  {
    name: 'codecs-npm',
    a: 'codec.moonsocket',
    b: 'codec.npm',
    units: 200,
    quickUnits: 50,
    figures: CODECS.map(figure),
  },
];
