/** The await face: the socket classes over Node's engine, and the calls that everything begins with. */
import type { Readable, Writable } from 'node:stream';
import { badArgument, failed, TIMED_OUT } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { shown } from '../core/shown.ts';
import { Stream } from '../core/stream.ts';
import { deadlineAfter } from '../core/timeout.ts';
import { Client as ClientOf, type LastLine } from '../sockets/client.ts';
import { Dns as DnsOf } from '../sockets/dns.ts';
import type { FdMode } from '../sockets/fd.ts';
import {
  type BindOptions,
  bindTcp,
  type ConnectOptions,
  connectTcp,
  type TcpClient as TcpClientOf,
  type TcpServer as TcpServerOf,
} from '../sockets/tcp.ts';
import { TcpMaster as TcpMasterOf } from '../sockets/tcp-master.ts';
import { Udp as UdpOf } from '../sockets/udp.ts';
import { UnixMaster as UnixMasterOf, type UnixServer as UnixServerOf } from '../sockets/unix.ts';
import { dnsEngine } from './dns.ts';
import { fdIo, nodeIo } from './fd.ts';
import { pairIo } from './pair.ts';
import { awaitRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { udpEngine } from './udp.ts';
import { unixEngine } from './unix.ts';
import { Waiter } from './waiter.ts';

/** A connected stream of any kind: a Unix socket, a pipe, a descriptor, a pair's end, a transport of one's own. @interface */
export type Client = ClientOf<'await'>;
/** A TCP socket that neither listens nor is connected yet. @interface */
export type TcpMaster = TcpMasterOf<'await'>;
/** A listening TCP socket. @interface */
export type TcpServer = TcpServerOf<'await'>;
/** A connected TCP socket. @interface */
export type TcpClient = TcpClientOf<'await'>;
/** A UDP socket, with one peer or with many. @interface */
export type Udp = UdpOf<'await'>;
/** A Unix stream socket that neither listens nor is connected yet. @interface */
export type UnixMaster = UnixMasterOf<'await'>;
/** A listening Unix stream socket. @interface */
export type UnixServer = UnixServerOf<'await'>;
/** Names and addresses, as the system resolves them. @interface */
export type Dns = DnsOf<'await'>;

/**
 * A server listening on a local address; `'*'` is any IPv4 address, `'::'` any IPv6 one, port 0 lets the system choose.
 *
 * ```ts
 * const server = await bind('*', 0);
 * const client = await connect('localhost', server.getsockname().port);
 * const accepted = await server.accept();
 * accepted.getpeername().port === client.getsockname().port; // => true
 * for (const socket of [client, accepted, server]) socket.close();
 * ```
 */
export function bind(host: string, port: number, options: BindOptions = {}): Promise<TcpServer> {
  return awaitRunner.run(bindTcp(tcpEngine, awaitRunner, host, port, options));
}

/**
 * A client connected to a host. Where the host has several addresses, they race (RFC 8305).
 *
 * ```ts
 * const server = await bind('127.0.0.1', 0);
 * const { address, port } = server.getsockname();
 * const client = await connect(address, port, { timeout: 10 });
 * client.getpeername().port === port; // => true
 * server.close();
 * client.close();
 * ```
 *
 * @throws SocketError with the system's code; `error.attempts` lists each address, how long it took and its failure
 */
export function connect(host: string, port: number, options: ConnectOptions = {}): Promise<TcpClient> {
  return awaitRunner.run(connectTcp(tcpEngine, awaitRunner, host, port, options));
}

/**
 * A TCP master whose first address decides its family. (LuaSocket `socket.tcp`.)
 *
 * ```ts
 * const master = tcp();
 * await master.bind('127.0.0.1', 0);
 * const { port } = master.getsockname(); // known before anyone listens
 * const server = await master.listen(5);
 * server.getsockname().port === port; // => true
 * server.close();
 * ```
 */
export function tcp(): TcpMaster {
  return new TcpMasterOf(tcpEngine, awaitRunner);
}

/** A TCP master for IPv4. */
export function tcp4(): TcpMaster {
  return new TcpMasterOf(tcpEngine, awaitRunner, 'inet');
}

/** A TCP master for IPv6. */
export function tcp6(): TcpMaster {
  return new TcpMasterOf(tcpEngine, awaitRunner, 'inet6');
}

/**
 * A UDP socket whose first address decides its family. (LuaSocket `socket.udp`.)
 *
 * ```ts
 * const here = udp();
 * await here.setsockname('127.0.0.1', 0);
 * const there = udp();
 * await there.sendto('anything', '127.0.0.1', here.getsockname().port);
 * const { data, address, port } = await here.receivefrom();
 * await here.sendto(`got ${data}`, address, port);
 * String(await there.receive()); // => 'got anything'
 * here.close();
 * there.close();
 * ```
 */
export function udp(): Udp {
  return new UdpOf(udpEngine, awaitRunner);
}

/** A UDP socket for IPv4. */
export function udp4(): Udp {
  return new UdpOf(udpEngine, awaitRunner, 'inet');
}

/** A UDP socket for IPv6. */
export function udp6(): Udp {
  return new UdpOf(udpEngine, awaitRunner, 'inet6');
}

/**
 * Unix sockets: `unix.stream()` gives a master. Datagrams are not possible in this face: libuv has none.
 *
 * ```ts
 * const master = unix.stream();
 * await master.bind(`\0moonsocket-${process.pid}`); // an abstract name; a path is a file
 * const server = await master.listen();
 * const client = await unix.stream().connect(server.getsockname());
 * const accepted = await server.accept();
 * await accepted.send('hello\n');
 * await client.receive(); // => 'hello'
 * for (const socket of [client, accepted, server]) socket.close();
 * ```
 */
export const unix: {
  /** A master for a stream socket. (LuaSocket `unixstream`.) */
  stream(): UnixMaster;
} = {
  stream: () => new UnixMasterOf(unixEngine, awaitRunner),
};

/**
 * Two connected ends in memory.
 *
 * ```ts
 * const [here, there] = pair();
 * await here.send('hello\n');
 * await there.receive(); // => 'hello'
 * ```
 */
export function pair(): [Client, Client] {
  const [here, there] = pairIo();
  return [named(here, 'pair'), named(there, 'pair')];
}

/**
 * A client over anyone's transport: receive patterns, timeouts and statistics for whatever implements `Io`.
 *
 * ```ts
 * const zeros = stream({
 *   recv: () => new Uint8Array(1024),
 *   send: (bytes) => bytes.length,
 *   shutdown() {},
 *   close() {},
 *   getfd: () => -1,
 * });
 * (await zeros.receive(5000)).length; // => 5000
 * ```
 */
export function stream(io: Io): Client {
  return new ClientOf(new Stream(io), awaitRunner);
}

/**
 * A client over a descriptor, which it owns from then on: a pipe, a FIFO, a terminal, a file, a socket. No one else may close it:
 * of another object's, take what its `detach` gives and not its `getfd`.
 *
 * ```ts
 * const output = fd(1, 'w');
 * await output.send('written to the standard output\n'); // => 31
 * ```
 */
export function fd(descriptor: number, mode: FdMode = 'rw'): Client {
  const { io, lastLine } = fdIo(descriptor, mode);
  return named(io, `fd ${descriptor}`, lastLine);
}

/**
 * A client over Node's streams, such as those of a child process, which are the client's from then on: `close` destroys
 * both. A TLS socket says close_notify before; another stream that has an end to write, such as gzip's, gets to
 * it by `shutdown('send')`.
 *
 * ```ts
 * const { spawn } = await import('node:child_process');
 * const child = spawn('cat');
 * const cat = pipe(child.stdout, child.stdin);
 * await cat.send('meow\n');
 * await cat.receive(); // => 'meow'
 * cat.close();
 * ```
 */
export function pipe(readable: Readable | null | undefined, writable?: Writable | null): Client {
  return named(nodeIo(readable, writable), 'pipe', 'anywhere');
}

/**
 * Host names and addresses. (LuaSocket `socket.dns`.) Where Lua returns several values, an array does here.
 *
 * ```ts
 * const [ip] = await dns.toip('localhost');
 * ip; // => '127.0.0.1'
 * (await dns.getaddrinfo('127.0.0.1'))[0]; // => { family: 'inet', addr: '127.0.0.1' }
 * ```
 */
export const dns: Dns = new DnsOf(dnsEngine, awaitRunner);

/**
 * Waits this many seconds; a negative number is 0. (LuaSocket `socket.sleep`.)
 *
 * ```ts
 * const begin = gettime();
 * await sleep(0.02);
 * gettime() - begin > 0.015; // => true
 * ```
 */
export async function sleep(seconds: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  if (typeof seconds !== 'number') throw badArgument(`sleep: takes a number of seconds, not ${shown(seconds)}`);
  const deadline = deadlineAfter('sleep', Math.max(0, seconds), options.signal);
  const outcome = await new Waiter<never>().wait(deadline);
  if (outcome !== TIMED_OUT) throw failed('sleep', outcome);
}

/** A client over a transport of ours, whose errors say what it is. */
function named(io: Io, name: string, lastLine?: LastLine): Client {
  return new ClientOf(new Stream(io, () => name), awaitRunner, lastLine);
}
