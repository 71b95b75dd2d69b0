/** The SMTP cases of the conformance suite under node:test, for the faces that have SMTP. */
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as smtp from '../../src/entry/smtp.ts';
import { AT_ONCE, inThisProcess, type Run, type RunningPeer, runCase, startPeer } from './harness.ts';
import type { FaceName } from './limits.ts';
import { Pool } from './pool.ts';
import { ALL_CASES, POOL_CASES } from './smtp-cases.ts';
import type { Case } from './support.ts';

/** Where calls block, a case has a process to itself. */
const PROCESSES = 4;

let running: RunningPeer;
let pool: Pool;
before(async () => {
  running = await startPeer();
  const cases = join(import.meta.dirname, 'smtp-cases.js');
  pool = new Pool({ face: 'blocking', peer: running.peer, size: PROCESSES, cases });
});
after(async () => {
  try {
    await pool.stop();
  } finally {
    await running.stop();
  }
});

suite('await', AT_ONCE, [...ALL_CASES, ...POOL_CASES], (one, seconds) =>
  inThisProcess({ ...sockets, http, smtp }, running.peer)(one, seconds),
);
suite('blocking', PROCESSES, ALL_CASES, (one, seconds) => pool.run(one, seconds));

function suite(faceName: FaceName, atOnce: number, cases: readonly Case[], run: Run): void {
  describe(`SMTP, ${faceName} face`, { concurrency: atOnce }, () => {
    for (const one of cases) it(one.name, () => runCase(one, faceName, run));
  });
}
