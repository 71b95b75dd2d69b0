/** The options of a UDP socket over `node:dgram`: which belong to its making, which wait until it is bound, which Node lacks. */
import type { Socket, SocketOptions } from 'node:dgram';
import type { Family } from '../core/address.ts';
import { Failure, failed, type SocketError } from '../core/errors.ts';
import type { Membership, OptionName, OptionValues } from '../core/options.ts';
import { CAN_REUSE_PORT } from './bind.ts';
import { failureOf } from './node-streams.ts';
import { optionUnsupported } from './tcp-io.ts';
import { interfaceOf } from './zones.ts';

/** What the system gives a new socket. Node reads none of these back, and no one else can change them. */
const DEFAULTS: Partial<OptionValues> = {
  broadcast: false,
  reuseaddr: false,
  reuseport: false,
  'ipv6-v6only': true,
  'ip-multicast-loop': true,
  'ip-multicast-if': '0.0.0.0',
  'ipv6-multicast-loop': true,
};

const AT_CREATION: ReadonlySet<OptionName> = new Set<OptionName>(['reuseaddr', 'reuseport', 'ipv6-v6only']);

/** The options that name a group, and perhaps an interface. */
const GROUPS = /-membership$/;

type Setter<K extends OptionName> = (socket: Socket, value: OptionValues[K]) => void;

const SETTERS: { readonly [K in OptionName]?: Setter<K> } = {
  broadcast: (socket, value) => socket.setBroadcast(value),
  'recv-buffer-size': (socket, value) => socket.setRecvBufferSize(value),
  'send-buffer-size': (socket, value) => socket.setSendBufferSize(value),
  'ip-multicast-loop': (socket, value) => void socket.setMulticastLoopback(value),
  'ipv6-multicast-loop': (socket, value) => void socket.setMulticastLoopback(value),
  'ip-multicast-ttl': (socket, value) => void socket.setMulticastTTL(value),
  'ipv6-multicast-hops': (socket, value) => void socket.setMulticastTTL(value),
  'ipv6-unicast-hops': (socket, value) => void socket.setTTL(value),
  'ip-multicast-if': (socket, value) => socket.setMulticastInterface(value === '*' ? '0.0.0.0' : value),
  'ip-add-membership': (socket, group) => socket.addMembership(group.multiaddr, group.interface as string | undefined),
  'ip-drop-membership': (socket, group) =>
    socket.dropMembership(group.multiaddr, group.interface as string | undefined),
  'ipv6-add-membership': (socket, group) =>
    socket.addMembership(group.multiaddr, group.interface as string | undefined),
  'ipv6-drop-membership': (socket, group) =>
    socket.dropMembership(group.multiaddr, group.interface as string | undefined),
};

export class UdpSettings {
  readonly #family: Family;
  readonly #values: Partial<OptionValues> = {};
  /** What is to be done once the socket is bound, in order; each option once, and each group. */
  readonly #waiting = new Map<string, { name: OptionName; set: (socket: Socket) => void }>();

  constructor(family: Family) {
    this.#family = family;
  }

  set<K extends OptionName>(name: K, value: OptionValues[K], socket: Socket | undefined): void {
    const setter = SETTERS[name];
    if (AT_CREATION.has(name)) {
      if (name === 'reuseport' && value === true && !CAN_REUSE_PORT)
        throw optionUnsupported('reuseport in this version of the runtime');
    } else if (setter === undefined) {
      throw optionUnsupported(`setting ${name}`);
    }
    if (setter !== undefined) {
      const taken = GROUPS.test(name) ? (this.#onLink(name, value as Membership) as OptionValues[K]) : value;
      if (socket === undefined) this.#wait(name, taken, (bound) => setter(bound, taken));
      else attempt(() => setter(socket, taken), name);
    }
    this.#values[name] = value;
  }

  /** The membership with its interface as Node takes it. One that is not there is an error at once, not when the socket is bound. */
  #onLink(name: OptionName, group: Membership): Membership {
    const via = interfaceOf(group, this.#family);
    if (via instanceof Failure) throw failed('setoption', via, { target: name });
    return via === undefined ? { multiaddr: group.multiaddr } : { multiaddr: group.multiaddr, interface: via };
  }

  get(name: OptionName, socket: Socket | undefined): OptionValues[OptionName] {
    if (socket !== undefined && name === 'recv-buffer-size') return socket.getRecvBufferSize();
    if (socket !== undefined && name === 'send-buffer-size') return socket.getSendBufferSize();
    const value = this.#values[name] ?? DEFAULTS[name];
    if (value === undefined || typeof value === 'object') throw optionUnsupported(`reading ${name}`);
    return value;
  }

  /** What `dgram.createSocket` has to know. */
  creation(): SocketOptions {
    const { reuseaddr = false, reuseport = false, 'ipv6-v6only': ipv6Only = true } = this.#values;
    const options = { type: this.#family === 'inet' ? 'udp4' : 'udp6', reuseAddr: reuseaddr } as const;
    return { ...options, ...(reuseport && { reusePort: true }), ...(options.type === 'udp6' && { ipv6Only }) };
  }

  /** Sets what has waited for the socket to be bound. What fails waits on: another bind fails alike, until it is set otherwise. */
  apply(socket: Socket): Failure | undefined {
    try {
      for (const { name, set } of this.#waiting.values()) attempt(() => set(socket), name);
    } catch (error) {
      return new Failure((error as SocketError).code, error);
    }
    this.#waiting.clear();
    return undefined;
  }

  /** To set an option again replaces what waits; to leave a group takes back its joining. */
  #wait<K extends OptionName>(name: K, value: OptionValues[K], set: (socket: Socket) => void): void {
    const joins = name.replace('-drop-', '-add-');
    const key = GROUPS.test(name) ? `${joins} ${JSON.stringify(value)}` : name;
    const takenBack = this.#waiting.delete(key) && joins !== name;
    if (!takenBack) this.#waiting.set(key, { name, set });
  }
}

function attempt(set: () => void, name: OptionName): void {
  try {
    set();
  } catch (error) {
    throw failed('setoption', failureOf(error), { target: name });
  }
}
