/**
 * A process that runs cases for a pool (pool.ts): a blocking call stops the whole process, and only another one can still
 * tell the time, and end it.
 *
 * Its arguments are a face, the peer's port and directory, and the module of the cases. It prints a line when it is ready,
 * then reads names of cases from its standard input, and answers each with a line of JSON. It ends when its input does.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { FaceName } from './limits.ts';
import { type Case, type Face, Peer } from './support.ts';

/** How a case ended. An error comes as its parts: its class stays here. */
export interface Answer {
  readonly error?: { readonly name: string; readonly message: string; readonly code: unknown; readonly stack: string };
}

const [faceName, port, directory, cases] = process.argv.slice(2) as [FaceName, string, string, string];
const face = await load(faceName);
const peer = new Peer(Number(port), directory);
const { ALL_CASES } = (await import(pathToFileURL(cases).href)) as { ALL_CASES: readonly Case[] };

print({});
for await (const name of createInterface({ input: process.stdin })) print(await run(name));
// What a failed case has left open would keep the process.
process.exit();

async function load(name: FaceName): Promise<Face> {
  if (name === 'await')
    return { ...(await import('../../src/entry/index.ts')), http: await import('../../src/entry/http.ts') };
  if (name === 'lua') return (await import('./lua-face.ts')).face;
  // The same names with the same arguments (test/types holds the faces to that), but values where this type has promises:
  // a case cannot tell, since it awaits each of them.
  const http = await import('../../src/entry/http-blocking.ts');
  const tls = await import('../../src/entry/tls-blocking.ts');
  const ftp = await import('../../src/entry/ftp-blocking.ts');
  const smtp = await import('../../src/entry/smtp-blocking.ts');
  return { ...(await import('../../src/entry/blocking.ts')), http, tls, ftp, smtp } as unknown as Face;
}

async function run(name: string): Promise<Answer> {
  try {
    await ALL_CASES.find((one) => one.name === name)!.run(face, peer);
    return {};
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { message, stack = message } = error;
    return { error: { name: error.name, message, code: (error as { code?: unknown }).code, stack } };
  }
}

/** At once: nothing of it waits in a stream while the next case blocks. */
function print(answer: Answer): void {
  writeSync(1, `${JSON.stringify(answer)}\n`);
}
