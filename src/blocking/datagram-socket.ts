/** The base of UDP and Unix datagram sockets over libc: the kernel's own queues, and no others. */
import { CLOSED_HERE, type Outcome } from '../core/errors.ts';
import type { Readiness } from '../core/io.ts';
import { LONGEST_DATAGRAM } from '../core/limits.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Descriptor } from '../posix/descriptor.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { beginName, NAME, NAME_LENGTH } from '../posix/libc/sockaddr.ts';
import { getoption, setoption } from '../posix/socket-options.ts';
import { READABLE } from '../posix/wait.ts';
import type { SocketOptions } from '../sockets/engine.ts';
import { afterFailure } from './socket-io.ts';

/** Memory that datagrams go to, one behind the other. Each keeps its whole slab alive, as with Node's own pool. */
const SLAB_SIZE = 32_768;
/** Datagrams that may be longer than this go to `input`, and are copied out of it. */
const SLAB_ROOM = 8192;

class Memory {
  readonly bytes: Buffer;
  readonly address: number;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.address = Number(libc.addressOf(this.bytes));
  }
}

let slab = new Memory(SLAB_SIZE);
let slabUsed = 0;
/** The longest of UDP fits. */
let input = new Memory(LONGEST_DATAGRAM);

export interface ReceivedDatagram<S> {
  readonly data: Buffer;
  /** The length that was sent. */
  readonly size: number;
  readonly sender: S;
}

/** `S` is what tells one sender from another. */
export abstract class DatagramSocket<S> implements SocketOptions, Readiness {
  protected readonly descriptor: Descriptor;
  /** The only sender whose datagrams are received, while others that came before may still wait in the kernel. */
  protected only: S | undefined;
  /** The only possible sender, once `only` is undefined: such datagrams come without a name, which is quicker. */
  protected peer: S | undefined;

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  /** The sender whose address C has written to NAME. */
  protected abstract sender(): S;
  protected abstract same(a: S, b: S): boolean;

  protected receiveFrom(size: number, deadline: Deadline): Outcome<ReceivedDatagram<S>> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    for (;;) {
      const room = roomFor(fd, size);
      const known = this.only === undefined ? this.peer : undefined;
      const address = room > SLAB_ROOM ? input.address : placeInSlab(room);
      // With MSG_TRUNC the answer is the datagram's own length, however much of it there was room for.
      const flags = C.MSG_DONTWAIT | C.MSG_TRUNC;
      if (known === undefined) beginName();
      const length =
        known === undefined
          ? libc.recvfrom(fd, address, room, flags, NAME, NAME_LENGTH)
          : libc.recvfrom(fd, address, room, flags, null, null);
      if (length >= 0) {
        const sender = known ?? this.sender();
        if (this.only !== undefined && !this.same(this.only, sender)) continue;
        return { data: received(room, Math.min(length, room)), size: length, sender };
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

/** The address of `room` free bytes in the slab. */
function placeInSlab(room: number): number {
  if (slabUsed + room > SLAB_SIZE) {
    slab = new Memory(SLAB_SIZE);
    slabUsed = 0;
  }
  return slab.address + slabUsed;
}

/** The datagram of `length` bytes that has been received into `room`. */
function received(room: number, length: number): Buffer {
  if (room > SLAB_ROOM) return Buffer.from(input.bytes.subarray(0, length));
  const begin = slabUsed;
  slabUsed += length;
  return slab.bytes.subarray(begin, slabUsed);
}

/** How much of the next datagram is to be received. Unix sockets have longer ones than fit: those are looked at first. */
function roomFor(fd: number, size: number): number {
  if (size <= input.bytes.length) return size;
  const length = libc.recv(fd, input.bytes, 0, C.MSG_DONTWAIT | C.MSG_PEEK | C.MSG_TRUNC);
  if (length > input.bytes.length) input = new Memory(length);
  return Math.min(size, input.bytes.length);
}
