/**
 * The blocking face: the classes and functions of `moonsocket`, whose calls give values and return when they are done.
 * It calls libc by the package koffi, in Node on Linux and macOS.
 *
 * ```ts
 * import { bind, connect } from 'moonsocket/blocking';
 *
 * const server = bind('127.0.0.1', 0);
 * const client = connect('127.0.0.1', server.getsockname().port);
 * const accepted = server.accept();
 * accepted.send('hello\n');
 * client.receive(); // => 'hello'
 * for (const socket of [client, accepted, server]) socket.close();
 * ```
 *
 * @module moonsocket/blocking
 */
/// <reference types="node" preserve="true" />

export { copy, forward } from '../blocking/copy.ts';
export {
  bind,
  type Client,
  connect,
  type Dns,
  dns,
  fd,
  listening,
  pair,
  pipe,
  sleep,
  stream,
  type TcpClient,
  type TcpMaster,
  type TcpServer,
  tcp,
  tcp4,
  tcp6,
  type Udp,
  type UnixMaster,
  type UnixServer,
  udp,
  udp4,
  udp6,
  unix,
} from '../blocking/face.ts';
export { select } from '../blocking/select.ts';
export { type SerialOptions, serial } from '../blocking/serial.ts';
export type { UnixDatagram, UnixDatagramStats } from '../blocking/unix-datagram.ts';
export type { UnixDatagramMessage } from '../blocking/unix-datagram-io.ts';
export { warnOfLeaks } from '../posix/descriptor.ts';
export type { DatagramStats } from '../sockets/datagram.ts';
export * from './common.ts';
