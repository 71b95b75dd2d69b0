/** What the fuzzers share: connected ends over every transport, random bytes and pauses, and how often to run. */

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { bind, type Client, connect, pair, unix } from '../../src/entry/index.ts';

/** One connection after the other over the same transport. */
export interface Transport {
  readonly name: string;
  /** Two connected ends; the second was accepted, where there is such a thing. */
  open(): Promise<[Client, Client]>;
  close(): void;
}

export const TRANSPORTS: readonly { readonly name: string; start(): Promise<Transport> }[] = [
  {
    name: 'memory',
    start: async () => ({ name: 'memory', open: async () => pair(), close() {} }),
  },
  {
    name: 'TCP',
    async start() {
      const server = await bind('127.0.0.1', 0);
      const { port } = server.getsockname();
      const open = (): Promise<[Client, Client]> => Promise.all([connect('127.0.0.1', port), server.accept()]);
      return { name: 'TCP', open, close: () => server.close() };
    },
  },
  {
    name: 'Unix',
    async start() {
      const folder = await mkdtemp(join(tmpdir(), 'moonsocket-fuzz-'));
      const path = join(folder, 's');
      const master = unix.stream();
      await master.bind(path);
      const server = await master.listen();
      return {
        name: 'Unix',
        open: () => Promise.all([unix.stream().connect(path), server.accept()]),
        close() {
          server.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  },
];

/** The default takes some five seconds for all fuzzers together. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 400);
const SEED = process.env.FUZZ_SEED;

/** A failure prints its seed; FUZZ_SEED repeats it, and then looks for a smaller one. */
export function parameters(runs: number): fc.Parameters<unknown> {
  return {
    numRuns: Math.max(1, Math.round(runs)),
    timeout: 30_000, // a byte that is lost is waited for in vain
    includeErrorInReport: true,
    endOnFailure: SEED === undefined,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
  };
}

/** Turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

export const pause: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }) },
);

/** Not to wait, hardly to wait, to wait a little, and to wait. */
export const timeout: fc.Arbitrary<number | null> = fc.constantFrom(null, null, 0, 1e-9, 0.0005, 0.002);

/** Turns until a signal aborts the call, or none; 0 is before the call. */
export const abortAfter: fc.Arbitrary<number | undefined> = fc.option(fc.nat(3), { nil: undefined, freq: 4 });

/** A signal that aborts after so many turns, and how to stop that. */
export function aborting(after: number | undefined): { signal: AbortSignal | undefined; stop(): void } {
  if (after === undefined) return { signal: undefined, stop() {} };
  const controller = new AbortController();
  let stopped = false;
  void turns(after).then(() => {
    if (!stopped) controller.abort();
  });
  if (after === 0) controller.abort();
  return {
    signal: controller.signal,
    stop() {
      stopped = true;
    },
  };
}
