/** The table of limits is true to the suite: it names cases that exist, and whatever ends otherwise is told. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ALL_CASES } from './cases.ts';
import { ALL_CASES as FTP_CASES } from './ftp-cases.ts';
import { type Outcome, runCase } from './harness.ts';
import { type FaceName, limitedCases, limitsOf } from './limits.ts';
import type { Case } from './support.ts';
import { ALL_CASES as TLS_CASES } from './tls-cases.ts';

const WAITS = 'accept: a close ends the wait';
const FAILS = 'accept: an aborted signal, before and meanwhile';
const PASSES = 'accept: a connection, with names on both ends';

/** What is said of a case that ends so. */
async function judged(name: string, outcome: Outcome, face: FaceName = 'blocking'): Promise<void> {
  const one: Case = { name, run: async () => {} };
  await runCase(one, face, async () => outcome);
}

const error = (code: string, message: string): Error => Object.assign(new Error(message), { code });

it('every case has a name of its own', () => {
  const names = [...ALL_CASES, ...TLS_CASES, ...FTP_CASES].map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
});

it('every limit is one of a case', () => {
  const names = new Set([...ALL_CASES, ...TLS_CASES, ...FTP_CASES].map(({ name }) => name));
  assert.deepEqual(
    limitedCases().filter((name) => !names.has(name)),
    [],
  );
});

for (const face of ['blocking', 'lua'] as const) {
  it(`every case that overlaps has a limit in the ${face} face`, () => {
    const limits = limitsOf(face);
    for (const { name, overlaps } of ALL_CASES) {
      if (overlaps) assert.ok(limits[name] !== undefined, `"${name}" overlaps: what comes of it in the ${face} face?`);
    }
  });
}

it('a case without a limit has to pass', async () => {
  await judged(PASSES, 'passed');
  await assert.rejects(judged(PASSES, new Error('other')), /^Error: other$/);
  await assert.rejects(judged(PASSES, 'late'), /not done after 60 s/);
});

it('a case that fails has to fail as the limit says', async () => {
  await judged(FAILS, error('ERR_UNSUPPORTED', 'settimeout'));
  await assert.rejects(judged(FAILS, error('ERR_UNSUPPORTED', 'other')), /^Error: other$/);
  await assert.rejects(judged(FAILS, error('OTHER', 'settimeout')), { code: 'OTHER' });
  await assert.rejects(judged(FAILS, 'passed'), /it works now/);
  await assert.rejects(judged(FAILS, 'late'), /not done after 60 s/);
});

it('a case may fail by one of several codes', async () => {
  for (const code of ['ENOTFOUND', 'EAI_AGAIN']) await judged('dns: toip', error(code, 'of 127.0.0.9'), 'lua');
  await assert.rejects(judged('dns: toip', error('OTHER', 'of 127.0.0.9'), 'lua'), { code: 'OTHER' });
});

it('a case that waits for ever has to', async () => {
  await judged(WAITS, 'late');
  await assert.rejects(judged(WAITS, 'passed'), /it works now/);
  await assert.rejects(judged(WAITS, new Error('other')), /it ends now, by other/);
});
