/** Socket options by LuaSocket's names, with the type of each value; the engines say which they can set and get. */
import { badArgument } from './errors.ts';

export interface Linger {
  readonly on: boolean;
  /** Seconds. */
  readonly timeout: number;
}

export interface Membership {
  /** The group's address. */
  readonly multiaddr: string;
  /** The interface: its index, for IPv4 its address, for IPv6 its name; `'*'`, 0 or nothing for the system's choice. */
  readonly interface?: string | number;
}

/** The options and their values. LuaSocket's reference has their meaning. */
export interface OptionValues {
  keepalive: boolean;
  'tcp-nodelay': boolean;
  reuseaddr: boolean;
  reuseport: boolean;
  'tcp-keepidle': number;
  'tcp-keepcnt': number;
  'tcp-keepintvl': number;
  linger: Linger;
  'recv-buffer-size': number;
  'send-buffer-size': number;
  'tcp-defer-accept': number;
  'tcp-fastopen': number;
  'tcp-fastopen-connect': number;
  'ipv6-v6only': boolean;
  bindtodevice: string;
  dontroute: boolean;
  broadcast: boolean;
  'ip-multicast-loop': boolean;
  'ip-multicast-ttl': number;
  'ip-multicast-if': string;
  'ip-add-membership': Membership;
  'ip-drop-membership': Membership;
  'ipv6-unicast-hops': number;
  'ipv6-multicast-hops': number;
  'ipv6-multicast-loop': boolean;
  'ipv6-add-membership': Membership;
  'ipv6-drop-membership': Membership;
}

export type OptionName = keyof OptionValues;

/** What `getoption` takes besides: the pending error of the socket, which reading clears. */
export type ReadableOption = OptionName | 'error';

/** The value of an option; of `error`, its code, or undefined where there is none. */
export type OptionValue<K extends ReadableOption> = K extends OptionName ? OptionValues[K] : string | undefined;

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
  if (!fits(kind, value))
    throw badArgument(`setoption: ${name} takes ${EXPECTED[kind]}, not ${JSON.stringify(value) ?? String(value)}`);
}

/** Throws unless the option exists. */
export function checkReadable(name: ReadableOption): void {
  if (name !== 'error' && !Object.hasOwn(KINDS, name)) throw unknownOption('getoption', name);
}

function unknownOption(call: string, name: string): Error {
  return badArgument(
    `${call}: there is no option ${JSON.stringify(name)}; the options are ${Object.keys(KINDS).join(', ')}`,
  );
}

const EXPECTED: { readonly [K in Kind]: string } = {
  boolean: 'true or false',
  number: 'a whole number, 0 or more',
  string: 'a string',
  linger: '{ on: boolean, timeout: seconds }',
  membership: '{ multiaddr: address, interface?: address, name or index }',
};

function fits(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'number':
      return Number.isSafeInteger(value) && (value as number) >= 0;
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
