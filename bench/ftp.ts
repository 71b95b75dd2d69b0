// FTP against basic-ftp, the client that most programs of Node use.

import type { Comparison } from './comparison.ts';
import { cpuCost, times } from './ratios.ts';

const listing = (command: string): Comparison => ({
  name: `ftp-listing-${command}`,
  a: `ftp-${command}.moonsocket`,
  b: `ftp-${command}.basic`,
  units: 10,
  quickUnits: 3,
  figures: [{ label: 'CPU of 100,000 entries', of: cpuCost, detail: times, bar: { atMost: 1 } }],
});

export const ftp: readonly Comparison[] = [listing('list'), listing('mlsd')];
