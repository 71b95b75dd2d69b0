/**
 * What runs in the worker of `runInWorker`: one machine, one script, and then the end. Bundles take it in as a file that stands
 * beside them; nothing else imports it.
 *
 * @module moonsocket/lua/worker
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SocketError } from '../core/errors.ts';
import { LuaError } from './errors.ts';
import { granted } from './granted.ts';
import { createLua } from './lua.ts';
import { loadAhead } from './modules.ts';
import type { Message, WorkerInput } from './worker.ts';

/** Output that may be under way: beyond that the script waits for the program to take some. */
const MOST_UNDER_WAY = 1_048_576;

const { code, args, options, underWay } = workerData as WorkerInput;

function post(message: Message): void {
  parentPort!.postMessage(message);
}

function sender(kind: 'stdout' | 'stderr'): (bytes: Buffer) => void {
  return (bytes) => {
    Atomics.add(underWay, 0, bytes.length);
    // A copy: with a Buffer goes all the memory that it shares with others.
    post({ kind, bytes: new Uint8Array(bytes) });
    for (;;) {
      const now = Atomics.load(underWay, 0);
      if (now <= MOST_UNDER_WAY) return;
      Atomics.wait(underWay, 0, now);
    }
  };
}

function run(): Message {
  try {
    const lua = createLua({ ...options, stdout: sender('stdout'), stderr: sender('stderr') });
    try {
      return { kind: 'result', values: lua.run(code, ...args) };
    } finally {
      lua.close();
    }
  } catch (error) {
    if (error instanceof LuaError) return { kind: 'script error', message: error.message, traceback: error.traceback };
    if (error instanceof SocketError) return { kind: 'error', message: error.message, code: error.code };
    throw error;
  }
}

// Node 20 aborts the process if a worker is terminated while it loads a module by require. So nothing is loaded later.
loadAhead(granted(options.permissions));
post({ kind: 'ready' });
post(run());
