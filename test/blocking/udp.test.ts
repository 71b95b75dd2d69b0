/** UDP over libc, where it must not be slow: a socket with a peer takes batches from the beginning. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Udp, udp } from '../../src/entry/blocking.ts';

const HOST = '127.0.0.1';

function bound(): Udp {
  const socket = udp();
  socket.setsockname(HOST, 0);
  return socket;
}

function texts(socket: Udp): string[] {
  return socket.receivemany(64).map(({ data }) => String(data));
}

test('a socket that had nothing waiting when it got its peer receives batches at once', {
  skip: process.platform !== 'linux' && 'only Linux has recvmmsg',
}, () => {
  using here = bound();
  using there = bound();
  here.setpeername(HOST, there.getsockname().port);
  const { port } = here.getsockname();
  for (const data of ['a', 'b', 'c']) there.sendto(data, HOST, port);
  assert.deepEqual(texts(here), ['a', 'b', 'c']);
});

test("a stranger's datagram that waited when the socket got its peer is not received", () => {
  using here = bound();
  using there = bound();
  using stranger = bound();
  const { port } = here.getsockname();
  stranger.sendto('stranger', HOST, port);
  here.setpeername(HOST, there.getsockname().port);
  there.sendto('peer', HOST, port);
  assert.deepEqual(texts(here), ['peer']);
});
