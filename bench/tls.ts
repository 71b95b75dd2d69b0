// TLS: the blocking face against LuaSec, the await face against node:tls by hand, https against undici, and what idle connections weigh.

import type { Comparison } from './comparison.ts';
import { bytesEach, cpuCost, MiB, memory, times } from './ratios.ts';

/** What is done, its sizes, and the bars: of the await face over sockets and TLS of Node's, and over any other `Io`. */
const tasks = [
  ['handshake', 1_000, 320, 'CPU per connection', 1.3, 1.6],
  ['roundtrip', 32_000, 16_000, 'CPU per round trip', 1.15, 1.9],
  ['receive', 256 * MiB, 64 * MiB, 'CPU per byte received', 1.1, 1.6],
  ['send', 256 * MiB, 64 * MiB, 'CPU per byte sent', 1.5, 2.2],
] as const;

const https = { peer: 'nginx-tls', units: 20_000, quickUnits: 5_000, args: ['https'] } as const;

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
  ...(
    [
      ['tls-blocking-idle', 'tls-idle.blocking', 0.8],
      ['tls-idle', 'tls-idle.moonsocket', 1.1],
    ] as const
  ).map(
    ([name, a, atMost]): Comparison => ({
      name,
      a,
      b: 'tls-idle.raw',
      peer: 'tls',
      units: 2_000,
      quickUnits: 500,
      pairs: 3,
      nodeFlags: ['--max-semi-space-size=1'],
      figures: [{ label: 'memory each, of node:tls', of: memory('open'), detail: bytesEach('open'), bar: { atMost } }],
    }),
  ),
  ...(['tcp', 'unix', 'tls', 'io'] as const).flatMap((transport) =>
    tasks.map(
      ([task, units, quickUnits, label, atMost, ofAnyIo]): Comparison => ({
        name: `tls-${transport}-${task}`,
        a: 'tls.moonsocket',
        b: 'tls.raw',
        peer: 'tls',
        args: [transport, task],
        units,
        quickUnits,
        figures: [
          {
            label: `${label}, of node:tls`,
            of: cpuCost,
            detail: times,
            bar: { atMost: transport === 'io' ? ofAnyIo : atMost },
          },
        ],
      }),
    ),
  ),
  {
    name: 'https-get-fetch',
    a: 'http-get.moonsocket',
    b: 'http-get.fetch',
    ...https,
    figures: [{ label: "CPU per request, of undici's fetch", of: cpuCost, detail: times, bar: { atMost: 0.7 } }],
  },
  {
    name: 'https-get-undici',
    a: 'http-get.moonsocket',
    b: 'http-get.undici',
    ...https,
    figures: [{ label: 'CPU per request, of undici.request', of: cpuCost, detail: times, bar: { atMost: 1.3 } }],
  },
  {
    name: 'https-blocking-get',
    a: 'http-get.blocking',
    b: 'http-get.undici',
    ...https,
    figures: [{ label: 'CPU per request, of undici.request', of: cpuCost, detail: times, bar: { atMost: 0.8 } }],
  },
  {
    name: 'https-alone',
    a: 'https-alone.moonsocket',
    b: 'https-alone.undici',
    peer: 'nginx-tls',
    units: 500,
    quickUnits: 500,
    figures: [{ label: 'CPU per new connection, of undici', of: cpuCost, detail: times, bar: { atMost: 1.15 } }],
  },
];
