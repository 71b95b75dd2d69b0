/**
 * `npm test`: the checks, then every test on every runtime, whatever fails on the way, and one summary.
 *
 * `-- --only WORD` runs the test files whose path contains the word, `-- --runtime NAME` one runtime; both leave out
 * the checks. With CI=true a skipped test and a missing runtime are failures: a green run has run everything.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { endChildrenOnSignals, runChild } from './child.ts';
import { findRuntimes, installRuntimes, type Runtime, WANTED } from './runtime-list.ts';
import { type Counts, countLines } from './tally.ts';
import { runTestFiles } from './test-files.ts';

/** A hanging test ends its file, and only that. The longest good silence is some ten seconds, computing or not. */
const FILE_LIMITS = { idleSeconds: 120, cpuSeconds: 300 };
/** Bun and Deno run everything in one process. */
const SUITE_LIMITS = FILE_LIMITS;
/** More than there are processors: tests wait more than they compute. */
const FILES_AT_ONCE = 4;

/** Tests of the tarball, of the site, and with whole servers: they have lanes apart, `npm run test:package`, `test:docs` and `test:peers`. */
const APART = ['package/', 'site/', 'servers/'];

/**
 * Rooms that ask nothing of a Node between the oldest and the newest: pure ones, flows over bytes, and Lua's, whose machine
 * is WebAssembly. What else they need of a Node, sockets and files, the other rooms and the conformance suite try on each.
 */
const AT_THE_ENDS = 'core docs fuzz headers lua ltn12 mail mime protocol tools url'.split(' ');

/** The conformance suite as a plain program, for runtimes without node:test. */
const STANDALONE = 'test/conformance/standalone.ts';

interface Line extends Counts {
  readonly name: string;
  readonly seconds: number;
}

const root = join(import.meta.dirname, '..', '..');
const inCi = process.env.CI === 'true';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, runtime: { type: 'string' } } });
  const only = values.only ?? '';
  const files = testFiles().filter((file) => file.includes(only));
  const standalone = STANDALONE.includes(only);
  if (files.length === 0 && !standalone) return complain(`no test file has "${only}" in its path`);
  if (values.runtime !== undefined && !WANTED.includes(values.runtime)) {
    return complain(`--runtime is one of ${WANTED.join(', ')}`);
  }

  const lines: Line[] = [];
  if (values.only === undefined && values.runtime === undefined) lines.push(await timed('check', check));
  const trouble = await installRuntimes(root);
  if (trouble !== undefined) console.log(trouble);
  const wanted = values.runtime === undefined ? WANTED : [values.runtime];
  const found = findRuntimes(root);
  for (const runtime of found) {
    // The machine's own Node takes part in every whole run, whatever its version.
    if (!wanted.includes(runtime.key) && !(runtime.own && values.runtime === undefined)) continue;
    const name = await nameOf(runtime);
    const chosen = values.runtime === undefined && isBetween(runtime, found) ? files.filter(asksTheRuntime) : files;
    if (runtime.kind === 'node' ? chosen.length === 0 : !standalone) continue;
    console.log(`\n== ${name}`);
    lines.push(await timed(name, () => (runtime.kind === 'node' ? onNode(runtime, chosen) : onOther(runtime))));
  }
  const missing = wanted.filter((key) => !found.some((runtime) => runtime.key === key));
  return summarize(lines, missing);
}

/** The test files as their sources name them: a compiled file whose source is gone is not a test any more. */
function testFiles(): string[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !APART.some((folder) => file.startsWith(folder)))
    .map((file) => `test/${file}`)
    .sort();
}

/** Whether there is an older Node, and a newer one. */
function isBetween({ kind, key }: Runtime, found: readonly Runtime[]): boolean {
  const nodes = found.filter((other) => other.kind === 'node').map((other) => Number(other.key));
  return kind === 'node' && Math.min(...nodes) < Number(key) && Number(key) < Math.max(...nodes);
}

function asksTheRuntime(file: string): boolean {
  return !AT_THE_ENDS.includes(file.split('/')[1]!);
}

/** The compiled form of a source. */
function built(source: string): string {
  return join('.build', source.replace(/\.ts$/, '.js'));
}

async function nameOf({ kind, binary, own, key }: Runtime): Promise<string> {
  const { text } = await runChild(binary, ['--version'], { cwd: root, output: 'collect', limits: FILE_LIMITS });
  const version = /\d+\.\d+\.\d+\S*/.exec(text)?.[0] ?? key;
  return `${kind} ${version}${own ? " (this machine's)" : ''}`;
}

async function onNode({ binary }: Runtime, files: readonly string[]): Promise<Counts> {
  const print = (text: string): void => console.log(text);
  const run = { binary, root, files: files.map(built), atOnce: FILES_AT_ONCE, limits: FILE_LIMITS, print };
  return judged(await runTestFiles(run));
}

async function onOther({ kind, binary }: Runtime): Promise<Counts> {
  const program = built(STANDALONE);
  const args = kind === 'deno' ? ['run', '-A', '--no-prompt', program] : [program];
  const { code, text, trouble } = await runChild(binary, args, { cwd: root, output: 'tee', limits: SUITE_LIMITS });
  const counts = countLines(text);
  const unexplained = code === 0 || (code === 1 && counts.failures.length > 0) ? undefined : `exit code ${code}`;
  return judged(counts, trouble ?? unexplained);
}

/** A run that ended badly, or tested nothing, has a failure more. */
function judged(counts: Counts, trouble?: string): Counts {
  const tests = counts.passed + counts.failures.length + counts.skipped.length;
  const reason = trouble ?? (tests === 0 ? 'no test ran' : undefined);
  if (reason === undefined) return counts;
  console.log(`FAILED the run: ${reason}`);
  return { ...counts, failures: [...counts.failures, { name: 'the run', reason }] };
}

async function timed(name: string, run: () => Promise<Counts>): Promise<Line> {
  const start = performance.now();
  const counts = await run();
  return { name, ...counts, seconds: (performance.now() - start) / 1000 };
}

/** Prints the summary, the totals alone on its last line, and returns the exit status. */
function summarize(lines: readonly Line[], missing: readonly string[]): number {
  let passed = 0;
  let failed = inCi ? missing.length : 0;
  let skipped = 0;
  console.log('\n== summary');
  for (const { name, failures } of lines) {
    for (const failure of failures) console.log(`${name}: ${failure.name}: ${failure.reason.split('\n')[0]}`);
  }
  for (const line of lines) {
    const failures = line.failures.length;
    passed += line.passed;
    failed += failures + (inCi ? line.skipped.length : 0);
    skipped += inCi ? 0 : line.skipped.length;
    const bad = failures > 0 || (inCi && line.skipped.length > 0);
    const skips = line.skipped.length === 0 ? '' : `, ${line.skipped.length} skipped`;
    const text = `${line.passed} passed, ${failures} failed${skips}`;
    console.log(
      `${line.name.padEnd(30)} ${bad ? 'FAILED' : 'ok    '} ${line.seconds.toFixed(1).padStart(6)} s  ${text}`,
    );
  }
  for (const name of new Set(lines.flatMap((line) => line.skipped))) console.log(`skipped: ${name}`);
  for (const key of missing) {
    const name = /^\d/.test(key) ? `node ${key}` : key;
    console.log(`${name} was not run: it is not on this machine (${process.platform} ${process.arch})`);
  }
  if (inCi && (missing.length > 0 || lines.some((line) => line.skipped.length > 0))) {
    console.log('In CI, what is skipped or not run counts as failed.');
  }
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  return failed === 0 && lines.length > 0 ? 0 : 1;
}

function complain(message: string): number {
  console.error(message);
  return 1;
}

endChildrenOnSignals();
process.exitCode = await main();
