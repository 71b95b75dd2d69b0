// FTP against basic-ftp, the client that most programs of Node use, and Python's ftplib, with a vsftpd for all; curl for information.

import type { Comparison, Figure, Program } from './comparison.ts';
import { cpuCost, held, MiB, times, wallCost } from './ratios.ts';

const listing = (command: string): Comparison => ({
  name: `ftp-listing-${command}`,
  a: `ftp-${command}.moonsocket`,
  b: `ftp-${command}.basic`,
  units: 10,
  quickUnits: 3,
  figures: [{ label: 'CPU of 100,000 entries', of: cpuCost, detail: times, bar: { atMost: 1 } }],
});

/** Node 26 lets some 64 MiB of buffers come together before it collects them, of either client's. */
const growth: Figure = {
  label: 'growth of memory',
  of: ({ a }) => held(a, 'growth') / MiB,
  detail: times,
  bar: { atMost: 128 },
  unit: 'MiB',
};

interface Sides {
  readonly name: string;
  readonly a: Program;
  readonly b: Program;
  readonly against: string;
  readonly information?: boolean;
}

const transfers = ({ name, a, b, against, information = false }: Sides): readonly Comparison[] =>
  (['down', 'up'] as const).map((way) => ({
    name: `${name}-${way}`,
    a: `ftp-transfer.${a}`,
    b,
    units: 1024 * MiB,
    quickUnits: 256 * MiB,
    peer: 'vsftpd',
    args: [way],
    figures: information
      ? [{ label: `CPU of 1 GiB ${way}, of ${against}`, of: cpuCost, detail: times }]
      : [{ label: `CPU of 1 GiB ${way}, of ${against}`, of: cpuCost, detail: times, bar: { atMost: 1 } }, growth],
  }));

export const ftp: readonly Comparison[] = [
  listing('list'),
  listing('mlsd'),
  ...transfers({ name: 'ftp', a: 'moonsocket', b: 'ftp-transfer.basic', against: 'basic-ftp' }),
  ...transfers({ name: 'ftp-blocking', a: 'blocking', b: 'python3 ftp-transfer', against: 'ftplib' }),
  ...transfers({
    name: 'ftp-curl',
    a: 'blocking',
    b: 'python3 ftp-transfer-curl',
    against: 'curl',
    information: true,
  }),
  {
    name: 'ftp-mirror',
    a: 'ftp-mirror.moonsocket',
    b: 'ftp-mirror.basic',
    units: 2000,
    quickUnits: 2000,
    peer: 'vsftpd',
    figures: [
      {
        label: 'wall time of 2,000 files over 4 sessions, of basic-ftp',
        of: wallCost,
        detail: times,
        bar: { atMost: 0.6 },
      },
      { label: 'CPU of the same', of: cpuCost, detail: times, bar: { atMost: 1 } },
    ],
  },
];
