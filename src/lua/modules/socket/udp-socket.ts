/** A UDP socket of LuaSocket's: its addresses, local and the peer's. */

import type { Address, Family } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import { failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { dissolved, type Packed, packed } from '../../../posix/libc/sockaddr.ts';
import { domainOf, newSocket } from '../../../posix/open-socket.ts';
import { trySetoption } from '../../../posix/socket-options.ts';
import type { Bindings } from '../../bindings.ts';
import type { Network } from '../../network.ts';
import { refusal } from './asked.ts';
import { LuaDatagramSocket } from './datagram-socket.ts';
import { reasonOf } from './reasons.ts';
import type { ObjectFamily } from './resolve.ts';

export type UdpClass = 'udp{unconnected}' | 'udp{connected}';

export class UdpSocket extends LuaDatagramSocket<UdpClass> {
  /** As in LuaSocket, a failed call decides nothing: an object that was open gets a new descriptor for the next one. */
  family: ObjectFamily;
  readonly #network: Network;

  constructor(machine: Bindings, family: ObjectFamily) {
    super(machine, 'udp', 'udp{unconnected}', -1);
    this.#network = machine.reach.network;
    this.family = family;
  }

  /** Makes the descriptor for a family; one of IPv6 is of IPv6 only. */
  open(family: Family): string | undefined {
    const fd = newSocket(domainOf(family), C.SOCK_DGRAM);
    if (fd instanceof Failure) return reasonOf(fd);
    // A call that must not wait says so itself; those that may wait do it in the kernel.
    libc.fcntl(fd, C.F_SETFL, 0);
    if (family === 'inet6') trySetoption(fd, 'ipv6-v6only', true);
    this.close();
    this.descriptors.opened(this, fd);
    this.family = family;
    return undefined;
  }

  /** Sends to an address; how many bytes, or what is wrong. */
  sendto(at: number, length: number, to: Packed): number | string {
    return refusal(this.#network, 'send', 'udp', to) ?? this.send(at, length, to);
  }

  bind(addresses: readonly Address[], port: number): string | undefined {
    return this.#first('bind', addresses, port);
  }

  connect(addresses: readonly Address[], port: number): string | undefined {
    return this.#first('connect', addresses, port);
  }

  /** From now on anybody may send to it. */
  disconnect(): void {
    const { bytes, length } = dissolved();
    if (this.fd >= 0) libc.connect(this.fd, bytes, length);
  }

  /** Makes a call with the first address that can be had; one of another family needs another descriptor. */
  #first(kind: 'bind' | 'connect', addresses: readonly Address[], port: number): string | undefined {
    const call = kind === 'bind' ? libc.bind : libc.connect;
    const { family } = this;
    let wrong: string | undefined;
    for (const address of addresses) {
      if (this.fd < 0 || this.family !== address.family) {
        wrong = this.open(address.family);
        if (wrong !== undefined) continue;
      }
      const name = packed(address, port);
      if (name instanceof Failure) wrong = reasonOf(name);
      else {
        wrong = refusal(this.#network, kind, 'udp', name);
        if (wrong !== undefined) continue;
        if (call(this.fd, name.bytes, name.length) === 0) return undefined;
        wrong = reasonOf(failure());
      }
    }
    this.family = family;
    return wrong;
  }
}
