/** Names and addresses by the system's resolver (`node:dns`, getaddrinfo and getnameinfo). */
import dns from 'node:dns';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { type Address, type Family, familyOf } from '../core/address.ts';
import { Failure, type Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Deadline } from '../core/timeout.ts';
import type { DnsEngine, NameInfo } from '../sockets/engine.ts';
import { failureOf } from './node-streams.ts';
import { Waiter } from './waiter.ts';
import { linked } from './zones.ts';

/** See `Resolver.resolve`. A lookup that is still under way at its deadline is left to end alone. */
export function resolve(
  host: string,
  family: Family | undefined,
  deadline: Deadline,
): MaybePromise<Outcome<readonly Address[]>> {
  const literal = literalOf(host);
  if (literal !== undefined) {
    return family === undefined || literal.family === family ? [literal] : new Failure('EAI_ADDRFAMILY');
  }
  const answer = new Waiter<readonly Address[]>();
  const waiting = answer.wait(deadline);
  const options = { all: true, order: 'verbatim', family: family === 'inet' ? 4 : family === 'inet6' ? 6 : 0 } as const;
  lookup(host, options, (outcome) => answer.wake(outcome));
  return waiting;
}

/** The same, for those who will use the addresses: their links are those of this machine. */
export function resolveLinked(
  host: string,
  family: Family | undefined,
  deadline: Deadline,
): MaybePromise<Outcome<readonly Address[]>> {
  if (!host.includes('%') || familyOf(host) === undefined) return resolve(host, family, deadline);
  const link = linked({ address: host, family: 'inet6' });
  return link instanceof Failure ? link : resolve(link.address, family, deadline);
}

function lookup(
  host: string,
  options: dns.LookupAllOptions,
  done: (outcome: Outcome<readonly Address[]>) => void,
): void {
  try {
    dns.lookup(host, options, (error, found) => {
      if (error) done(failureOf(error));
      else done(found.map((entry) => ({ address: entry.address, family: entry.family === 6 ? 'inet6' : 'inet' })));
    });
  } catch (error) {
    done(new Failure('ENOTFOUND', error)); // a name that cannot be encoded (IDNA)
  }
}

function literalOf(host: string): Address | undefined {
  const version = isIP(host);
  return version === 0 ? undefined : { address: host, family: version === 6 ? 'inet6' : 'inet' };
}

/** See `DnsEngine.nameinfo`. */
export function nameinfo({ address }: Address, port: number, deadline: Deadline): MaybePromise<Outcome<NameInfo>> {
  const answer = new Waiter<NameInfo>();
  const waiting = answer.wait(deadline);
  dns.lookupService(address, port, (error, name, service) => {
    answer.wake(error ? failureOf(error) : { name, service });
  });
  return waiting;
}

export const dnsEngine: DnsEngine = { resolve, nameinfo, hostname };
