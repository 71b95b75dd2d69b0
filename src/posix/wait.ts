/**
 * Waiting for descriptors by poll(2), or in the call itself, up to a deadline.
 *
 * A blocking call cannot be interrupted from its own thread: a wait with an AbortSignal is refused rather than left to hang.
 *
 * A signal without a listener does what it does to a C program: SIGINT and SIGTERM end the process at once, also in
 * the middle of a wait. A listener (`process.on('SIGINT', ...)`) keeps the process alive and cannot run while a call
 * blocks: it runs when the event loop turns next, after the call has returned, and does not shorten the call. A program
 * that is to end cleanly on Ctrl-C gives its calls a timeout and lets the event loop turn between them, or makes them
 * in a worker.
 */
import { isMainThread } from 'node:worker_threads';
import { Failure, type Outcome, TIMED_OUT, unsupported } from '../core/errors.ts';
import { type Deadline, NO_DEADLINE, now } from '../core/timeout.ts';
import { EAGAIN, EINTR, failure } from './libc/errno.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';
import { timeval } from './libc/sockaddr.ts';

/**
 * The longest wait, in milliseconds. `terminate` and the end of the process reach a worker between two waits only;
 * in the main thread a signal ends the process in the middle of one.
 */
const LONGEST_WAIT = isMainThread ? 2_147_483_647 : 250;

/**
 * Whether a call may block in the kernel, and save the calls that would ask first: nothing bounds it, and only a signal of
 * the process can want to end it, which ends the process.
 */
export function mayBlock(deadline: Deadline): boolean {
  return deadline === NO_DEADLINE && isMainThread;
}

/** One pollfd: the descriptor, and the events that are wanted (low half) and have come (high half). */
const ONE: Int32Array = new Int32Array(2);

/** Waits until the descriptor has one of the events, an error, or the end. */
export function wait(fd: number, events: number, deadline: Deadline): Failure | undefined {
  ONE[0] = fd;
  ONE[1] = events;
  const ready = pollUntil(ONE, 1, deadline);
  return ready instanceof Failure ? ready : undefined;
}

const NO_FDS: Int32Array = new Int32Array(0);

/** Waits for nothing else than the deadline: TIMED_OUT, or why it could not. */
export function pause(deadline: Deadline): Failure {
  const { signal } = deadline;
  if (signal?.aborted) return new Failure('ABORT_ERR', signal.reason);
  return pollUntil(NO_FDS, 0, deadline) as Failure;
}

/** The same for many: how many have something to tell. A deadline that has passed looks once. */
export function pollUntil(fds: Int32Array, count: number, deadline: Deadline): Outcome<number> {
  let left = deadline.remaining();
  if (left > 0 && deadline.signal !== undefined) return NO_SIGNALS;
  const end = left > 0 && left !== Number.POSITIVE_INFINITY ? now() + left : left;
  for (;;) {
    // V8 looks for an order to terminate where a function begins, which a slow loop without one might never meet.
    const ready = libc.poll(fds, count, sliceOf(left));
    if (ready > 0) return ready;
    if (ready < 0 && libc.errno() !== EINTR) return failure();
    if (end === 0) {
      if (ready === 0) return TIMED_OUT;
    } else if (end !== Number.POSITIVE_INFINITY) {
      left = end - now();
      if (left <= 0) return TIMED_OUT;
    }
  }
}

/**
 * Makes a call that waits by itself, for SO_SNDTIMEO (socket(7)), until it succeeds: of what it waits for poll tells
 * nothing. The socket, which does not block, does so meanwhile.
 */
export function waitIn(call: () => number, fd: number, deadline: Deadline): Outcome<number> {
  let left = deadline.remaining();
  const end = now() + left;
  try {
    while (left > 0) {
      // Another process that shares the socket may have set O_NONBLOCK again, and then this would not wait, but spin.
      libc.fcntl(fd, C.F_SETFL, 0);
      const timeout = timeval(Math.max(0, sliceOf(left)));
      libc.setsockopt(fd, C.SOL_SOCKET, C.SO_SNDTIMEO, timeout, timeout.length);
      const result = call();
      if (result >= 0) return result;
      const number = libc.errno();
      if (number !== EAGAIN && number !== EINTR) return failure(number);
      left = end - now();
    }
    return TIMED_OUT;
  } finally {
    libc.fcntl(fd, C.F_SETFL, C.O_NONBLOCK);
  }
}

/** The argument of poll when `left` milliseconds are left: whole ones, -1 without a limit. */
function sliceOf(left: number): number {
  if (left === Number.POSITIVE_INFINITY && isMainThread) return -1;
  return Math.min(Math.ceil(left), LONGEST_WAIT);
}

/** While a call blocks, nothing runs that could abort a signal. */
const NO_SIGNALS = new Failure(
  'ERR_UNSUPPORTED',
  unsupported('waiting with a signal', 'nothing can abort it while a call blocks; bound the call by settimeout'),
);

export const READABLE: number = C.POLLIN;
export const WRITABLE: number = C.POLLOUT;
/** The event of a pollfd whose descriptor is not open. */
export const INVALID: number = C.POLLNVAL;
