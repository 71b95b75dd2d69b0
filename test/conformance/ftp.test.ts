/** The FTP cases of the conformance suite under node:test, for the faces that have FTP. */
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as ftp from '../../src/entry/ftp.ts';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as tls from '../../src/entry/tls.ts';
import { ALL_CASES } from './ftp-cases.ts';
import { AT_ONCE, inThisProcess, type Run, type RunningPeer, runCase, startPeer } from './harness.ts';
import type { FaceName } from './limits.ts';
import { Pool } from './pool.ts';

/** Where calls block, a case has a process to itself. */
const PROCESSES = 4;

let running: RunningPeer;
let pool: Pool;
before(async () => {
  running = await startPeer({ tls: true });
  const cases = join(import.meta.dirname, 'ftp-cases.js');
  pool = new Pool({ face: 'blocking', peer: running.peer, size: PROCESSES, cases });
});
after(async () => {
  try {
    await pool.stop();
  } finally {
    await running.stop();
  }
});

suite('await', AT_ONCE, (one, seconds) => inThisProcess({ ...sockets, http, tls, ftp }, running.peer)(one, seconds));
suite('blocking', PROCESSES, (one, seconds) => pool.run(one, seconds));

function suite(faceName: FaceName, atOnce: number, run: Run): void {
  describe(`FTP, ${faceName} face`, { concurrency: atOnce }, () => {
    for (const one of ALL_CASES) it(one.name, () => runCase(one, faceName, run));
  });
}
