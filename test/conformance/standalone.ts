/**
 * The conformance suite as a plain program, for runtimes without node:test: `ok NAME` or `not ok NAME` for each case,
 * errors on the standard error, exit code 1 if a case failed. An argument runs the cases whose names contain it.
 */
import { writeSync } from 'node:fs';
import * as ftp from '../../src/entry/ftp.ts';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as smtp from '../../src/entry/smtp.ts';
import * as tls from '../../src/entry/tls.ts';
import { ALL_CASES } from './cases.ts';
import { ALL_CASES as FTP_CASES } from './ftp-cases.ts';
import { AT_ONCE, inThisProcess, runCase, startPeer } from './harness.ts';
import { POOL_CASES, ALL_CASES as SMTP_CASES } from './smtp-cases.ts';
import type { Case } from './support.ts';
import { ALL_CASES as TLS_CASES } from './tls-cases.ts';

const { peer, stop } = await startPeer({ tls: true });
const run = inThisProcess({ ...sockets, http, tls, ftp, smtp }, peer);
const wanted = [...ALL_CASES, ...TLS_CASES, ...FTP_CASES, ...SMTP_CASES, ...POOL_CASES].filter(({ name }) =>
  name.includes(process.argv[2] ?? ''),
);
let failures = 0;

// An error outside of every case is a failure of the run, and must not hide the cases to come.
process.on('uncaughtException', (error) => failed('an error that no call gave', error));
process.on('unhandledRejection', (error) => failed('a promise that nobody awaits', error as Error));

await runAll(
  wanted.filter(({ quiet }) => !quiet),
  AT_ONCE,
);
await runAll(
  wanted.filter(({ quiet }) => quiet),
  1,
);
await stop();
process.exit(failures === 0 ? 0 : 1);

async function runAll(cases: readonly Case[], atOnce: number): Promise<void> {
  const left = cases.values();
  const work = async (): Promise<void> => {
    for (const one of left) {
      try {
        await runCase(one, 'await', run);
        print(1, `ok ${one.name}`);
      } catch (error) {
        failed(one.name, error as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

function failed(name: string, error: Error): void {
  failures++;
  print(1, `not ok ${name}`);
  print(2, `${name}: ${error?.stack ?? String(error)}`);
}

/** The process ends by `exit`, which does not wait for its streams. */
function print(descriptor: number, text: string): void {
  writeSync(descriptor, `${text}\n`);
}
