/**
 * Ownership of a descriptor: its owner closes it, or, when the owner was forgotten, the garbage collector, with a warning.
 *
 * Finalizers run when the event loop turns: a program that never leaves its blocking code gets none, as a C program
 * would not.
 */
import { Failure, type Outcome } from '../core/errors.ts';
import { placeOf } from './own-place.ts';
import { closeFd, trackFd, untracked } from './worker-fds.ts';

/** The part of an owner that the collector keeps. It must not lead back to it. */
interface Leak {
  readonly fd: number;
  /**
   * The stack where the descriptor was opened, `''` where it was not kept, undefined where warnings are off. Text and no
   * Error: that has the functions and each `this` of the stack, and so perhaps the socket, until its text is asked for.
   */
  readonly opened: string | undefined;
}

/** Stack frames to keep: those of this package, some ten, and a few of its caller. */
const FRAMES = 24;
/** Where this package is: frames in it are not what the reader looks for. */
const HERE = new URL('..', placeOf(import.meta)).href;
/** A stack costs as much as a connection, so these have one: the first sockets of a thread, and then one in EVERY. */
const FIRST = 500;
const EVERY = 32;

/** Up to here descriptors are the process's: to forget one of them is not to lose it. */
const STANDARD_ERROR = 2;

let warnings = true;
let count = 0;

/**
 * Whether a process warning names each socket that is forgotten without `close`, with the line that opened it.
 * It is closed in any case. On by default. The lines are kept of the first 500 sockets of a thread, and of one in 32 of
 * those that come after them, so that keeping them costs little; a program that always forgets one is found out.
 *
 * ```ts
 * import { warnOfLeaks } from 'moonsocket/blocking';
 * warnOfLeaks(false);
 * ```
 */
export function warnOfLeaks(on: boolean): void {
  warnings = on;
}

const forgotten = new FinalizationRegistry<Leak>(({ fd, opened }) => {
  closeFd(fd);
  if (opened === undefined || !warnings) return;
  const frames = opened.split('\n').slice(1);
  const line = frames.find((frame) => !frame.includes(HERE) && frame.includes(':')) ?? frames[0];
  const where =
    line === undefined ? `where, is not known (of sockets after the first ${FIRST}, one in ${EVERY} is)` : line;
  process.emitWarning(`a socket was forgotten without close (descriptor ${fd}); it was opened ${where.trim()}`, {
    code: 'MOONSOCKET_LEAK',
    detail: frames.join('\n'),
  });
});

export class Descriptor {
  #fd: number;

  /** Takes over a descriptor whose number is known nowhere else, and may change. */
  static own(fd: number): Descriptor {
    return Descriptor.keep(trackFd(fd));
  }

  /** Takes a descriptor over. */
  static keep(fd: number): Descriptor {
    const descriptor = new Descriptor(fd);
    if (fd > STANDARD_ERROR)
      forgotten.register(descriptor, { fd, opened: warnings ? stackHere() : undefined }, descriptor);
    return descriptor;
  }

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** -1 when it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** Hands the descriptor over, to be closed by `closeFd`; this object has none any more. */
  release(): number {
    const fd = this.#fd;
    this.#fd = -1;
    forgotten.unregister(this);
    return fd;
  }

  /** Gives it up, for good: nothing of ours closes it, not even the end of a worker. */
  detach(): Outcome<number> {
    const fd = untracked(this.#fd);
    if (!(fd instanceof Failure)) this.release();
    return fd;
  }

  /** Again: does nothing. */
  close(): void {
    if (this.#fd >= 0) closeFd(this.release());
  }
}

function stackHere(): string {
  if (count++ >= FIRST && count % EVERY !== 0) return '';
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const error = new Error('opened');
  Error.stackTraceLimit = limit;
  return String(error.stack);
}
