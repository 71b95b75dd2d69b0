/** Where a data connection goes: the replies to PASV and EPSV, and the arguments of PORT and EPRT. */
import { type Endpoint, familyOf } from '../../core/address.ts';
import { badArgument, ProtocolError } from '../../core/errors.ts';

/** Of a reply this much is quoted. */
const QUOTED = 80;

/**
 * The port of a reply to PASV (RFC 959, section 4.1.2). The four numbers before it are not believed: an address that a
 * server names could be any machine that this one reaches, and behind NAT it is the wrong one. Where the numbers stand
 * in the text, and whether in parentheses, is not said (RFC 1123, section 4.1.2.6); they may be in any line of it.
 *
 * ```text
 *   227 Entering Passive Mode (h1,h2,h3,h4,p1,p2).
 * ```
 *
 * @throws ProtocolError `ERR_FTP_ADDRESS`
 */
export function passivePort(text: string): number {
  for (const [, ...numbers] of text.matchAll(SIX)) {
    const bytes = numbers.map(Number);
    const port = (bytes[4] as number) * 256 + (bytes[5] as number);
    if (bytes.every((byte) => byte <= 255) && port > 0) return port;
  }
  throw noAddress('PASV', 'six numbers up to 255', text);
}

/** Digits alone before and behind: `1,2,3,4,5,6,7` and `999,…` are no address. */
const SIX = /(?<!\d|, ?)(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3})(?!\d| ?,)/g;

/**
 * The port of a reply to EPSV (RFC 2428, section 3). The delimiter may be any character from 33 to 126, the same four
 * times; the RFC has parentheses around it, which some servers leave out.
 *
 * ```text
 *   229 Entering Extended Passive Mode (|||6446|)
 * ```
 *
 * @throws ProtocolError `ERR_FTP_ADDRESS`
 */
export function extendedPassivePort(text: string): number {
  for (const [, , digits] of text.matchAll(EXTENDED)) {
    const port = Number(digits);
    if (port >= 1 && port <= 65535) return port;
  }
  throw noAddress('EPSV', 'a port between delimiters, such as (|||6446|)', text);
}

const EXTENDED = /([\x21-\x2f\x3a-\x7e])\1\1(\d{1,5})\1/g;

/** The argument of PORT: an IPv4 address and a port as six numbers (RFC 959, section 4.1.2). */
export function portArgument({ address, port }: Pick<Endpoint, 'address' | 'port'>): string {
  if (familyOf(address) !== 'inet') throw badArgument(`PORT takes IPv4 alone, not ${JSON.stringify(address)}`);
  return [...address.split('.'), port >> 8, port & 255].join(',');
}

/** The argument of EPRT (RFC 2428, section 2): the family by its number, the address without a zone, which is this machine's. */
export function extendedPortArgument({ address, port }: Pick<Endpoint, 'address' | 'port'>): string {
  const family = familyOf(address) === 'inet' ? 1 : 2;
  return `|${family}|${address.split('%')[0]}|${port}|`;
}

/** Whether two addresses are the same machine's: one of IPv4 may be written as IPv6 (RFC 4291, section 2.5.5.2). */
export function isSameAddress(a: string, b: string): boolean {
  return canonic(a) === canonic(b);
}

function canonic(address: string): string {
  const bare = (address.split('%')[0] as string).toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined || familyOf(bare) !== 'inet6') return mapped ?? bare;
  const { hostname } = new URL(`http://[${bare}]/`);
  const hex = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(hostname);
  if (hex === null) return hostname;
  return [hex[1], hex[2]]
    .map((half) => Number.parseInt(half as string, 16))
    .flatMap((half) => [half >> 8, half & 255])
    .join('.');
}

function noAddress(command: string, wanted: string, text: string): ProtocolError {
  return new ProtocolError(
    'ERR_FTP_ADDRESS',
    `the reply to ${command} has no port (${wanted}): ${JSON.stringify(text.slice(0, QUOTED))}`,
  );
}
