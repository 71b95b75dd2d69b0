/** Hosts and services as LuaSocket's calls take them, to addresses and ports. */

import type { Address, Family } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import { NO_DEADLINE } from '../../../core/timeout.ts';
import { resolve } from '../../../posix/dns.ts';
import { copyOf, getservbyname } from '../../../posix/libc/functions.ts';
import { resolverReason } from './reasons.ts';

/** The family of an object: `unspec` until its first address decides. */
export type ObjectFamily = Family | 'unspec';

/** The offset of `s_port` in a struct servent, and the bytes that are read of it. */
const PORT_AT = 16;
const SERVENT = 24;

/** The addresses of `*`: to bind, every address of this machine; else the machine itself. */
type Any = 'wildcard' | 'loopback';

const STARS: { readonly [A in Any]: readonly Address[] } = {
  // In the order of getaddrinfo(3) without a name.
  wildcard: [
    { address: '0.0.0.0', family: 'inet' },
    { address: '::', family: 'inet6' },
  ],
  loopback: [
    { address: '::1', family: 'inet6' },
    { address: '127.0.0.1', family: 'inet' },
  ],
};

/** The addresses of a host, or why there are none. Nothing bounds the lookup. */
export function addressesOf(host: string, family: ObjectFamily, any: Any): readonly Address[] | string {
  if (host === '*') return STARS[any].filter((one) => family === 'unspec' || one.family === family);
  if (host === '') return resolverReason(new Failure('ENOTFOUND'));
  const found = resolve(host, family === 'unspec' ? undefined : family, NO_DEADLINE);
  return found instanceof Failure ? resolverReason(found) : found;
}

/** ULONG_MAX, which is also what strtoul makes of more. */
const LARGEST = 2n ** 64n - 1n;

/** The port that a number's text means, as C's strtoul reads it, and wrapped; a negative one is a failure. */
export function numericPort(service: string): number | Failure {
  if (!/^\s*[-+]?\d+$|^$/.test(service)) return new Failure('ENOTFOUND');
  const value = BigInt(service.trim().replace('+', ''));
  const number = value > LARGEST ? -1n : BigInt.asIntN(32, value);
  return number < 0 ? new Failure('EAI_SERVICE') : Number(BigInt.asUintN(16, number));
}

/** The same of a service's name, too; or what is wrong. */
export function portOf(service: string, protocol: 'tcp' | 'udp'): number | string {
  const number = numericPort(service);
  if (!(number instanceof Failure)) return number;
  const entry = getservbyname(service, protocol);
  if (entry === null) return resolverReason(new Failure('EAI_SERVICE'));
  return copyOf(entry, SERVENT).readUInt16BE(PORT_AT); // in network order
}

/** Resolves a host and a service, and does something with them; or what is wrong with the names. */
export function withEndpoints(
  protocol: 'tcp' | 'udp',
  host: string,
  service: string,
  family: ObjectFamily,
  any: Any,
  use: (addresses: readonly Address[], port: number) => string | undefined,
): string | undefined {
  const port = portOf(service, protocol);
  if (typeof port === 'string') return port;
  const addresses = addressesOf(host, family, any);
  return typeof addresses === 'string' ? addresses : use(addresses, port);
}
