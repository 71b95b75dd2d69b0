/** Datagrams that are empty, cut, too long, refused, from strangers, too many, or late. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { ClosedError, type Udp, udp, udp4, udp6 } from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { apart, assertTook, duration, fails, fault, type Scope } from './harness.ts';

/** A socket of ours with an address, and what it has to be written to. */
async function bound(scope: Scope): Promise<{ socket: Udp; port: number }> {
  const socket = udp();
  scope.defer(() => socket.close());
  await socket.setsockname('127.0.0.1', 0);
  socket.settimeout(10);
  return { socket, port: socket.getsockname().port };
}

/** A plain socket that does not know moonsocket. */
async function plain(
  scope: Scope,
): Promise<{ peer: dgram.Socket; port: number; say: (data: string | Buffer, to: number) => Promise<void> }> {
  const peer = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(peer, 'listening');
  scope.defer(() => peer.close());
  const say = (data: string | Buffer, to: number): Promise<void> =>
    new Promise((resolve, reject) => peer.send(data, to, '127.0.0.1', (error) => (error ? reject(error) : resolve())));
  return { peer, port: peer.address().port, say };
}

/** A port that nobody has. */
async function silentPort(): Promise<number> {
  const gone = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address();
  gone.close();
  await once(gone, 'close');
  return port;
}

fault('52: a datagram of no bytes arrives as one, and is no end', {}, async (scope) => {
  const { socket, port } = await bound(scope);
  const { peer, port: there, say } = await plain(scope);
  await say('', port);
  const datagram = await socket.receivefrom();
  assert.deepEqual(
    { ...datagram, data: String(datagram.data) },
    { data: '', address: '127.0.0.1', port: there, family: 'inet', size: 0 },
  );
  const message = once(peer, 'message') as Promise<[Buffer]>;
  assert.equal(await socket.sendto('', '127.0.0.1', there), 0);
  assert.equal((await message)[0].length, 0);
  await say('', port);
  assert.equal((await socket.receive()).length, 0);
  await say('', port);
  await say('next', port);
  assert.equal((await socket.receive(0)).length, 0);
  assert.equal(String(await socket.receive()), 'next');
});

fault('53: a datagram longer than asked for is cut and counted, and the next one is whole', {}, async (scope) => {
  const { socket, port } = await bound(scope);
  const { say } = await plain(scope);
  await say(Buffer.alloc(9000, 1), port);
  await say('next', port);
  await say('third', port);
  const first = await socket.receivefrom();
  assert.equal(first.data.length, 8192); // LuaSocket's _DATAGRAMSIZE
  assert.equal(first.size, 9000);
  assert.equal(String(await socket.receive(2)), 'ne');
  assert.equal(String(await socket.receive()), 'third');
  assert.equal(socket.getstats().truncated, 2);
});

fault('54: 65,507 bytes are sent, one more is too long, and the socket goes on', {}, async (scope) => {
  const { socket, port } = await bound(scope);
  assert.equal(await socket.sendto(Buffer.alloc(65_507, 7), '127.0.0.1', port), 65_507);
  assert.equal((await socket.receive(65_535)).length, 65_507);
  await fails(socket.sendto(Buffer.alloc(65_508), '127.0.0.1', port), 'EMSGSIZE', { reason: 'Message too long' });
  await fails(socket.sendto(Buffer.alloc(1_000_000), '127.0.0.1', port), 'EMSGSIZE');
  await socket.sendto('on', '127.0.0.1', port);
  assert.equal(String(await socket.receive()), 'on');
});

fault('55: a refusal reaches a connected socket once, and it goes on', {}, async (scope) => {
  const port = await silentPort();
  const socket = udp();
  scope.defer(() => socket.close());
  await socket.setpeername('127.0.0.1', port);
  socket.settimeout(10);
  await socket.send('anyone?');
  await fails(socket.receive(), 'ECONNREFUSED', { reason: 'connection refused' });
  socket.settimeout(0.05);
  await fails(socket.receive(), 'ETIMEDOUT');
  const back = dgram.createSocket('udp4').bind(port, '127.0.0.1');
  await once(back, 'listening');
  scope.defer(() => back.close());
  const message = once(back, 'message') as Promise<[Buffer]>;
  await socket.send('now?');
  assert.equal(String((await message)[0]), 'now?');
});

fault('55: a refusal tells an unconnected socket nothing', {}, async (scope) => {
  const { socket } = await bound(scope);
  const port = await silentPort();
  await socket.sendto('anyone?', '127.0.0.1', port);
  socket.settimeout(0.1);
  await fails(socket.receive(), 'ETIMEDOUT');
  await socket.sendto('again?', '127.0.0.1', port);
});

fault('56: timeouts of nothing and of a millisecond', {}, async (scope) => {
  const { socket, port } = await bound(scope);
  const { say } = await plain(scope);
  socket.settimeout(0);
  await fails(socket.receivefrom(), 'ETIMEDOUT', { reason: 'timeout' });
  await say('here', port);
  assert.equal(String(await eventuallyReceived(socket)), 'here');
  socket.settimeout(0.001);
  assertTook(await duration(() => fails(socket.receive(), 'ETIMEDOUT')), 0.001);
});

/** Without waiting: again and again. */
async function eventuallyReceived(socket: Udp): Promise<Buffer> {
  for (;;) {
    const data = await socket.receive().catch((error: { code?: string }) => {
      assert.equal(error.code, 'ETIMEDOUT');
    });
    if (data) return data;
  }
}

fault(
  '56: 10,000 datagrams at once: in order, bounded, and what is dropped is counted',
  { memory: true },
  async (scope) => {
    const { socket, port } = await bound(scope);
    const { peer } = await plain(scope);
    const payload = Buffer.alloc(1000);
    for (let i = 0; i < 10_000; i++) {
      payload.writeUInt32BE(i);
      peer.send(Buffer.from(payload), port, '127.0.0.1');
      if (i % 100 === 99) await new Promise((resolve) => setImmediate(resolve)); // ours takes in what has come
    }
    const last = Buffer.alloc(4, 0xff);
    const end = setInterval(() => peer.send(last, port, '127.0.0.1'), 20); // it may be dropped as well
    scope.defer(() => clearInterval(end));
    await eventually('a full queue', () => socket.getstats().dropped > 0);
    let previous = -1;
    let count = 0;
    for (;;) {
      const data = await socket.receive();
      if (data.length === 4) break;
      const number = data.readUInt32BE();
      assert.ok(number > previous, `${number} came after ${previous}`);
      previous = number;
      count++;
    }
    // Our queue of 1,024, and what stood in the kernel's meanwhile; the rest was dropped by one or the other.
    assert.ok(count >= 1000 && count <= 2048, `${count}`);
    assert.ok(count + socket.getstats().dropped <= 10_500);
  },
);

fault('57: only the peer is heard, until the association is dissolved', {}, async (scope) => {
  const friend = await plain(scope);
  const stranger = await plain(scope);
  const { socket, port } = await bound(scope);
  await fails(socket.send('nobody'), 'ERR_NOT_CONNECTED');
  await stranger.say('before', port); // it stands in the queue when the socket gets a peer
  await friend.say('hello', port);
  await socket.setpeername('127.0.0.1', friend.port);
  await stranger.say('between', port);
  await friend.say('again', port);
  const heard = [String(await socket.receive()), String(await socket.receive())];
  assert.deepEqual(heard, ['hello', 'again']);
  await fails(socket.sendto('x', '127.0.0.1', stranger.port), 'ERR_CONNECTED');
  await socket.setpeername('*');
  await fails(socket.send('nobody'), 'ERR_NOT_CONNECTED');
  // Linux takes the port that it chose away with the association; the next datagram gets a new one.
  const asked = once(stranger.peer, 'message') as Promise<[Buffer, dgram.RemoteInfo]>;
  await socket.sendto('who?', '127.0.0.1', stranger.port);
  await stranger.say('me', (await asked)[1].port);
  assert.equal((await socket.receivefrom()).port, stranger.port);
});

fault('57: two first sends at once, of a socket without an address', {}, async (scope) => {
  const { peer, port } = await plain(scope);
  const heard: string[] = [];
  peer.on('message', (data) => heard.push(String(data)));
  const socket = udp();
  scope.defer(() => socket.close());
  await Promise.all(['a', 'b', 'c'].map((text) => socket.sendto(text, '127.0.0.1', port)));
  await eventually('three datagrams', () => heard.length === 3);
  assert.deepEqual(heard.sort(), ['a', 'b', 'c']);
});

fault('58: groups and broadcasts that cannot be', {}, async (scope) => {
  const { socket } = await bound(scope);
  for (const multiaddr of ['10.0.0.1', 'x', '', '::1', '999.1.1.1']) {
    assert.throws(() => socket.setoption('ip-add-membership', { multiaddr }), { name: 'SocketError' }, multiaddr);
  }
  const group = { multiaddr: '239.1.2.3', interface: '127.0.0.1' };
  assert.throws(() => socket.setoption('ip-drop-membership', group), { code: 'EADDRNOTAVAIL' });
  socket.setoption('ip-add-membership', group);
  assert.throws(() => socket.setoption('ip-add-membership', group), { code: 'EADDRINUSE' });
  socket.setoption('ip-drop-membership', group);
  await fails(socket.sendto('x', '127.255.255.255', 9), 'EACCES', { reason: 'permission denied' });
  socket.setoption('broadcast', true);
  assert.equal(await socket.sendto('x', '127.255.255.255', 9), 1);
});

fault('59: a close ends a pending receive; every later call is typed', {}, async (scope) => {
  const { socket, port } = await bound(scope);
  const { say } = await plain(scope);
  const receiving = fails(socket.receive(), 'ERR_CLOSED', { reason: 'closed' });
  socket.close();
  socket.close();
  await receiving;
  await say('late', port);
  await fails(socket.receive(), 'ERR_CLOSED');
  await fails(socket.sendto('x', '127.0.0.1', 9), 'ERR_CLOSED');
  await fails(socket.setpeername('127.0.0.1', 9), 'ERR_CLOSED');
  assert.throws(() => socket.getsockname(), ClosedError);
  assert.equal(socket.getfd(), -1);
});

fault('59: a close while the socket gets its address', {}, async () => {
  for (const begin of [
    (socket: Udp) => socket.setsockname('127.0.0.1', 0),
    (socket: Udp) => socket.sendto('x', '127.0.0.1', 9),
    (socket: Udp) => socket.setpeername('127.0.0.1', 9),
    (socket: Udp) => socket.setsockname('localhost', 0),
  ]) {
    const socket = udp();
    const pending = begin(socket);
    socket.close();
    await fails(pending, 'ERR_CLOSED');
  }
});

fault('59: signals, and two receives at once', {}, async (scope) => {
  const { socket, port } = await bound(scope);
  await fails(socket.receive(9, { signal: AbortSignal.abort() }), 'ABORT_ERR');
  const abort = new AbortController();
  const receiving = fails(socket.receive(9, { signal: abort.signal }), 'ABORT_ERR', { reason: 'aborted' });
  await fails(socket.receive(), 'ERR_BUSY');
  abort.abort();
  await receiving;
  await socket.sendto('still', '127.0.0.1', port);
  assert.equal(String(await socket.receive()), 'still');
});

fault('28: addresses and ports that no datagram goes to', {}, async (scope) => {
  const socket = udp();
  const four = udp4();
  const six = udp6();
  for (const one of [socket, four, six]) scope.defer(() => one.close());
  for (const port of [0, 65_536, -1, Number.NaN, '53']) {
    await fails(socket.sendto('x', '127.0.0.1', port as number), 'ERR_INVALID_ARGUMENT');
  }
  await fails(socket.sendto('x', 'localhost', 9), 'ERR_INVALID_ARGUMENT');
  await fails(socket.sendto(5 as unknown as string, '127.0.0.1', 9), 'ERR_INVALID_ARGUMENT');
  await fails(four.sendto('x', '::1', 9), 'ERR_INVALID_ARGUMENT');
  await fails(six.setpeername('127.0.0.1', 9), 'EAI_ADDRFAMILY');
  await fails(socket.receive(), 'ERR_NOT_BOUND');
  await socket.setsockname('127.0.0.1', 0);
  for (const size of [-1, 1.5, Number.NaN]) await fails(socket.receive(size), 'ERR_INVALID_ARGUMENT');
  await fails(socket.setsockname('127.0.0.1', 0), 'EINVAL');
  await fails(udp().setsockname('192.0.2.1', 0), 'EADDRNOTAVAIL');
});

apart(
  '26: a peer that cannot be reached fails the call that names it, and that one alone',
  { network: ':' },
  async (scope) => {
    const { socket, port } = await bound(scope);
    await fails(socket.sendto('x', '192.0.2.1', 9), 'ENETUNREACH', { reason: 'Network is unreachable' });
    await socket.sendto('on', '127.0.0.1', port);
    assert.equal(String(await socket.receive()), 'on');
    const other = udp();
    scope.defer(() => other.close());
    await fails(other.setpeername('192.0.2.1', 9), 'ENETUNREACH');
    await other.setpeername('127.0.0.1', port);
    await other.send('again');
    assert.equal(String(await socket.receive()), 'again');
  },
);
