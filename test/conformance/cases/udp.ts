/** UDP: datagrams keep their bounds, whatever their size, and one socket may have one peer. */
import assert from 'node:assert/strict';
import { type PeerDatagram, pattern, sha256 } from '../script.ts';
import { type Case, type Control, closes, type Face, fails, lasted, type Peer, seconds, timesOut } from '../support.ts';

type Udp = ReturnType<Face['udp']>;

/** A socket of the face on the loopback, the peer's, and how to ask the peer. */
async function both(
  face: Face,
  peer: Peer,
): Promise<{ socket: Udp; port: number; there: number; control: Control; [Symbol.dispose](): void }> {
  const control = await peer.control(face);
  const there = (await control.do({ do: 'udpOpen' })) as number;
  const socket = face.udp();
  await socket.setsockname('127.0.0.1', 0);
  const { port } = socket.getsockname();
  return {
    socket,
    port,
    there,
    control,
    [Symbol.dispose]() {
      socket.close();
      control.close();
    },
  };
}

async function received(control: Control, count: number): Promise<PeerDatagram[]> {
  return (await control.do({ do: 'udpReceive', count })) as PeerDatagram[];
}

/** Waits until the queue has been full, and all that was sent has come to it. */
async function dropping(face: Face, socket: Udp): Promise<void> {
  for (let last = -1; last < 1 || socket.getstats().dropped !== last; await face.sleep(0.05)) {
    last = socket.getstats().dropped;
  }
}

/** What stands in the queue, as `shown` sees it. */
async function drained<T>(face: Face, socket: Udp, shown: (data: Buffer) => T): Promise<T[]> {
  const all: T[] = [];
  socket.settimeout(0);
  const error = await fails(face, 'ETIMEDOUT', async () => {
    for (;;) all.push(shown(await socket.receive(65_536)));
  });
  assert.equal(error.reason, 'timeout');
  socket.settimeout(null);
  return all;
}

const LOOPBACK = '127.0.0.1';

export const cases: readonly Case[] = [
  {
    name: 'udp: datagrams both ways, with their senders',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, there, control } = ends;
      assert.deepEqual(socket.getsockname(), { address: LOOPBACK, port, family: 'inet' });
      assert.equal(await socket.sendto('é!', LOOPBACK, there), 3);
      assert.equal(await socket.sendto(new Uint8Array([9, 1, 2]).subarray(1), LOOPBACK, there), 2);
      assert.equal(await socket.sendto('', LOOPBACK, there), 0);
      assert.deepEqual(
        await received(control, 3),
        [Buffer.from('é!'), Buffer.from([1, 2]), Buffer.alloc(0)].map((data) => ({
          length: data.length,
          sha256: sha256(data),
          port,
          address: LOOPBACK,
        })),
      );
      await control.do({ do: 'udpSend', port, bytes: ['one', '', { hex: '00ff0a' }] });
      const first = await socket.receivefrom();
      assert.deepEqual(
        { ...first, data: first.data.toString() },
        { data: 'one', address: LOOPBACK, port: there, family: 'inet', size: 3 },
      );
      assert.deepEqual(await socket.receive(), Buffer.alloc(0));
      assert.deepEqual(await socket.receive(), Buffer.from([0, 255, 10]));
      const { sent, received: got, dropped, truncated, age } = socket.getstats();
      assert.deepEqual([sent, got, dropped, truncated], [5, 6, 0, 0]);
      assert.ok(age >= 0 && age < 20);
    },
  },

  {
    name: 'udp: bounds and order of many',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, control } = ends;
      const bytes = Array.from({ length: 100 }, (_, i) => `${i}:${'x'.repeat(i)}`);
      await control.do({ do: 'udpSend', port, bytes });
      for (const text of bytes) assert.equal((await socket.receive()).toString(), text);
      socket.settimeout(0);
      await timesOut(face, () => socket.receive());
    },
  },

  {
    name: 'udp: a datagram above the size is cut, and says so',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, control } = ends;
      await control.do({ do: 'udpSend', port, bytes: ['0123456789', 'whole', 'gone', { pattern: 10_000 }] });
      const { data, size } = await socket.receivefrom(4);
      assert.deepEqual([data.toString(), size], ['0123', 10]);
      assert.equal((await socket.receive(5)).toString(), 'whole');
      assert.deepEqual(await socket.receive(0), Buffer.alloc(0));
      const large = await socket.receivefrom();
      assert.deepEqual([large.data.length, large.size], [8192, 10_000]);
      assert.equal(sha256(large.data), sha256(pattern(10_000).subarray(0, 8192)));
      assert.deepEqual([socket.getstats().truncated, socket.getstats().received], [3, 4 + 5 + 8192]);
    },
  },

  {
    name: 'udp: 65507 bytes go, one more does not',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, there, control } = ends;
      assert.equal(await socket.sendto(pattern(65_507), LOOPBACK, there), 65_507);
      const [datagram] = await received(control, 1);
      assert.deepEqual([datagram?.length, datagram?.sha256], [65_507, sha256(pattern(65_507))]);
      const error = await fails(face, 'EMSGSIZE', () => socket.sendto(pattern(65_508), LOOPBACK, there));
      assert.equal(error.reason, 'Message too long');
      assert.equal(await socket.sendto('x', LOOPBACK, there), 1);
      assert.equal((await received(control, 1))[0]?.length, 1);
      await control.do({ do: 'udpSend', port, bytes: [{ pattern: 65_507 }] });
      assert.equal(sha256(await socket.receive(65_507)), sha256(pattern(65_507)));
    },
  },

  {
    name: 'udp: a peer is the only one, until it is dissolved',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, there, control } = ends;
      using stranger = await peer.control(face);
      const strange = (await stranger.do({ do: 'udpOpen' })) as number;
      await fails(face, 'ENOTCONN', () => socket.getpeername());
      await fails(face, 'ERR_NOT_CONNECTED', () => socket.send('x'));

      await stranger.do({ do: 'udpSend', port, bytes: ['before'] });
      await socket.setpeername(LOOPBACK, there);
      assert.deepEqual(socket.getpeername(), { address: LOOPBACK, port: there, family: 'inet' });
      await stranger.do({ do: 'udpSend', port, bytes: ['meanwhile'] });
      await control.do({ do: 'udpSend', port, bytes: ['mine'] });
      assert.equal((await socket.receive()).toString(), 'mine');
      assert.equal(await socket.send('to you'), 6);
      assert.deepEqual([(await received(control, 1))[0]?.port], [port]);
      await fails(face, 'ERR_CONNECTED', () => socket.sendto('x', LOOPBACK, strange));
      await fails(face, 'ERR_CONNECTED', () => socket.receivefrom());

      await socket.setpeername(LOOPBACK, strange);
      await stranger.do({ do: 'udpSend', port: socket.getsockname().port, bytes: ['now me'] });
      assert.equal((await socket.receive()).toString(), 'now me');

      await socket.setpeername('*');
      await fails(face, 'ENOTCONN', () => socket.getpeername());
      await fails(face, 'ERR_NOT_CONNECTED', () => socket.send('x'));
      // Linux takes back the port that it chose, and chooses another for the next datagram.
      assert.equal(await socket.sendto('x', LOOPBACK, there), 1);
      const [datagram] = await received(control, 1);
      assert.equal(socket.getsockname().port, datagram?.port);
      await control.do({ do: 'udpSend', port: socket.getsockname().port, bytes: ['again'] });
      assert.equal((await socket.receivefrom()).port, there);
    },
  },

  {
    name: 'udp: another peer, from the same port',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, there } = ends;
      await socket.setpeername(LOOPBACK, there);
      await socket.setpeername(LOOPBACK, there);
      assert.equal(socket.getsockname().port, port, 'the local port has changed');
    },
  },

  {
    name: 'udp: a fresh socket gets its address by the first use',
    async run(face, peer) {
      using control = await peer.control(face);
      const there = (await control.do({ do: 'udpOpen' })) as number;
      using one = face.udp();
      for (const call of [
        () => one.receive(),
        () => one.receivefrom(),
        () => one.getsockname(),
        () => one.getpeername(),
      ]) {
        await fails(face, 'ERR_NOT_BOUND', call);
      }
      await one.setpeername('*');
      await one.sendto('x', LOOPBACK, there);
      const [datagram] = await received(control, 1);
      assert.equal(one.getsockname().port, datagram?.port);
      using other = face.udp4();
      await other.setpeername('name.localhost', there);
      await other.send('y');
      assert.equal((await received(control, 1))[0]?.port, other.getsockname().port);
    },
  },

  {
    name: 'udp: a refusal is told once, and the socket goes on',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, there, control } = ends;
      using other = await peer.control(face);
      const refusing = (await other.do({ do: 'udpOpen' })) as number;
      await other.do({ do: 'udpConnect', port: there }); // from now on the system refuses everybody else
      await socket.setpeername(LOOPBACK, refusing);
      assert.equal(await socket.send('x'), 1);
      socket.settimeout(5);
      const error = await fails(face, 'ECONNREFUSED', () => socket.receive());
      assert.equal(error.reason, 'connection refused');
      socket.settimeout(0.05);
      await timesOut(face, () => socket.receive());
      socket.settimeout(null);
      await socket.setpeername(LOOPBACK, there);
      await socket.send('y');
      assert.equal((await received(control, 1)).length, 1);
      await control.do({ do: 'udpSend', port: socket.getsockname().port, bytes: ['back'] });
      assert.equal((await socket.receive()).toString(), 'back');
    },
  },

  {
    name: 'udp: a refusal shows as an option too',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, there } = ends;
      using other = await peer.control(face);
      const refusing = (await other.do({ do: 'udpOpen' })) as number;
      await other.do({ do: 'udpConnect', port: there });
      await socket.setpeername(LOOPBACK, refusing);
      assert.equal(socket.getoption('error'), undefined);
      await socket.send('x');
      const { readable } = await face.select([socket], null, 5);
      assert.deepEqual(readable, [socket]);
      assert.equal(socket.getoption('error'), 'ECONNREFUSED');
      assert.equal(socket.getoption('error'), undefined);
    },
  },

  {
    name: 'udp: timeouts and aborts lose nothing',
    quiet: true,
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, control } = ends;
      socket.settimeout(0);
      lasted(await seconds(() => timesOut(face, () => socket.receive())), 0, 0.2);
      socket.settimeout(0.1);
      lasted(await seconds(() => timesOut(face, () => socket.receivefrom())), 0.1, 0.6);
      socket.settimeout(null);
      socket.settimeout(0.1, 't');
      lasted(await seconds(() => timesOut(face, () => socket.receive())), 0.1, 0.6);
      await fails(face, 'ABORT_ERR', () => socket.receive(9, { signal: AbortSignal.abort() }));
      await control.do({ do: 'udpSend', port, bytes: ['kept'] });
      await fails(face, 'ABORT_ERR', () => socket.receivefrom(9, { signal: AbortSignal.abort() }));
      await face.select([socket], null);
      socket.settimeout(0);
      assert.equal((await socket.receive()).toString(), 'kept');
    },
  },

  {
    name: 'udp: a signal and a close end the wait',
    overlaps: true,
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, control } = ends;
      await fails(face, 'ABORT_ERR', () => socket.receive(9, { signal: AbortSignal.timeout(30) }));
      await control.do({ do: 'udpSend', port, bytes: ['kept'] });
      assert.equal((await socket.receive()).toString(), 'kept');
      const waiting = closes(face, () => socket.receive());
      await fails(face, 'ERR_BUSY', () => socket.receive());
      await fails(face, 'ERR_BUSY', () => socket.receivefrom());
      socket.close();
      await waiting;
    },
  },

  {
    name: 'udp: the queue is bounded, and counts what it drops',
    quiet: true, // or the kernel's own queue overflows
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, control } = ends;
      for (let i = 0; i < 1200; i += 40) {
        const bytes = Array.from({ length: 40 }, (_, j) => String(i + j));
        await control.do({ do: 'udpSend', port, bytes });
      }
      await dropping(face, socket);
      const first = await drained(face, socket, (data) => Number(String(data)));
      assert.ok(first.length <= 1024, `${first.length} datagrams stood in the queue`);
      assert.deepEqual(first, [...first.keys()]);
      assert.equal(first.length + socket.getstats().dropped, 1200);
      await control.do({ do: 'udpSend', port, bytes: ['next'] });
      assert.equal((await socket.receive()).toString(), 'next');
    },
  },

  {
    name: 'udp: the queue is bounded in bytes',
    quiet: true,
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, control } = ends;
      for (let i = 0; i < 20; i++) await control.do({ do: 'udpSend', port, bytes: [{ pattern: 60_000 + i }] });
      await dropping(face, socket);
      const sizes = await drained(face, socket, (data) => data.length);
      assert.ok(
        sizes.reduce((sum, size) => sum + size, 0) <= 1_048_576,
        `${sizes.length} datagrams stood in the queue`,
      );
      assert.deepEqual(
        sizes,
        sizes.map((_, i) => 60_000 + i),
      );
      assert.equal(sizes.length + socket.getstats().dropped, 20);
    },
  },

  {
    name: 'udp: an address that is taken, and a second one',
    async run(face, peer) {
      using ends = await both(face, peer);
      using other = face.udp();
      const error = await fails(face, 'EADDRINUSE', () => other.setsockname(LOOPBACK, ends.port));
      assert.equal(error.reason, 'address already in use');
      await fails(face, 'EADDRNOTAVAIL', () => other.setsockname('192.0.2.1', 0));
      await other.setsockname('*', 0);
      assert.equal(other.getsockname().address, '0.0.0.0');
      assert.equal((await fails(face, 'EINVAL', () => other.setsockname(LOOPBACK, 0))).reason, 'Invalid argument');
    },
  },

  {
    name: 'udp: reuseaddr shares a port',
    async run(face) {
      using one = face.udp4();
      one.setoption('reuseaddr', true);
      await one.setsockname(LOOPBACK, 0);
      using other = face.udp4();
      other.setoption('reuseaddr', true);
      await other.setsockname(LOOPBACK, one.getsockname().port);
      assert.deepEqual(other.getsockname(), one.getsockname());
      assert.equal(other.getoption('reuseaddr'), true);
    },
  },

  {
    name: 'udp: IPv6, and families that do not mix',
    async run(face) {
      using one = face.udp6();
      await one.setsockname('::1', 0);
      using other = face.udp();
      await other.sendto('six', '::1', one.getsockname().port);
      const { data, address, family, port } = await one.receivefrom();
      assert.deepEqual([data.toString(), address, family, port], ['six', '::1', 'inet6', other.getsockname().port]);
      await fails(face, 'ERR_INVALID_ARGUMENT', () => other.sendto('x', LOOPBACK, port));
      using narrow = face.udp4();
      await fails(face, 'ERR_INVALID_ARGUMENT', () => narrow.sendto('x', '::1', port));
      await fails(face, 'EAI_ADDRFAMILY', () => narrow.setpeername('::1', port));
    },
  },

  {
    name: 'udp: broadcast needs its option',
    async run(face) {
      using socket = face.udp4();
      const error = await fails(face, ['EACCES', 'EPERM'], () => socket.sendto('x', '255.255.255.255', 9));
      assert.equal(error.reason, 'permission denied');
      socket.setoption('broadcast', true);
      assert.equal(socket.getoption('broadcast'), true);
      // Whether there is a network to reach is the machine's matter.
      try {
        assert.equal(await socket.sendto('x', '255.255.255.255', 9), 1);
      } catch (other) {
        assert.equal((other as { code?: string }).code, 'ENETUNREACH');
      }
    },
  },

  {
    name: 'udp: multicast, from joining to leaving',
    async run(face) {
      const multiaddr = `239.${process.pid & 255}.${(process.pid >> 8) & 255}.7`;
      using member = face.udp4();
      await member.setsockname('*', 0);
      const { port } = member.getsockname();
      using sender = face.udp4();
      sender.setoption('ip-multicast-if', LOOPBACK);
      sender.setoption('ip-multicast-ttl', 1);
      sender.setoption('ip-multicast-loop', true);
      member.setoption('ip-add-membership', { multiaddr, interface: LOOPBACK });
      await sender.sendto('to all', multiaddr, port);
      member.settimeout(5);
      assert.equal((await member.receive()).toString(), 'to all');
      member.setoption('ip-drop-membership', { multiaddr, interface: LOOPBACK });
      await sender.sendto('to nobody', multiaddr, port);
      await sender.sendto('to you', LOOPBACK, port);
      assert.equal((await member.receive()).toString(), 'to you');
      for (const group of [{ multiaddr: 'x' }, { multiaddr: '::1' }, { multiaddr, interface: 'eth0' }]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => member.setoption('ip-add-membership', group));
      }
    },
  },

  {
    name: 'zones: a link that is not there is an error (Linux)',
    async run(face, peer) {
      for (const zone of ['nolink', '2147483647', '0']) {
        const host = `::1%${zone}`;
        const calls = [
          () => face.bind(host, 0),
          () => face.connect(host, peer.port),
          () => face.udp().setsockname(host, 0),
          () => face.udp().setpeername(host, 9),
          () => face.udp().sendto('x', host, 9),
        ];
        for (const call of calls) {
          const error = await fails(face, 'ENODEV', call);
          assert.equal(error.reason, 'No such device');
        }
      }
      using socket = face.udp6();
      for (const via of ['nolink', '::%nolink', '::1', 2_147_483_647]) {
        const group = { multiaddr: 'ff01::77', interface: via };
        const error = await fails(face, 'ENODEV', () => socket.setoption('ipv6-add-membership', group));
        assert.match(error.message, /^setoption ipv6-add-membership: No such device/);
      }
      for (const via of [-1, 1.5]) {
        const group = { multiaddr: 'ff01::77', interface: via };
        await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.setoption('ipv6-add-membership', group));
      }
    },
  },

  {
    name: 'udp: batches go and come in their order',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, there, control } = ends;
      // More than the system takes in one call, and less than the peer's kernel holds.
      const lengths = Array.from({ length: 100 }, (_, i) => (i * 37) % 400);
      const datagrams = lengths.map((length) => ({ data: pattern(length), address: LOOPBACK, port: there }));
      assert.equal(await socket.sendmany(datagrams), 100);
      assert.deepEqual(
        await received(control, 100),
        datagrams.map(({ data }) => ({ length: data.length, sha256: sha256(data), port, address: LOOPBACK })),
      );
      assert.equal(
        socket.getstats().sent,
        lengths.reduce((sum, length) => sum + length),
      );
      await control.do({ do: 'udpSend', port, bytes: ['one', '', { pattern: 2000 }, 'four'] });
      const came: unknown[] = [];
      while (came.length < 3) {
        for (const { data, size, ...from } of await socket.receivemany(3 - came.length, 1000)) {
          assert.deepEqual(from, { address: LOOPBACK, port: there, family: 'inet' });
          came.push([data.length < 10 ? String(data) : data.length, size]);
        }
      }
      assert.deepEqual(came, [
        ['one', 3],
        ['', 0],
        [1000, 2000],
      ]);
      assert.equal(String((await socket.receivemany(1024))[0]?.data), 'four');
      const { received: bytes, truncated } = socket.getstats();
      assert.deepEqual([bytes, truncated], [3 + 1000 + 4, 1]);
      socket.settimeout(0.02);
      await timesOut(face, () => socket.receivemany(2));
    },
  },

  {
    name: 'udp: a batch ends with its time, and says how much of it has gone',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, there } = ends;
      const datagram = { data: 'x', address: LOOPBACK, port: there };
      await socket.sendmany([datagram]); // from now on it is bound, and need not wait for that
      socket.settimeout(1e-9, 't');
      // What one call of the system takes, at most.
      const sent = await socket.sendmany(Array.from({ length: 1000 }, () => datagram));
      assert.ok(sent >= 1 && sent <= 64, `${sent} have gone`);
    },
  },

  {
    name: 'udp: a batch with a peer, and what does not fit into one',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, port, there, control } = ends;
      const to = { address: LOOPBACK, port: there };
      assert.equal(await socket.sendmany([]), 0);
      await fails(face, 'ERR_NOT_CONNECTED', () => socket.sendmany([{ data: 'x' }]));
      for (const wrong of [{ ...to, port: 0 }, { address: LOOPBACK }, { port: 1 }, { ...to, address: 'localhost' }]) {
        const batch = [
          { data: 'x', ...to },
          { data: 'y', ...wrong },
        ];
        await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.sendmany(batch));
      }
      for (const count of [0, -1, 1.5, 1025, Number.NaN]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.receivemany(count));
      }
      await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.receivemany(1, -1));
      // The first that fails is the next call's to tell.
      const long = { data: Buffer.alloc(70_000), ...to };
      assert.equal(await socket.sendmany([{ data: 'a', ...to }, long, { data: 'b', ...to }]), 1);
      await fails(face, 'EMSGSIZE', () => socket.sendmany([long]));
      assert.deepEqual(
        (await received(control, 1)).map(({ length }) => length),
        [1],
      );
      using stranger = face.udp();
      await stranger.sendto('before', LOOPBACK, port);
      await socket.setpeername(LOOPBACK, there);
      assert.equal(await socket.sendmany([{ data: 'to' }, { data: 'you' }]), 2);
      await fails(face, 'ERR_CONNECTED', () => socket.sendmany([{ data: 'x', ...to }]));
      assert.deepEqual(
        (await received(control, 2)).map(({ length }) => length),
        [2, 3],
      );
      await control.do({ do: 'udpSend', port, bytes: ['mine'] });
      assert.deepEqual(
        (await socket.receivemany(9)).map(({ data }) => String(data)),
        ['mine'],
      );
      socket.close();
      await closes(face, () => socket.receivemany(1));
      await closes(face, () => socket.sendmany([{ data: 'x' }]));
    },
  },

  {
    name: 'udp: every method after a close',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, there } = ends;
      socket.close();
      socket.close();
      for (const call of [
        () => socket.send('x'),
        () => socket.sendto('x', LOOPBACK, there),
        () => socket.receive(),
        () => socket.receivefrom(),
        () => socket.setsockname(LOOPBACK, 0),
        () => socket.setpeername(LOOPBACK, there),
        () => socket.setpeername('*'),
        () => socket.getsockname(),
        () => socket.getpeername(),
        () => socket.setoption('broadcast', true),
        () => socket.getoption('broadcast'),
      ]) {
        await closes(face, call);
      }
      assert.equal(socket.getfd(), -1);
      socket.settimeout(1);
      assert.deepEqual(socket.gettimeout(), { block: 1, total: null });
      assert.equal(socket.getstats().sent, 0);
      using fresh = face.udp();
      fresh.close();
      await closes(face, () => fresh.sendto('x', LOOPBACK, there));
    },
  },

  {
    name: 'udp: arguments are checked before anything is sent',
    async run(face, peer) {
      using ends = await both(face, peer);
      const { socket, there } = ends;
      for (const call of [
        () => socket.sendto('x', 'localhost', there),
        () => socket.sendto('x', '', there),
        () => socket.sendto('x', '1.2.3', there),
        () => socket.sendto('x', '1.2.3.256', there),
        () => socket.sendto('x', LOOPBACK, 0),
        () => socket.sendto('x', LOOPBACK, 65_536),
        () => socket.sendto('x', LOOPBACK, Number.NaN),
        () => socket.sendto('x', LOOPBACK, '9' as unknown as number),
        () => socket.sendto(1 as unknown as string, LOOPBACK, there),
        () => socket.sendto(null as unknown as string, LOOPBACK, there),
        () => socket.receive(-1),
        () => socket.receive(0.5),
        () => socket.receivefrom(Number.NaN),
        () => socket.setsockname(LOOPBACK, -1),
        () => socket.setsockname('a b', 0),
        () => socket.setpeername(LOOPBACK),
        () => socket.setpeername(LOOPBACK, 0),
        () => socket.setpeername('a\0b', there),
      ]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', call);
      }
      assert.equal(socket.getstats().sent, 0);
    },
  },
];
