/**
 * The waist over pipes, FIFOs, terminals and files: one descriptor for each direction, or one for both.
 *
 * A descriptor may be shared with others who want it to block (a terminal with the shell), so O_NONBLOCK is left as
 * it is: poll(2) is asked first, and no more is written than then fits.
 */
import { fstatSync } from 'node:fs';
import { CLOSED_HERE, ENDED, Failure, type Outcome } from '../core/errors.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Descriptor } from '../posix/descriptor.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { READABLE, WRITABLE, wait } from '../posix/wait.ts';
import { INPUT_SIZE, input, takeRead } from './read-memory.ts';
import { afterFailure } from './socket-io.ts';

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
    this.#writeSize = output === undefined ? 0 : writeSizeOf(output.fd);
  }

  recv(deadline: Deadline): Outcome<Uint8Array> {
    if (this.#closed) return CLOSED_HERE;
    if (this.#receiveEnded) return ENDED;
    const { fd } = this.#input as Descriptor;
    for (;;) {
      const unready = wait(fd, READABLE, deadline);
      if (unready !== undefined) return unready;
      const length = libc.read(fd, input, INPUT_SIZE);
      if (length > 0) return takeRead(length);
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

/** How much one write may hand over, and not block. */
function writeSizeOf(fd: number): number {
  const flags = libc.fcntl(fd, C.F_GETFL, 0);
  // A file takes everything, at its own pace; nothing can be waited for.
  return (flags & C.O_NONBLOCK) !== 0 || fstatSync(fd).isFile() ? Number.POSITIVE_INFINITY : C.PIPE_BUF;
}
