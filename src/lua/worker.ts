/**
 * `runInWorker`: a script in a thread, so that the event loop of the program goes on, and so that whatever the script
 * does can be ended. This is the side of the program; `worker-main.ts` is the worker's.
 */
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isBytes, viewOf } from '../core/data.ts';
import { type AbortError, badArgument, Failure, failed, SocketError } from '../core/errors.ts';
import { placeOf } from '../posix/own-place.ts';
import { LuaError } from './errors.ts';
import { granted } from './granted.ts';
import type { LuaOptions } from './lua.ts';
import type { FromLua, ToLua } from './values.ts';

/** The options of `createLua`, and what is there only because the script is elsewhere. */
export interface WorkerOptions extends LuaOptions {
  /** The arguments of the script, its `...`. (`permissions.network.allow` is a function, and cannot go into a worker.) */
  readonly args?: readonly ToLua[];
  /** Ends the script, wherever it is: in a loop, in a C function, in a wait. Its sockets and files are closed then. */
  readonly signal?: AbortSignal;
}

/** The message that starts the worker. */
export interface WorkerInput {
  readonly code: string | Uint8Array;
  readonly args: readonly ToLua[];
  readonly options: Omit<LuaOptions, 'stdout' | 'stderr'>;
  /** Bytes of output that were sent and not yet taken. */
  readonly underWay: Int32Array;
}

/** Messages of the worker: first that it may be terminated from now on, last a result or an error. */
export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly kind: 'result'; readonly values: FromLua[] }
  | { readonly kind: 'script error'; readonly message: string; readonly traceback: string }
  | { readonly kind: 'error'; readonly message: string; readonly code: string };

/**
 * Runs a script in a new machine, in a worker, and fulfils with the values that it returns. Options are those of `createLua`;
 * output comes while the script runs, which waits where the program does not keep up.
 *
 * ```ts
 * import { runInWorker } from 'moonsocket/lua';
 * await runInWorker('local n = 0; for i = 1, ... do n = n + i end; return n', { args: [1e6] }); // => [500000500000]
 *
 * // One second, and not a pattern that would never end.
 * const signal = AbortSignal.timeout(1000);
 * const ended = await runInWorker('return ("a"):rep(500):find(("a-"):rep(30) .. "b")', { signal }).catch((error) => error.code);
 * ended; // => 'ABORT_ERR'
 * ```
 *
 * @throws LuaError with the script's message and traceback
 * A bundle needs the worker's code beside it: `moonsocket/lua/worker`, bundled as `worker-main` with the bundle's extension.
 *
 * @throws AbortError if `signal` ended it
 * @throws SocketError ERR_UNSUPPORTED if a bundle lacks the worker's code
 */
export function runInWorker(code: string | Uint8Array, options: WorkerOptions = {}): Promise<FromLua[]> {
  return new Promise((resolve, reject) => {
    const { args = [], env = {}, signal, stdout = () => {}, stderr = () => {}, ...rest } = options;
    if (signal?.aborted) throw aborted(signal);
    granted(rest.permissions); // throws here if they are wrong
    const underWay = new Int32Array(new SharedArrayBuffer(4));
    const worker = start({ code, args, options: { ...rest, env: { ...env } }, underWay });
    // The promise is settled when the worker is gone: what it had open is closed by then.
    let outcome: (() => void) | undefined;
    let isReady = false;
    const end = (how: () => void): void => {
      outcome ??= how;
      if (isReady) void worker.terminate();
    };
    const take = (bytes: Uint8Array, to: (bytes: Buffer) => void): void => {
      try {
        to(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      } catch (error) {
        end(() => reject(error));
      }
      Atomics.sub(underWay, 0, bytes.length);
      Atomics.notify(underWay, 0);
    };
    const hear = (message: Message): void => {
      if (message.kind === 'ready') {
        isReady = true;
        if (outcome !== undefined) void worker.terminate();
      } else if (outcome !== undefined) return;
      else if (message.kind === 'result') end(() => resolve(withBuffers(message.values) as FromLua[]));
      else if (message.kind === 'script error') end(() => reject(new LuaError(message.message, message.traceback)));
      else if (message.kind === 'error') end(() => reject(new SocketError(message.code, message.message)));
      else take(message.bytes, message.kind === 'stdout' ? stdout : stderr);
    };
    const abort = (): void => end(() => reject(aborted(signal!)));
    worker.on('message', hear);
    worker.on('error', (error) => {
      outcome ??= () => reject(error);
    });
    worker.on('exit', () => {
      signal?.removeEventListener('abort', abort);
      if (outcome === undefined) reject(new SocketError('ERR_WORKER', 'runInWorker: the worker ended by itself'));
      else outcome();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function start(task: WorkerInput): Worker {
  try {
    return new Worker(workerFile(), { workerData: task });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw badArgument(`runInWorker: only data goes into a worker: ${error.message}`);
  }
}

/** `worker-main` beside this file; beside a bundle, by the bundle's extension. */
function workerFile(): URL {
  const here = placeOf(import.meta);
  const file = new URL(`./worker-main${extname(here)}`, here);
  if (existsSync(file)) return file;
  throw new SocketError(
    'ERR_UNSUPPORTED',
    `runInWorker: there is no ${basename(file.pathname)} beside the bundle: bundle moonsocket/lua/worker as well, into a file of this name`,
  );
}

function aborted(signal: AbortSignal): AbortError {
  return failed('runInWorker', new Failure('ABORT_ERR', signal.reason)) as AbortError;
}

/** A Buffer of the worker has become a Uint8Array on its way. A table may be there twice, and within itself. */
function withBuffers(value: FromLua, seen: Set<object> = new Set()): FromLua {
  if (typeof value !== 'object' || value === null) return value;
  if (isBytes(value)) return viewOf(value);
  if (seen.has(value)) return value;
  seen.add(value);
  const fields = value as Record<string, FromLua>;
  for (const name of Object.keys(fields)) {
    const before = fields[name]!;
    const after = withBuffers(before, seen);
    if (after !== before) Object.defineProperty(fields, name, { value: after });
  }
  return value;
}
