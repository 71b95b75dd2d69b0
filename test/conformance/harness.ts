/** Runs cases against a face: starts the peer, bounds each case, and holds the limits to their word. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaceName, limitsOf } from './limits.ts';
import { type Case, type Face, Peer } from './support.ts';
import { makeCertificates } from './tls/certificates.ts';

/** How long a case may take, in seconds. */
const CASE_LIMIT = 60;
/** How long a case has to wait, in seconds, to be taken for one that waits for ever. */
const WAIT_LIMIT = 1;
/** Cases that run at once, unless they want quiet. */
export const AT_ONCE = 8;

export interface RunningPeer {
  readonly peer: Peer;
  stop(): Promise<void>;
}

/** Starts the peer, with certificates if its cases need them. It is always run by Node: what is under test does not test itself. */
export async function startPeer(options: { readonly tls?: boolean } = {}): Promise<RunningPeer> {
  const isNode = !('Bun' in globalThis) && !('Deno' in globalThis);
  const child = spawn(isNode ? process.execPath : 'node', [join(import.meta.dirname, 'peer.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const directory = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  if (options.tls === true) makeCertificates(join(directory, 'tls'));
  let text = '';
  while (!text.includes('\n')) text += String(((await once(child.stdout, 'data')) as [Buffer])[0]);
  const { port } = JSON.parse(text) as { port: number };
  return {
    peer: new Peer(port, directory),
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** How a case ended: well, by an error, or not in time. */
export type Outcome = 'passed' | 'late' | Error;

/** Runs a case somewhere, and gives it so many seconds. */
export type Run = (one: Case, seconds: number) => Promise<Outcome>;

/** Runs a case. It has to pass, or to end as the limits of this face and runtime say. */
export async function runCase(one: Case, faceName: FaceName, run: Run): Promise<void> {
  const limit = limitsOf(faceName)[one.name];
  if (limit !== undefined && 'waits' in limit) {
    const outcome = await run(one, WAIT_LIMIT);
    if (outcome !== 'late') throw surprise(`it waits for ever: ${limit.reason}`, outcome);
    return;
  }
  const outcome = await run(one, CASE_LIMIT);
  if (outcome === 'late') throw new Error(`not done after ${CASE_LIMIT} s`);
  if (limit === undefined) {
    if (outcome !== 'passed') throw outcome;
  } else if (outcome === 'passed') {
    throw surprise(`${limit.code}: ${limit.reason}`, outcome);
  } else if (![limit.code].flat().includes((outcome as { code?: string }).code!) || !limit.says.test(outcome.message)) {
    throw outcome;
  }
}

/** The table would hide what it no longer describes. */
function surprise(says: string, outcome: 'passed' | Error): Error {
  return outcome === 'passed'
    ? new Error(`it works now: take it from the limits, which say: ${says}`)
    : new Error(`it ends now, by ${outcome.message}: correct the limits, which say: ${says}`, { cause: outcome });
}

/** Runs cases in this process, which can only leave one that is late to itself. */
export function inThisProcess(face: Face, peer: Peer): Run {
  return async ({ run }, seconds) => {
    const ending = run(face, peer).then(
      () => 'passed' as const,
      (error: Error) => error,
    );
    return await inTime(ending, seconds);
  };
}

/** What comes within so many seconds. */
export async function inTime<T>(coming: Promise<T>, seconds: number): Promise<T | 'late'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), seconds * 1000);
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}
