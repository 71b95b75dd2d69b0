/** Counts what a run has done, test by test, so that a run that is cut off has lost nothing of what came before. */

import type { Reported } from './reporter.ts';

export interface Failure {
  readonly name: string;
  /** Its first line says what went wrong. */
  readonly reason: string;
}

export interface Counts {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** The names of the tests that were skipped or are marked as to do, with why. */
  readonly skipped: readonly string[];
}

/** The tally of one test file, from its reported events. */
export class Tally implements Counts {
  passed = 0;
  readonly failures: Failure[] = [];
  readonly skipped: string[] = [];
  /** How many events there were. */
  events = 0;
  /** What was said of no test. */
  readonly notes: string[] = [];
  /** At each level, the test that began last. */
  readonly #path: string[] = [];
  readonly #begun: string[] = [];

  /** Takes one event. Returns the failure that it tells of, if any. */
  take(event: Reported): Failure | undefined {
    this.events += 1;
    if (event.type === 'note') {
      this.notes.push(event.text);
      return undefined;
    }
    this.#path.length = Math.min(this.#path.length, event.nesting);
    const name = [...this.#path, event.name].join(' > ');
    if (event.type === 'begin') {
      this.#path.push(event.name);
      this.#begun.push(name);
      return undefined;
    }
    const at = this.#begun.indexOf(name);
    if (at !== -1) this.#begun.splice(at, 1);
    if (event.outcome === 'passed' && !event.suite) this.passed += 1;
    if (event.outcome === 'skipped') this.skipped.push(`${name} (${event.reason})`);
    if (event.outcome !== 'failed') return undefined;
    return this.fail(name, event.reason);
  }

  /** A failure that no test has told of. */
  fail(name: string, reason: string): Failure {
    const failure = { name, reason };
    this.failures.push(failure);
    return failure;
  }

  /** The tests that have begun and not ended; not those in which another one is going on. */
  get unfinished(): string[] {
    return this.#begun.filter((name) => !this.#begun.some((other) => other.startsWith(`${name} > `)));
  }
}

/** The counts of a plain program's `ok NAME`, `not ok NAME` and `ok NAME # SKIP reason` lines. */
export function countLines(output: string): Counts {
  const counts = { passed: 0, failures: [] as Failure[], skipped: [] as string[] };
  for (const line of output.split(/\r?\n/)) {
    const undone = /^(?:not )?ok (.*?)\s+# (?:SKIP|TO[D]O)\b(.*)$/i.exec(line);
    if (undone !== null) counts.skipped.push(`${undone[1]}${undone[2] === '' ? '' : ` (${undone[2]!.trim()})`}`);
    else if (line.startsWith('ok ')) counts.passed += 1;
    else if (line.startsWith('not ok ')) counts.failures.push({ name: line.slice(7), reason: reasonIn(output, line) });
  }
  return counts;
}

/** The program tells a failure's error as `NAME: error`. */
function reasonIn(output: string, line: string): string {
  const start = `\n${line.slice(7)}: `;
  const at = output.indexOf(start);
  return at === -1 ? 'it told no reason' : output.slice(at + start.length).split('\n')[0]!;
}

export function sumOf(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failures: all.flatMap(({ failures }) => failures),
    skipped: all.flatMap(({ skipped }) => skipped),
  };
}
