/** The waist: the little that a transport must do to get receive patterns, timeouts, statistics and every protocol. */
import { badArgument, type Outcome, type TakenLate } from './errors.ts';
import type { MaybePromise } from './flow.ts';
import { shown } from './shown.ts';
import type { Deadline } from './timeout.ts';

/** Which half of a stream ends. */
export type ShutdownHow = 'send' | 'receive' | 'both';

/** Throws unless it says a half, or both. */
export function checkHow(how: ShutdownHow): void {
  if (how !== 'send' && how !== 'receive' && how !== 'both')
    throw badArgument(`shutdown: how is 'send', 'receive' or 'both', not ${shown(how)}`);
}

/**
 * A two-way stream of bytes. Failures are returned, never thrown.
 *
 * An operation that can be done at once is done, whatever the deadline says: here deadlines bound waits, and a caller
 * that calls again and again asks the deadline between.
 * `recv` is not called while a `recv` waits, nor `send` while a `send` waits.
 */
export interface Io {
  /** At least one byte, which then belongs to the caller, or why not: `ENDED` at the end of the stream. */
  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>>;
  /**
   * In the blocking face, where the transport can: `recv` into the caller's memory, and how many bytes that were. It spares
   * large receives a copy, and memory that is new each time.
   */
  recvInto?(memory: Uint8Array, deadline: Deadline): Outcome<number>;
  /**
   * How many of the bytes were taken, at least one, or why none were ({@link TakenLate}: why the call is over all the
   * same). Their memory is the caller's again when this answers. What the transport cannot take back may follow; a send
   * that begins with these bytes does not repeat them.
   *
   * With `untilHeard` it takes none, and says 0, where `recv` would not have to wait, also while it waits itself: what a
   * peer says before it has taken everything is heard at once. Transports that cannot know send as without it.
   *
   * With `steady` the memory keeps its bytes until the transport is closed, and need not be copied.
   */
  send(bytes: Uint8Array, deadline: Deadline, untilHeard?: boolean, steady?: boolean): MaybePromise<Outcome<number>>;
  /** Ends one half or both; what was taken is sent first. */
  shutdown(how: ShutdownHow): void;
  /** Gives the transport back to the system. Pending calls end with `CLOSED_HERE`. Again: does nothing. */
  close(): void;
  /** The descriptor, or -1 where there is none or the runtime does not tell. */
  getfd(): number;
  /** Gives up the descriptor, which stays open. Transports without a descriptor of their own do not have this. */
  detach?(): Outcome<number>;
  /**
   * With an event loop: whether it waits for the transport (as it does without this), or may end the program.
   * One that does not hold it gives up, when it is closed, what it has not handed to the system yet.
   */
  hold?(holds: boolean): void;
  /** The state that `select` waits for; a transport without it cannot be selected. */
  readonly readiness?: Readiness | undefined;
}

/** The states that `select` waits for. */
export interface Readiness {
  /**
   * Whether `recv` (or accept) would answer at once, as far as this side knows without asking the system. Asking may
   * start to read ahead.
   */
  readable(): boolean;
  /** The same of `send`. */
  writable(): boolean;
  /** In the await face: calls `changed` when either may have become true; returns how to stop that. */
  readonly watch?: ((changed: () => void) => () => void) | undefined;
  /** In the blocking face: the descriptor that poll(2) is asked about for reading, or a negative number for none. */
  readonly readFd?: number | undefined;
  /** In the blocking face: the descriptor that poll(2) is asked about for writing, or a negative number for none. */
  readonly writeFd?: number | undefined;
  /** In the blocking face, where bytes that were taken may not be with the system yet: hands them over, and says whether none is left. */
  readonly push?: (() => boolean) | undefined;
  /** In the blocking face, where a descriptor alone does not tell: what may change what `readable` and `push` say. */
  readonly waits?: (() => Waits) | undefined;
}

/** What is to be waited for, before a transport is asked again. */
export interface Waits {
  /** Descriptors, and for each the events of poll(2). */
  readonly fds: readonly (readonly [fd: number, events: number])[];
  /** When it is to be asked in any case, on the clock of `now`. */
  readonly until: number;
}

/** The same readiness, of an object that may know more than its transport. */
export function readinessOver(below: Readiness, readable: () => boolean, writable: () => boolean): Readiness {
  return {
    readable: () => readable() || below.readable(),
    writable: () => writable() || below.writable(),
    watch: below.watch && ((changed) => (below.watch as NonNullable<Readiness['watch']>)(changed)),
    push: below.push && (() => (below.push as NonNullable<Readiness['push']>)()),
    waits: below.waits && (() => (below.waits as NonNullable<Readiness['waits']>)()),
    get readFd() {
      return below.readFd;
    },
    get writeFd() {
      return below.writeFd;
    },
  };
}
