/**
 * Runs test files on one Node, a process each, some at a time; tells of each failure as it comes and of each file at its end.
 *
 * Not by `node --test`: its wall-clock limit fails good files on a busy machine, and on Node 20 and 22 it shows nothing
 * of a file before all earlier ones are done, so that one that hangs hides the others.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runChild } from './child.ts';
import type { Reported } from './reporter.ts';
import { type Counts, type Failure, sumOf, Tally } from './tally.ts';
import type { Limits } from './watch.ts';

export interface FilesRun {
  /** The Node's binary. */
  readonly binary: string;
  readonly root: string;
  /** A command, such as one that makes a namespace, that each file's process is started by. */
  readonly within?: readonly string[];
  /** Paths of compiled test files, from the root. */
  readonly files: readonly string[];
  readonly atOnce: number;
  /** For each file. Progress is a test or suite that begins or ends. */
  readonly limits: Limits;
  /** Gets what there is to tell. */
  readonly print: (text: string) => void;
}

/** From one look at the reported events to the next. */
const READ_MS = 200;
/** Of a crash, the end of its output tells most. */
const LONGEST_OUTPUT = 4000;

const [REPORTER, TURNS] = ['reporter.js', 'turns.js'].map(
  (name) => pathToFileURL(join(import.meta.dirname, name)).href,
);

/** Runs all files, whatever becomes of some. */
export async function runTestFiles(run: FilesRun): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-test-'));
  const counts: Counts[] = [];
  try {
    const left = run.files.entries();
    const work = async (): Promise<void> => {
      for (const [at, file] of left) counts.push(await runFile(run, file, join(folder, String(at))));
    };
    await Promise.all(Array.from({ length: run.atOnce }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return sumOf(counts);
}

async function runFile(
  { binary, root, within = [], limits, print }: FilesRun,
  file: string,
  report: string,
): Promise<Counts> {
  const source = relative(join(root, '.build'), join(root, file)).replace(/\.js$/, '.ts');
  const tally = new Tally();
  const tell = (failure: Failure | undefined): void => {
    if (failure !== undefined) print(`FAILED ${source}: ${failure.name}: ${indented(failure.reason)}`);
  };
  const read = readerOf(report, (event) => tell(tally.take(event)));
  const reading = setInterval(read, READ_MS);
  const [command = binary, ...before] = [...within, binary];
  const options = [
    '--expose-gc',
    `--import=${TURNS}`,
    `--test-reporter=${REPORTER}`,
    '--test-reporter-destination=stdout',
  ];
  const { code, text, trouble } = await runChild(command, [...before, ...options, file], {
    cwd: root,
    env: { TEST_EVENTS: report },
    output: 'collect',
    limits,
    progress: () => tally.events,
  });
  clearInterval(reading);
  read();
  const end = trouble ?? (code === 0 || (code === 1 && tally.failures.length > 0) ? undefined : `exit code ${code}`);
  if (end !== undefined) {
    const unfinished = tally.unfinished.map((name) => `unfinished: ${name}`);
    tell(
      tally.fail('the file', [end, ...unfinished, ...tally.notes, text.slice(-LONGEST_OUTPUT)].join('\n').trimEnd()),
    );
  }
  const { passed, failures, skipped } = tally;
  const skips = skipped.length === 0 ? '' : `, ${skipped.length} skipped`;
  print(
    `${failures.length === 0 ? 'ok    ' : 'FAILED'} ${source}: ${passed} passed, ${failures.length} failed${skips}`,
  );
  // The summary names tests of many files.
  return { passed, skipped, failures: failures.map(({ name, reason }) => ({ name: `${source}: ${name}`, reason })) };
}

/** A function that hands on what has been added to a file of JSON lines since its last call. */
function readerOf(path: string, take: (event: Reported) => void): () => void {
  let taken = 0;
  return () => {
    const text = contentOf(path);
    // A line that is still being written waits for its end.
    const lines = text.slice(taken, text.lastIndexOf('\n') + 1);
    taken += lines.length;
    for (const line of lines.split('\n')) if (line !== '') take(JSON.parse(line) as Reported);
  };
}

/** Nothing before the first event. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}

function indented(text: string): string {
  return text.replace(/\n(?=.)/g, '\n    ');
}
