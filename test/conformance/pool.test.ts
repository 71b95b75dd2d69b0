/** The pool itself: a case that hangs costs its process, and nothing else. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { Pool } from './pool.ts';
import { ALL_CASES } from './pool-cases.ts';
import { type Case, Peer } from './support.ts';

/** No case waits so long, unless it waits for ever. */
const LONG = 10;

function madeUp(name: string): Case {
  return ALL_CASES.find((one) => one.name === name)!;
}

function poolOf(size: number, cases: string = join(import.meta.dirname, 'pool-cases.js')): Pool {
  return new Pool({ face: 'await', peer: new Peer(1, tmpdir()), size, cases });
}

async function processOf(pool: Pool): Promise<number> {
  const error = (await pool.run(madeUp('fails, and tells its process'), LONG)) as Error;
  return Number(/(\d+) !== 0/.exec(error.message)?.[1]);
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

it('tells how each case ended, in one process', async () => {
  const pool = poolOf(1);
  assert.equal(await pool.run(madeUp('passes'), LONG), 'passed');
  const error = (await pool.run(madeUp('fails, and tells its process'), LONG)) as NodeJS.ErrnoException;
  assert.deepEqual([error.name, error.code], ['AssertionError', 'ERR_ASSERTION']);
  assert.match(String(error.stack), /pool-cases/);
  const pid = await processOf(pool);
  assert.equal(await processOf(pool), pid);
  assert.notEqual(pid, process.pid);
  await pool.stop();
  assert.ok(isGone(pid));
});

it('kills what hangs, and goes on with another process', async () => {
  const pool = poolOf(1);
  const first = await processOf(pool);
  assert.equal(await pool.run(madeUp('waits for ever'), 0.2), 'late');
  assert.ok(isGone(first));
  const second = await processOf(pool);
  assert.notEqual(second, first);
  await pool.stop();
  assert.ok(isGone(second));
});

it('tells of a process that ends by itself', async () => {
  const pool = poolOf(1);
  assert.equal(await pool.run(madeUp('passes'), LONG), 'passed');
  const error = (await pool.run(madeUp('ends its process'), LONG)) as Error;
  assert.match(error.message, /exit code 3.*"passes"/);
  assert.equal(await pool.run(madeUp('passes'), LONG), 'passed');
  await pool.stop();
});

it('has so many processes at most', async () => {
  const pool = poolOf(2);
  const pids = await Promise.all([1, 2, 3, 4, 5, 6].map(() => processOf(pool)));
  assert.equal(new Set(pids).size, 2);
  const outcomes = await Promise.all(
    ['waits for ever', 'passes', 'waits for ever', 'passes'].map((name) => pool.run(madeUp(name), 0.5)),
  );
  assert.deepEqual(outcomes, ['late', 'passed', 'late', 'passed']);
  await pool.stop();
  assert.ok(pids.every(isGone));
});

it('ends a process that does not end when it is told to, and says so', async () => {
  const pool = poolOf(1);
  const pid = await processOf(pool);
  assert.equal(await pool.run(madeUp('passes, and does not let its process end'), LONG), 'passed');
  await assert.rejects(pool.stop(), /after "passes, and does not let its process end": it had to be killed/);
  assert.ok(isGone(pid));
});

it('says when there can be no process', async () => {
  const cases = join(mkdtempSync(join(tmpdir(), 'moonsocket-')), 'cases.mjs');
  writeFileSync(cases, 'process.exit(4);');
  await assert.rejects(poolOf(1, cases).run(madeUp('passes'), LONG), /no process for cases: exit code 4/);
  rmSync(dirname(cases), { recursive: true });
});
