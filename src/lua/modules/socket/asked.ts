/** Asks an embedder's function about each address that a socket is about to use, as the kernel gets it. */

import { tcpEngine } from '../../../blocking/tcp.ts';
import type { Family } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { nameOf, type Packed, packed, unpacked } from '../../../posix/libc/sockaddr.ts';
import type { TcpEngine } from '../../../sockets/engine.ts';
import type { Network, NetworkRequest } from '../../network.ts';
import { reasonOf } from './reasons.ts';

type Kind = NetworkRequest['kind'];

const DENIED = new Failure('EACCES');
/** An address of IPv4 in one of IPv6 (RFC 4291, section 2.5.5.2): the kernel speaks IPv4 then. */
const MAPPED = /^::ffff:(?=[\d.]+$)/;

/** What is wrong with using the address, if so. */
export function refusal(network: Network, kind: Kind, protocol: 'tcp' | 'udp', name: Packed): string | undefined {
  if (!network.asks) return undefined;
  const { address, port } = unpacked(Buffer.from(name.bytes));
  return permits(network, kind, protocol, address, port) ? undefined : reasonOf(DENIED);
}

/** The same of a socket that listens without an address: the kernel chooses a port then, for all addresses. */
export function refusalToListen(network: Network, fd: number, family: Family): string | undefined {
  if (!network.asks) return undefined;
  const here = nameOf(libc.getsockname, fd);
  if (here instanceof Failure || here.port !== 0) return undefined;
  return permits(network, 'bind', 'tcp', family === 'inet6' ? '::' : '0.0.0.0', 0) ? undefined : reasonOf(DENIED);
}

/** The engine of the HTTP client, which asks as sockets do. */
export function askingEngine(network: Network): TcpEngine {
  if (!network.asks) return tcpEngine;
  return {
    ...tcpEngine,
    connect(addresses, port, ...rest) {
      const permitted = addresses.filter((address) => {
        const name = packed(address, port);
        return name instanceof Failure || refusal(network, 'connect', 'tcp', name) === undefined;
      });
      return permitted.length === 0 ? DENIED : tcpEngine.connect(permitted, port, ...rest);
    },
  };
}

function permits(network: Network, kind: Kind, protocol: 'tcp' | 'udp', address: string, port: number): boolean {
  return network.permits({ kind, protocol, address: address.replace(MAPPED, ''), port });
}
