/** A connected TCP socket: names, options and the kernel's measurements on top of the stream. */
import type { Endpoint } from '../core/address.ts';
import { Failure, type Outcome } from '../core/errors.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Descriptor } from '../posix/descriptor.ts';
import * as libc from '../posix/libc/functions.ts';
import { nameOf } from '../posix/libc/sockaddr.ts';
import { tcpInfo } from '../posix/libc/tcp-info.ts';
import { getoption, setoption } from '../posix/socket-options.ts';
import type { TcpInfo, TcpIo } from '../sockets/engine.ts';
import { SocketIo } from './socket-io.ts';

export class TcpSocketIo extends SocketIo implements TcpIo {
  readonly #peer: Outcome<Endpoint>;

  constructor(descriptor: Descriptor, peer: Outcome<Endpoint> = nameOf(libc.getpeername, descriptor.fd)) {
    super(descriptor);
    this.#peer = peer;
  }

  getsockname(): Outcome<Endpoint> {
    return nameOf(libc.getsockname, this.descriptor.fd);
  }

  /** The system forgets the name with the connection, when programs want to know it most. */
  getpeername(): Outcome<Endpoint> {
    return this.#peer;
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    setoption(this.descriptor.fd, name, value);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    const value = getoption(this.descriptor.fd, name);
    if (name === 'error' && value !== undefined) this.noted(new Failure(String(value))); // and now the kernel forgets it
    return value;
  }

  info(): Outcome<TcpInfo> {
    return tcpInfo(this.descriptor.fd);
  }
}
