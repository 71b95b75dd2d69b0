/**
 * A reporter of node:test that writes each test's begin and end as a line of JSON to the file named by `TEST_EVENTS`.
 *
 * It appends synchronously and keeps nothing open: a process that crashes or is killed has told what it had done, and
 * tests that count descriptors see none of ours. It runs in the process of a test file, since `node --test` on Node 20
 * and 22 holds a file's events back until all earlier files are done. Of the events only `test:dequeue` and
 * `test:complete` come at once, on Node 20 to 26; a turn of the event loop lets them through (turns.ts).
 */

import { appendFileSync } from 'node:fs';
import type { TestEvent as NodeEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** A test or suite that begins. */
export interface Begin {
  readonly type: 'begin';
  readonly nesting: number;
  readonly name: string;
}

/** A test or suite that has ended. */
export interface End {
  readonly type: 'end';
  readonly nesting: number;
  readonly name: string;
  readonly suite: boolean;
  /** `inner` is a failure only because a subtest has failed, which tells the reason. */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'inner';
  /** Of a failure, the error with its stack; of a skipped test, why. */
  readonly reason: string;
}

/** What the runner says besides: of errors that no test can be blamed for. */
export interface Note {
  readonly type: 'note';
  readonly text: string;
}

export type Reported = Begin | End | Note;

/** A reason is for reading. */
const LONGEST_REASON = 6000;

/** The counts at the end. */
const STATISTICS = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

type Completed = Extract<NodeEvent, { type: 'test:complete' }>['data'];

// biome-ignore lint/style/noDefaultExport: node:test wants it.
export default async function* report(events: AsyncIterable<NodeEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === 'test:dequeue') {
      write({ type: 'begin', nesting: event.data.nesting, name: event.data.name });
    } else if (event.type === 'test:complete') {
      const { nesting, name, details } = event.data;
      write({ type: 'end', nesting, name, suite: details.type === 'suite', ...outcomeOf(event.data) });
    } else if (event.type === 'test:diagnostic' && !STATISTICS.test(event.data.message)) {
      write({ type: 'note', text: event.data.message });
    }
  }
  yield '';
}

function outcomeOf({ skip, todo, details }: Completed): Pick<End, 'outcome' | 'reason'> {
  if (todo !== undefined && todo !== false) return { outcome: 'skipped', reason: words('to do', todo) };
  if (skip !== undefined && skip !== false) return { outcome: 'skipped', reason: words('skipped', skip) };
  const { error } = details as { error?: Error & { failureType?: string } };
  if (error === undefined) return { outcome: 'passed', reason: '' };
  if (error.failureType === 'subtestsFailed') return { outcome: 'inner', reason: '' };
  const cause = error.cause ?? error.message;
  return { outcome: 'failed', reason: (typeof cause === 'string' ? cause : inspect(cause)).slice(0, LONGEST_REASON) };
}

function words(kind: string, reason: string | true): string {
  return typeof reason === 'string' && reason !== '' ? reason : kind;
}

function write(event: Reported): void {
  appendFileSync(process.env.TEST_EVENTS!, `${JSON.stringify(event)}\n`);
}
