// What is compared with what, and the bar for each figure: the promises of the design, in one table.

import { codecs } from './codecs.ts';
import type { Pair } from './harness.ts';
import { http } from './http.ts';
import { lua } from './lua.ts';
import { bytesEach, cpuCost, cpuSpeed, held, MiB, memory, times, wallCost, wallSpeed } from './ratios.ts';

/**
 * A program of bench/programs, by name: `lua5.4 lines` and `luajit lines` run lines.lua under that interpreter, `go lines` builds and runs
 * lines.go, `moonsocket lines` runs lines.lua under our own `lua`, anything else runs under the Node at hand.
 */
export type Program = string;

export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Figure {
  /** What the figure says, read as "A against B". */
  readonly label: string;
  readonly of: (pair: Pair) => number;
  /** What the figure came from, for the reader. */
  readonly detail: (pairs: readonly Pair[]) => string;
  /** Absent: for information. */
  readonly bar?: Bar | ((nodeMajor: number) => Bar);
  /** Absent: a ratio. With `MiB` it is a size, of which the worst is judged instead of the median. */
  readonly unit?: 'MiB' | 'ms';
}

export interface Comparison {
  readonly name: string;
  readonly a: Program;
  /** Absent: `a` measures both in turn, and prints a pair. */
  readonly b?: Program;
  /** What both are given to do: lines, round trips, bytes, connections. */
  readonly units: number;
  readonly quickUnits: number;
  readonly figures: readonly Figure[];
  /** The other end: the HTTP server of nginx.ts, or without it peer.ts. */
  readonly peer?: 'nginx';
  /** For both programs alike, where they run under Node. */
  readonly nodeFlags?: readonly string[];
  /** Both programs and the peer share one core, so that waking the other end is the same short way for all of them. */
  readonly oneCore?: boolean;
  /** Where it wants more pairs than usual, or can do with fewer. */
  readonly pairs?: number;
  /** How many pairs to run before those that count; 1 unless said otherwise. */
  readonly warmUp?: number;
}

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

/** The blocking face against the library that it takes its design from, whose core is C; with LuaJIT and Go for information. */
const blocking: readonly Comparison[] = [
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
  ...http,
  ...lua,
];
