/**
 * Timeouts by LuaSocket's design: "block" bounds each wait for the system, "total" bounds the whole call.
 *
 * A call takes one {@link Deadline}. It asks that how long it may wait, each time that it has to, and before each piece
 * that it moves whether the time of the whole call is over: a peer that is quicker than its reader never lets it wait. A
 * call that is answered from the buffer never looks at the clock, unless a total timeout is set.
 */
import { badArgument } from './errors.ts';
import { PIECES_AT_HAND } from './limits.ts';
import { shown } from './shown.ts';

/** Taken once: a program may put a clock of its own, which stands still, in its place. */
const { performance } = globalThis;

/** Milliseconds on a clock that is never set. */
export function now(): number {
  return performance.now();
}

/**
 * Seconds since the epoch, to the microsecond or so. (LuaSocket `socket.gettime`.)
 *
 * ```ts
 * Math.abs(gettime() - Date.now() / 1000) < 1; // => true
 * ```
 */
export function gettime(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** How long a call may go on waiting, and what may end it early. */
export interface Deadline {
  /** Milliseconds that the next wait may last: 0 means not to wait, Infinity without an end. */
  remaining(): number;
  /**
   * Whether a call that has moved this number of pieces is to end, though the next one may be at hand. The first is looked for
   * whatever the time is: a call gives what is there already. Within a conversation whose time is over it is not, since
   * many short calls would go on and on.
   */
  overAfter(pieces: number): boolean;
  /** Ends the wait when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Whether a call may end before its work is done. */
  readonly interruptible: boolean;
}

/** Waits without an end. */
export const NO_DEADLINE: Deadline = {
  remaining: () => Number.POSITIVE_INFINITY,
  overAfter: () => false,
  signal: undefined,
  interruptible: false,
};

/** Does not wait. */
export const NO_WAIT: Deadline = {
  remaining: () => 0,
  overAfter: () => false,
  signal: undefined,
  interruptible: true,
};

class CallDeadline implements Deadline {
  readonly signal: AbortSignal | undefined;
  readonly interruptible = true;
  readonly #block: number;
  readonly #end: number;
  readonly #free: number;

  /** `block` is in milliseconds, `end` a time on the clock of {@link now}; the first `free` pieces do not count. */
  constructor(block: number, end: number, signal: AbortSignal | undefined, free = 1) {
    this.#block = block;
    this.#end = end;
    this.#free = free;
    this.signal = signal;
  }

  remaining(): number {
    if (this.#end === Number.POSITIVE_INFINITY) return this.#block;
    return Math.min(this.#block, Math.max(0, this.#end - now()));
  }

  overAfter(pieces: number): boolean {
    return this.#end !== Number.POSITIVE_INFINITY && pieces >= this.#free && now() >= this.#end;
  }
}

/** The two timeouts of a socket, in seconds; null is no limit. */
export class Timeouts {
  #block = Number.POSITIVE_INFINITY;
  #total = Number.POSITIVE_INFINITY;
  /** When all calls end, on the clock of {@link now}. */
  #end = Number.POSITIVE_INFINITY;

  /** `mode` 'b' sets the block timeout, 't' the total one; null or a negative number is no limit, 0 does not wait. */
  set(seconds: number | null, mode: 'b' | 't' = 'b'): void {
    const limit = milliseconds('settimeout', seconds);
    if (mode === 'b') this.#block = limit;
    else if (mode === 't') this.#total = limit;
    else throw badArgument(`settimeout: mode is 'b' (block) or 't' (total), not ${shown(mode)}`);
  }

  /** Both timeouts, in seconds; null is no limit. */
  get(): { block: number | null; total: number | null } {
    return { block: seconds(this.#block), total: seconds(this.#total) };
  }

  /**
   * For conversations of many calls: all that begin from now on end together, in `seconds`, however long each of
   * them might last by itself. Returns what puts an end to that; such bounds may stand within each other.
   */
  within(seconds: number): () => void {
    return this.until(now() + milliseconds('within', seconds));
  }

  /** The same, up to a time on the clock of {@link now}. */
  until(end: number): () => void {
    const before = this.#end;
    this.#end = Math.min(before, end);
    return () => {
      this.#end = before;
    };
  }

  /** Whether the time of a conversation is over. */
  get over(): boolean {
    return this.#end !== Number.POSITIVE_INFINITY && now() >= this.#end;
  }

  /** The deadline of a call that begins now. */
  begin(signal?: AbortSignal): Deadline {
    const end = this.#total === Number.POSITIVE_INFINITY ? this.#end : Math.min(this.#end, now() + this.#total);
    if (this.#block === Number.POSITIVE_INFINITY && end === Number.POSITIVE_INFINITY && signal === undefined) {
      return NO_DEADLINE;
    }
    // "Do not wait" is to take what is there.
    const free = this.#end !== Number.POSITIVE_INFINITY ? 0 : this.#total === 0 ? PIECES_AT_HAND : 1;
    return new CallDeadline(this.#block, end, signal, free);
  }
}

/** The deadline of a call that takes its timeout as an argument, in seconds. */
export function deadlineAfter(call: string, seconds: number | null | undefined, signal?: AbortSignal): Deadline {
  if ((seconds === undefined || seconds === null) && signal === undefined) return NO_DEADLINE;
  const limit = milliseconds(call, seconds ?? null);
  return deadlineAt(limit === Number.POSITIVE_INFINITY ? limit : now() + limit, signal);
}

/** The deadline at a time on the clock of {@link now}. */
export function deadlineAt(end: number, signal: AbortSignal | undefined): Deadline {
  if (end === Number.POSITIVE_INFINITY && signal === undefined) return NO_DEADLINE;
  return new CallDeadline(Number.POSITIVE_INFINITY, end, signal);
}

function milliseconds(call: string, seconds: number | null): number {
  if (seconds === null) return Number.POSITIVE_INFINITY;
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) {
    throw badArgument(`${call}: a timeout is a number of seconds, or null for no limit, not ${shown(seconds)}`);
  }
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}

function seconds(limit: number): number | null {
  return limit === Number.POSITIVE_INFINITY ? null : limit / 1000;
}
