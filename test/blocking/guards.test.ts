/** What the blocking face must not do unnoticed: meet itself, block in a write, share memory, forget what was dropped. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { bind, connect, fd, pair, type TcpClient, TimeoutError, udp } from '../../src/entry/blocking.ts';
import { newFolder } from '../peers/peer.ts';
import { apart, fault } from '../reliability/harness.ts';
import { refused } from './support.ts';

const HOST = '127.0.0.1';
const ONE_PORT = 'echo "40000 40000" > /proc/sys/net/ipv4/ip_local_port_range';

apart('a socket that would reach itself reaches nobody', { network: ONE_PORT }, async () => {
  // The system can choose no other port for the client than the one that it connects to (RFC 9293, section 3.5).
  refused(() => connect(HOST, 40_000, { timeout: 5 }), 'ECONNREFUSED', `${HOST}:40000`);
});

apart('a write to a pipe with little room does not block beyond its timeout', { seconds: 10 }, async (scope) => {
  const path = join(newFolder(scope), 'fifo');
  execFileSync('mkfifo', [path]);
  // Open both ways, so that neither end waits for the other; no one reads, and the descriptor blocks.
  const fifo = fd(openSync(path, constants.O_RDWR), 'rw');
  scope.defer(() => fifo.close());
  fifo.send('x');
  fifo.settimeout(0.05);
  const { sent } = refused(() => fifo.send(Buffer.alloc(200_000)), 'ETIMEDOUT', 'send fd ');
  assert.ok(sent !== undefined && sent > 0 && sent < 200_000, `${sent} bytes`);
});

fault('what was received keeps its bytes when more is received', {}, async (scope) => {
  const [here, there] = [udp(), udp()];
  for (const socket of [here, there]) scope.defer(() => socket.close());
  here.setsockname(HOST, 0);
  here.settimeout(5);
  const { port } = here.getsockname();
  const sizes = [20_000, 20_000, 100, 100];
  const received = sizes.map((size, i) => {
    there.sendto(Buffer.alloc(size, i + 1), HOST, port);
    return here.receive(60_000);
  });
  received.forEach((data, i) => {
    assert.ok(data.equals(Buffer.alloc(sizes[i] as number, i + 1)), `datagram ${i}`);
  });
});

fault('small pieces keep little memory alive', {}, async (scope) => {
  const [here, there] = pair();
  for (const socket of [here, there]) scope.defer(() => socket.close());
  const kept = new Set<ArrayBufferLike>();
  for (let i = 0; i < 100; i++) {
    there.send(Buffer.alloc(100));
    kept.add(here.receive(100).buffer);
  }
  const bytes = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  assert.ok(bytes <= 200_000, `100 pieces of 100 bytes keep ${bytes}`);
});

fault('what was dropped is known after a close', {}, async (scope) => {
  const [here, there] = [udp(), udp()];
  for (const socket of [here, there]) scope.defer(() => socket.close());
  here.setsockname(HOST, 0);
  here.setoption('recv-buffer-size', 4096);
  const { port } = here.getsockname();
  for (let i = 0; i < 100; i++) there.sendto(Buffer.alloc(1000), HOST, port);
  const { dropped } = here.getstats();
  assert.ok(dropped > 0);
  here.close();
  here.close();
  assert.equal(here.getstats().dropped, dropped);

  const server = bind(HOST, 0, { backlog: 0 });
  scope.defer(() => server.close());
  const clients: TcpClient[] = [];
  scope.defer(() => {
    for (const client of clients) client.close();
  });
  try {
    while (clients.length < 10) clients.push(connect(HOST, server.getsockname().port, { timeout: 0.1 }));
  } catch (error) {
    assert.ok(error instanceof TimeoutError, String(error));
  }
  const refusedOnes = server.dropped;
  assert.ok(refusedOnes > 0);
  server.close();
  server.close();
  assert.equal(server.dropped, refusedOnes);
});
