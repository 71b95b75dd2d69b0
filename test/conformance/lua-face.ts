/**
 * The Lua face, as the suite's cases see a face: thin, so that what is tested is LuaSocket in Lua. A value is returned where
 * the suite's type has a promise; a case cannot tell, since it awaits each of them.
 */
import * as common from '../../src/entry/common.ts';
import type { FromLua, ToLua } from '../../src/entry/lua.ts';
import { callLua, listOf, selectLua, succeeded } from './lua-machine.ts';
import { Client, type LuaObject, Master, Server, Udp } from './lua-objects.ts';
import { absent, type Options, refuse } from './lua-refusals.ts';
import type { Face } from './support.ts';

interface ConnectOptions {
  readonly timeout?: number;
  readonly localHost?: string;
  readonly localPort?: number;
  readonly family?: string;
}

/** `socket.connect` has no timeout; who wants one makes the object first. */
function connect(host: string, port: number, options: ConnectOptions = {}): Client {
  refuse('connect', { ...options }, 'timeout', 'localHost', 'localPort', 'family');
  const { timeout, localHost, localPort, family } = options;
  if (timeout !== undefined) {
    const master = made(Master, 'tcp');
    master.settimeout(timeout, 't');
    return master.connect(host, port);
  }
  const local = localHost ?? (localPort === undefined ? undefined : '*');
  return made(Client, 'connect', [host, port, local, localPort, family], `connect ${host}:${port}`);
}

interface BindOptions {
  readonly backlog?: number;
  readonly reuseaddr?: boolean;
  readonly reuseport?: boolean;
  readonly ipv6only?: boolean;
}

/** `socket.bind` sets `reuseaddr` and nothing else; who wants it otherwise makes the object first. */
function bind(host: string, port: number, { backlog, ...options }: BindOptions = {}): Server {
  if (Object.keys(options).length === 0) return made(Server, 'bind', [host, port, backlog], `bind ${host}:${port}`);
  const { reuseaddr = true, reuseport, ipv6only } = options;
  const master = made(Master, host.includes(':') ? 'tcp6' : 'tcp4');
  master.setoption('reuseaddr', reuseaddr);
  if (reuseport !== undefined) master.setoption('reuseport', reuseport);
  if (ipv6only !== undefined) master.setoption('ipv6-v6only', ipv6only);
  master.bind(host, port);
  return master.listen(backlog);
}

/** The object that a function of the module makes. */
function made<T>(type: new (number: number) => T, name: string, args: readonly ToLua[] = [], call = name): T {
  return new type(succeeded(call, callLua(name, ...args))[0] as number);
}

type List = readonly LuaObject[] | null | undefined;

function select(readers: List, writers: List, timeout?: number | null, options?: Options) {
  refuse('select', options);
  const [readable, writable] = selectLua(numbersOf(readers), numbersOf(writers), timeout);
  return { readable: chosen(readers, readable), writable: chosen(writers, writable) };
}

const numbersOf = (list: List) => list?.map(({ number }) => number);

/** The objects of a list that have these numbers, in LuaSocket's order. */
function chosen(list: List, numbers: readonly FromLua[] = []): (LuaObject | undefined)[] {
  return numbers.map((number) => list?.find((one) => one.number === number));
}

function sleep(seconds: number, options?: Options): void {
  refuse('sleep', options);
  callLua('sleep', seconds);
}

/** A call of `dns` with a host. */
function ask(name: string, host: string | undefined, options?: Options, ...args: readonly ToLua[]) {
  refuse(`dns.${name}`, options);
  return succeeded(`dns.${name} ${host}`, callLua(`dns.${name}`, host, ...args));
}

interface Resolved {
  readonly name: string;
  readonly alias: FromLua;
  readonly ip: FromLua;
}

/** A name or an address, and all that is known of the host. */
function askHost(name: string, host: string, options?: Options) {
  const [first, found] = ask(name, host, options);
  const resolved = found as unknown as Resolved;
  return [first, { ...resolved, alias: listOf(resolved.alias), ip: listOf(resolved.ip) }];
}

const dns = {
  toip: askHost.bind(undefined, 'toip'),
  tohostname: askHost.bind(undefined, 'tohostname'),
  getaddrinfo: (host: string) => listOf(ask('getaddrinfo', host)[0]),
  getnameinfo(host: string | undefined, port?: number) {
    const [names, service] = ask('getnameinfo', host, undefined, port);
    return [listOf(names), service];
  },
  gethostname: () => callLua('dns.gethostname')[0],
};

const http = {
  request: () => absent('request with a timeline and trailers', "LuaSocket's request gives neither"),
  fetch: () => absent('fetch', 'LuaSocket has socket.http.request'),
};

export const face: Face = {
  ...common,
  connect,
  bind,
  tcp: () => made(Master, 'tcp'),
  tcp4: () => made(Master, 'tcp4'),
  tcp6: () => made(Master, 'tcp6'),
  udp: () => made(Udp, 'udp'),
  udp4: () => made(Udp, 'udp4'),
  udp6: () => made(Udp, 'udp6'),
  unix: { stream: () => made(Master, 'unix.stream') },
  select,
  sleep,
  gettime: () => callLua('gettime')[0],
  dns,
  http,
  fd: () => absent('a stream over a descriptor', 'LuaSocket has setfd, for sockets'),
  pipe: () => absent('a stream over a pipe', 'Lua has io.popen'),
  copy: () => absent('copy', 'LuaSocket has ltn12.pump'),
  forward: () => absent('forward', 'LuaSocket has socket.select'),
  pair: () => absent('a pair in memory'),
  stream: () => absent('a transport by its methods', 'LuaSocket takes any table with its methods'),
} as unknown as Face;
