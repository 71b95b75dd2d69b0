/** The await face: the socket classes over Node's engine, and the calls that everything begins with. */
import type { Readable, Writable } from 'node:stream';
import { failed, TIMED_OUT } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { Stream } from '../core/stream.ts';
import { deadlineAfter } from '../core/timeout.ts';
import { Client as ClientOf } from '../sockets/client.ts';
import { Dns as DnsOf } from '../sockets/dns.ts';
import {
  type BindOptions,
  bindTcp,
  type ConnectOptions,
  connectTcp,
  type TcpClient as TcpClientOf,
  TcpMaster as TcpMasterOf,
  type TcpServer as TcpServerOf,
} from '../sockets/tcp.ts';
import { Udp as UdpOf } from '../sockets/udp.ts';
import { UnixMaster as UnixMasterOf, type UnixServer as UnixServerOf } from '../sockets/unix.ts';
import { dnsEngine } from './dns.ts';
import { type FdMode, fdIo, nodeIo } from './fd.ts';
import { pairIo } from './pair.ts';
import { awaitRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { udpEngine } from './udp.ts';
import { unixEngine } from './unix.ts';
import { Waiter } from './waiter.ts';

export type Client = ClientOf<'await'>;
export type TcpMaster = TcpMasterOf<'await'>;
export type TcpServer = TcpServerOf<'await'>;
export type TcpClient = TcpClientOf<'await'>;
export type Udp = UdpOf<'await'>;
export type UnixMaster = UnixMasterOf<'await'>;
export type UnixServer = UnixServerOf<'await'>;
export type Dns = DnsOf<'await'>;

/**
 * A server listening on a local address; `'*'` is any IPv4 address, `'::'` any IPv6 one, port 0 lets the system choose.
 *
 * ```ts
 * const server = await bind('*', 0);
 * for await (const client of server) client.close();
 * ```
 */
export function bind(host: string, port: number, options: BindOptions = {}): Promise<TcpServer> {
  return awaitRunner.run(bindTcp(tcpEngine, awaitRunner, host, port, options));
}

/**
 * A client connected to a host. Where the host has several addresses, they race (RFC 8305).
 *
 * ```ts
 * const client = await connect('localhost', 7, { timeout: 10 });
 * await client.send('hello\n');
 * const line = await client.receive();
 * ```
 *
 * @throws SocketError with the system's code; `error.attempts` lists each address, how long it took and its failure
 */
export function connect(host: string, port: number, options: ConnectOptions = {}): Promise<TcpClient> {
  return awaitRunner.run(connectTcp(tcpEngine, awaitRunner, host, port, options));
}

/** A TCP master whose first address decides its family. (LuaSocket `socket.tcp`.) */
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

/** A UDP socket whose first address decides its family. (LuaSocket `socket.udp`.) */
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

/** Unix sockets: `unix.stream()` gives a master. Datagrams are not possible in this face: libuv has none. */
export const unix: { stream(): UnixMaster } = {
  stream: () => new UnixMasterOf(unixEngine, awaitRunner),
};

/** Two connected ends in memory. */
export function pair(): [Client, Client] {
  const [here, there] = pairIo();
  return [stream(here), stream(there)];
}

/** A client over anyone's transport: receive patterns, timeouts and statistics for whatever implements `Io`. */
export function stream(io: Io): Client {
  return new ClientOf(new Stream(io), awaitRunner);
}

/** A client over a descriptor, which it owns from then on: `fd(0)` is the standard input. */
export function fd(descriptor: number, mode: FdMode = 'rw'): Client {
  return stream(fdIo(descriptor, mode));
}

/** A client over Node's streams: `pipe(child.stdout, child.stdin)` converses with a child process. */
export function pipe(readable: Readable | null | undefined, writable?: Writable | null): Client {
  return stream(nodeIo(readable, writable));
}

/** Host names and addresses. (LuaSocket `socket.dns`.) */
export const dns: Dns = new DnsOf(dnsEngine, awaitRunner);

/** Waits so many seconds; a negative number is 0. (LuaSocket `socket.sleep`.) */
export async function sleep(seconds: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  const deadline = deadlineAfter('sleep', Math.max(0, seconds), options.signal);
  const outcome = await new Waiter<never>().wait(deadline);
  if (outcome !== TIMED_OUT) throw failed('sleep', outcome);
}

/** Seconds since the epoch, to the microsecond or so. (LuaSocket `socket.gettime`.) */
export function gettime(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}
