/** The conformance suite under node:test, for the await face. */
import { after, before, describe, it } from 'node:test';
import * as face from '../../src/index.ts';
import { ALL_CASES } from './cases.ts';
import { AT_ONCE, type RunningPeer, runCase, startPeer } from './harness.ts';

let running: RunningPeer;
before(async () => {
  running = await startPeer();
});
after(() => running.stop());

describe('await face', { concurrency: AT_ONCE }, () => {
  for (const one of ALL_CASES) if (!one.quiet) it(one.name, () => runCase(one, face, running.peer));
});

describe('await face, one at a time', { concurrency: 1 }, () => {
  for (const one of ALL_CASES) if (one.quiet) it(one.name, () => runCase(one, face, running.peer));
});
