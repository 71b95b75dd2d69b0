// SMTP against nodemailer, the library that most programs of Node use, and Python's smtplib, with one receiver for all that keeps nothing.

import type { Comparison, Figure } from './comparison.ts';
import { cpuCost, held, MiB, times, wallCost } from './ratios.ts';

const small = { units: 10_000, quickUnits: 3000, peer: 'smtp-sink', args: ['messages'] } as const;

/** With a queue of its own, a client would hold the whole. */
const growth: readonly Figure[] = [
  {
    label: 'growth of memory',
    of: ({ a }) => held(a, 'growth') / MiB,
    detail: times,
    bar: { atMost: 128 },
    unit: 'MiB',
  },
  { label: 'the same for nodemailer', of: ({ b }) => held(b, 'growth') / MiB, detail: times, unit: 'MiB' },
];

export const smtp: readonly Comparison[] = [
  {
    name: 'smtp-messages',
    a: 'smtp.moonsocket',
    b: 'smtp.nodemailer',
    ...small,
    figures: [{ label: 'CPU per message, of nodemailer', of: cpuCost, detail: times, bar: { atMost: 0.8 } }],
  },
  {
    name: 'smtp-blocking-messages',
    a: 'smtp.blocking',
    b: 'python3 smtp',
    ...small,
    figures: [{ label: 'CPU per message, of smtplib', of: cpuCost, detail: times, bar: { atMost: 0.6 } }],
  },
  {
    name: 'smtp-pool',
    a: 'smtp-pool.moonsocket',
    b: 'smtp-pool.nodemailer',
    ...small,
    figures: [
      { label: 'wall time of a pool of 5, of nodemailer', of: wallCost, detail: times, bar: { atMost: 0.8 } },
      { label: 'CPU of the same', of: cpuCost, detail: times },
    ],
  },
  ...(['moonsocket', 'blocking'] as const).map(
    (face): Comparison => ({
      name: face === 'blocking' ? 'smtp-blocking-attachment' : 'smtp-attachment',
      a: `smtp.${face}`,
      b: 'smtp.nodemailer',
      units: 200_000_000,
      quickUnits: 50_000_000,
      peer: 'smtp-sink',
      args: ['attachment'],
      figures: [
        { label: 'CPU of 200 MB attached, of nodemailer', of: cpuCost, detail: times, bar: { atMost: 0.5 } },
        ...growth,
      ],
    }),
  ),
];
