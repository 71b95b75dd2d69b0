// What is compared with what, and the bar for each figure: the promises of the design, in one table.

import { blocking } from './blocking.ts';
import { codecs } from './codecs.ts';
import type { Comparison, Figure } from './comparison.ts';
import { ftp } from './ftp.ts';
import { http } from './http.ts';
import { lua } from './lua.ts';
import { bytesEach, cpuCost, cpuSpeed, held, MiB, memory, times } from './ratios.ts';
import { smtp } from './smtp.ts';
import { tls } from './tls.ts';

/** The Node versions that the bars are about: the oldest and the newest that are supported. */
export const NODES = [20, 26];

/**
 * A burst of connects blows the young generation up to 32 MiB, which Node 20 gives back sometimes and sometimes not: twice what the connections
 * hold, in either program, so that it hides them. With a young generation of 1 MiB the figure is the connections' own, and repeats.
 */
const idleFlags = ['--max-semi-space-size=1'];

const idle: readonly Figure[] = [
  { label: 'memory each, nobody reading', of: memory('open'), detail: bytesEach('open'), bar: { atMost: 1.3 } },
  {
    label: 'memory each, a receive waiting',
    of: memory('waiting'),
    detail: bytesEach('waiting'),
    bar: { atMost: 1.3 },
  },
];

export const comparisons: readonly Comparison[] = [
  {
    name: 'lines',
    a: 'lines.moonsocket',
    b: 'lua5.4 lines',
    units: 4_000_000,
    quickUnits: 1_000_000,
    figures: [
      {
        label: 'lines per CPU second, of LuaSocket',
        of: cpuSpeed,
        detail: times,
        bar: (node) => ({ atLeast: node >= 26 ? 1.5 : 1 }),
      },
    ],
  },
  {
    name: 'lines-iterator',
    a: 'lines-iterator.moonsocket',
    b: 'lines.moonsocket',
    units: 4_000_000,
    quickUnits: 1_000_000,
    figures: [{ label: 'for await, of await receive()', of: cpuSpeed, detail: times, bar: { atLeast: 1 } }],
  },
  {
    name: 'lines-raw',
    a: 'lines.moonsocket',
    b: 'lines.raw',
    units: 6_000_000,
    quickUnits: 1_500_000,
    figures: [{ label: 'lines per CPU second, of bare split()', of: cpuSpeed, detail: times }],
  },
  {
    name: 'roundtrip',
    a: 'roundtrip.moonsocket',
    b: 'roundtrip.raw',
    units: 120_000,
    quickUnits: 30_000,
    figures: [{ label: 'CPU per round trip, of node:net', of: cpuCost, detail: times, bar: { atMost: 1.15 } }],
  },
  {
    name: 'roundtrip-lua',
    a: 'roundtrip.moonsocket',
    b: 'lua5.4 roundtrip',
    units: 120_000,
    quickUnits: 30_000,
    figures: [{ label: 'CPU per round trip, of LuaSocket', of: cpuCost, detail: times }],
  },
  {
    name: 'bulk-receive',
    a: 'bulk-receive.moonsocket',
    b: 'bulk-receive.raw',
    units: 1024 * MiB,
    quickUnits: 256 * MiB,
    // Its spread is as wide as its distance to the bar.
    pairs: 11,
    figures: [{ label: 'bytes per CPU second, of node:net', of: cpuSpeed, detail: times, bar: { atLeast: 0.9 } }],
  },
  {
    name: 'bulk-send',
    a: 'bulk-send.moonsocket',
    b: 'bulk-send.raw',
    units: 1024 * MiB,
    quickUnits: 256 * MiB,
    // Its CPU time has two levels on loopback, a factor of four apart, probably as the kernel does the receiver's work in the sender's time or not.
    pairs: 11,
    figures: [{ label: 'bytes per CPU second, of node:net', of: cpuSpeed, detail: times, bar: { atLeast: 0.9 } }],
  },
  {
    name: 'slow-reader',
    a: 'slow-reader.moonsocket',
    b: 'slow-reader.raw',
    // No ratio, so two runs will do. A quarter of a gigabyte takes the slow reader 13 seconds; a sender that queues would show after two.
    units: 256 * MiB,
    quickUnits: 128 * MiB,
    pairs: 2,
    warmUp: 0,
    figures: [
      {
        label: "growth of the sender's memory",
        of: ({ a }) => held(a, 'growth') / MiB,
        detail: times,
        bar: { atMost: 64 },
        unit: 'MiB',
      },
      { label: 'the same for node:net', of: ({ b }) => held(b, 'growth') / MiB, detail: times, unit: 'MiB' },
    ],
  },
  {
    name: 'idle-accepting',
    a: 'idle-accepting.moonsocket',
    b: 'idle-accepting.raw',
    units: 10_000,
    quickUnits: 5_000,
    nodeFlags: idleFlags,
    figures: idle,
  },
  {
    name: 'idle-connecting',
    a: 'idle-connecting.moonsocket',
    b: 'idle-connecting.raw',
    units: 10_000,
    quickUnits: 5_000,
    nodeFlags: idleFlags,
    figures: idle,
  },
  ...blocking,
  ...codecs,
  ...ftp,
  ...http,
  ...lua,
  ...smtp,
  ...tls,
];
