// HTTP against undici and LuaSocket, with one nginx for both sides: small requests one after the other, and one large download.

import type { Comparison, Figure } from './comparison.ts';
import { cpuCost, cpuSpeed, held, MiB, times, wallSpeed } from './ratios.ts';

const download = {
  units: 1024 * MiB,
  quickUnits: 256 * MiB,
  peer: 'nginx',
} as const;

const get = {
  units: 40_000,
  quickUnits: 10_000,
  peer: 'nginx',
} as const;

const ratesOfUndici: readonly Figure[] = [
  { label: 'bytes per CPU second, of undici.request', of: cpuSpeed, detail: times, bar: { atLeast: 0.9 } },
  { label: 'bytes per second', of: wallSpeed, detail: times, bar: { atLeast: 0.9 } },
  {
    label: "growth of the reader's memory",
    of: ({ a }) => held(a, 'growth') / MiB,
    detail: times,
    bar: { atMost: 64 },
    unit: 'MiB',
  },
  { label: 'the same for undici.request', of: ({ b }) => held(b, 'growth') / MiB, detail: times, unit: 'MiB' },
];

export const http: readonly Comparison[] = [
  {
    name: 'http-get-fetch',
    a: 'http-get.moonsocket',
    b: 'http-get.fetch',
    ...get,
    figures: [{ label: "CPU per request, of undici's fetch", of: cpuCost, detail: times, bar: { atMost: 1 } }],
  },
  {
    name: 'http-get-undici',
    a: 'http-get.moonsocket',
    b: 'http-get.undici',
    ...get,
    figures: [{ label: 'CPU per request, of undici.request', of: cpuCost, detail: times, bar: { atMost: 1.3 } }],
  },
  // Of two cores one is idle when its turn comes, and waking it takes longer than a request; on one core that is a switch.
  ...(['http-blocking-get', 'http-blocking-get-one-core'] as const).map(
    (name): Comparison => ({
      name,
      a: 'http-get.blocking',
      b: 'lua5.4 http-get',
      ...get,
      // Without the wakes that take the time on two, V8's compiler is a third of the first seconds, on the same core.
      ...(name === 'http-blocking-get-one-core' && { units: 200_000, quickUnits: 40_000, oneCore: true }),
      figures: [
        { label: 'requests per second, of LuaSocket', of: wallSpeed, detail: times, bar: { atLeast: 2 } },
        { label: 'requests per CPU second', of: cpuSpeed, detail: times },
      ],
    }),
  ),
  {
    // A connection for each request on both sides.
    name: 'http-blocking-get-alone',
    a: 'http-get-alone.blocking',
    b: 'lua5.4 http-get',
    ...get,
    figures: [
      { label: 'requests per second, of LuaSocket', of: wallSpeed, detail: times },
      { label: 'requests per CPU second', of: cpuSpeed, detail: times },
    ],
  },
  {
    name: 'http-download',
    a: 'http-download.moonsocket',
    b: 'http-download.undici',
    ...download,
    figures: ratesOfUndici,
  },
  {
    name: 'http-blocking-download',
    a: 'http-download.blocking',
    b: 'http-download.undici',
    ...download,
    figures: ratesOfUndici,
  },
  {
    name: 'http-blocking-download-lua',
    a: 'http-download.blocking',
    b: 'lua5.4 http-download',
    ...download,
    figures: [
      { label: 'bytes per CPU second, of LuaSocket', of: cpuSpeed, detail: times },
      { label: 'bytes per second', of: wallSpeed, detail: times },
    ],
  },
];
