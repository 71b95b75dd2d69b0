/** Unix datagram sockets over libc (unix(7)): nothing is dropped; a sender waits while the receiver's queue is full. */
import { CLOSED_HERE, Failure, type Outcome } from '../core/errors.ts';
import type { Deadline } from '../core/timeout.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { EAGAIN, failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { packedPath, pathOf, unpackedPath } from '../posix/libc/sockaddr.ts';
import { newSocket } from '../posix/open-socket.ts';
import { waitIn } from '../posix/wait.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { bindPath } from './unix.ts';

/** A datagram, with its sender. */
export interface UnixDatagramMessage {
  /** The bytes that came, at most as many as were asked for. */
  readonly data: Buffer;
  /** The sender's path, `''` for one that has none. An abstract name begins with NUL. */
  readonly path: string;
  /** Bytes that were sent: more than `data.length` when the datagram was truncated. */
  readonly size: number;
}

export class UnixDatagramIo extends DatagramSocket<string> {
  static open(): Outcome<UnixDatagramIo> {
    const fd = newSocket(C.AF_UNIX, C.SOCK_DGRAM);
    return fd instanceof Failure ? fd : new UnixDatagramIo(Descriptor.own(fd));
  }

  bind(path: string): Failure | undefined {
    return bindPath(this.descriptor.fd, path);
  }

  /** From then on the kernel takes datagrams of this peer only. */
  connect(path: string): Failure | undefined {
    const { bytes, length } = packedPath(path);
    if (libc.connect(this.descriptor.fd, bytes, length) < 0) return failure();
    const name = this.getpeername();
    if (name instanceof Failure) return name;
    this.only = name;
    return undefined;
  }

  /**
   * To the peer, or to a path. Of room in the queue of a receiver that is not the peer, poll tells nothing: it says
   * writable at once. Only a send that blocks is woken when there is some.
   */
  send(data: Uint8Array, path: string | undefined, deadline: Deadline): Outcome<number> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    const to = path === undefined ? undefined : packedPath(path);
    const sendOnce = (flags: number): number =>
      to === undefined
        ? libc.send(fd, data, data.length, C.MSG_NOSIGNAL | flags)
        : libc.sendto(fd, data, data.length, C.MSG_NOSIGNAL | flags, to.bytes, to.length);
    const sent = sendOnce(C.MSG_DONTWAIT);
    if (sent >= 0) return sent;
    const outcome = libc.errno() === EAGAIN ? waitIn(() => sendOnce(0), fd, deadline) : failure();
    // The peer was closed, which has dissolved the association: any sender is received again.
    if (to === undefined && outcome instanceof Failure && outcome.code === 'ECONNREFUSED') this.only = undefined;
    return outcome;
  }

  receive(size: number, deadline: Deadline): Outcome<UnixDatagramMessage> {
    const received = this.receiveFrom(size, deadline);
    if (received instanceof Failure) return received;
    return { data: received.data, path: received.sender, size: received.size };
  }

  protected override sender(): string {
    return unpackedPath();
  }

  protected override same(a: string, b: string): boolean {
    return a === b;
  }

  getsockname(): Outcome<string> {
    return pathOf(libc.getsockname, this.descriptor.fd);
  }

  getpeername(): Outcome<string> {
    return pathOf(libc.getpeername, this.descriptor.fd);
  }

  close(): void {
    this.descriptor.close();
  }
}
