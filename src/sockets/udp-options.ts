/** Which options fit a UDP socket of a family, whatever the engine. */
import { type Family, familyOf } from '../core/address.ts';
import { badArgument } from '../core/errors.ts';
import {
  checkOption,
  checkReadable,
  type Membership,
  type OptionName,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { shown } from '../core/shown.ts';
import { BEFORE_BIND } from './open.ts';

/** Throws unless a socket of this family takes this value now. */
export function checkUdpOption<K extends OptionName>(
  name: K,
  value: OptionValues[K],
  socket: { readonly family: Family; readonly bound: boolean },
): void {
  checkOption(name, value);
  checkFamily(name, socket.family);
  if (socket.bound && BEFORE_BIND.has(name))
    throw badArgument(`setoption: ${name} has to be set before the socket is bound`);
  if (name === 'ip-multicast-if' && value !== '*' && familyOf(value as string) !== 'inet')
    throw badArgument(`setoption: ${name} takes the address of an interface, or '*', not ${shown(value)}`);
  if (typeof value === 'object') checkGroup(name, value as Membership, socket.family);
}

/** Throws unless a socket of this family has the option. */
export function checkUdpReadable(name: ReadableOption, { family }: { readonly family: Family }): void {
  checkReadable(name);
  checkFamily(name, family);
}

function checkFamily(name: ReadableOption, family: Family): void {
  const needed: Family | undefined = name.startsWith('ipv6-') ? 'inet6' : name.startsWith('ip-') ? 'inet' : undefined;
  if (needed !== undefined && needed !== family)
    throw badArgument(`${name} is for ${needed} sockets, and this one is ${family}`);
}

function checkGroup(name: OptionName, { multiaddr, interface: via }: Membership, family: Family): void {
  if (familyOf(multiaddr) !== family)
    throw badArgument(`setoption: ${name} takes a numeric ${family} address as multiaddr, not ${shown(multiaddr)}`);
  if (family === 'inet' && typeof via === 'string' && via !== '*' && familyOf(via) !== 'inet')
    throw badArgument(`setoption: ${name} takes the address of an interface, or '*', not ${shown(via)}`);
}
