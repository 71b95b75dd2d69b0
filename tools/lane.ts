/** How the lanes beside `npm test` end: a folder's test files on this machine's Node, and one line that counts their tests. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTestFiles } from './test-files.ts';
import type { Limits } from './watch.ts';

export interface Lane {
  readonly root: string;
  /** The folder of the test files, from the root. */
  readonly folder: string;
  /** Only the files whose name contains this. */
  readonly only?: string | undefined;
  /** A command that each file's process is started by. */
  readonly within?: readonly string[];
  readonly limits: Limits;
}

/** Runs the lane's files, two at a time, and says how many tests passed. Returns the exit code: a skipped test fails, as does a lane without tests. */
export async function runLane({ root, folder, only = '', within = [], limits }: Lane): Promise<number> {
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.test.ts') && file.includes(only));
  const { passed, skipped, failures } = await runTestFiles({
    ...{ binary: process.execPath, root, within, atOnce: 2, limits, print: console.log },
    files: files.map((file) => join('.build', folder, file.replace(/\.ts$/, '.js'))),
  });
  for (const name of skipped) console.log(`skipped: ${name}`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0 && skipped.length === 0 ? 0 : 1;
}

/** Says why a lane cannot run. Returns its exit code. */
export function complain(message: string): number {
  console.error(message);
  return 1;
}
