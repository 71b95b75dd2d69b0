/**
 * The table `socket.dns`: names and addresses, by the system's resolver. It asks in three ways, as LuaSocket does, and each
 * has failures of its own.
 *
 *     struct hostent   name(8) aliases(8) addrtype(4) length(4) addresses(8)     both lists end in NULL
 */
import { hostname } from 'node:os';
import type { Address } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import { NO_DEADLINE } from '../../../core/timeout.ts';
import { getnameinfo } from '../../../posix/libc/addrinfo.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C, type Pointer } from '../../../posix/libc/functions.ts';
import type { Functions } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
import type { State } from '../../state.ts';
import { resolverReason } from './reasons.ts';
import { addressesOf, portOf } from './resolve.ts';

const HOSTENT = 32;
const ALIASES_AT = 8;
const ADDRESSES_AT = 24;
/** The bytes of an IPv4 address, the only one that `gethostbyname` knows. */
const IPV4 = 4;

interface Host {
  readonly name: string;
  readonly alias: readonly string[];
  readonly ip: readonly string[];
}

export const DNS: Functions = {
  toip: (lua) => hostGiven(lua, ({ ip }) => ip[0]),
  tohostname: (lua) => hostGiven(lua, ({ name }) => name),

  getaddrinfo(lua) {
    const found = namedAddresses(lua.text(1));
    if (typeof found === 'string') return lua.refuse(found);
    lua.newTable(found.length, 0);
    found.forEach(({ address, family }, i) => {
      lua.newTable(0, 2);
      lua.push(address);
      lua.setField(-2, 'addr');
      lua.push(family);
      lua.setField(-2, 'family');
      lua.setItem(-2, i + 1);
    });
    return 1;
  },

  getnameinfo(lua) {
    const [host, service] = [lua.optText(1, undefined), lua.optText(2, undefined)];
    if (host === undefined && service === undefined) throw new Raise('host and serv cannot be both nil');
    const port = service === undefined ? 0 : portOf(service, 'tcp');
    if (typeof port === 'string') return lua.refuse(port);
    // Of what has no name, `*` means this machine.
    const anyone = host === undefined || (host === '*' && service !== undefined);
    const found = anyone ? addressesOf('*', 'unspec', 'loopback') : namedAddresses(host);
    if (typeof found === 'string') return lua.refuse(found);
    pushList(lua, host === undefined ? [] : found.map((address) => nameOf(address, port).name));
    if (service === undefined) return 1;
    lua.push(nameOf(found.at(-1) as Address, port).service);
    return 2;
  },

  gethostname: (lua) => lua.give(hostname()),
};

function namedAddresses(host: string): readonly Address[] | string {
  if (host !== '*') return addressesOf(host, 'unspec', 'loopback');
  return resolverReason(new Failure('ENOTFOUND'));
}

/** The names of an address and a port, which are numbers where there are none. */
function nameOf(address: Address, port: number): { readonly name: string; readonly service: string } {
  const found = getnameinfo(address, port, NO_DEADLINE, 0);
  return found instanceof Failure ? { name: address.address, service: String(port) } : found;
}

/** The value that a function returns for a host, and the table of all that is known of it. */
function hostGiven(lua: State, chosen: (host: Host) => string | undefined): number {
  const found = hostOf(lua.text(1));
  if (typeof found === 'string') return lua.refuse(found);
  lua.push(chosen(found));
  lua.newTable(0, 3);
  lua.push(found.name);
  lua.setField(-2, 'name');
  pushList(lua, found.alias);
  lua.setField(-2, 'alias');
  pushList(lua, found.ip);
  lua.setField(-2, 'ip');
  return 2;
}

/** Resolves a name or a numeric address; or says why that fails. */
function hostOf(text: string): Host | string {
  const address = Buffer.alloc(IPV4);
  const entry =
    libc.inet_aton(text, address) === 1
      ? libc.gethostbyaddr(address, IPV4, C.AF_INET)
      : libc.gethostbyname(Buffer.from(`${text}\0`, 'latin1'));
  if (entry !== null) return hostAt(libc.copyOf(entry, HOSTENT));
  const number = libc.h_errno();
  return number === C.HOST_NOT_FOUND ? 'host not found' : libc.hstrerror(number);
}

function hostAt(hostent: Buffer): Host {
  return {
    name: textAt(hostent.readBigUInt64LE(0)),
    alias: pointersAt(hostent.readBigUInt64LE(ALIASES_AT)).map(textAt),
    ip: pointersAt(hostent.readBigUInt64LE(ADDRESSES_AT)).map((at) => libc.copyOf(at, IPV4).join('.')),
  };
}

function pointersAt(list: Pointer): Pointer[] {
  const pointers: Pointer[] = [];
  for (let at = list; ; at += 8n) {
    const pointer = libc.copyOf(at, 8).readBigUInt64LE();
    if (pointer === 0n) return pointers;
    pointers.push(pointer);
  }
}

function textAt(at: Pointer): string {
  let text = '';
  for (let i = at; ; i++) {
    const byte = libc.copyOf(i, 1)[0] as number;
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
}

function pushList(lua: State, texts: readonly string[]): void {
  lua.newTable(texts.length, 0);
  texts.forEach((text, i) => {
    lua.push(text);
    lua.setItem(-2, i + 1);
  });
}
