/** Objects of TCP and UDP: a descriptor for a family, and the first address that can be bound or connected to. */

import type { Address, Family } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import { failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { packed } from '../../../posix/libc/sockaddr.ts';
import { domainOf, newSocket } from '../../../posix/open-socket.ts';
import { trySetoption } from '../../../posix/socket-options.ts';
import type { Network } from '../../network.ts';
import { refusal } from './asked.ts';
import type { Descriptors, Holder } from './descriptors.ts';
import { reasonOf } from './reasons.ts';
import type { ObjectFamily } from './resolve.ts';

/** An object of TCP or UDP. */
export interface InetObject extends Holder {
  readonly kind: 'tcp' | 'udp';
  /** A failed bind or connect decides nothing: an object that was open gets a new descriptor for the next one. */
  family: ObjectFamily;
  /** Makes the descriptor for a family; what is wrong, if so. */
  open(family: Family): string | undefined;
  close(): void;
}

/** Gives an object a new descriptor, of a type such as SOCK_STREAM; one of IPv6 is of IPv6 only. What is wrong, if so. */
export function openInet(
  socket: InetObject,
  descriptors: Descriptors,
  family: Family,
  type: number,
): string | undefined {
  const fd = newSocket(domainOf(family), type);
  if (fd instanceof Failure) return reasonOf(fd);
  if (family === 'inet6') trySetoption(fd, 'ipv6-v6only', true);
  socket.close();
  descriptors.opened(socket, fd);
  socket.family = family;
  return undefined;
}

/** Binds or connects to the first address that can be had, of those that are permitted; what was wrong with the last, if none. */
export function firstOf(
  socket: InetObject,
  network: Network,
  call: 'bind' | 'connect',
  addresses: readonly Address[],
  port: number,
): string | undefined {
  const { family } = socket;
  let wrong: string | undefined;
  for (const address of addresses) {
    wrong = socket.fd < 0 || socket.family !== address.family ? socket.open(address.family) : undefined;
    wrong ??= attached(socket, network, call, address, port);
    if (wrong === undefined) return undefined;
  }
  socket.family = family;
  return wrong;
}

function attached(
  socket: InetObject,
  network: Network,
  call: 'bind' | 'connect',
  address: Address,
  port: number,
): string | undefined {
  const name = packed(address, port);
  if (name instanceof Failure) return reasonOf(name);
  const refused = refusal(network, call, socket.kind, name);
  if (refused !== undefined) return refused;
  const attach = call === 'bind' ? libc.bind : libc.connect;
  return attach(socket.fd, name.bytes, name.length) < 0 ? reasonOf(failure()) : undefined;
}
