/** The blocking face: the socket classes over libc, and the calls that everything begins with. */
import type { Readable, Writable } from 'node:stream';
import { badArgument, failed, TIMED_OUT } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { shown } from '../core/shown.ts';
import { Stream } from '../core/stream.ts';
import { deadlineAfter } from '../core/timeout.ts';
import { dnsEngine } from '../posix/dns.ts';
import { pause } from '../posix/wait.ts';
import { Client as ClientOf, type LastLine } from '../sockets/client.ts';
import { Dns as DnsOf } from '../sockets/dns.ts';
import type { FdMode } from '../sockets/fd.ts';
import {
  type BindOptions,
  bindTcp,
  type ConnectOptions,
  connectTcp,
  type TcpClient as TcpClientOf,
  TcpServer as TcpServerOf,
} from '../sockets/tcp.ts';
import { TcpMaster as TcpMasterOf } from '../sockets/tcp-master.ts';
import { Udp as UdpOf } from '../sockets/udp.ts';
import { UnixMaster as UnixMasterOf, type UnixServer as UnixServerOf } from '../sockets/unix.ts';
import { listeningIo } from './acceptor.ts';
import { fdIo, nodeIo, pairIo } from './fd.ts';
import { blockingRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { udpEngine } from './udp.ts';
import { unixEngine } from './unix.ts';
import { UnixDatagram } from './unix-datagram.ts';

/**
 * A connected stream, whose calls return values.
 *
 * @interface
 */
export type Client = ClientOf<'blocking'>;
/**
 * A TCP socket that is neither listening nor connected yet, whose calls return values.
 *
 * @interface
 */
export type TcpMaster = TcpMasterOf<'blocking'>;
/**
 * A listening TCP socket, whose calls return values.
 *
 * @interface
 */
export type TcpServer = TcpServerOf<'blocking'>;
/**
 * A connected TCP socket, whose calls return values.
 *
 * @interface
 */
export type TcpClient = TcpClientOf<'blocking'>;
/**
 * A UDP socket, whose calls return values.
 *
 * @interface
 */
export type Udp = UdpOf<'blocking'>;
/**
 * A Unix stream socket that is neither listening nor connected yet, whose calls return values.
 *
 * @interface
 */
export type UnixMaster = UnixMasterOf<'blocking'>;
/**
 * A listening Unix stream socket, whose calls return values.
 *
 * @interface
 */
export type UnixServer = UnixServerOf<'blocking'>;
/**
 * Lookups of names and addresses, whose calls return values.
 *
 * @interface
 */
export type Dns = DnsOf<'blocking'>;

/**
 * A server listening on a local address; `'*'` is any IPv4 address, `'::'` any IPv6 one, port 0 lets the system choose.
 *
 * ```ts
 * import { bind, connect } from 'moonsocket/blocking';
 * const server = bind('*', 0);
 * const client = connect('localhost', server.getsockname().port);
 * const accepted = server.accept();
 * accepted.getpeername().port === client.getsockname().port; // => true
 * for (const socket of [client, accepted, server]) socket.close();
 * ```
 */
export function bind(host: string, port: number, options: BindOptions = {}): TcpServer {
  return blockingRunner.run(bindTcp(tcpEngine, blockingRunner, host, port, options));
}

/**
 * A client connected to a host. Where the host has several addresses, they race (RFC 8305).
 *
 * ```ts
 * import { bind, connect } from 'moonsocket/blocking';
 * const server = bind('127.0.0.1', 0);
 * const { address, port } = server.getsockname();
 * const client = connect(address, port, { timeout: 10 });
 * client.getpeername().port === port; // => true
 * server.close();
 * client.close();
 * ```
 *
 * @throws SocketError with the system's code; `error.attempts` lists each address, how long it took and its failure
 */
export function connect(host: string, port: number, options: ConnectOptions = {}): TcpClient {
  return blockingRunner.run(connectTcp(tcpEngine, blockingRunner, host, port, options));
}

/**
 * A server over a socket that listens already: that of another thread, or one that was inherited (systemd's socket
 * activation passes them from descriptor 3 on). It duplicates the descriptor, so each may be closed alone.
 * The other server has to stay until then: one that is forgotten is closed.
 *
 * ```ts
 * import { bind, connect, listening } from 'moonsocket/blocking';
 * const server = bind('127.0.0.1', 0);
 * const same = listening(server.getfd()); // in a worker, say
 * const client = connect('127.0.0.1', server.getsockname().port);
 * const accepted = same.accept();
 * for (const socket of [client, accepted, same, server]) socket.close();
 * ```
 *
 * @throws SocketError EBADF, ENOTSOCK, or EINVAL for a socket that does not listen
 */
export function listening(fd: number): TcpServer {
  return new TcpServerOf(listeningIo(fd), blockingRunner);
}

/**
 * A TCP master whose first address decides its family. (LuaSocket `socket.tcp`.)
 *
 * ```ts
 * import { tcp } from 'moonsocket/blocking';
 * const master = tcp();
 * master.bind('127.0.0.1', 0);
 * const { port } = master.getsockname(); // known before anyone listens
 * const server = master.listen(5);
 * server.getsockname().port === port; // => true
 * server.close();
 * ```
 */
export function tcp(): TcpMaster {
  return new TcpMasterOf(tcpEngine, blockingRunner);
}

/** A TCP master for IPv4. */
export function tcp4(): TcpMaster {
  return new TcpMasterOf(tcpEngine, blockingRunner, 'inet');
}

/** A TCP master for IPv6. */
export function tcp6(): TcpMaster {
  return new TcpMasterOf(tcpEngine, blockingRunner, 'inet6');
}

/**
 * A UDP socket whose first address decides its family. (LuaSocket `socket.udp`.)
 *
 * ```ts
 * import { udp } from 'moonsocket/blocking';
 * const here = udp();
 * here.setsockname('127.0.0.1', 0);
 * const there = udp();
 * there.sendto('anything', '127.0.0.1', here.getsockname().port);
 * const { data, address, port } = here.receivefrom();
 * here.sendto(`got ${data}`, address, port);
 * String(there.receive()); // => 'got anything'
 * here.close();
 * there.close();
 * ```
 */
export function udp(): Udp {
  return new UdpOf(udpEngine, blockingRunner);
}

/** A UDP socket for IPv4. */
export function udp4(): Udp {
  return new UdpOf(udpEngine, blockingRunner, 'inet');
}

/** A UDP socket for IPv6. */
export function udp6(): Udp {
  return new UdpOf(udpEngine, blockingRunner, 'inet6');
}

/**
 * Unix sockets: `unix.stream()` gives a master, `unix.dgram()` a socket for datagrams.
 *
 * ```ts
 * import { unix } from 'moonsocket/blocking';
 * const master = unix.stream();
 * master.bind(`\0moonsocket-${process.pid}`); // an abstract name; a path is a file
 * const server = master.listen();
 * const client = unix.stream().connect(server.getsockname());
 * const accepted = server.accept();
 * accepted.send('hello\n');
 * client.receive(); // => 'hello'
 * for (const socket of [client, accepted, server]) socket.close();
 *
 * const here = unix.dgram();
 * here.bind(`\0moonsocket-log-${process.pid}`);
 * const there = unix.dgram();
 * there.sendto('<14>hello', here.getsockname());
 * String(here.receivefrom().data); // => '<14>hello'
 * here.close();
 * there.close();
 * ```
 */
export const unix: {
  /** A master for a stream socket. (LuaSocket `unixstream`.) */
  stream(): UnixMaster;
  /** A datagram socket. (LuaSocket `unixdgram`.) */
  dgram(): UnixDatagram;
} = {
  stream: () => new UnixMasterOf(unixEngine, blockingRunner),
  dgram: () => new UnixDatagram(),
};

/**
 * Two connected ends, by socketpair(2). The kernel holds what is under way, some 200 KiB; a send of more waits until
 * some of it is received, which cannot happen in the same thread.
 *
 * ```ts
 * import { pair } from 'moonsocket/blocking';
 * const [here, there] = pair();
 * here.send('hello\n');
 * there.receive(); // => 'hello'
 * here.close();
 * there.close();
 * ```
 */
export function pair(): [Client, Client] {
  const [here, there] = pairIo();
  return [named(here, 'pair'), named(there, 'pair')];
}

/**
 * A client over anyone's transport: receive patterns, timeouts and statistics for whatever implements `Io` and
 * answers at once.
 *
 * ```ts
 * import { stream } from 'moonsocket/blocking';
 * const zeros = stream({
 *   recv: () => new Uint8Array(1024),
 *   send: (bytes) => bytes.length,
 *   shutdown() {},
 *   close() {},
 *   getfd: () => -1,
 * });
 * zeros.receive(5000).length; // => 5000
 * ```
 */
export function stream(io: Io): Client {
  return new ClientOf(new Stream(io), blockingRunner);
}

/**
 * A client over a descriptor, which it owns from then on: a pipe, a FIFO, a terminal, a file, a socket. No one else may close it:
 * of another object's, take what its `detach` gives and not its `getfd`.
 * In a worker it should not be one that `fs.open` has opened there: Node counts those, and closes them with the worker.
 *
 * ```ts
 * import { fd } from 'moonsocket/blocking';
 * const output = fd(1, 'w');
 * output.send('written to the standard output\n'); // => 31
 * ```
 */
export function fd(descriptor: number, mode: FdMode = 'rw'): Client {
  const { io, lastLine } = fdIo(descriptor, mode);
  return named(io, `fd ${descriptor}`, lastLine);
}

/**
 * A client over what is below Node's streams, such as those of a child process. The streams themselves end.
 *
 * ```ts
 * import { spawn } from 'node:child_process';
 * import { pipe } from 'moonsocket/blocking';
 * const child = spawn('cat');
 * const cat = pipe(child.stdout, child.stdin);
 * cat.send('meow\n');
 * cat.receive(); // => 'meow'
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
 * import { dns } from 'moonsocket/blocking';
 * const [ip] = dns.toip('localhost');
 * ip; // => '127.0.0.1'
 * dns.getaddrinfo('127.0.0.1')[0]; // => { family: 'inet', addr: '127.0.0.1' }
 * ```
 */
export const dns: Dns = new DnsOf(dnsEngine, blockingRunner);

/**
 * Waits for `seconds`; a negative number is 0. (LuaSocket `socket.sleep`.)
 *
 * ```ts
 * import { gettime, sleep } from 'moonsocket/blocking';
 * const begin = gettime();
 * sleep(0.02);
 * gettime() - begin > 0.015; // => true
 * ```
 */
export function sleep(seconds: number, options: { readonly signal?: AbortSignal } = {}): void {
  if (typeof seconds !== 'number') throw badArgument(`sleep: takes a number of seconds, not ${shown(seconds)}`);
  const outcome = pause(deadlineAfter('sleep', Math.max(0, seconds), options.signal));
  if (outcome !== TIMED_OUT) throw failed('sleep', outcome);
}

/** A client over a transport of ours, whose errors say what it is. */
function named(io: Io, name: string, lastLine?: LastLine): Client {
  return new ClientOf(new Stream(io, () => name), blockingRunner, lastLine);
}
