/** Hosts, ports and addresses: what users may pass, and the order in which addresses are tried. */

import { badArgument } from './errors.ts';
import { shown } from './shown.ts';

/** The family of an address, in LuaSocket's words: IPv4 is `'inet'`, IPv6 is `'inet6'`. */
export type Family = 'inet' | 'inet6';

/** A numeric address, with its `%zone` where it has one. */
export interface Address {
  /** Numeric: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`. */
  readonly address: string;
  /** IPv4 or IPv6. */
  readonly family: Family;
}

/** One end of a connection. */
export interface Endpoint extends Address {
  /** The port, 1 to 65535. */
  readonly port: number;
}

/** The port, if it is one. */
export function checkPort(call: string, port: number, lowest: 0 | 1 = 0): number {
  if (!Number.isInteger(port) || port < lowest || port > 65535) {
    throw badArgument(`${call}: a port is a whole number from ${lowest} to 65535, not ${shown(port)}`);
  }
  return port;
}

/** The host, if it could name one. An IPv6 literal may stand in brackets, as in a URL. */
export function checkHost(call: string, host: string): string {
  if (typeof host !== 'string') throw badArgument(`${call}: a host is a string, not ${shown(host)}`);
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  // RFC 1035, section 2.3.4: 253 characters in text. Blanks and controls are in no name and no literal.
  if (bare === '' || bare.length > 253 || /[\0-\x20\x7f]/.test(bare)) {
    throw badArgument(`${call}: ${shown(host)} is no host name or address`);
  }
  checkNotation(call, bare);
  // Runtimes differ in what they make of it: some fail, some pick an interface.
  if (/^fe[89ab][0-9a-f]:[^%]*$/i.test(bare)) {
    throw badArgument(
      `${call}: the link-local address ${bare} needs its link, such as ${bare}%eth0 (RFC 4007, section 11)`,
    );
  }
  return bare;
}

/** The last label is a number, with the dots that IDNA takes for one (RFC 5895, section 2). No name has such a label (RFC 1123, 2.1). */
const ENDS_IN_NUMBER = /(?:^|[.。｡])(?:\d+|0x[\da-f]*)[.。｡]?$/i;

/**
 * Throws for what is written as an address and is none. inet_aton(3) knows more notations (`127.1`, `0x7f.1`,
 * `2130706433`, octal numbers), and each resolver other ones of them: what one checks, another connects to.
 */
function checkNotation(call: string, host: string): void {
  const looksLikeOne = host.includes(':') || ENDS_IN_NUMBER.test(host.normalize('NFKC'));
  if (!looksLikeOne || familyOf(host) !== undefined) return;
  throw badArgument(
    `${call}: ${shown(host)} is no address: those of IPv4 are four decimal numbers without leading zeros`,
  );
}

let lastAddress = '';
let lastFamily: Family | undefined;

/** The family of a numeric address; undefined for anything else. */
export function familyOf(address: string): Family | undefined {
  // A loop of datagrams asks for the same one each time.
  if (address !== lastAddress) {
    lastFamily = parsedFamily(address);
    lastAddress = address;
  }
  return lastFamily;
}

/** Four numbers up to 255. A leading zero would make them octal, or not. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function parsedFamily(address: string): Family | undefined {
  if (IPV4.test(address)) return 'inet';
  const [literal = '', zone] = address.split('%');
  const plausible = literal.includes(':') && /^[0-9a-f:.]+$/i.test(literal) && zone !== '';
  return plausible && URL.canParse(`http://[${literal}]/`) ? 'inet6' : undefined;
}

/** The loopback addresses for `localhost.` and the names below it, which never go to a DNS server (RFC 6761, section 6.3). */
export function loopbackOf(host: string): readonly Address[] | undefined {
  if (!/(^|\.)localhost\.?$/i.test(host) || /^localhost$/i.test(host)) return undefined;
  return [
    { address: '127.0.0.1', family: 'inet' },
    { address: '::1', family: 'inet6' },
  ];
}

/** The addresses with their families in turn, beginning with that of the first (RFC 8305, section 4). */
export function interleave(addresses: readonly Address[]): Address[] {
  const first = addresses.filter((a) => a.family === addresses[0]?.family);
  const second = addresses.filter((a) => a.family !== addresses[0]?.family);
  const mixed: Address[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    for (const address of [first[i], second[i]]) if (address !== undefined) mixed.push(address);
  }
  return mixed;
}

/** How an address and a port are written together (RFC 3986, section 3.2.2). */
export function shownEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
