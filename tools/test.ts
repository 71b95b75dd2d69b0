/**
 * `npm test`: the checks, then every test on every runtime, whatever fails on the way, and one summary.
 *
 * `-- --only WORD` runs the test files whose path contains the word, `-- --runtime NAME` one runtime; both leave out
 * the checks. With CI=true a skipped test and a missing runtime are failures: a green run has run everything.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { endChildrenOnSignals, runChild } from './child.ts';
import { type Counts, countLines, countTap } from './counts.ts';
import { findRuntimes, installRuntimes, type Runtime, WANTED } from './runtime-list.ts';

/** One runtime's whole run. */
const RUNTIME_LIMIT_MS = 10 * 60_000;
/** Node 20 and 22 apply it to each test file, later ones to each test. */
const TEST_LIMIT_MS = 2 * 60_000;
/** The default is one less than the processors: a single file at a time where there are two. Tests wait more than they compute. */
const FILES_AT_ONCE = 4;

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
    if (runtime.kind === 'node' ? files.length === 0 : !standalone) continue;
    console.log(`\n== ${name}`);
    lines.push(await timed(name, () => (runtime.kind === 'node' ? onNode(runtime, files) : onOther(runtime))));
  }
  const missing = wanted.filter((key) => !found.some((runtime) => runtime.key === key));
  return summarize(lines, missing);
}

/** The test files as their sources name them: a compiled file whose source is gone is not a test any more. */
function testFiles(): string[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
    .sort();
}

/** The compiled form of a source. */
function built(source: string): string {
  return join('.build', source.replace(/\.ts$/, '.js'));
}

async function nameOf({ kind, binary, own, key }: Runtime): Promise<string> {
  const { text } = await runChild(binary, ['--version'], { cwd: root, output: 'collect', limitMs: 60_000 });
  const version = /\d+\.\d+\.\d+\S*/.exec(text)?.[0] ?? key;
  return `${kind} ${version}${own ? " (this machine's)" : ''}`;
}

async function onNode(runtime: Runtime, files: readonly string[]): Promise<Counts> {
  const temporary = mkdtempSync(join(tmpdir(), 'moonsocket-test-'));
  const report = join(temporary, 'report.tap');
  try {
    const { code, trouble } = await runChild(
      runtime.binary,
      [
        '--expose-gc',
        '--test',
        `--test-concurrency=${FILES_AT_ONCE}`,
        `--test-timeout=${TEST_LIMIT_MS}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        // One report to read, one to count: what people read changes from Node to Node.
        '--test-reporter=tap',
        `--test-reporter-destination=${report}`,
        ...files.map(built),
      ],
      { cwd: root, output: 'inherit', limitMs: RUNTIME_LIMIT_MS },
    );
    const counts = existsSync(report) ? countTap(readFileSync(report, 'utf8')) : undefined;
    return judged(counts, code, trouble);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function onOther({ kind, binary }: Runtime): Promise<Counts> {
  const program = built(STANDALONE);
  if (!existsSync(join(root, program)))
    return judged(undefined, undefined, `found nothing to run: there is no ${STANDALONE}`);
  const args = kind === 'deno' ? ['run', '-A', '--no-prompt', program] : [program];
  const { code, text, trouble } = await runChild(binary, args, { cwd: root, output: 'tee', limitMs: RUNTIME_LIMIT_MS });
  return judged(countLines(text), code, trouble);
}

/** A run that failed, or tested nothing, without a failed test to show for it counts as one failure. */
function judged(counts: Counts | undefined, code: number | undefined, trouble: string | undefined): Counts {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: [] };
  let problem = trouble;
  if (code !== 0 && failed === 0) problem ??= `ended with exit code ${code}, and no test says why`;
  if (passed + failed + skipped.length === 0) problem ??= 'ran no test';
  if (problem === undefined) return { passed, failed, skipped };
  console.log(`This run ${problem}.`);
  return { passed, failed: failed + 1, skipped };
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
  for (const line of lines) {
    passed += line.passed;
    failed += line.failed + (inCi ? line.skipped.length : 0);
    skipped += inCi ? 0 : line.skipped.length;
    const bad = line.failed > 0 || (inCi && line.skipped.length > 0);
    const skips = line.skipped.length === 0 ? '' : `, ${line.skipped.length} skipped`;
    const text = `${line.passed} passed, ${line.failed} failed${skips}`;
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
