/**
 * What every case has to hold, whatever its fault: it ends in time, nothing is left open, nothing fails unseen, and the
 * process can end. A case runs here, or apart: in a process and, where it says so, a network namespace of its own.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { it } from 'node:test';
import { SocketError } from '../../src/entry/index.ts';
import { heldUp } from '../peers/machine.ts';
import { Child, type Cleanup, eventually, NAMESPACE, needs, type Tool } from '../peers/tools.ts';

/** Named in the environment of a process that runs one case: which one. */
const CASE = 'MOONSOCKET_CASE';
const own = process.env[CASE];

/** The most that the memory of a process may grow by, whatever a peer sends. */
const MEMORY_LIMIT = 64 * 1_048_576;

export interface Rules {
  /** How long the case may take (20 s without it). */
  readonly seconds?: number;
  /** Whether the memory of the process is watched, too. */
  readonly memory?: boolean;
  /** A lookup that the resolver never answers ends in its own time, and not in ours. */
  readonly lookupsMayStay?: boolean;
  readonly tools?: readonly Tool[];
}

export interface Apart extends Rules {
  /** Shell commands that make a network and mount namespace ready, as its root; none leaves the network as it is. */
  readonly network?: string;
  /** A program and its arguments, which run the case's process. */
  readonly through?: readonly string[];
}

/** Ends what a case has opened, the last one first. */
export class Scope implements Cleanup {
  readonly #ends: (() => unknown)[] = [];

  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }
}

type Body = (scope: Scope) => Promise<void>;

/** A case. Its title begins with its number in README.md. */
export function fault(title: string, rules: Rules, body: Body): void {
  if (own === undefined) it(title, needs(...(rules.tools ?? [])), () => guarded(body, rules));
}

/** A case in a process of its own, which has to end by itself. */
export function apart(title: string, rules: Apart, body: Body): void {
  if (own === title) {
    guarded(body, rules).then(
      () => console.log('held'),
      (error: unknown) => {
        console.error(error);
        process.exitCode = 1;
      },
    );
  } else if (own === undefined) {
    const { network, through = [], tools = [] } = rules;
    const used: Tool[] = network === undefined ? [...tools] : [...tools, 'unshare', 'ip'];
    it(title, needs(...used), () => runApart(title, network, through, (rules.seconds ?? 20) + 10));
  }
}

async function runApart(
  title: string,
  network: string | undefined,
  through: readonly string[],
  seconds: number,
): Promise<void> {
  const program = [...through, process.execPath, '--expose-gc', process.argv[1] as string];
  const shell = network === undefined ? 'exec "$@"' : `ip link set lo up\n${network}\nexec "$@"`;
  const command = [...(network === undefined ? [] : NAMESPACE), 'sh', '-ec', shell, 'sh', ...program];
  const scope = new Scope();
  try {
    const child = new Child(scope, command[0] as string, command.slice(1), { [CASE]: title });
    const { code, signal } = await within(
      seconds,
      child.ended,
      () => `its process still runs:\n${child.stdout}${child.stderr}`,
    );
    assert.ok(
      code === 0 && child.stdout.includes('held'),
      `exit code ${code ?? signal}\n${child.stdout}${child.stderr}`,
    );
  } finally {
    await scope.end();
  }
}

async function guarded(body: Body, { seconds = 20, memory = false, lookupsMayStay = false }: Rules): Promise<void> {
  const accidents: unknown[] = [];
  const onAccident = (what: unknown): number => accidents.push(what);
  const onWarning = (warning: Error): void => {
    if (warning.name !== 'ExperimentalWarning') accidents.push(warning);
  };
  process.on('unhandledRejection', onAccident).on('uncaughtException', onAccident).on('warning', onWarning);
  const watch = memory ? watchMemory() : undefined;
  const before = open(lookupsMayStay);
  const scope = new Scope();
  try {
    try {
      await within(seconds, body(scope), () => 'the case still runs');
    } finally {
      const growth = watch?.();
      await scope.end();
      if (growth !== undefined) assert.ok(growth < MEMORY_LIMIT, `the process grew by ${growth} bytes`);
    }
    await eventually('closing everything', () => added(before, open(lookupsMayStay)).length === 0).catch(() => {
      assert.fail(`these were left open: ${added(before, open(lookupsMayStay)).join(', ')}`);
    });
  } finally {
    process.off('unhandledRejection', onAccident).off('uncaughtException', onAccident).off('warning', onWarning);
  }
  assert.deepEqual(accidents, [], 'something failed unseen');
}

/** The sockets and files that are open, and what keeps the event loop alive. */
function open(lookupsMayStay: boolean): string[] {
  const handles = process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCP|Pipe|UDP|Shutdown|GetAddrInfo|GetNameInfo|Timeout)/.test(name))
    .filter((name) => !lookupsMayStay || !name.startsWith('Get'));
  // libuv keeps one on the root directory in reserve, once it has run out of descriptors.
  const descriptors = openDescriptors().filter((kind) => kind === 'socket' || /^\/./.test(kind));
  return [...descriptors, ...handles].sort();
}

/** What is in `after` and not in `before`. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((what) => {
    const at = left.indexOf(what);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What the open descriptors of this process are: `socket`, `pipe`, or a path. */
export function openDescriptors(): string[] {
  if (!existsSync('/proc/self/fd')) return []; // not Linux
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      // The directory that is being read has a descriptor, too.
      return /^\/proc\/\d+\/fd$/.test(target) ? [] : [target.replace(/:\[\d+\]$/, '')];
    } catch {
      return [];
    }
  });
}

/** Watches the memory of this process; the result ends that, and tells by how much it grew at most. */
function watchMemory(): () => number {
  globalThis.gc?.();
  const start = process.memoryUsage.rss();
  let most = start;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return most - start;
  };
}

/** The result of `promise`, which has to come in time. */
export async function within<T>(seconds: number, promise: Promise<T>, late: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${seconds} s ${late()}`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Expected {
  /** LuaSocket's word, where the case promises it. */
  readonly reason?: string;
  readonly partial?: string | Buffer;
  readonly sent?: number;
}

/** The error with which `operation` fails: typed, with this code, and with what the case promises. */
export async function fails(operation: Promise<unknown>, code: string, expected: Expected = {}): Promise<SocketError> {
  const error = await operation.then(
    (value) => assert.fail(`it succeeded, with ${String(value).slice(0, 100)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SocketError, `not typed: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  if (expected.reason !== undefined) assert.equal(error.reason, expected.reason);
  if (expected.partial !== undefined) assert.equal(String(error.partial), String(expected.partial));
  if (expected.sent !== undefined) assert.equal(error.sent, expected.sent);
  return error;
}

/** Milliseconds that `operation` takes. */
export async function duration(operation: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await operation();
  return performance.now() - start;
}

/** Asserts that a timeout was kept: not early, and not late by more than the slack and what the machine is to blame for. */
export function assertTook(milliseconds: number, seconds: number, slack = 1): void {
  assert.ok(milliseconds > seconds * 1000 - 2, `after ${milliseconds} ms, which is too early for ${seconds} s`);
  const most = (seconds + slack) * 1000 + heldUp();
  assert.ok(milliseconds < most, `after ${milliseconds} ms, which is too late for ${seconds} s`);
}
