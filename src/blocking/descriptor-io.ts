/**
 * The waist over pipes, FIFOs, terminals and files: one descriptor for each direction, or one for both.
 *
 * A descriptor may be shared with others who want it to block (a terminal with the shell), so O_NONBLOCK is left as
 * it is: poll(2) is asked first, and no more is written than then fits.
 */
import { CLOSED_HERE, ENDED, Failure, type Outcome } from '../core/errors.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Descriptor } from './descriptor.ts';
import { INPUT_SIZE, input, taken } from './input.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';
import { afterFailure } from './socket-io.ts';
import { READABLE, WRITABLE, wait } from './wait.ts';

/** What a pipe takes at once when it is writable (POSIX: at least 512 bytes; 4,096 in Linux, pipe(7)). */
const PIPE_BUF = C.PIPE_BUF;

export class DescriptorIo implements Io, Readiness {
  readonly #input: Descriptor | undefined;
  readonly #output: Descriptor | undefined;
  readonly #writeSize: number;
  #closed = false;
  #receiveEnded: boolean;
  #sendEnded: boolean;

  constructor(input: Descriptor | undefined, output: Descriptor | undefined) {
    this.#input = input;
    this.#output = output;
    this.#receiveEnded = input === undefined;
    this.#sendEnded = output === undefined;
    const flags = output === undefined ? 0 : libc.fcntl(output.fd, C.F_GETFL, 0);
    this.#writeSize = (flags & C.O_NONBLOCK) === 0 ? PIPE_BUF : Number.POSITIVE_INFINITY;
  }

  recv(deadline: Deadline): Outcome<Uint8Array> {
    if (this.#closed) return CLOSED_HERE;
    if (this.#receiveEnded) return ENDED;
    const { fd } = this.#input as Descriptor;
    for (;;) {
      const unready = wait(fd, READABLE, deadline);
      if (unready !== undefined) return unready;
      const length = libc.read(fd, input, INPUT_SIZE);
      if (length > 0) return taken(length);
      if (length === 0) return ENDED;
      const failure = afterFailure(fd, READABLE, deadline);
      if (failure !== undefined) return failure;
    }
  }

  send(bytes: Uint8Array, deadline: Deadline): Outcome<number> {
    if (this.#closed) return CLOSED_HERE;
    if (this.#sendEnded) return new Failure('EPIPE');
    const { fd } = this.#output as Descriptor;
    for (;;) {
      const unready = wait(fd, WRITABLE, deadline);
      if (unready !== undefined) return unready;
      const length = libc.write(fd, bytes, Math.min(bytes.length, this.#writeSize));
      if (length >= 0) return length;
      const failure = afterFailure(fd, WRITABLE, deadline);
      if (failure !== undefined) return failure;
    }
  }

  shutdown(how: ShutdownHow): void {
    const apart = this.#input !== this.#output;
    if (how !== 'receive') {
      this.#sendEnded = true;
      if (apart) this.#output?.close();
    }
    if (how !== 'send') {
      this.#receiveEnded = true;
      if (apart) this.#input?.close();
    }
  }

  close(): void {
    this.#closed = true;
    this.#input?.close();
    this.#output?.close();
  }

  getfd(): number {
    return (this.#input ?? this.#output)?.fd ?? -1;
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.#receiveEnded;
  }

  writable(): boolean {
    return this.#sendEnded;
  }

  get readFd(): number {
    return this.#input?.fd ?? -1;
  }

  get writeFd(): number {
    return this.#output?.fd ?? -1;
  }
}
