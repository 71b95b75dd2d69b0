/** Names and addresses, with LuaSocket's names and shapes; where Lua returns several values, an array does here. */
import { type Address, checkHost, checkPort, type Family } from '../core/address.ts';
import { badArgument, Failure, failed } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import { type Deadline, deadlineAfter } from '../core/timeout.ts';
import type { DnsEngine } from './engine.ts';
import type { Face, Result, Runner } from './face.ts';
import { addressesOf } from './resolve.ts';

/** Limits of a lookup. */
export interface DnsOptions {
  /** Seconds for the whole call; without it there is no limit. */
  readonly timeout?: number | null | undefined;
  /** Ends the wait, with AbortError. (The await face; a call that blocks cannot be aborted.) */
  readonly signal?: AbortSignal | undefined;
}

/** A host's names and addresses. */
export interface Resolved {
  /** Its name. */
  readonly name: string;
  /** Its other names: empty, since getaddrinfo(3) gives none. */
  readonly alias: readonly string[];
  /** Its numeric addresses, in the system's order. */
  readonly ip: readonly string[];
}

/** One address of a host. (LuaSocket `dns.getaddrinfo`.) */
export interface AddressInfo {
  /** IPv4 or IPv6. */
  readonly family: Family;
  /** The numeric address. */
  readonly addr: string;
}

/** Lookups of names and addresses by the system's resolver. (LuaSocket `socket.dns`.) */
export class Dns<F extends Face> {
  readonly #engine: DnsEngine;
  readonly #runner: Runner<F>;

  constructor(engine: DnsEngine, runner: Runner<F>) {
    this.#engine = engine;
    this.#runner = runner;
  }

  /** The first IPv4 address of a host, and all that is known of it: `const [ip] = await dns.toip('localhost')`. */
  toip(host: string, options?: DnsOptions): Result<F, [ip: string, resolved: Resolved]> {
    return this.#runner.run(this.#toip(host, deadlineOf('dns.toip', options)));
  }

  /** The name of an address (or of a host's first address), and all that is known of it. */
  tohostname(address: string, options?: DnsOptions): Result<F, [name: string, resolved: Resolved]> {
    return this.#runner.run(this.#tohostname(address, deadlineOf('dns.tohostname', options)));
  }

  /** All addresses of a host, in the system's order. */
  getaddrinfo(host: string, options?: DnsOptions): Result<F, AddressInfo[]> {
    return this.#runner.run(this.#getaddrinfo(host, deadlineOf('dns.getaddrinfo', options)));
  }

  /** The name of each of a host's addresses (the address itself where it has none), and the name of a port's service. */
  getnameinfo(
    host: string | undefined,
    port?: number,
    options?: DnsOptions,
  ): Result<F, [names: string[], service: string | undefined]> {
    return this.#runner.run(this.#getnameinfo(host, port, deadlineOf('dns.getnameinfo', options)));
  }

  /** This machine's name. */
  gethostname(): string {
    return this.#engine.hostname();
  }

  *#toip(host: string, deadline: Deadline): Flow<[string, Resolved]> {
    const ip = (yield* this.#addresses('dns.toip', host, 'inet', deadline)).map(({ address }) => address);
    return [ip[0] as string, { name: host, alias: [], ip }];
  }

  *#tohostname(host: string, deadline: Deadline): Flow<[string, Resolved]> {
    const addresses = yield* this.#addresses('dns.tohostname', host, undefined, deadline);
    const found = yield* settle(this.#engine.nameinfo(addresses[0] as Address, 0, deadline));
    if (found instanceof Failure) throw failed('dns.tohostname', found, { target: host });
    return [found.name, { name: found.name, alias: [], ip: addresses.map(({ address }) => address) }];
  }

  *#getaddrinfo(host: string, deadline: Deadline): Flow<AddressInfo[]> {
    const addresses = yield* this.#addresses('dns.getaddrinfo', host, undefined, deadline);
    return addresses.map(({ address, family }) => ({ family, addr: address }));
  }

  *#getnameinfo(
    host: string | undefined,
    port: number | undefined,
    deadline: Deadline,
  ): Flow<[string[], string | undefined]> {
    if (host === undefined && port === undefined) throw badArgument('dns.getnameinfo: name a host, a port, or both');
    if (port !== undefined) checkPort('dns.getnameinfo', port);
    const addresses = host === undefined ? [] : yield* this.#addresses('dns.getnameinfo', host, undefined, deadline);
    const names: string[] = [];
    for (const address of addresses) {
      const found = yield* settle(this.#engine.nameinfo(address, 0, deadline));
      if (!(found instanceof Failure)) names.push(found.name);
      else if (found.code === 'ENOTFOUND') names.push(address.address);
      else throw failed('dns.getnameinfo', found, { target: address.address });
    }
    if (port === undefined) return [names, undefined];
    const loopback: Address = { address: '127.0.0.1', family: 'inet' };
    const service = yield* settle(this.#engine.nameinfo(loopback, port, deadline));
    if (service instanceof Failure) throw failed('dns.getnameinfo', service, { target: `port ${port}` });
    return [names, service.service];
  }

  *#addresses(call: string, host: string, family: Family | undefined, deadline: Deadline): Flow<readonly Address[]> {
    // '*' stands for any address to bind; it is no host.
    return yield* addressesOf(call, this.#engine, checkHost(call, host === '*' ? '' : host), family, deadline);
  }
}

function deadlineOf(call: string, options: DnsOptions = {}): Deadline {
  return deadlineAfter(call, options.timeout, options.signal);
}
