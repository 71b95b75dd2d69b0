/** Listening sockets over accept(2): connections that are not accepted yet wait in the kernel's queue. */
import type { Endpoint } from '../core/address.ts';
import { CLOSED_HERE, Failure, failed, type Outcome } from '../core/errors.ts';
import type { Io, Readiness } from '../core/io.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { ECONNABORTED } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { NAME, nameOf, unpacked } from '../posix/libc/sockaddr.ts';
import { accept, duplicate } from '../posix/open-socket.ts';
import { dropsOf, getoption, notListening, setoption } from '../posix/socket-options.ts';
import { READABLE } from '../posix/wait.ts';
import type { Acceptor, TcpAcceptor, TcpIo } from '../sockets/engine.ts';
import { checkFd } from '../sockets/fd.ts';
import { afterFailure } from './socket-io.ts';
import { TcpSocketIo } from './tcp-io.ts';

export class SocketAcceptor<I extends Io> implements Acceptor<I>, Readiness {
  protected readonly descriptor: Descriptor;
  readonly #lift: (descriptor: Descriptor) => I;
  readonly #onClose: () => void;
  #dropped = 0;

  /** `descriptor` listens; `lift` makes a transport of a connection, whose peer's name is in NAME. */
  constructor(descriptor: Descriptor, lift: (descriptor: Descriptor) => I, onClose: () => void = () => {}) {
    this.descriptor = descriptor;
    this.#lift = lift;
    this.#onClose = onClose;
  }

  accept(deadline: Deadline): Outcome<I> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    for (;;) {
      const accepted = accept(fd);
      if (accepted >= 0) return this.#lift(Descriptor.own(accepted));
      if (libc.errno() === ECONNABORTED) continue; // that one is gone again; there may be others
      const waited = afterFailure(fd, READABLE, deadline);
      if (waited !== undefined) return waited;
    }
  }

  get dropped(): number {
    return this.descriptor.fd < 0 ? this.#dropped : dropsOf(this.descriptor.fd);
  }

  close(): void {
    if (this.descriptor.fd < 0) return;
    this.#dropped = this.dropped;
    this.descriptor.close();
    this.#onClose();
  }

  getfd(): number {
    return this.descriptor.fd;
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    setoption(this.descriptor.fd, name, value);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    return getoption(this.descriptor.fd, name);
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.descriptor.fd < 0;
  }

  writable(): boolean {
    return false;
  }

  get readFd(): number {
    return this.descriptor.fd;
  }

  /** A listening socket has no room for anything. */
  get writeFd(): number {
    return -1;
  }
}

export class TcpSocketAcceptor extends SocketAcceptor<TcpIo> implements TcpAcceptor {
  constructor(descriptor: Descriptor) {
    super(descriptor, (accepted) => new TcpSocketIo(accepted, unpacked(NAME)));
  }

  getsockname(): Outcome<Endpoint> {
    return nameOf(libc.getsockname, this.descriptor.fd);
  }
}

/** Over a duplicate of a descriptor that listens already. */
export function listeningIo(fd: number): TcpAcceptor {
  checkFd(fd, 'r');
  const own = notListening(fd) ?? duplicate(fd);
  if (own instanceof Failure) throw failed('listening', own, { target: String(fd) });
  // accept(2) has no flag that keeps one call from blocking; who shares the socket gets this too.
  libc.fcntl(own, C.F_SETFL, libc.fcntl(own, C.F_GETFL, 0) | C.O_NONBLOCK);
  return new TcpSocketAcceptor(Descriptor.own(own));
}
