/**
 * Socket addresses as C has them (ip(7), ipv6(7), unix(7)), and as we do.
 *
 *     sockaddr_in    family port(2, network order) address(4) zero(8)
 *     sockaddr_in6   family port(2, network order) flowinfo(4) address(16) scope(4)
 *     sockaddr_un    family path(108, macOS: 104)
 *
 * The family is 2 bytes in Linux; in macOS a byte of length, and a byte.
 */
import type { Address, Endpoint } from '../../core/address.ts';
import { Failure, type Outcome } from '../../core/errors.ts';
import { failure } from './errno.ts';
import * as libc from './functions.ts';
import { C, SYSTEM } from './functions.ts';

/** sizeof(struct sockaddr_storage): room for any. */
const STORAGE = 128;
/** INET6_ADDRSTRLEN, and room for a zone's name (IF_NAMESIZE). */
const TEXT = 64;
const IN_LENGTH = 16;
const IN6_LENGTH = 28;
/** The offset of sun_path. */
const PATH_AT = 2;

/** An address, packed for bind, connect and sendto. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** The memory that C writes an address to. It is read out at once, so one serves all. */
export const NAME: Buffer = Buffer.from(new ArrayBuffer(STORAGE));
/** The same in words of 4 bytes. */
export const NAME_WORDS: Int32Array = new Int32Array(NAME.buffer, NAME.byteOffset, STORAGE / 4);
/** The room in it, and then how long the address was; C reads and writes it. */
export const NAME_LENGTH: Int32Array = new Int32Array(1);

/** Makes ready for a call that writes an address. */
export function beginName(): void {
  NAME_LENGTH[0] = STORAGE;
}

/** The packed address, or why the system does not take it. */
export function packed({ address, family }: Address, port: number): Outcome<Packed> {
  const bytes = Buffer.alloc(family === 'inet' ? IN_LENGTH : IN6_LENGTH);
  writeFamily(bytes, family === 'inet' ? C.AF_INET : C.AF_INET6);
  bytes.writeUInt16BE(port, 2);
  const [literal = '', zone] = address.split('%');
  if (family === 'inet') bytes.set(literal.split('.').map(Number), 4);
  else if (libc.inet_pton(C.AF_INET6, literal, bytes.subarray(8)) !== 1) return new Failure('EINVAL');
  if (zone === undefined) return { bytes, length: bytes.length };
  const scope = interfaceIndex(zone);
  if (scope instanceof Failure) return scope;
  bytes.writeUInt32LE(scope, 24);
  return { bytes, length: bytes.length };
}

/** The address that C has written to `name`. */
export function unpacked(name: Buffer): Endpoint {
  const port = name.readUInt16BE(2);
  if (familyNumber(name) !== C.AF_INET6) {
    return { address: `${name[4]}.${name[5]}.${name[6]}.${name[7]}`, port, family: 'inet' };
  }
  const text = Buffer.alloc(TEXT);
  libc.inet_ntop(C.AF_INET6, name.subarray(8), text, TEXT);
  const scope = name.readUInt32LE(24);
  const zone = scope === 0 ? '' : `%${interfaceName(scope)}`;
  return { address: untilNul(text) + zone, port, family: 'inet6' };
}

/** The address that dissolves a datagram socket's association (connect(2): AF_UNSPEC). */
export function dissolved(): Packed {
  return { bytes: Buffer.alloc(IN_LENGTH), length: IN_LENGTH };
}

/** Reads out the senders of datagrams. Most come from where the last one came from. */
export class SenderNames {
  readonly #last = new Int32Array(IN6_LENGTH / 4);
  #endpoint: Endpoint | undefined;

  /** The address that C has written to the words from `at` on. */
  of(words: Int32Array, at = 0): Endpoint {
    const last = this.#last;
    // Words are faster to compare than a call of `Buffer.compare`. Those of IPv4 end earlier.
    const length = this.#endpoint?.family === 'inet' ? 2 : last.length;
    let same = this.#endpoint !== undefined;
    for (let i = 0; same && i < length; i++) same = words[at + i] === last[i];
    if (!same) {
      last.set(words.subarray(at, at + last.length));
      this.#endpoint = unpacked(Buffer.from(last.buffer));
    }
    return this.#endpoint as Endpoint;
  }
}

/** A Unix socket's path; one that begins with NUL is abstract, and its length counts (unix(7)). */
export function packedPath(path: string | Uint8Array): Packed {
  const name = typeof path === 'string' ? Buffer.from(path) : path;
  const bytes = Buffer.alloc(PATH_AT + name.length + 1);
  writeFamily(bytes, C.AF_UNIX);
  bytes.set(name, PATH_AT);
  return { bytes, length: name[0] === 0 ? bytes.length - 1 : bytes.length };
}

/** The path that C has written to NAME; `''` for a socket that has none. */
export function unpackedPath(): string {
  const path = pathBytes();
  return path[0] === 0 ? path.toString() : untilNul(path);
}

/** The same as bytes, with what C has added to them. */
export function pathBytes(): Buffer {
  return NAME.subarray(PATH_AT, Math.max(PATH_AT, NAME_LENGTH[0] as number));
}

/** A time for SO_SNDTIMEO; 0 or less is no limit (struct timeval: seconds and microseconds, 8 bytes each in Linux). */
export function timeval(milliseconds: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(Math.floor(milliseconds / 1000), 0);
  bytes.writeInt32LE((milliseconds % 1000) * 1000, 8);
  return bytes;
}

/** The local, or the peer's, address of a socket. */
export function nameOf(call: typeof libc.getsockname, fd: number): Outcome<Endpoint> {
  beginName();
  return call(fd, NAME, NAME_LENGTH) < 0 ? failure() : unpacked(NAME);
}

/** The same of a Unix socket; `''` if it has none. */
export function pathOf(call: typeof libc.getsockname, fd: number): Outcome<string> {
  beginName();
  return call(fd, NAME, NAME_LENGTH) < 0 ? failure() : unpackedPath();
}

/** The index of an interface, named or numbered. */
export function interfaceIndex(name: string): Outcome<number> {
  if (!/^\d+$/.test(name)) {
    const index = libc.if_nametoindex(name);
    return index === 0 ? failure() : index;
  }
  const index = Number(name);
  return index > 0 && index < 2 ** 31 && hasInterface(index) ? index : new Failure('ENODEV');
}

function hasInterface(index: number): boolean {
  return Number(libc.if_indextoname(index, Buffer.alloc(TEXT))) !== 0;
}

function interfaceName(index: number): string {
  const text = Buffer.alloc(TEXT);
  return Number(libc.if_indextoname(index, text)) === 0 ? String(index) : untilNul(text);
}

function untilNul(text: Buffer): string {
  const end = text.indexOf(0);
  return text.toString('utf8', 0, end < 0 ? text.length : end);
}

function writeFamily(bytes: Buffer, family: number): void {
  if (SYSTEM === 'linux') bytes.writeUInt16LE(family, 0);
  else bytes.set([bytes.length, family]);
}

function familyNumber(name: Buffer): number {
  return SYSTEM === 'linux' ? name.readUInt16LE(0) : (name[1] as number);
}
