// What the downloads share: with how much they warm up, and how far their memory grows, all that the collector has left included.

import { settledRss } from './measure.ts';

export const WARM_UP: number = 2 ** 26;

/** A look costs a system call or three, a hundred of them a gigabyte nothing. */
const BETWEEN_LOOKS = 2 ** 23;

export interface RssWatch {
  /** Is told of so many more bytes. */
  came(bytes: number): void;
  growth(): number;
}

export async function watchingRss(): Promise<RssWatch> {
  const start = await settledRss();
  let peak = start;
  let unseen = 0;
  return {
    came(bytes) {
      unseen += bytes;
      if (unseen < BETWEEN_LOOKS) return;
      unseen = 0;
      peak = Math.max(peak, process.memoryUsage.rss());
    },
    growth: () => peak - start,
  };
}
