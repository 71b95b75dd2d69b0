// What the measured programs share: their two arguments, the clocks around the measured section, and the line of JSON at the end.
// The clocks are the process's own, so that neither start-up nor the warm-up before the section is counted.

import type { Pair, Result } from '../harness.ts';
import { unixPathOf } from '../peer-path.ts';

export const HOST = '127.0.0.1';

/** The peer's port, and how many units of work to measure. */
export const peerPort = Number(process.argv[2]);
export const units = Number(process.argv[3]);

/** The further argument of the HTTP programs, where it is not http. */
export const scheme: string = process.argv[4] ?? 'http';

/** The further arguments of the TLS programs: TLS over which transport, and what to do. */
export const transport = process.argv[4] as 'tcp' | 'unix' | 'tls' | 'io';
export const task = process.argv[5] as 'handshake' | 'roundtrip' | 'receive' | 'send';
/** The peer's Unix socket, where it speaks TLS. */
export const unixPath: string = unixPathOf(peerPort);

/** CPU and wall time of one section. The CPU time is user and system time of all threads: the collector's and the compiler's count. */
export async function timed(section: () => void | Promise<void>): Promise<Pick<Result, 'cpuSeconds' | 'wallSeconds'>> {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await section();
  const wallSeconds = (performance.now() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuSeconds: (user + system) / 1e6, wallSeconds };
}

/** Prints the result, or a pair of them, and ends the process, whatever connections are still open. */
export function report(result: Result | Pair): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

/** A benchmark that lost or invented something has no speed. */
export function expect(what: string, actual: unknown, wanted: unknown): void {
  if (actual !== wanted) throw new Error(`${what}: expected ${String(wanted)}, got ${String(actual)}`);
}

/**
 * Resident memory once the garbage is gone. Needs `--expose-gc`. Both collections are wanted: the full one for the garbage, the young one
 * because only it shrinks the young generation. Several rounds, since what one frees lets the next free more.
 */
export async function settledRss(): Promise<number> {
  for (let round = 0; round < 8; round++) {
    globalThis.gc?.();
    globalThis.gc?.({ type: 'minor' });
    // A turn of the loop in between, for what is freed in callbacks (handles, array buffers) and swept by other threads.
    await new Promise((turn) => setTimeout(turn, 30));
  }
  return process.memoryUsage.rss();
}

/**
 * Follows the peak of resident memory that is held, not of garbage: it collects now and then, every 4 MiB of progress, and looks after that.
 * The kernel's own peak (VmHWM) would count what start-up took and what the collector has not come round to.
 */
export function peakRss(): { look(progress: number): void; bytes(): number } {
  let peak = 0;
  return {
    look(progress) {
      if (progress % 2 ** 22 !== 0) return;
      globalThis.gc?.();
      peak = Math.max(peak, process.memoryUsage.rss());
    },
    bytes: () => peak,
  };
}
