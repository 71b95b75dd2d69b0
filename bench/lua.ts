// The Lua face against lua5.4 with LuaSocket's C core: one Lua program on both hosts. And what starting it takes.

import type { Bar, Comparison, Figure } from './comparison.ts';
import type { Pair } from './harness.ts';
import { cpuCost, cpuSpeed, MiB, marginal, marginalCost, times, wallCost, wallSpeed } from './ratios.ts';

const roundTrip: readonly Figure[] = [
  { label: 'wall time, of LuaSocket', of: wallCost, detail: times, bar: { atMost: 1.2 } },
  { label: 'CPU per round trip', of: cpuCost, detail: times },
];

const both = (program: string): Pick<Comparison, 'a' | 'b'> => ({ a: `moonsocket ${program}`, b: `lua5.4 ${program}` });

/** Programs that tell their whole processor time, start-up included, and that of all but the first tenth; and the bar of the latter. */
const marginals: readonly (readonly [name: string, units: number, quickUnits: number, bar: Figure['bar'] & {}])[] = [
  ['receive', 2048 * MiB, 256 * MiB, { atMost: 1.15 }],
  ['pipeline', 1_000_000, 100_000, { atMost: 1.25 }],
  ['chunks', 200_000, 20_000, { atMost: 2.5 }],
  ['fib', 34, 30, (node): Bar => ({ atMost: node >= 26 ? 1.4 : 1.7 })],
];

export const lua: readonly Comparison[] = [
  ...(['lua-round-trip', 'lua-round-trip-one-core'] as const).map(
    (name): Comparison => ({
      name,
      ...both('roundtrip'),
      units: 120_000,
      quickUnits: 30_000,
      oneCore: name === 'lua-round-trip-one-core',
      // As with blocking-round-trip.
      ...(name === 'lua-round-trip' && { pairs: 11 }),
      figures: roundTrip,
    }),
  ),
  {
    name: 'lua-lines',
    ...both('lines'),
    units: 6_000_000,
    quickUnits: 1_500_000,
    figures: [{ label: 'lines per CPU second, of LuaSocket', of: cpuSpeed, detail: times, bar: { atLeast: 0.8 } }],
  },
  {
    name: 'lua-receive-all',
    ...both('bulk-receive'),
    // The machine has 2 GiB for the string, and for the bytes that it is made of.
    units: 256 * MiB,
    quickUnits: 64 * MiB,
    pairs: 11,
    figures: [
      { label: 'bytes per CPU second, of LuaSocket', of: cpuSpeed, detail: times },
      { label: 'bytes per second', of: wallSpeed, detail: times },
    ],
  },
  ...(
    [
      ['handshake', 2_000, 500, 'CPU per connection', undefined],
      ['roundtrip', 60_000, 20_000, 'CPU per round trip', 1.5],
      ['receive', 256 * MiB, 64 * MiB, 'CPU per byte received', 2],
      ['send', 256 * MiB, 64 * MiB, 'CPU per byte sent', 2],
    ] as const
  ).map(
    ([what, units, quickUnits, label, atMost]): Comparison => ({
      name: `lua-tls-${what}`,
      ...both(`tls-${what}`),
      peer: 'tls',
      units,
      quickUnits,
      figures: [
        { label: `${label}, of LuaSec`, of: cpuCost, detail: times, ...(atMost !== undefined && { bar: { atMost } }) },
      ],
    }),
  ),
  ...marginals.map(
    ([name, units, quickUnits, bar]): Comparison => ({
      name: `lua-${name}`,
      ...both(name),
      units,
      quickUnits,
      figures: [
        { label: 'CPU of one unit more, of lua5.4', of: marginalCost, detail: marginal, bar },
        { label: 'CPU of the process', of: cpuCost, detail: times },
      ],
    }),
  ),
  {
    name: 'lua-start-up',
    a: 'start-up.face',
    units: 20,
    quickUnits: 5,
    pairs: 1,
    warmUp: 0,
    figures: [
      { label: "moonsocket lua -e '', over an empty module of Node", of: overNode, detail: parts, unit: 'ms' },
      { label: "lua5.4 -e ''", of: ({ b }) => b.wallSeconds * 1000, detail: () => '', unit: 'ms' },
    ],
  },
];

function overNode({ a }: Pair): number {
  return (a.wallSeconds - (a.seconds?.Node ?? 0)) * 1000;
}

/** What the time goes into, in its order. */
function parts([pair]: readonly Pair[]): string {
  const seconds = Object.entries(pair?.a.seconds ?? {});
  return seconds.map(([name, part]) => `${name} ${(part * 1000).toFixed(1)}`).join(', ');
}
