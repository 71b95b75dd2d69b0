// TLS in the blocking face against LuaSec, and what its idle connections weigh against node:tls.

import type { Comparison } from './comparison.ts';
import { bytesEach, cpuCost, MiB, memory, times } from './ratios.ts';

export const tls: readonly Comparison[] = [
  ...(
    [
      ['handshake', 2_000, 500, 'CPU per connection', 1.3],
      ['roundtrip', 60_000, 20_000, 'CPU per round trip', 1.4],
      ['receive', 256 * MiB, 64 * MiB, 'CPU per byte received', 1.6],
      ['send', 256 * MiB, 64 * MiB, 'CPU per byte sent', 1],
    ] as const
  ).map(
    ([what, units, quickUnits, label, atMost]): Comparison => ({
      name: `tls-blocking-${what}`,
      a: `tls-${what}.blocking`,
      b: `lua5.4 tls-${what}`,
      peer: 'tls',
      units,
      quickUnits,
      figures: [{ label: `${label}, of LuaSec`, of: cpuCost, detail: times, bar: { atMost } }],
    }),
  ),
  {
    name: 'tls-blocking-idle',
    a: 'tls-idle.blocking',
    b: 'tls-idle.raw',
    peer: 'tls',
    units: 2_000,
    quickUnits: 500,
    pairs: 3,
    nodeFlags: ['--max-semi-space-size=1'],
    figures: [
      { label: 'memory each, of node:tls', of: memory('open'), detail: bytesEach('open'), bar: { atMost: 0.8 } },
    ],
  },
];
