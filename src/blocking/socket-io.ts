/**
 * The waist over sockets: what can be done at once is done, and only then poll(2) is asked to wait.
 *
 * A byte goes from the kernel into `input`, by `recv` to the Stream's buffer, by a receive pattern to the caller.
 */
import { CLOSED_HERE, ENDED, Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import { type Deadline, NO_WAIT } from '../core/timeout.ts';
import type { Descriptor } from '../posix/descriptor.ts';
import { EAGAIN, EINTR, failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { mayBlock, READABLE, WRITABLE, wait } from '../posix/wait.ts';
import { input, takeRead } from './read-memory.ts';

/** With these a connection is over for good. */
const FATAL: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETRESET',
]);

/**
 * A connected socket. O_NONBLOCK is off on those that are opened here, but calls do not depend on it: it belongs to all
 * who share the socket. Where it is on, a call that would block is told so, and waits by poll(2).
 */
export class SocketIo implements Io, Readiness {
  protected readonly descriptor: Descriptor;
  #receiveEnded = false;
  /**
   * Why the connection broke. The kernel tells that once, to whoever asks first, and then has an end like any other: what
   * was cut off would be taken for all there was.
   */
  #broken: Failure | undefined;

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  recv(deadline: Deadline): Outcome<Uint8Array> {
    const length = this.recvInto(input, deadline);
    return length instanceof Failure ? length : takeRead(length);
  }

  recvInto(memory: Uint8Array, deadline: Deadline): Outcome<number> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    if (this.#receiveEnded) return ENDED;
    const flags = mayBlock(deadline) ? 0 : C.MSG_DONTWAIT;
    for (;;) {
      const length = libc.recv(fd, memory, memory.length, flags);
      if (length > 0) return length;
      if (length === 0) return this.#broken ?? ENDED;
      const waited = afterFailure(fd, READABLE, deadline);
      if (waited !== undefined) return this.noted(waited);
    }
  }

  send(bytes: Uint8Array, deadline: Deadline, untilHeard = false): Outcome<number> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    const events = untilHeard ? WRITABLE | READABLE : WRITABLE;
    for (;;) {
      if (untilHeard && wait(fd, READABLE, NO_WAIT) === undefined) return 0;
      // A send that blocks would save poll(2) where the peer is slower, and costs more there: it sleeps and wakes more often.
      const length = libc.send(fd, bytes, bytes.length, C.MSG_NOSIGNAL | C.MSG_DONTWAIT);
      if (length >= 0) return length;
      const waited = afterFailure(fd, events, deadline);
      if (waited !== undefined) return this.noted(waited);
    }
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'send') this.#receiveEnded = true;
    // It fails when the connection is gone, and then there is nothing left to end.
    libc.shutdown(this.descriptor.fd, how === 'receive' ? 0 : how === 'send' ? 1 : 2);
  }

  close(): void {
    this.descriptor.close();
  }

  detach(): Outcome<number> {
    return this.descriptor.detach();
  }

  getfd(): number {
    return this.descriptor.fd;
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.#receiveEnded;
  }

  writable(): boolean {
    return false;
  }

  get readFd(): number {
    return this.descriptor.fd;
  }

  get writeFd(): number {
    return this.descriptor.fd;
  }

  /** Remembers a failure that ends the connection. */
  protected noted(failure: Failure): Failure {
    if (failure !== TIMED_OUT && FATAL.has(failure.code)) this.#broken = failure;
    return failure;
  }
}

/**
 * After a call that failed: waits if it would have had to, and returns undefined when it is to be made again, which
 * after a signal is at once.
 */
export function afterFailure(fd: number, events: number, deadline: Deadline): Failure | undefined {
  const number = libc.errno();
  if (number === EAGAIN) return deadline.remaining() === 0 ? TIMED_OUT : wait(fd, events, deadline);
  return number === EINTR ? undefined : failure(number);
}
