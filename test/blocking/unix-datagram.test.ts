/** Unix datagram sockets: to whom, from whom, how large, where, and what is misuse. */
import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ClosedError, unix } from '../../src/entry/blocking.ts';
import { everyByte, newFolder } from '../peers/peer.ts';
import { Child } from '../peers/tools.ts';
import { assertTook, fault } from '../reliability/harness.ts';
import { bound, refused, socket, timesOut } from './support.ts';

fault('there and back: who sent it is told, and can be answered', {}, async (scope) => {
  const [here, there] = [bound(scope), bound(scope)];
  assert.equal(there.sendto('grüße', here.getsockname()), 7);
  const { data, path, size } = here.receivefrom();
  assert.deepEqual([String(data), path, size], ['grüße', there.getsockname(), 7]);
  assert.equal(here.sendto(new Uint8Array([0, 255]), path), 2);
  assert.deepEqual(there.receive(), Buffer.from([0, 255]));
  socket(scope).sendto('x', here.getsockname());
  assert.equal(here.receivefrom().path, '');
});

fault('abstract names, which are no files', {}, async (scope) => {
  const name = `\0moonsocket-${process.pid}-ü`;
  const here = bound(scope, name);
  const there = bound(scope, `${name}2`);
  there.connect(name);
  there.send('x');
  assert.deepEqual(here.receivefrom(), { data: Buffer.from('x'), path: `${name}2`, size: 1 });
  assert.deepEqual([here.getsockname(), there.getpeername()], [name, name]);
  refused(() => here.sendto('x', `${name}3`), 'ECONNREFUSED', `@${name.slice(1)}3`);
});

fault('one peer: only what it sends is received, and it alone is sent to', {}, async (scope) => {
  const [here, peer, stranger] = [bound(scope), bound(scope), bound(scope)];
  const path = here.getsockname();
  stranger.sendto('too early', path);
  peer.sendto('first', path);
  here.connect(peer.getsockname());
  assert.equal(here.getpeername(), peer.getsockname());
  peer.sendto('second', path);
  refused(() => stranger.sendto('too late', path), 'EPERM', path);
  assert.equal(String(here.receive()), 'first');
  assert.equal(String(here.receivefrom().data), 'second');
  here.settimeout(0);
  refused(() => here.receive(), 'ETIMEDOUT');
  here.send('answer');
  assert.equal(String(peer.receive()), 'answer');
  refused(() => here.sendto('x', path), 'ERR_CONNECTED');
  here.connect(stranger.getsockname());
  here.send('welcome');
  assert.equal(stranger.receivefrom().path, path);
  stranger.sendto('thanks', path);
  assert.equal(String(here.receive()), 'thanks');
});

fault('datagrams of any length stay whole, and apart', {}, async (scope) => {
  const [here, there] = [bound(scope), socket(scope)];
  const all = everyByte(200_000);
  const lengths = [0, 1, 8192, 65_535, 65_536, 65_537, 200_000, 0, 3];
  for (const length of lengths) {
    assert.equal(there.sendto(all.subarray(0, length), here.getsockname()), length);
    const { data, size } = here.receivefrom(1_000_000);
    assert.equal(size, length);
    assert.ok(data.equals(all.subarray(0, length)), `${length} bytes`);
  }
  there.setoption('send-buffer-size', 10_000);
  refused(() => there.sendto(all, here.getsockname()), 'EMSGSIZE', here.getsockname());
});

fault('what is longer than was asked for is cut off, told, and counted', {}, async (scope) => {
  const [here, there] = [bound(scope), socket(scope)];
  there.connect(here.getsockname());
  for (const data of ['0123456789', '0123456789', everyByte(100_000), everyByte(10_000), 'next']) there.send(data);
  assert.equal(String(here.receive(4)), '0123');
  assert.deepEqual(here.receivefrom(0), { data: Buffer.alloc(0), path: '', size: 10 });
  const { data, size } = here.receivefrom(70_000);
  assert.deepEqual([data, size], [everyByte(70_000), 100_000]);
  assert.equal(here.receive().length, 8192);
  assert.equal(String(here.receive(4)), 'next');
  const { received, truncated, age } = here.getstats();
  assert.deepEqual([received, truncated], [4 + 70_000 + 8192 + 4, 4]);
  assert.ok(age >= 0 && age < 20);
  assert.equal(there.getstats().sent, 110_024);
});

fault('a receive waits as long as it may', {}, async (scope) => {
  const here = bound(scope);
  for (const [seconds, mode] of [[0], [0.2], [0.2, 't']] as const) {
    here.settimeout(null, 'b');
    here.settimeout(seconds, mode);
    assertTook(timesOut(() => here.receive()).took, seconds);
  }
});

fault('a peer that was closed is no peer any more', {}, async (scope) => {
  const [here, peer] = [socket(scope), bound(scope)];
  const path = peer.getsockname();
  here.connect(path);
  peer.close();
  refused(() => here.send('x'), 'ECONNREFUSED');
  refused(() => here.send('x'), 'ERR_NOT_CONNECTED');
  refused(() => here.connect(path), 'ENOENT', path);
  const next = bound(scope, path);
  here.connect(path);
  here.send('x');
  assert.equal(String(next.receive()), 'x');
});

fault('who lost its peer hears anybody again', {}, async (scope) => {
  const [here, peer, stranger] = [bound(scope), bound(scope), bound(scope)];
  here.connect(peer.getsockname());
  peer.close();
  refused(() => here.send('x'), 'ECONNREFUSED');
  stranger.sendto('hello', here.getsockname());
  here.sendto('welcome', stranger.getsockname());
  assert.equal(String(here.receive()), 'hello');
  assert.equal(String(stranger.receive()), 'welcome');
});

fault('an echo of socat', { tools: ['socat'] }, async (scope) => {
  const path = join(newFolder(scope), 'socket');
  const child = new Child(scope, 'socat', ['-d', '-d', `UNIX-RECVFROM:${path},fork`, 'PIPE']);
  await child.said(/receiving on|successfully prepared/, 'stderr');
  const here = bound(scope);
  here.sendto(everyByte(5000), path);
  const { data, path: sender } = here.receivefrom();
  assert.deepEqual([data, sender], [everyByte(5000), path]);
});

fault('the file is removed with its socket, and by nobody else', {}, async (scope) => {
  const here = bound(scope);
  const path = here.getsockname();
  const second = socket(scope);
  refused(() => second.bind(path), 'EADDRINUSE', path);
  second.close();
  assert.ok(existsSync(path));
  here.close();
  here.close();
  assert.equal(existsSync(path), false);
  {
    using another = unix.dgram();
    another.bind(path);
    renameSync(path, `${path}.stale`);
  }
  refused(() => socket(scope).sendto('x', `${path}.stale`), 'ECONNREFUSED', path);
});

fault('paths where nothing is, where something else is, and where nothing may be', {}, async (scope) => {
  const folder = newFolder(scope);
  const here = socket(scope);
  const missing = join(folder, 'missing');
  refused(() => here.sendto('x', missing), 'ENOENT', missing);
  refused(() => here.connect(missing), 'ENOENT', missing);
  refused(() => here.bind(join(missing, 'socket')), 'ENOENT', missing);
  const master = unix.stream();
  master.bind(missing);
  const server = master.listen();
  scope.defer(() => server.close());
  refused(() => here.connect(missing), 'EPROTOTYPE', missing);
  refused(() => here.sendto('x', missing), 'EPROTOTYPE', missing);
  here.bind(join(folder, 'after all'));
});

fault('misuse is told, and what to do instead', {}, async (scope) => {
  const here = socket(scope);
  refused(() => here.send('x'), 'ERR_NOT_CONNECTED', 'sendto');
  refused(() => here.receive(), 'ERR_NOT_BOUND', 'bind');
  refused(() => here.getsockname(), 'ERR_NOT_BOUND');
  refused(() => here.getpeername(), 'ENOTCONN');
  for (const path of ['', 'a\0b', 'x'.repeat(108), 'ü'.repeat(54), 7 as unknown as string]) {
    for (const call of [() => here.bind(path), () => here.connect(path), () => here.sendto('x', path)])
      refused(call, 'ERR_INVALID_ARGUMENT', 'path');
  }
  refused(() => here.sendto(7 as unknown as string, 'x'), 'ERR_INVALID_ARGUMENT', 'data');
  const path = join(newFolder(scope), 'socket');
  here.bind(path);
  refused(() => here.bind(`${path}2`), 'ERR_BOUND');
  for (const size of [-1, 1.5, Number.NaN]) refused(() => here.receive(size), 'ERR_INVALID_ARGUMENT', 'size');
  here.close();
  assert.equal(here.getfd(), -1);
  for (const call of [() => here.receive(), () => here.sendto('x', path), () => here.getsockname()])
    assert.ok(refused(call, 'ERR_CLOSED') instanceof ClosedError);
  refused(() => here.setoption('recv-buffer-size', 1), 'ERR_CLOSED');
});

fault('options are those of the system', {}, async (scope) => {
  const here = socket(scope);
  assert.ok(here.getfd() >= 0);
  here.setoption('recv-buffer-size', 20_000);
  here.setoption('send-buffer-size', 20_000);
  assert.deepEqual([here.getoption('recv-buffer-size'), here.getoption('send-buffer-size')], [40_000, 40_000]);
  assert.equal(here.getoption('error'), undefined);
  refused(() => here.setoption('nonsense' as 'linger', { on: true, timeout: 0 }), 'ERR_INVALID_ARGUMENT', 'nonsense');
  refused(() => here.setoption('recv-buffer-size', -1), 'ERR_INVALID_ARGUMENT');
  refused(() => here.setoption('tcp-nodelay', true), 'ENOTSUP', 'tcp-nodelay');
});
