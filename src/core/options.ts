/** Socket options by LuaSocket's names, with the type of each value; the engines say which they can set and get. */

import { badArgument } from './errors.ts';
import { shown } from './shown.ts';

/** How `close` treats bytes that the peer has not acknowledged. */
export interface Linger {
  /** Whether `timeout` holds. Without it `close` returns at once, and the system goes on sending. */
  readonly on: boolean;
  /** Seconds that `close` may wait, a whole number. 0 drops the bytes and resets the connection. */
  readonly timeout: number;
}

/** Membership of a socket in a multicast group, on one interface. */
export interface Membership {
  /** The group's address. */
  readonly multiaddr: string;
  /** The interface: its index, for IPv4 its address, for IPv6 its name; `'*'`, 0 or nothing for the system's choice. */
  readonly interface?: string | number;
}

/**
 * The socket options, by LuaSocket's names. Defaults are Linux's, unless they say otherwise. The blocking face has all of
 * them, as far as the system does (Linux has all, macOS lacks `tcp-defer-accept`, `tcp-fastopen-connect` and
 * `bindtodevice`); the await face has what Node can set, and throws `ERR_UNSUPPORTED` for the others.
 */
export interface OptionValues {
  /** Probes an idle connection, and ends it when the peer does not answer. Default false. (SO_KEEPALIVE, socket(7).) */
  keepalive: boolean;
  /** Sends small writes at once instead of gathering them (Nagle's algorithm). Default false. (TCP_NODELAY, tcp(7).) */
  'tcp-nodelay': boolean;
  /**
   * Lets an address be bound whose old connections are in TIME_WAIT; for UDP, that other sockets have, too. To be set
   * before `bind`. Default true for TCP, false for UDP. (SO_REUSEADDR, socket(7).)
   */
  reuseaddr: boolean;
  /** Lets several sockets bind one address and share what comes. To be set before `bind`. Default false. (SO_REUSEPORT, socket(7).) */
  reuseport: boolean;
  /** Seconds without traffic before the first probe of `keepalive`: 1 to 32767. Default 7200. (TCP_KEEPIDLE, tcp(7).) */
  'tcp-keepidle': number;
  /** Probes without an answer after which `keepalive` ends the connection: 1 to 127. Default 9. (TCP_KEEPCNT, tcp(7).) */
  'tcp-keepcnt': number;
  /** Seconds between two probes of `keepalive`: 1 to 32767. Default 75. (TCP_KEEPINTVL, tcp(7).) */
  'tcp-keepintvl': number;
  /** How `close` treats bytes that are not acknowledged. Default off. (SO_LINGER, socket(7).) */
  linger: Linger;
  /** Bytes of the kernel's receive buffer. Linux doubles what is set, and reads back the double. (SO_RCVBUF, socket(7); default: tcp_rmem, rmem_default.) */
  'recv-buffer-size': number;
  /** Bytes of the kernel's send buffer. Linux doubles what is set, and reads back the double. (SO_SNDBUF, socket(7); default: tcp_wmem, wmem_default.) */
  'send-buffer-size': number;
  /** Seconds that a server waits for a client's first bytes before it accepts the connection; the kernel rounds them. Default 0, off. (TCP_DEFER_ACCEPT, tcp(7).) */
  'tcp-defer-accept': number;
  /** For a server: connections whose first packet may carry data, that may wait for their handshake to end. Default 0, off. (TCP_FASTOPEN, tcp(7); RFC 7413.) */
  'tcp-fastopen': number;
  /** For a client: 1 sends the first bytes with the connect. Default 0, off. (TCP_FASTOPEN_CONNECT, tcp(7); RFC 7413.) */
  'tcp-fastopen-connect': number;
  /** Whether an IPv6 socket leaves IPv4 alone. To be set before `bind`. Default true, LuaSocket's. (IPV6_V6ONLY, ipv6(7).) */
  'ipv6-v6only': boolean;
  /** The name of the only interface whose packets the socket gets; `''` for all, the default. (SO_BINDTODEVICE, socket(7).) */
  bindtodevice: string;
  /** Sends to directly connected hosts only, past the routing table. Default false. (SO_DONTROUTE, socket(7).) */
  dontroute: boolean;
  /** Allows datagrams to a broadcast address. Default false. (SO_BROADCAST, socket(7).) */
  broadcast: boolean;
  /** Whether this machine gets its own IPv4 multicast datagrams. Default true. (IP_MULTICAST_LOOP, ip(7).) */
  'ip-multicast-loop': boolean;
  /** Routers that an IPv4 multicast datagram may pass, plus one: 0 to 255. Default 1. (IP_MULTICAST_TTL, ip(7).) */
  'ip-multicast-ttl': number;
  /** The address of the interface that sends IPv4 multicast datagrams; `'*'` for the system's choice, the default. (IP_MULTICAST_IF, ip(7).) */
  'ip-multicast-if': string;
  /** Joins an IPv4 group. Cannot be read. (IP_ADD_MEMBERSHIP, ip(7).) */
  'ip-add-membership': Membership;
  /** Leaves an IPv4 group. Cannot be read. (IP_DROP_MEMBERSHIP, ip(7).) */
  'ip-drop-membership': Membership;
  /** Routers that an IPv6 datagram to one host may pass, plus one: 0 to 255. Default 64. (IPV6_UNICAST_HOPS, ipv6(7).) */
  'ipv6-unicast-hops': number;
  /** The same for IPv6 multicast datagrams. Default 1. (IPV6_MULTICAST_HOPS, ipv6(7).) */
  'ipv6-multicast-hops': number;
  /** Whether this machine gets its own IPv6 multicast datagrams. Default true. (IPV6_MULTICAST_LOOP, ipv6(7).) */
  'ipv6-multicast-loop': boolean;
  /** Joins an IPv6 group. Cannot be read. (IPV6_ADD_MEMBERSHIP, ipv6(7).) */
  'ipv6-add-membership': Membership;
  /** Leaves an IPv6 group. Cannot be read. (IPV6_DROP_MEMBERSHIP, ipv6(7).) */
  'ipv6-drop-membership': Membership;
}

/** The name of an option that `setoption` takes. */
export type OptionName = keyof OptionValues;

/** The name of an option that `getoption` takes; `'error'` is the socket's pending error, which reading clears. (SO_ERROR, socket(7).) */
export type ReadableOption = OptionName | 'error';

/** The value of an option; of `'error'`, its code, or undefined without an error. */
export type OptionValue<K extends ReadableOption> = K extends OptionName ? OptionValues[K] : string | undefined;

/** The system takes these numbers as a C int. */
const INT_MAX = 2_147_483_647;

type Kind = 'boolean' | 'number' | 'string' | 'linger' | 'membership';

const KINDS: { readonly [K in OptionName]: Kind } = {
  keepalive: 'boolean',
  'tcp-nodelay': 'boolean',
  reuseaddr: 'boolean',
  reuseport: 'boolean',
  'tcp-keepidle': 'number',
  'tcp-keepcnt': 'number',
  'tcp-keepintvl': 'number',
  linger: 'linger',
  'recv-buffer-size': 'number',
  'send-buffer-size': 'number',
  'tcp-defer-accept': 'number',
  'tcp-fastopen': 'number',
  'tcp-fastopen-connect': 'number',
  'ipv6-v6only': 'boolean',
  bindtodevice: 'string',
  dontroute: 'boolean',
  broadcast: 'boolean',
  'ip-multicast-loop': 'boolean',
  'ip-multicast-ttl': 'number',
  'ip-multicast-if': 'string',
  'ip-add-membership': 'membership',
  'ip-drop-membership': 'membership',
  'ipv6-unicast-hops': 'number',
  'ipv6-multicast-hops': 'number',
  'ipv6-multicast-loop': 'boolean',
  'ipv6-add-membership': 'membership',
  'ipv6-drop-membership': 'membership',
};

/** Throws unless the option exists and takes this value. */
export function checkOption<K extends OptionName>(name: K, value: OptionValues[K]): void {
  const kind = KINDS[name];
  if (kind === undefined || !Object.hasOwn(KINDS, name)) throw unknownOption('setoption', name);
  if (!fits(kind, value)) throw badArgument(`setoption: ${name} takes ${EXPECTED[kind]}, not ${shownValue(value)}`);
}

/** Throws unless the option exists. */
export function checkReadable(name: ReadableOption): void {
  if (name !== 'error' && !Object.hasOwn(KINDS, name)) throw unknownOption('getoption', name);
}

function unknownOption(call: string, name: string): Error {
  return badArgument(`${call}: there is no option ${shown(name)}; the options are ${Object.keys(KINDS).join(', ')}`);
}

/** A structure with its fields: those of options are no secrets. */
function shownValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return shown(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${shown(field)}`);
  return `{ ${fields.slice(0, 3).join(', ')} }`;
}

const EXPECTED: { readonly [K in Kind]: string } = {
  boolean: 'true or false',
  number: `a whole number from 0 to ${INT_MAX}`,
  string: 'a string',
  linger: '{ on: boolean, timeout: seconds }',
  membership: '{ multiaddr: address, interface?: address, name or index }',
};

function fits(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'number':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= INT_MAX;
    case 'linger': {
      const { on, timeout } = (value ?? {}) as Partial<Linger>;
      return typeof on === 'boolean' && fits('number', timeout);
    }
    case 'membership': {
      const { multiaddr, interface: via } = (value ?? {}) as Partial<Membership>;
      return typeof multiaddr === 'string' && (via === undefined || typeof via === 'string' || fits('number', via));
    }
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
  }
}
