/** The conformance suite under node:test, for all three faces. */
import { after, before, describe, it } from 'node:test';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import { ALL_CASES } from './cases.ts';
import { AT_ONCE, inThisProcess, type Run, type RunningPeer, runCase, startPeer } from './harness.ts';
import type { FaceName } from './limits.ts';
import { Pool } from './pool.ts';

/** Where calls block, a case has a process to itself, and there are not many processors. */
const PROCESSES = 4;

let running: RunningPeer;
let pools: Readonly<Record<'blocking' | 'lua', Pool>>;
before(async () => {
  running = await startPeer();
  const poolOf = (face: FaceName) => new Pool({ face, peer: running.peer, size: PROCESSES });
  pools = { blocking: poolOf('blocking'), lua: poolOf('lua') };
});
after(async () => {
  try {
    await Promise.all([pools.blocking.stop(), pools.lua.stop()]);
  } finally {
    await running.stop();
  }
});

suite('await', AT_ONCE, (one, seconds) => inThisProcess({ ...sockets, http }, running.peer)(one, seconds));
suite('blocking', PROCESSES, (one, seconds) => pools.blocking.run(one, seconds));
suite('lua', PROCESSES, (one, seconds) => pools.lua.run(one, seconds));

function suite(faceName: FaceName, atOnce: number, run: Run): void {
  describe(`${faceName} face`, { concurrency: atOnce }, () => {
    for (const one of ALL_CASES) if (!one.quiet) it(one.name, () => runCase(one, faceName, run));
  });

  describe(`${faceName} face, one at a time`, { concurrency: 1 }, () => {
    for (const one of ALL_CASES) if (one.quiet) it(one.name, () => runCase(one, faceName, run));
  });
}
