/** Guards of the engine that no program sees until they are missing: what is kept, told once, passed over, looked at twice. */
import assert from 'node:assert/strict';
import { EventEmitter, getEventListeners } from 'node:events';
import { stat } from 'node:fs';
import type { Server, Socket } from 'node:net';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { ServerAcceptor } from '../../src/async/acceptor.ts';
import { DuplexIo } from '../../src/async/duplex.ts';
import { Waiter } from '../../src/async/waiter.ts';
import { Failure, TIMED_OUT } from '../../src/core/errors.ts';
import { READ_AHEAD } from '../../src/core/limits.ts';
import { deadlineAfter, NO_DEADLINE, NO_WAIT } from '../../src/core/timeout.ts';
import { bind, connect, select, type Udp, udp } from '../../src/entry/index.ts';

/** A net.Server that listens by a script. */
class ScriptedServer extends EventEmitter {
  close(): void {}
}

/** A connection that waits to be accepted. */
class ScriptedSocket extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }

  resetAndDestroy(): void {
    this.destroy();
  }
}

it('accept passes over a connection that has failed in the queue, and cuts off one too many', async () => {
  const server = new ScriptedServer();
  const lifted: unknown[] = [];
  const acceptor = new ServerAcceptor(server as unknown as Server, 2, (socket: Socket) => {
    lifted.push(socket);
    return new DuplexIo(new PassThrough(), undefined);
  });
  const [failed, good, surplus, last] = [0, 1, 2, 3].map(() => new ScriptedSocket());
  for (const socket of [failed, good, surplus]) server.emit('connection', socket);
  assert.deepEqual([surplus?.destroyed, acceptor.dropped], [true, 1]);
  failed?.destroy();
  failed?.emit('error', new Error('reset'));
  assert.ok(!((await acceptor.accept(NO_DEADLINE)) instanceof Failure));
  server.emit('connection', last);
  acceptor.close();
  const late = new ScriptedSocket();
  server.emit('connection', late); // it was on its way
  assert.deepEqual([lifted, last?.destroyed, late.destroyed], [[good], true, true]);
});

it('an error of the server is told once, and the next accept waits', async () => {
  const server = new ScriptedServer();
  const acceptor = new ServerAcceptor(server as unknown as Server, 2, () => new DuplexIo(new PassThrough(), undefined));
  server.emit('error', Object.assign(new Error('none left'), { code: 'EMFILE' }));
  assert.equal(acceptor.readable(), true);
  assert.equal(((await acceptor.accept(NO_WAIT)) as Failure).code, 'EMFILE');
  assert.equal(await acceptor.accept(NO_WAIT), TIMED_OUT);
});

it('the error of a connection is told once', () => {
  const input = new PassThrough();
  const io = new DuplexIo(input, input);
  assert.equal(io.takeError(), undefined);
  io.failed(new Failure('ECONNRESET'), input);
  assert.deepEqual([io.takeError(), io.takeError()], ['ECONNRESET', undefined]);
});

it('pieces count with what they cost, so that a peer that sends single bytes is held back too', async () => {
  const input = new PassThrough({ highWaterMark: 1_000_000 });
  const io = new DuplexIo(input, undefined);
  let taken = 0;
  for (const size of [1, READ_AHEAD / 2]) {
    while (io.deliver(Buffer.alloc(size))) taken++;
    assert.ok(taken < 1000, `${taken} pieces`);
    await io.recv(NO_DEADLINE);
    taken = 0;
  }
});

it('small pieces do not keep the large buffers that they were read into', async () => {
  using server = await bind('127.0.0.1', 0);
  const { port } = server.getsockname();
  const [connecting, accepting] = await Promise.all([connect('127.0.0.1', port), server.accept()]);
  using client = connecting;
  using accepted = accepting;
  const size = 2 * 65_536 + 10_000;
  const small: Uint8Array[] = [];
  for (let round = 0; small.length < 20 && round < 1000; round++) {
    // The buffer of the next read is the connection's own when one has been full.
    await accepted.send(Buffer.alloc(size));
    for (let left = size; left > 0; ) {
      const piece = await client.stream.io.recv(NO_DEADLINE);
      assert.ok(piece instanceof Uint8Array);
      left -= piece.length;
      if (piece.length < 16_384) small.push(piece);
    }
  }
  assert.ok(small.length >= 20, `${small.length} pieces`);
  const sum = small.reduce((bytes, piece) => bytes + piece.length, 0);
  const kept = new Set(small.map(({ buffer }) => buffer));
  const bytes = [...kept].reduce((all, { byteLength }) => all + byteLength, 0);
  // Node's pool serves several of them; from Node 24 on it is as large as a read's buffer.
  assert.ok(bytes <= 2 * sum + 2 * 65_536, `${small.length} pieces of ${sum} bytes keep ${bytes}`);
});

it('not to wait is to look once more when the event loop has polled', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  const coming = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise((resolve) => server.once('listening', resolve));
  const client = await connect('127.0.0.1', (server.address() as net.AddressInfo).port);
  const peer = await coming;
  client.settimeout(0);
  await assert.rejects(client.receive(1), { code: 'ETIMEDOUT' }); // it reads from now on
  // In the phase in which the event loop polls: the first immediate comes before it polls again.
  await new Promise((resolve) => stat('.', resolve));
  peer.write('x');
  assert.equal(String(await client.receive(1)), 'x');
  client.close();
  peer.destroy();
  server.close();
});

it('waits of one signal have one listener, and it ends them all', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const waiters = Array.from({ length: 12 }, () => new Waiter<string>());
  const waits = waiters.map((waiter) => waiter.wait(deadlineAfter('test', 20, signal)));
  assert.equal(getEventListeners(signal, 'abort').length, 1); // Node warns of a leak from eleven on
  waiters[0]?.wake('woken');
  controller.abort('enough');
  const [first, ...others] = await Promise.all(waits);
  assert.equal(first, 'woken');
  for (const failure of others)
    assert.deepEqual([(failure as Failure).code, (failure as Failure).cause], ['ABORT_ERR', 'enough']);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

it('a wait leaves nothing at its signal', async () => {
  const { signal } = new AbortController();
  const waiter = new Waiter<string>();
  for (let i = 0; i < 3; i++) {
    const waiting = waiter.wait(deadlineAfter('test', 20, signal));
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    waiter.wake('woken');
    assert.equal(await waiting, 'woken');
    assert.equal(await waiter.wait(deadlineAfter('test', 0, signal)), TIMED_OUT);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  }
});

async function udpHere(): Promise<{ socket: Udp; port: number }> {
  const socket = udp();
  await socket.setsockname('127.0.0.1', 0);
  return { socket, port: socket.getsockname().port };
}

it('datagrams that were received no longer count as waiting', async () => {
  const [here, there] = [await udpHere(), await udpHere()];
  const data = Buffer.alloc(60_000);
  for (let i = 0; i < 40; i++) {
    await there.socket.sendto(data, '127.0.0.1', here.port);
    assert.equal((await select([here.socket], [], 20)).readable.length, 1);
    assert.equal((await here.socket.receive(60_000)).length, 60_000);
  }
  assert.equal(here.socket.getstats().dropped, 0);
  for (const { socket } of [here, there]) socket.close();
});

it('nor do those that were received many at once', async () => {
  const [here, there] = [await udpHere(), await udpHere()];
  using receiver = here.socket;
  using sender = there.socket;
  receiver.settimeout(20);
  const data = Buffer.alloc(60_000);
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 3; i++) await sender.sendto(data, '127.0.0.1', here.port);
    assert.equal((await select([receiver], [], 20)).readable.length, 1);
    await new Promise(setImmediate); // they come one by one
    for (let got = 0; got < 3; ) got += (await receiver.receivemany(3, 60_000)).length;
  }
  assert.equal(receiver.getstats().dropped, 0);
});

it('what a stranger sent before the socket had a peer is not its', async () => {
  const [here, there, stranger] = [await udpHere(), await udpHere(), await udpHere()];
  await stranger.socket.sendto('strange', '127.0.0.1', here.port);
  assert.equal((await select([here.socket], [], 20)).readable.length, 1);
  await here.socket.setpeername('127.0.0.1', there.port);
  await there.socket.sendto('known', '127.0.0.1', here.port);
  assert.equal(String(await here.socket.receive()), 'known');
  for (const { socket } of [here, there, stranger]) socket.close();
});
