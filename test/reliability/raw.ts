/** Peers that misbehave: plain sockets of Node's, with nothing of moonsocket between them and the network. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TcpClient } from '../../src/entry/index.ts';
import { type Child, startNode } from '../peers/tools.ts';
import type { Scope } from './harness.ts';

/** A plain server on a free port. */
export async function rawServer(
  scope: Scope,
  onPeer: (peer: net.Socket) => void = () => {},
  options: net.ListenOptions = { host: '127.0.0.1', port: 0 },
): Promise<{ server: net.Server; port: number }> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (peer) => {
    scope.defer(() => peer.destroy());
    peer.on('error', () => {});
    onPeer(peer);
  });
  server.listen(options);
  await once(server, 'listening');
  scope.defer(() => server.close());
  const address = server.address();
  return { server, port: address !== null && typeof address === 'object' ? address.port : 0 };
}

/** A client of ours, and the plain socket that it is connected to. The plain one is paused. */
export async function linked(scope: Scope): Promise<{ client: TcpClient; peer: net.Socket }> {
  const { server, port } = await rawServer(scope);
  const arrived = once(server, 'connection') as Promise<[net.Socket]>;
  const client = await connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  const [peer] = await arrived;
  server.close();
  return { client, peer };
}

/** A plain client of a server of ours. */
export async function rawClient(scope: Scope, port: number, host = '127.0.0.1'): Promise<net.Socket> {
  const socket = net.connect({ host, port, allowHalfOpen: true });
  socket.on('error', () => {}).pause();
  scope.defer(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/**
 * A plain server in a process of its own, and the port that it listens on. `program` is what is done with a connection,
 * which it calls `peer`; `said` is how it tells something to the test.
 */
export async function rawProcess(scope: Scope, program: string): Promise<{ child: Child; port: number }> {
  const child = startNode(
    scope,
    `const said = (text) => process.stdout.write(text + '\\n');
    const server = require('net').createServer({ allowHalfOpen: true }, (peer) => {
      peer.on('error', () => {});
      ${program}
    });
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => said('port ' + server.address().port + '.'));`,
  );
  const [, port] = await child.said(/port (\d+)\./);
  return { child, port: Number(port) };
}

/** Everything that a plain socket receives until its peer ends; its own half stays open. */
export async function drained(peer: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  peer.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(peer, 'end');
  return Buffer.concat(chunks);
}

/** Writes to a plain socket, and waits until the system has taken it. */
export async function wrote(peer: net.Socket, data: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => peer.write(data, () => resolve()));
}

/** A folder for sockets' files, which goes with the case. */
export function newFolder(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-unix-'));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
