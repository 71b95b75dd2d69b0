/**
 * Child processes that cannot outlive the tools: each is watched and has a process group of its own, which is ended
 * with it, so that neither a hanging test nor a server it started stays behind.
 */

import { spawn } from 'node:child_process';
import { cpuSecondsOf } from './processes.ts';
import { type Limits, Watch } from './watch.ts';

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `inherit` shows output as it comes, `tee` shows and collects it, `collect` only collects. */
  readonly output: 'inherit' | 'tee' | 'collect';
  readonly limits: Limits;
  /** A number that changes with the child's progress; without it, each piece of collected output is progress. */
  readonly progress?: () => number;
}

export interface ChildResult {
  /** Undefined if a signal ended it. */
  readonly code: number | undefined;
  /** Standard output and error as they came, unless inherited. */
  readonly text: string;
  /** What went wrong besides the exit code: a limit, a signal, a program that is not there. */
  readonly trouble: string | undefined;
}

/** After a polite signal a child has this long to say where it was. */
const GRACE_MS = 3000;
/** From one look at a child to the next; shorter where a limit is. */
const LOOK_SECONDS = 2;

const running = new Set<number>();

/** Runs a program to its end. Never rejects: what went wrong is in the result. */
export function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  return new Promise((done) => {
    const stdio = options.output === 'inherit' ? 'inherit' : 'pipe';
    // The variable is set inside a test runner; a child that finds it reports to its parent in a binary format.
    const env = { ...process.env, ...options.env, NODE_TEST_CONTEXT: undefined };
    const child = spawn(command, args, { cwd: options.cwd, env, stdio: ['ignore', stdio, stdio], detached: true });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    let text = '';
    let trouble: string | undefined;
    const collect =
      (to: NodeJS.WriteStream) =>
      (piece: string): void => {
        text += piece;
        if (options.output === 'tee') to.write(piece);
      };
    child.stdout?.setEncoding('utf8').on('data', collect(process.stdout));
    child.stderr?.setEncoding('utf8').on('data', collect(process.stderr));
    const stopWatching = watched(pid, options.limits, options.progress ?? (() => text.length), (reason) => {
      trouble = reason;
      child.kill('SIGINT');
      setTimeout(() => pid !== undefined && running.has(pid) && endGroup(pid), GRACE_MS).unref();
    });
    child.once('error', (error) => {
      trouble = error.message;
      finish(undefined);
    });
    child.once('exit', (code, signal) => {
      if (signal !== null) trouble ??= `was ended by ${signal}`;
      // A survivor of the group may hold the pipes open, so it goes before we wait for their end.
      if (pid !== undefined) endGroup(pid);
      if (stdio === 'inherit') finish(code ?? undefined);
      else child.once('close', () => finish(code ?? undefined));
    });
    function finish(code: number | undefined): void {
      stopWatching();
      if (pid !== undefined) running.delete(pid);
      done({ code, text, trouble });
    }
  });
}

/** Looks at a child from time to time, and calls `stop` once if it hangs. Returns how to end the watch. */
function watched(
  pid: number | undefined,
  limits: Limits,
  progress: () => number,
  stop: (reason: string) => void,
): () => void {
  const watch = new Watch(limits);
  const look = (): void => {
    const cpu = pid === undefined ? undefined : cpuSecondsOf(pid);
    const reason = watch.look(performance.now() / 1000, cpu, progress());
    if (reason === undefined) return;
    clearInterval(timer);
    stop(reason);
  };
  const seconds = Math.min(LOOK_SECONDS, limits.idleSeconds / 4, limits.cpuSeconds / 4);
  const timer = setInterval(look, seconds * 1000);
  return () => clearInterval(timer);
}

/** Whoever stops the tools stops what they started: call once, at the start of a program. */
export function endChildrenOnSignals(): void {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => {
      for (const pid of running) endGroup(pid);
      process.exit(128 + number);
    });
  }
}

/** Ends what is left of a child's process group. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}
