// The blocking face against the library that it takes its design from, whose core is C; with LuaJIT and Go for information.

import type { Comparison } from './comparison.ts';
import { cpuCost, cpuSpeed, MiB, times, wallCost, wallSpeed } from './ratios.ts';

export const blocking: readonly Comparison[] = [
  ...(
    [
      ['blocking-lines', 'lua5.4 lines', 'of LuaSocket', { atLeast: 3 }],
      ['blocking-lines-luajit', 'luajit lines', 'of LuaJIT', undefined],
      ['blocking-lines-go', 'go lines', 'of bufio.Scanner', undefined],
    ] as const
  ).map(
    ([name, b, ofWhom, bar]): Comparison => ({
      name,
      a: 'lines.blocking',
      b,
      units: 6_000_000,
      quickUnits: 1_500_000,
      figures: [{ label: `lines per CPU second, ${ofWhom}`, of: cpuSpeed, detail: times, ...(bar && { bar }) }],
    }),
  ),
  {
    name: 'blocking-round-trip',
    a: 'roundtrip.blocking',
    b: 'lua5.4 roundtrip',
    units: 120_000,
    quickUnits: 30_000,
    // What sleeping and waking cost depends on how deep the other core sleeps: even B against itself is off by a factor of two at times.
    pairs: 11,
    figures: [{ label: 'CPU per round trip, of LuaSocket', of: cpuCost, detail: times, bar: { atMost: 1.15 } }],
  },
  {
    name: 'blocking-round-trip-one-core',
    a: 'roundtrip.blocking',
    b: 'lua5.4 roundtrip',
    units: 120_000,
    quickUnits: 30_000,
    oneCore: true,
    figures: [
      { label: 'wall time, of LuaSocket', of: wallCost, detail: times, bar: { atMost: 1.05 } },
      { label: 'CPU per round trip', of: cpuCost, detail: times },
    ],
  },
  {
    name: 'blocking-udp',
    a: 'udp.blocking',
    b: 'lua5.4 udp',
    units: 1_000_000,
    quickUnits: 250_000,
    figures: [{ label: 'datagrams per CPU second, of LuaSocket', of: cpuSpeed, detail: times, bar: { atLeast: 1 } }],
  },
  {
    name: 'blocking-udp-connected',
    a: 'udp-connected.blocking',
    b: 'lua5.4 udp-connected',
    units: 1_000_000,
    quickUnits: 250_000,
    figures: [{ label: 'datagrams per CPU second, of LuaSocket', of: cpuSpeed, detail: times, bar: { atLeast: 1 } }],
  },
  {
    name: 'blocking-udp-batch',
    a: 'udp-batch.blocking',
    b: 'lua5.4 udp-batch',
    // Whole batches, in the warm-up too: multiples of 1,024.
    units: 1_024_000,
    quickUnits: 256_000,
    figures: [{ label: 'datagrams per CPU second, of LuaSocket', of: cpuSpeed, detail: times, bar: { atLeast: 2 } }],
  },
  {
    name: 'blocking-receive-all',
    a: 'bulk-receive.blocking',
    b: 'lua5.4 bulk-receive',
    units: 1024 * MiB,
    quickUnits: 256 * MiB,
    // As with bulk-receive.
    pairs: 11,
    figures: [
      { label: 'bytes per CPU second, of LuaSocket', of: cpuSpeed, detail: times, bar: { atLeast: 1 } },
      { label: 'bytes per second', of: wallSpeed, detail: times },
    ],
  },
  {
    name: 'blocking-send',
    a: 'bulk-send.blocking',
    b: 'lua5.4 bulk-send',
    units: 1024 * MiB,
    quickUnits: 256 * MiB,
    // Two levels of CPU time, as with bulk-send.
    pairs: 11,
    figures: [
      { label: 'bytes per CPU second, of LuaSocket', of: cpuSpeed, detail: times, bar: { atLeast: 1 } },
      { label: 'bytes per second', of: wallSpeed, detail: times },
    ],
  },
  {
    name: 'blocking-select',
    // In one process, since a poll(2) of 5,000 sockets depends on where the kernel happened to put them.
    a: 'select.blocking',
    units: 2_000,
    quickUnits: 500,
    figures: [{ label: 'CPU per select of 5,000, of poll(2)', of: cpuCost, detail: times, bar: { atMost: 2 } }],
  },
];
