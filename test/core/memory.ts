/** How much memory is in use, once what is garbage is gone. */

import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = globalThis.gc ?? (runInNewContext('gc') as () => void);

/** Bytes in array buffers, and on the heap if `heap` says so: the least of some readings, as they are freed in the background. */
export async function memoryInUse(heap = false): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 6; i++) {
    collect();
    await delay(5);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, arrayBuffers + (heap ? heapUsed : 0));
  }
  return least;
}
