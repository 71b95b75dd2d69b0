/** The cases of a protocol under node:test, for the faces that have it: await, and blocking, whose calls want processes. */
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AT_ONCE, inThisProcess, type Run, type RunningPeer, runCase, startPeer } from './harness.ts';
import type { FaceName } from './limits.ts';
import { Pool } from './pool.ts';
import type { Case, Face } from './support.ts';

/** Where calls block, a case has a process to itself. */
const PROCESSES = 4;

export interface Suite {
  /** `FTP`. */
  readonly protocol: string;
  /** The module of the cases, beside this one, and what it has as ALL_CASES. */
  readonly file: string;
  readonly cases: readonly Case[];
  /** Cases that only the await face has. */
  readonly awaiting?: readonly Case[];
  /** The await face, with the protocol. */
  readonly face: Face;
  /** Whether the peer needs certificates. */
  readonly tls: boolean;
}

export function inBothFaces({ protocol, file, cases, awaiting = [], face, tls }: Suite): void {
  let running: RunningPeer;
  let pool: Pool;
  before(async () => {
    running = await startPeer({ tls });
    pool = new Pool({ face: 'blocking', peer: running.peer, size: PROCESSES, cases: join(import.meta.dirname, file) });
  });
  after(async () => {
    try {
      await pool.stop();
    } finally {
      await running.stop();
    }
  });

  suite('await', AT_ONCE, [...cases, ...awaiting], (one, seconds) => inThisProcess(face, running.peer)(one, seconds));
  suite('blocking', PROCESSES, cases, (one, seconds) => pool.run(one, seconds));

  function suite(faceName: FaceName, atOnce: number, all: readonly Case[], run: Run): void {
    const told = (some: readonly Case[]): void => {
      for (const one of some) it(one.name, () => runCase(one, faceName, run));
    };
    const quiet = all.filter((one) => one.quiet);
    describe(`${protocol}, ${faceName} face`, { concurrency: atOnce }, () => told(all.filter((one) => !one.quiet)));
    if (quiet.length > 0)
      describe(`${protocol}, ${faceName} face, one at a time`, { concurrency: 1 }, () => told(quiet));
  }
}
