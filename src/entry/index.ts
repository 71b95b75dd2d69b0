/**
 * The await face: sockets whose calls give promises, in Node, Bun and Deno.
 *
 * ```ts
 * import { bind, connect } from 'moonsocket';
 *
 * const server = await bind('127.0.0.1', 0);
 * const client = await connect('127.0.0.1', server.getsockname().port);
 * const accepted = await server.accept();
 * await accepted.send('hello\n');
 * await client.receive(); // => 'hello'
 * for (const socket of [client, accepted, server]) socket.close();
 * ```
 *
 * @module moonsocket
 */
/// <reference types="node" preserve="true" />

export { copy, forward } from '../async/copy.ts';
export {
  bind,
  type Client,
  connect,
  type Dns,
  dns,
  fd,
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
} from '../async/face.ts';
export { select } from '../async/select.ts';
export * from './common.ts';
