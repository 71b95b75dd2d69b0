/** What UDP and Unix datagram sockets share over libc: the kernel's own queues, and no others. */
import { CLOSED_HERE, type Outcome } from '../core/errors.ts';
import type { Readiness } from '../core/io.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Options } from '../sockets/engine.ts';
import type { Descriptor } from './descriptor.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';
import { beginName, NAME, NAME_LENGTH } from './libc/sockaddr.ts';
import { getoption, setoption } from './options.ts';
import { afterFailure } from './socket-io.ts';
import { READABLE } from './wait.ts';

/** Where datagrams go to; each is copied out at once. The longest of UDP fits (RFC 768: a length of 16 bits). */
let input: Buffer = Buffer.allocUnsafeSlow(65_536);

export interface Received<S> {
  readonly data: Buffer;
  /** The length that was sent. */
  readonly size: number;
  readonly sender: S;
}

/** `S` is what tells one sender from another. */
export abstract class DatagramSocket<S> implements Options, Readiness {
  protected readonly descriptor: Descriptor;
  /** Whose datagrams alone are received, while others that came before may still wait in the kernel. */
  protected only: S | undefined;
  /** Who alone can have sent what comes, once `only` is undefined: such datagrams come without a name, which is quicker. */
  protected peer: S | undefined;

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  /** The sender whose address C has written to NAME. */
  protected abstract sender(): S;
  protected abstract same(a: S, b: S): boolean;

  protected receiveFrom(size: number, deadline: Deadline): Outcome<Received<S>> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    for (;;) {
      const room = roomFor(fd, size);
      const known = this.only === undefined ? this.peer : undefined;
      // With MSG_TRUNC the answer is the datagram's own length, however much of it there was room for.
      const length = receiveInto(fd, room, known === undefined);
      if (length >= 0) {
        const sender = known ?? this.sender();
        if (this.only !== undefined && !this.same(this.only, sender)) continue;
        const data = Buffer.allocUnsafe(Math.min(length, room));
        input.copy(data, 0, 0, data.length);
        return { data, size: length, sender };
      }
      this.only = undefined; // what comes from now on, the kernel has looked at
      const waited = afterFailure(fd, READABLE, deadline);
      if (waited !== undefined) return waited;
    }
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    setoption(this.descriptor.fd, name, value);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    return getoption(this.descriptor.fd, name);
  }

  getfd(): number {
    return this.descriptor.fd;
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.descriptor.fd < 0;
  }

  writable(): boolean {
    return this.descriptor.fd < 0;
  }

  get readFd(): number {
    return this.descriptor.fd;
  }

  get writeFd(): number {
    return this.descriptor.fd;
  }
}

/** Receives a datagram into `input`, and if wanted its sender's address into NAME. */
function receiveInto(fd: number, room: number, named: boolean): number {
  const flags = C.MSG_DONTWAIT | C.MSG_TRUNC;
  if (!named) return libc.recv(fd, input, room, flags);
  beginName();
  return libc.recvfrom(fd, input, room, flags, NAME, NAME_LENGTH);
}

/** How much of the next datagram is to be received. Unix sockets have longer ones than fit: those are looked at first. */
function roomFor(fd: number, size: number): number {
  if (size <= input.length) return size;
  const length = libc.recv(fd, input, 0, C.MSG_DONTWAIT | C.MSG_PEEK | C.MSG_TRUNC);
  if (length > input.length) input = Buffer.allocUnsafeSlow(length);
  return Math.min(size, input.length);
}
