/**
 * The links that IPv6 zones and multicast memberships name (RFC 4007, section 11.2). libuv knows them by their names alone,
 * and takes what it does not know, an index too, for no zone at all: the system would choose another link, in silence.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, type Family, familyOf } from '../core/address.ts';
import { Failure, type Outcome, unsupported } from '../core/errors.ts';
import type { Membership } from '../core/options.ts';

interface Link {
  readonly index: number;
  readonly name: string;
}

/** The address with its link by name, or why there is no such link. */
export function linked(address: Address): Outcome<Address> {
  const at = address.address.indexOf('%');
  if (at < 0) return address;
  const name = nameOf(address.address.slice(at + 1), 'inet6');
  if (name instanceof Failure) return name;
  const text = `${address.address.slice(0, at)}%${name}`;
  // The rest Node takes for host names, and the resolver's answer has no zone.
  if (isIP(text) === 6) return { ...address, address: text };
  const why = 'Node takes letters, digits, "." and "-" in a zone; moonsocket/blocking takes the index, and any name';
  return new Failure('ERR_UNSUPPORTED', unsupported(`the zone ${JSON.stringify(name)}`, why));
}

/** The interface of a membership as libuv wants it; undefined for the system's choice. */
export function interfaceOf({ interface: via }: Membership, family: Family): Outcome<string | undefined> {
  if (via === undefined || via === '*' || via === 0) return undefined;
  if (family === 'inet') return typeof via === 'string' ? via : addressOn(via);
  const name = nameOf(typeof via === 'number' ? String(via) : via.slice(via.indexOf('%') + 1), 'inet6');
  return name instanceof Failure ? name : `::%${name}`;
}

/** An IPv4 address of the interface with this index. */
function addressOn(index: number): Outcome<string> {
  const name = nameOf(String(index), 'inet');
  if (name instanceof Failure) return name;
  const found = networkInterfaces()[name]?.find(({ address }) => familyOf(address) === 'inet');
  return found?.address ?? new Failure('ENODEV');
}

function nameOf(zone: string, family: Family): Outcome<string> {
  const links = linksOf(family);
  const link = links.find(({ name }) => name === zone) ?? links.find(({ index }) => String(index) === zone);
  return link?.name ?? new Failure('ENODEV');
}

/** The interfaces that a family can be used on. Linux has a file for each network namespace; others tell of link-local addresses. */
function linksOf(family: Family): Link[] {
  try {
    return family === 'inet6' ? linksIn('if_inet6', SIX, 16) : linksIn('igmp', FOUR, 10);
  } catch {
    return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
      (addresses ?? []).flatMap((one) => ('scopeid' in one && one.scopeid ? [{ index: one.scopeid, name }] : [])),
    );
  }
}

/** An address, and then index, length of the prefix, scope, flags and name. */
const SIX = /^[\da-f]{32} ([\da-f]+) [\da-f]+ [\da-f]+ [\da-f]+ +(\S+)$/gm;
/** Index and name; groups stand in lines below that begin with a tabulator. */
const FOUR = /^(\d+)\t(\S+)/gm;

function linksIn(file: string, line: RegExp, radix: number): Link[] {
  const text = readFileSync(`/proc/self/net/${file}`, 'utf8');
  return [...text.matchAll(line)].map(([, index = '', name = '']) => ({ index: Number.parseInt(index, radix), name }));
}
