/** Hosts and services as LuaSocket's calls take them, to addresses and ports. */

import { resolve } from '../../blocking/dns.ts';
import { getservbyname, memcpy } from '../../blocking/libc/functions.ts';
import type { Address, Family } from '../../core/address.ts';
import { Failure } from '../../core/errors.ts';
import { NO_DEADLINE } from '../../core/timeout.ts';
import { resolverReason } from './reasons.ts';

/** The family of an object: `unspec` until its first address decides. */
export type ObjectFamily = Family | 'unspec';

/** Where `s_port` is in a struct servent, and what is read of it. */
const PORT_AT = 16;
const SERVENT = 24;

/** The addresses of a host, or why there are none. `any` is what `*` means. Nothing bounds the lookup. */
export function addressesOf(
  host: string,
  family: ObjectFamily,
  any: 'wildcard' | 'loopback',
): readonly Address[] | string {
  if (host === '*') return [starred(family, any)];
  if (host === '') return resolverReason(new Failure('ENOTFOUND'));
  const found = resolve(host, family === 'unspec' ? undefined : family, NO_DEADLINE);
  return found instanceof Failure ? resolverReason(found) : found;
}

function starred(family: ObjectFamily, any: 'wildcard' | 'loopback'): Address {
  if (family === 'inet6') return { family, address: any === 'wildcard' ? '::' : '::1' };
  return { family: 'inet', address: any === 'wildcard' ? '0.0.0.0' : '127.0.0.1' };
}

/** The port that a service's text means, a number or a name; or what is wrong. Numbers beyond 65535 wrap, as in C. */
export function portOf(service: string): number | string {
  if (/^\s*[-+]?\d+$/.test(service)) return Number(BigInt.asUintN(16, BigInt(service.trim().replace('+', ''))));
  const entry = getservbyname(service, 'tcp');
  if (entry === null) return resolverReason(new Failure('EAI_SERVICE'));
  const bytes = Buffer.alloc(SERVENT);
  memcpy(bytes, entry, SERVENT);
  return bytes.readUInt16BE(PORT_AT); // in network order
}
