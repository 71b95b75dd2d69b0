/** Runs cases against a face: starts the peer, bounds each case, and holds the limits to their word. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitsOf } from './limits.ts';
import { type Case, type Face, Peer } from './support.ts';

/** How long a case may take, in seconds. */
const CASE_LIMIT = 15;
/** Cases that run at once, unless they want quiet. */
export const AT_ONCE = 8;

export interface RunningPeer {
  readonly peer: Peer;
  stop(): Promise<void>;
}

/** Starts the peer. It is always run by Node: what is under test does not test itself. */
export async function startPeer(): Promise<RunningPeer> {
  const isNode = !('Bun' in globalThis) && !('Deno' in globalThis);
  const child = spawn(isNode ? process.execPath : 'node', [join(import.meta.dirname, 'peer.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const directory = mkdtempSync(join(tmpdir(), 'moonsocket-'));
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

/** Runs a case. It has to pass, or to fail as the limits of this face and runtime say. */
export async function runCase({ name, run }: Case, face: Face, peer: Peer): Promise<void> {
  const limit = limitsOf('await')[name];
  const error = await outcome(run(face, peer));
  if (limit === undefined) {
    if (error !== undefined) throw error;
  } else if (error === undefined) {
    throw new Error(`it works now: take it from limits.ts, which says ${limit.code}: ${limit.reason}`);
  } else if ((error as { code?: string }).code !== limit.code || !limit.says.test(error.message)) {
    throw error;
  }
}

async function outcome(running: Promise<void>): Promise<Error | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`not done after ${CASE_LIMIT} s`)), CASE_LIMIT * 1000);
  });
  try {
    return await Promise.race([
      late,
      running.then(
        () => undefined,
        (error: Error) => error,
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
