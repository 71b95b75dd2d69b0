/** Names and addresses by the system's resolver, in calls that return when they are done. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { domainToASCII } from 'node:url';
import type { Address, Family } from '../core/address.ts';
import { Failure, type Outcome } from '../core/errors.ts';
import type { Deadline } from '../core/timeout.ts';
import type { DnsEngine, NameInfo } from '../sockets/engine.ts';
import { getaddrinfo, getnameinfo } from './libc/addrinfo.ts';

/** See `Resolver.resolve`. A lookup that is still under way at its deadline is left to end alone, where C allows it. */
export function resolve(host: string, family: Family | undefined, deadline: Deadline): Outcome<readonly Address[]> {
  const version = isIP(host);
  if (version !== 0) {
    const literal: Address = { address: host, family: version === 6 ? 'inet6' : 'inet' };
    return family === undefined || literal.family === family ? [literal] : new Failure('EAI_ADDRFAMILY');
  }
  const name = asciiOf(host);
  return name === '' ? new Failure('EINVAL') : getaddrinfo(name, family, deadline);
}

/**
 * The name as DNS has it; `''` for one that cannot be encoded, which Node's resolver calls invalid. Plain names stay as
 * they are: as the host of a URL, `under%score` or `127.1` would become another.
 */
function asciiOf(host: string): string {
  return /[^\0-\x7f]|xn--/i.test(host) ? domainToASCII(host) : host;
}

/** See `DnsEngine.nameinfo`. */
export function nameinfo(address: Address, port: number, deadline: Deadline): Outcome<NameInfo> {
  return getnameinfo(address, port, deadline);
}

export const dnsEngine: DnsEngine = { resolve, nameinfo, hostname };
