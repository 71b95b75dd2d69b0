/** Socket options by LuaSocket's names, over setsockopt(2) and getsockopt(2). What an option means to a socket, the system says. */
import { Failure, failed, type Outcome } from '../core/errors.ts';
import type { Linger, Membership, OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import { failure } from './libc/errno.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';
import { interfaceIndex, packed } from './libc/sockaddr.ts';

/** The form of a value in memory: one int, or a structure. */
type ValueForm = 'int' | 'flag' | 'linger' | 'interface' | 'name' | 'group' | 'group6';

interface OptionLocation {
  readonly level: number;
  readonly name: number;
  readonly form: ValueForm;
}

function place(level: number, name: number, form: ValueForm): OptionLocation {
  return { level, name, form };
}

const PLACES: { readonly [K in OptionName]: OptionLocation } = {
  keepalive: place(C.SOL_SOCKET, C.SO_KEEPALIVE, 'flag'),
  'tcp-nodelay': place(C.IPPROTO_TCP, C.TCP_NODELAY, 'flag'),
  reuseaddr: place(C.SOL_SOCKET, C.SO_REUSEADDR, 'flag'),
  reuseport: place(C.SOL_SOCKET, C.SO_REUSEPORT, 'flag'),
  'tcp-keepidle': place(C.IPPROTO_TCP, C.TCP_KEEPIDLE, 'int'),
  'tcp-keepcnt': place(C.IPPROTO_TCP, C.TCP_KEEPCNT, 'int'),
  'tcp-keepintvl': place(C.IPPROTO_TCP, C.TCP_KEEPINTVL, 'int'),
  linger: place(C.SOL_SOCKET, C.SO_LINGER, 'linger'),
  'recv-buffer-size': place(C.SOL_SOCKET, C.SO_RCVBUF, 'int'),
  'send-buffer-size': place(C.SOL_SOCKET, C.SO_SNDBUF, 'int'),
  'tcp-defer-accept': place(C.IPPROTO_TCP, C.TCP_DEFER_ACCEPT, 'int'),
  'tcp-fastopen': place(C.IPPROTO_TCP, C.TCP_FASTOPEN, 'int'),
  'tcp-fastopen-connect': place(C.IPPROTO_TCP, C.TCP_FASTOPEN_CONNECT, 'int'),
  'ipv6-v6only': place(C.IPPROTO_IPV6, C.IPV6_V6ONLY, 'flag'),
  bindtodevice: place(C.SOL_SOCKET, C.SO_BINDTODEVICE, 'name'),
  dontroute: place(C.SOL_SOCKET, C.SO_DONTROUTE, 'flag'),
  broadcast: place(C.SOL_SOCKET, C.SO_BROADCAST, 'flag'),
  'ip-multicast-loop': place(C.IPPROTO_IP, C.IP_MULTICAST_LOOP, 'flag'),
  'ip-multicast-ttl': place(C.IPPROTO_IP, C.IP_MULTICAST_TTL, 'int'),
  'ip-multicast-if': place(C.IPPROTO_IP, C.IP_MULTICAST_IF, 'interface'),
  'ip-add-membership': place(C.IPPROTO_IP, C.IP_ADD_MEMBERSHIP, 'group'),
  'ip-drop-membership': place(C.IPPROTO_IP, C.IP_DROP_MEMBERSHIP, 'group'),
  'ipv6-unicast-hops': place(C.IPPROTO_IPV6, C.IPV6_UNICAST_HOPS, 'int'),
  'ipv6-multicast-hops': place(C.IPPROTO_IPV6, C.IPV6_MULTICAST_HOPS, 'int'),
  'ipv6-multicast-loop': place(C.IPPROTO_IPV6, C.IPV6_MULTICAST_LOOP, 'flag'),
  'ipv6-add-membership': place(C.IPPROTO_IPV6, C.IPV6_ADD_MEMBERSHIP, 'group6'),
  'ipv6-drop-membership': place(C.IPPROTO_IPV6, C.IPV6_DROP_MEMBERSHIP, 'group6'),
};

/** Throws what the system says against it. */
export function setoption<K extends OptionName>(fd: number, name: K, value: OptionValues[K]): void {
  const refused = trySetoption(fd, name, value);
  if (refused !== undefined) throw failed('setoption', refused, { target: name });
}

/** The same, for those who have something to close first. */
export function trySetoption<K extends OptionName>(fd: number, name: K, value: OptionValues[K]): Failure | undefined {
  const { level, name: number, form } = PLACES[name];
  if (number < 0) return new Failure('ENOPROTOOPT');
  const bytes = bytesOf(form, value);
  if (bytes instanceof Failure) return bytes;
  return libc.setsockopt(fd, level, number, bytes, bytes.length) < 0 ? failure() : undefined;
}

/** The value that the system has; of `'error'`, the code of the pending error. */
export function getoption<K extends ReadableOption>(fd: number, name: K): OptionValue<K> {
  if (name === 'error') return pendingError(fd)?.code as OptionValue<K>;
  const { level, name: number, form } = PLACES[name as OptionName];
  const value = number < 0 ? new Failure('ENOPROTOOPT') : read(fd, level, number);
  if (value instanceof Failure) throw failed('getoption', value, { target: name });
  return valueIn(form, value) as OptionValue<K>;
}

/** The error that the socket has met and not told yet; asking clears it. */
export function pendingError(fd: number): Failure | undefined {
  const value = read(fd, C.SOL_SOCKET, C.SO_ERROR);
  if (value instanceof Failure) return value;
  const number = value.readInt32LE(0);
  return number === 0 ? undefined : failure(number);
}

/** Why the descriptor is none that listens, if so. */
export function notListening(fd: number): Failure | undefined {
  const value = read(fd, C.SOL_SOCKET, C.SO_ACCEPTCONN);
  if (value instanceof Failure) return value;
  return value.readInt32LE(0) === 0 ? new Failure('EINVAL') : undefined;
}

/** The offset in SO_MEMINFO of the count of what was dropped (linux/sock_diag.h, SK_MEMINFO_DROPS). */
const DROPS_AT = 8 * 4;

/** How many datagrams, or connections, the kernel has dropped because a queue was full. (Linux; 0 elsewhere.) */
export function dropsOf(fd: number): number {
  const value = C.SO_MEMINFO < 0 ? undefined : read(fd, C.SOL_SOCKET, C.SO_MEMINFO);
  return value === undefined || value instanceof Failure ? 0 : value.readUInt32LE(DROPS_AT);
}

/** The memory that the system writes a value to. It is read out at once. */
const VALUE: Buffer = Buffer.alloc(64);

function read(fd: number, level: number, name: number): Outcome<Buffer> {
  const length = new Int32Array([VALUE.length]);
  return libc.getsockopt(fd, level, name, VALUE, length) < 0 ? failure() : VALUE.subarray(0, length[0]);
}

function bytesOf(form: ValueForm, value: OptionValues[OptionName]): Outcome<Uint8Array> {
  switch (form) {
    case 'flag':
      return ints(value === true ? 1 : 0);
    case 'int':
      return ints(value as number);
    case 'linger': {
      const { on, timeout } = value as Linger;
      return ints(on ? 1 : 0, timeout);
    }
    case 'name':
      return Buffer.from(value as string);
    case 'interface':
      return addressBytes(value === '*' ? '0.0.0.0' : (value as string));
    case 'group':
      return groupBytes(value as Membership);
    case 'group6':
      return group6Bytes(value as Membership);
  }
}

function valueIn(form: ValueForm, bytes: Buffer): OptionValues[OptionName] {
  switch (form) {
    case 'flag':
      return bytes.readInt32LE(0) !== 0;
    case 'linger':
      return { on: bytes.readInt32LE(0) !== 0, timeout: bytes.readInt32LE(4) };
    case 'name':
      return bytes.toString('utf8', 0, Math.max(0, bytes.indexOf(0)));
    case 'interface':
      return bytes.subarray(0, 4).join('.');
    default:
      return bytes.readInt32LE(0);
  }
}

function ints(...values: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(values).buffer);
}

function addressBytes(address: string): Outcome<Uint8Array> {
  const name = packed({ address, family: 'inet' }, 0);
  return name instanceof Failure ? name : name.bytes.subarray(4, 8);
}

/** struct ip_mreqn: the group, the address of the interface, and its index (ip(7)). */
function groupBytes({ multiaddr, interface: via = '*' }: Membership): Outcome<Uint8Array> {
  const group = addressBytes(multiaddr);
  const address = addressBytes(typeof via === 'number' || via === '*' ? '0.0.0.0' : via);
  if (group instanceof Failure) return group;
  if (address instanceof Failure) return address;
  return Buffer.concat([group, address, ints(typeof via === 'number' ? via : 0)]);
}

/** struct ipv6_mreq: the group, and the index of the interface (ipv6(7)). */
function group6Bytes({ multiaddr, interface: via = 0 }: Membership): Outcome<Uint8Array> {
  const group = packed({ address: multiaddr, family: 'inet6' }, 0);
  if (group instanceof Failure) return group;
  const index = typeof via === 'number' ? via : via === '*' ? 0 : interfaceIndex(via.slice(via.indexOf('%') + 1));
  return index instanceof Failure ? index : Buffer.concat([group.bytes.subarray(8, 24), ints(index)]);
}
