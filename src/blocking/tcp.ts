/** TCP over libc: the engine of the blocking face. */
import type { Address, Endpoint } from '../core/address.ts';
import { type Attempt, Failure, failed, type Outcome } from '../core/errors.ts';
import type { Deadline } from '../core/timeout.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { resolve } from '../posix/dns.ts';
import { failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { nameOf } from '../posix/libc/sockaddr.ts';
import { adoptConnected, newTcpSocket, setOptions } from '../posix/open-socket.ts';
import type { BoundTcp, TcpAcceptor, TcpEngine, TcpIo, TcpOptions } from '../sockets/engine.ts';
import { BEFORE_BIND } from '../sockets/open.ts';
import { TcpSocketAcceptor } from './acceptor.ts';
import { type Opener, race } from './happy-eyeballs.ts';
import { TcpSocketIo } from './tcp-io.ts';

export const tcpEngine: TcpEngine = {
  resolve,

  bind(address, port, options) {
    // As libuv and LuaSocket's bind do: a server that is started again gets its port at once.
    const fd = newTcpSocket(address.family, { reuseaddr: true, ...options }, { address, port });
    if (fd instanceof Failure) return fd;
    return new BoundTcpSocket(Descriptor.own(fd));
  },

  connect: (addresses, port, options, deadline, attempts) =>
    connectBy(({ family }) => newTcpSocket(family, options), addresses, port, deadline, attempts),

  checkOption() {}, // the system says at once what it cannot do
};

/** A socket that has an address. */
class BoundTcpSocket implements BoundTcp {
  readonly #descriptor: Descriptor;

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor;
  }

  getsockname(): Endpoint {
    const name = nameOf(libc.getsockname, this.#descriptor.fd);
    if (name instanceof Failure) throw failed('getsockname', name);
    return name;
  }

  getfd(): number {
    return this.#descriptor.fd;
  }

  listen(backlog: number, options: TcpOptions): Outcome<TcpAcceptor> {
    const refused = this.#prepare(options) ?? (libc.listen(this.#descriptor.fd, backlog) < 0 ? failure() : undefined);
    if (refused === undefined) return new TcpSocketAcceptor(this.#descriptor);
    this.close();
    return refused;
  }

  connect(address: Address, port: number, options: TcpOptions, deadline: Deadline): Outcome<TcpIo> {
    const refused = this.#prepare(options);
    if (refused === undefined) return connectBy(() => this.#descriptor.release(), [address], port, deadline);
    this.close();
    return refused;
  }

  close(): void {
    this.#descriptor.close();
  }

  #prepare(options: TcpOptions): Failure | undefined {
    const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !BEFORE_BIND.has(name)));
    return setOptions(this.#descriptor.fd, this.getsockname().family, rest);
  }
}

function connectBy(
  open: Opener,
  addresses: readonly Address[],
  port: number,
  deadline: Deadline,
  attempts?: Attempt[],
): Outcome<TcpIo> {
  const fd = race(addresses, port, open, deadline, attempts);
  return fd instanceof Failure ? fd : new TcpSocketIo(adoptConnected(fd));
}
