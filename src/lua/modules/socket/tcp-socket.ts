/** A TCP socket of LuaSocket's: one object, whatever its class, with a descriptor that may change. */

import type { Address, Family } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import { EINPROGRESS, EINTR, failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { packed } from '../../../posix/libc/sockaddr.ts';
import { pendingError, trySetoption } from '../../../posix/socket-options.ts';
import { WRITABLE } from '../../../posix/wait.ts';
import type { Bindings } from '../../bindings.ts';
import type { Network } from '../../network.ts';
import { refusal, refusalToListen } from './asked.ts';
import { firstOf, type InetObject, openInet } from './inet.ts';
import { reasonOf } from './reasons.ts';
import type { ObjectFamily } from './resolve.ts';
import { StreamSocket } from './stream-socket.ts';

export type TcpClass = 'tcp{master}' | 'tcp{client}' | 'tcp{server}';

export class TcpSocket extends StreamSocket<TcpClass> implements InetObject {
  declare readonly kind: 'tcp';
  family: ObjectFamily;
  readonly #network: Network;

  constructor(machine: Bindings, className: TcpClass, family: ObjectFamily, fd = -1) {
    super(machine, 'tcp', className, fd);
    this.#network = machine.reach.network;
    this.family = family;
  }

  open(family: Family): string | undefined {
    return openInet(this, this.descriptors, family, C.SOCK_STREAM);
  }

  bind(addresses: readonly Address[], port: number): string | undefined {
    return firstOf(this, this.#network, 'bind', addresses, port);
  }

  override listen(backlog: number): string | undefined {
    return refusalToListen(this.#network, this.fd, this.family === 'inet6' ? 'inet6' : 'inet') ?? super.listen(backlog);
  }

  /** Listens at the first address that can be had, as soon as a server that was there before is gone. */
  serve(addresses: readonly Address[], port: number, backlog: number): string | undefined {
    let wrong: string | undefined;
    for (const address of addresses) {
      wrong = this.open(address.family);
      if (wrong !== undefined) continue;
      trySetoption(this.fd, 'reuseaddr', true);
      wrong = this.bind([address], port) ?? this.listen(backlog);
      if (wrong === undefined) return undefined;
      this.close();
    }
    return wrong;
  }

  /**
   * Connects to the first address that answers. A descriptor that the program has bound or given options is used as it is, where
   * its family allows; else each address gets a new one.
   */
  connect(addresses: readonly Address[], port: number): string | undefined {
    const given = this.fd >= 0;
    const { family } = this;
    let wrong: string | undefined;
    for (const address of addresses) {
      this.timeouts.begin();
      if (!given || this.fd < 0 || this.family !== address.family) {
        wrong = this.open(address.family);
        if (wrong !== undefined) continue;
      }
      wrong = this.#connectTo(address, port);
      if (wrong === undefined || (wrong === 'timeout' && this.timeouts.block === 0)) return wrong;
    }
    this.family = family;
    return wrong;
  }

  #connectTo(address: Address, port: number): string | undefined {
    const name = packed(address, port);
    if (name instanceof Failure) return reasonOf(name);
    const refused = refusal(this.#network, 'connect', 'tcp', name);
    if (refused !== undefined) return refused;
    libc.fcntl(this.fd, C.F_SETFL, C.O_NONBLOCK);
    while (libc.connect(this.fd, name.bytes, name.length) < 0) {
      const number = libc.errno();
      if (number === EINTR) continue;
      if (number !== EINPROGRESS) return reasonOf(failure(number));
      const wrong = this.timeouts.wait(this.fd, WRITABLE);
      if (wrong !== undefined) return wrong;
      const met = pendingError(this.fd);
      if (met !== undefined) return reasonOf(met);
      break;
    }
    // A call that must not wait says so itself; those that may wait do it in the kernel.
    libc.fcntl(this.fd, C.F_SETFL, 0);
    return undefined;
  }
}
