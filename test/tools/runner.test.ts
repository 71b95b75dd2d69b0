/** The runner of the tests, on test files that pass, fail, crash and hang: nothing that happened is lost. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { runChild } from '../../tools/child.ts';
import type { Counts } from '../../tools/tally.ts';
import { runTestFiles } from '../../tools/test-files.ts';

const root = mkdtempSync(join(tmpdir(), 'moonsocket-runner-'));
mkdirSync(join(root, '.build'));
after(() => rmSync(root, { recursive: true }));

/** Good files never come near them, however busy the machine is. */
const GENEROUS = { idleSeconds: 60, cpuSeconds: 60 };

/** Runs programs with the test functions at hand; returns the counts and what was printed. */
async function run(
  programs: Record<string, string>,
  limits = GENEROUS,
): Promise<Counts & { readonly printed: string[]; readonly names: string[] }> {
  const printed: string[] = [];
  for (const [name, program] of Object.entries(programs)) {
    writeFileSync(
      join(root, '.build', `${name}.js`),
      `const { describe, it, before } = require('node:test');\n${program}`,
    );
  }
  const files = Object.keys(programs).map((name) => join('.build', `${name}.js`));
  const print = (text: string): void => void printed.push(text);
  const counts = await runTestFiles({ binary: process.execPath, root, files, atOnce: 2, limits, print });
  return { ...counts, printed, names: counts.failures.map(({ name }) => name) };
}

const SPIN = 'it("spins", () => { for (;;); });';
const WAIT = 'it("waits", () => new Promise(() => setInterval(() => {}, 1e9)));';

it('tells of a failure before its file has ended, with the file, the name and the error', async () => {
  const { printed, passed, names } = await run({
    bad: 'it("good", () => {}); describe("s", () => { it("bad", () => { throw new Error("because"); }); it("more", () => {}); });',
  });
  assert.match(printed[0]!, /^FAILED bad.ts: s > bad: Error: because\n {4} +at /);
  assert.equal(printed[1], 'FAILED bad.ts: 2 passed, 1 failed');
  assert.equal(passed, 2);
  assert.deepEqual(names, ['bad.ts: s > bad']);
});

it('counts skipped and to-do tests, suites, hooks and subtests', async () => {
  const { passed, skipped, names } = await run({
    all: `
      it('off', { skip: 'no peer' }, () => {});
      it('later', { todo: true }, () => { throw new Error('yet'); });
      describe('whole', { skip: true }, () => { it('in', () => {}); });
      it('parent', async (t) => { await t.test('child', () => { throw 'text'; }); });
      describe('hooked', () => { before(() => { throw new Error('hook'); }); it('never', () => {}); });
      it('last', () => {});`,
  });
  assert.equal(passed, 1);
  assert.deepEqual(skipped, ['off (no peer)', 'later (to do)', 'whole (skipped)']);
  assert.deepEqual(names, ['all.ts: parent > child', 'all.ts: hooked > never', 'all.ts: hooked']);
});

for (const [how, program, reason] of [
  ['ends early', 'it("ends", () => process.exit(3));', /^exit code 3\nunfinished: ends$/],
  ['is killed', 'it("dies", () => { process.kill(process.pid, "SIGKILL"); for (;;); });', /SIGKILL\nunfinished: dies$/],
  [
    'does not load',
    'process.on("exit", () => console.log("out of order")); load();',
    /^exit code \d\n[\s\S]*ReferenceError: load/,
  ],
  [
    'has an error that no test is blamed for',
    'setImmediate(() => { throw new Error("late"); }); it("waits", () => new Promise((go) => setTimeout(go, 50)));',
    /^exit code 1\n[\s\S]*late/,
  ],
  [
    'ends with an exit code that no test explains',
    'process.on("exit", () => { process.exitCode = 4; });',
    /^exit code 4/,
  ],
] as const) {
  it(`keeps what was before a file ${how}`, async () => {
    const { passed, failures } = await run({ crash: `it("good", () => {});\n${program}`, other: 'it("o", () => {});' });
    // On some Nodes nothing of a file that does not load runs.
    assert.ok(passed >= (how === 'does not load' ? 1 : 2));
    assert.equal(failures.length, 1);
    assert.equal(failures[0]!.name, 'crash.ts: the file');
    assert.match(failures[0]!.reason, reason);
  });
}

for (const [how, program, limits, reason] of [
  ['waits', WAIT, { idleSeconds: 1, cpuSeconds: 60 }, /^did nothing for 1 s/],
  ['computes', SPIN, { idleSeconds: 60, cpuSeconds: 1 }, /^computed for 1 s/],
] as const) {
  it(`stops a child that ${how} for ever`, async () => {
    const file = join(root, `${how}.cjs`);
    writeFileSync(file, `const it = (_, go) => go();\n${program}`);
    const { code, trouble } = await runChild(process.execPath, [file], { cwd: root, output: 'collect', limits });
    assert.equal(code, undefined);
    assert.match(trouble!, reason);
  });
}

it('ends only the file that hangs, and keeps what it did', async () => {
  const hang = `it("good", () => {}); it("bad", () => { throw new Error("because"); });\n${SPIN}`;
  const other = { first: 'it("f", () => {});', last: 'it("l", () => {});' };
  const { passed, failures, names } = await run({ hang, ...other }, { idleSeconds: 60, cpuSeconds: 3 });
  assert.equal(passed, 3);
  assert.deepEqual(names, ['hang.ts: bad', 'hang.ts: the file']);
  assert.match(failures[1]!.reason, /^computed for 3 s without progress, and was stopped\nunfinished: spins/);
});
