/** The conformance suite under node:test, for the await face. */
import { after, before, describe, it } from 'node:test';
import * as face from '../../src/index.ts';
import { ALL_CASES } from './cases.ts';
import { AT_ONCE, inThisProcess, type Run, type RunningPeer, runCase, startPeer } from './harness.ts';

let running: RunningPeer;
let run: Run;
before(async () => {
  running = await startPeer();
  run = inThisProcess(face, running.peer);
});
after(() => running.stop());

describe('await face', { concurrency: AT_ONCE }, () => {
  for (const one of ALL_CASES) if (!one.quiet) it(one.name, () => runCase(one, 'await', run));
});

describe('await face, one at a time', { concurrency: 1 }, () => {
  for (const one of ALL_CASES) if (one.quiet) it(one.name, () => runCase(one, 'await', run));
});
