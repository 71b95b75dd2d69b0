/** A UDP socket of LuaSocket's: its addresses, local and the peer's. */

import type { Address, Family } from '../../../core/address.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { dissolved, type Packed } from '../../../posix/libc/sockaddr.ts';
import type { Bindings } from '../../bindings.ts';
import type { Network } from '../../network.ts';
import { refusal } from './asked.ts';
import { LuaDatagramSocket } from './datagram-socket.ts';
import { firstOf, type InetObject, openInet } from './inet.ts';
import type { ObjectFamily } from './resolve.ts';

export type UdpClass = 'udp{unconnected}' | 'udp{connected}';

export class UdpSocket extends LuaDatagramSocket<UdpClass> implements InetObject {
  declare readonly kind: 'udp';
  family: ObjectFamily;
  readonly #network: Network;

  constructor(machine: Bindings, family: ObjectFamily) {
    super(machine, 'udp', 'udp{unconnected}', -1);
    this.#network = machine.reach.network;
    this.family = family;
  }

  open(family: Family): string | undefined {
    const wrong = openInet(this, this.descriptors, family, C.SOCK_DGRAM);
    // A call that must not wait says so itself; those that may wait do it in the kernel.
    if (wrong === undefined) libc.fcntl(this.fd, C.F_SETFL, 0);
    return wrong;
  }

  /** Sends to an address; how many bytes, or what is wrong. */
  sendto(at: number, length: number, to: Packed): number | string {
    return refusal(this.#network, 'send', 'udp', to) ?? this.send(at, length, to);
  }

  bind(addresses: readonly Address[], port: number): string | undefined {
    return firstOf(this, this.#network, 'bind', addresses, port);
  }

  connect(addresses: readonly Address[], port: number): string | undefined {
    return firstOf(this, this.#network, 'connect', addresses, port);
  }

  /** From now on anybody may send to it. */
  disconnect(): void {
    const { bytes, length } = dissolved();
    if (this.fd >= 0) libc.connect(this.fd, bytes, length);
  }
}
