/** Servers: a real bind, a bounded queue, and masters that are spent once. */
import assert from 'node:assert/strict';
import { pattern, type Report, sha256 } from '../script.ts';
import { accepted, type Case, closes, type Face, fails, lasted, type Peer, seconds, timesOut } from '../support.ts';

/** Waits until something holds that comes by itself. The case's time limit is its bound. */
async function until(face: Face, holds: () => boolean): Promise<void> {
  while (!holds()) await face.sleep(0.005);
}

/** Has the peer connect to a port, `count` times, and run a script on each connection. */
async function connects(face: Face, peer: Peer, port: number, count: number, as: (i: number) => string): Promise<void> {
  using control = await peer.control(face);
  for (let i = 0; i < count; i++) {
    await control.do({ do: 'connectTo', to: { port }, script: [{ do: 'receiveAll' }, { do: 'report', as: as(i) }] });
  }
}

export const cases: readonly Case[] = [
  {
    name: 'accept: a connection, with names on both ends',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      const { address, port, family } = server.getsockname();
      assert.deepEqual([address, family, port > 0], ['127.0.0.1', 'inet', true]);
      using control = await peer.control(face);
      await control.do({
        do: 'connectTo',
        to: { port },
        script: [{ do: 'send', bytes: 'hello\n' }, { do: 'receive', count: 3 }, { do: 'report' }, { do: 'end' }],
      });
      using client = await server.accept();
      assert.deepEqual(client.getsockname(), { address, port, family });
      const name = client.getpeername();
      assert.deepEqual([name.address, name.family, name.port > 0 && name.port !== port], ['127.0.0.1', 'inet', true]);
      assert.deepEqual(client.gettimeout(), { block: null, total: null });
      assert.equal(await client.receive(), 'hello');
      await client.send('abc');
      assert.equal((JSON.parse(await client.receive()) as Report).sha256, sha256(Buffer.from('abc')));
      await closes(face, () => client.receive());
    },
  },

  {
    name: 'accept: timeouts end the wait, and the server goes on',
    quiet: true,
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      server.settimeout(0);
      lasted(await seconds(() => timesOut(face, () => server.accept())), 0, 0.2);
      server.settimeout(0.1);
      lasted(await seconds(() => timesOut(face, () => server.accept())), 0.1, 0.6);
      server.settimeout(null);
      server.settimeout(0.1, 't');
      lasted(await seconds(() => timesOut(face, () => server.accept())), 0.1, 0.6);
      assert.deepEqual(server.gettimeout(), { block: null, total: 0.1 });
      await connects(face, peer, server.getsockname().port, 1, () => peer.name());
      await face.select([server], null);
      server.settimeout(0);
      using client = await server.accept();
      assert.deepEqual(client.gettimeout(), { block: null, total: null });
      await timesOut(face, () => server.accept());
    },
  },

  {
    name: 'accept: the queue is as long as the backlog, and one more is reset',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0, { backlog: 2 });
      const name = peer.name();
      await connects(face, peer, server.getsockname().port, 5, (i) => `${name}-${i}`);
      await until(face, () => server.dropped === 3);
      for (let i = 0; i < 2; i++) {
        const client = await server.accept();
        client.close();
        assert.deepEqual((await peer.report(face, `${name}-${i}`)).ended, true);
      }
      for (let i = 2; i < 5; i++) assert.equal((await peer.report(face, `${name}-${i}`)).error, 'ECONNRESET');
      server.settimeout(0);
      await timesOut(face, () => server.accept());
      assert.equal(server.dropped, 3);
    },
  },

  {
    name: 'accept: a client that has reset already left what it sent',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      using control = await peer.control(face);
      const script = [
        { do: 'send', bytes: { pattern: 100_000 } },
        { do: 'sleep', seconds: 0.05 },
        { do: 'reset' },
      ] as const;
      await control.do({ do: 'connectTo', to: { port: server.getsockname().port }, script });
      await face.sleep(0.3);
      server.settimeout(1);
      using client = await server.accept();
      client.settimeout(1);
      assert.deepEqual(await client.receive(100_000), pattern(100_000));
      await closes(face, () => client.receive(1), ['ECONNRESET', 'ERR_CLOSED']);
    },
  },

  {
    name: 'accept: a client that has gone already left what it sent',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      using control = await peer.control(face);
      const script = [{ do: 'send', bytes: 'bye\n' }, { do: 'end' }] as const;
      await control.do({ do: 'connectTo', to: { port: server.getsockname().port }, script });
      await face.select([server], null);
      await face.sleep(0.1);
      using client = await server.accept();
      assert.equal(await client.receive(), 'bye');
      await closes(face, () => client.receive());
      assert.equal(await client.send('anyone?'), 7);
    },
  },

  {
    name: 'accept: in the order of arrival',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      using control = await peer.control(face);
      const { port } = server.getsockname();
      for (let i = 0; i < 20; i++) {
        await control.do({ do: 'connectTo', to: { port }, script: [{ do: 'send', bytes: `${i}\n` }] });
      }
      for (let i = 0; i < 20; i++) {
        using client = await server.accept();
        assert.equal(await client.receive(), String(i));
      }
    },
  },

  {
    name: 'accept: iteration ends when the server is closed',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      await connects(face, peer, server.getsockname().port, 3, () => peer.name());
      let count = 0;
      for await (const client of server) {
        client.close();
        if (++count === 3) server.close();
      }
      assert.equal(count, 3);
    },
  },

  {
    name: 'accept: iteration that waits ends when the server is closed',
    overlaps: true,
    async run(face) {
      using server = await face.bind('127.0.0.1', 0);
      const iterating = (async () => {
        for await (const _ of server) assert.fail('nobody connects');
      })();
      await face.sleep(0.01);
      server.close();
      await iterating;
    },
  },

  {
    name: 'accept: a close ends the wait',
    overlaps: true,
    async run(face) {
      using server = await face.bind('127.0.0.1', 0);
      const waiting = closes(face, () => server.accept());
      await face.sleep(0.01);
      server.close();
      await waiting;
    },
  },

  {
    name: 'accept: an aborted signal, before and meanwhile',
    overlaps: true,
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      const error = await fails(face, 'ABORT_ERR', () => server.accept({ signal: AbortSignal.abort('now') }));
      assert.ok(error instanceof face.AbortError);
      assert.equal(error.cause, 'now');
      await fails(face, 'ABORT_ERR', () => server.accept({ signal: AbortSignal.timeout(30) }));
      await connects(face, peer, server.getsockname().port, 1, () => peer.name());
      (await server.accept({ signal: new AbortController().signal })).close();
    },
  },

  {
    name: 'misuse: two accepts at once',
    overlaps: true,
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      const first = server.accept();
      await fails(face, 'ERR_BUSY', () => server.accept());
      await connects(face, peer, server.getsockname().port, 1, () => peer.name());
      (await first).close();
    },
  },

  {
    name: 'close: a server resets who was not accepted, and refuses the next',
    async run(face, peer) {
      const server = await face.bind('127.0.0.1', 0);
      const { port } = server.getsockname();
      const name = peer.name();
      await connects(face, peer, port, 1, () => name);
      await face.select([server], null);
      server.close();
      assert.equal((await peer.report(face, name)).error, 'ECONNRESET');
      await fails(face, 'ECONNREFUSED', () => face.connect('127.0.0.1', port));
    },
  },

  {
    name: 'close: an accepted client outlives its server',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      using control = await peer.control(face);
      await control.do({ do: 'connectTo', to: { port: server.getsockname().port }, script: [{ do: 'echo' }] });
      using client = await server.accept();
      server.close();
      await client.send('still here\n');
      assert.equal(await client.receive(), 'still here');
    },
  },

  {
    name: 'close: a server, twice, and every method after it',
    async run(face) {
      const server = await face.bind('127.0.0.1', 0);
      server.close();
      server.close();
      assert.equal(server.closed, true);
      assert.equal(server.getfd(), -1);
      assert.equal(server.dropped, 0);
      server.settimeout(1);
      assert.deepEqual(server.gettimeout(), { block: 1, total: null });
      await closes(face, () => server.accept());
      await closes(face, () => server.getsockname());
      await closes(face, () => server.setoption('keepalive', true));
      await closes(face, () => server.getoption('keepalive'));
      for await (const _ of server) assert.fail('a client of a closed server');
    },
  },

  {
    name: 'bind: an address that is taken',
    async run(face) {
      using server = await face.bind('127.0.0.1', 0);
      const { port } = server.getsockname();
      const error = await fails(face, 'EADDRINUSE', () => face.bind('127.0.0.1', port));
      assert.equal(error.reason, 'address already in use');
      assert.match(error.message, new RegExp(`127.0.0.1:${port}`));
      server.close();
      (await face.bind('127.0.0.1', port)).close();
    },
  },

  {
    name: 'bind: an address that is not here',
    async run(face) {
      const error = await fails(face, 'EADDRNOTAVAIL', () => face.bind('192.0.2.1', 0));
      assert.equal(error.reason, 'Cannot assign requested address');
    },
  },

  {
    name: 'bind: any address, names and IPv6',
    async run(face, peer) {
      for (const [host, address, family] of [
        ['*', '0.0.0.0', 'inet'],
        ['0.0.0.0', '0.0.0.0', 'inet'],
        ['::', '::', 'inet6'],
        ['[::1]', '::1', 'inet6'],
        ['name.localhost', '127.0.0.1', 'inet'],
      ] as const) {
        using server = await face.bind(host, 0);
        const { port, ...name } = server.getsockname();
        assert.deepEqual(name, { address, family });
        using control = await peer.control(face);
        const to = { port, host: family === 'inet' ? '127.0.0.1' : '::1' };
        await control.do({ do: 'connectTo', to, script: [{ do: 'send', bytes: 'x' }] });
        using client = await server.accept();
        assert.deepEqual(await client.receive(1), Buffer.from('x'));
        assert.equal(client.getpeername().address, to.host);
      }
    },
  },

  {
    name: 'bind: IPv6 leaves IPv4 alone',
    async run(face) {
      using server = await face.bind('::', 0);
      const { port } = server.getsockname();
      await fails(face, 'ECONNREFUSED', () => face.connect('127.0.0.1', port));
      (await face.connect('::1', port)).close();
    },
  },

  {
    name: 'bind: IPv6 takes IPv4 too, if told so',
    async run(face) {
      using server = await face.bind('::', 0, { ipv6only: false });
      using one = await face.connect('127.0.0.1', server.getsockname().port);
      using client = await server.accept();
      assert.equal(client.getpeername().port, one.getsockname().port);
      assert.deepEqual([client.getpeername().address, client.getpeername().family], ['::ffff:127.0.0.1', 'inet6']);
    },
  },

  {
    name: 'bind: several servers share a port',
    async run(face) {
      using server = await face.bind('127.0.0.1', 0, { reuseport: true });
      const { port } = server.getsockname();
      using other = await face.bind('127.0.0.1', port, { reuseport: true });
      assert.equal(other.getsockname().port, port);
      using client = await face.connect('127.0.0.1', port);
      const { readable } = await face.select([server, other], null);
      assert.equal(readable.length, 1);
      using there = await (readable[0] as typeof server).accept();
      assert.equal(there.getpeername().port, client.getsockname().port);
    },
  },

  {
    name: 'master: binds in truth, before it listens',
    async run(face, peer) {
      const master = face.tcp();
      await fails(face, 'ERR_NOT_BOUND', () => master.getsockname());
      assert.equal(await master.bind('127.0.0.1', 0), undefined);
      const { address, port, family } = master.getsockname();
      assert.deepEqual([address, family, port > 0], ['127.0.0.1', 'inet', true]);
      await fails(face, 'ERR_BOUND', () => master.bind('127.0.0.1', 0));
      using server = await master.listen();
      assert.deepEqual(server.getsockname(), { address, port, family });
      for (const call of [
        () => master.bind('127.0.0.1', 0),
        () => master.listen(),
        () => master.connect('127.0.0.1', peer.port),
        () => master.getsockname(),
        () => master.setoption('keepalive', true),
        () => master.getoption('keepalive'),
      ]) {
        assert.match((await fails(face, 'ERR_SPENT', call)).message, /became a server.*tcp\(\)/);
      }
      master.close(); // it owns nothing any more
      using client = await face.connect('127.0.0.1', port);
      using there = await server.accept();
      assert.deepEqual(client.getsockname(), there.getpeername());
    },
  },

  {
    name: 'master: a second one on the same port fails by listen at the latest',
    async run(face) {
      using first = face.tcp();
      await first.bind('127.0.0.1', 0);
      const { port } = first.getsockname();
      using server = await first.listen();
      using second = face.tcp();
      const error = await fails(face, 'EADDRINUSE', async () => {
        await second.bind('127.0.0.1', port);
        await second.listen();
      });
      assert.equal(error.reason, 'address already in use');
      assert.equal(server.getsockname().port, port);
    },
  },

  {
    name: 'master: what is bound and does not listen refuses',
    async run(face) {
      using master = face.tcp();
      await master.bind('127.0.0.1', 0);
      await fails(face, 'ECONNREFUSED', () => face.connect('127.0.0.1', master.getsockname().port));
    },
  },

  {
    name: 'master: after a failed bind another address may be tried',
    async run(face) {
      using taken = await face.bind('127.0.0.1', 0);
      using master = face.tcp();
      await fails(face, 'EADDRINUSE', () => master.bind('127.0.0.1', taken.getsockname().port));
      await master.bind('127.0.0.1', 0);
      using server = await master.listen();
      assert.ok(server.getsockname().port > 0);
    },
  },

  {
    name: 'master: listens without a bind on an address of the system',
    async run(face) {
      using server = await face.tcp().listen(5);
      const { address, port } = server.getsockname();
      assert.equal(address, '0.0.0.0');
      (await face.connect('127.0.0.1', port)).close();
    },
  },

  {
    name: 'master: closing gives the port back and spends it',
    async run(face) {
      const master = face.tcp4();
      await master.bind('127.0.0.1', 0);
      const { port } = master.getsockname();
      master.close();
      master.close();
      assert.equal(master.getfd(), -1);
      await fails(face, 'ERR_SPENT', () => master.listen());
      (await face.bind('127.0.0.1', port)).close();
    },
  },

  {
    name: 'master: tcp4 and tcp6 keep to their family',
    async run(face) {
      using four = face.tcp4();
      await fails(face, 'EAI_ADDRFAMILY', () => four.bind('::1', 0));
      await four.bind('localhost', 0);
      assert.equal(four.getsockname().family, 'inet');
      using six = face.tcp6();
      await fails(face, 'EAI_ADDRFAMILY', () => six.bind('127.0.0.1', 0));
      await six.bind('*', 0);
      assert.equal(six.getsockname().address, '::');
      await fails(face, 'EAI_ADDRFAMILY', () => face.tcp6().connect('127.0.0.1', 1));
    },
  },

  {
    name: 'master: connects from the address it is bound to',
    async run(face) {
      using server = await face.bind('127.0.0.1', 0);
      const master = face.tcp();
      await master.bind('127.0.0.2', 0);
      const name = master.getsockname();
      using client = await master.connect('127.0.0.1', server.getsockname().port);
      assert.deepEqual(client.getsockname(), name);
      using there = await server.accept();
      assert.deepEqual(there.getpeername(), name);
      assert.match((await fails(face, 'ERR_SPENT', () => master.bind('*', 0))).message, /became a client/);
      await client.send('x\n');
      assert.equal(await there.receive(), 'x');
    },
  },

  {
    name: 'master: a connect spends it, also one that fails',
    async run(face, peer) {
      using control = await peer.control(face);
      const master = face.tcp();
      await fails(face, 'ECONNREFUSED', () => master.connect('127.0.0.1', control.refusedPort()));
      await fails(face, 'ERR_SPENT', () => master.connect('127.0.0.1', peer.port));
      const bound = face.tcp();
      await bound.bind('127.0.0.1', 0);
      const { port } = bound.getsockname();
      await fails(face, 'ECONNREFUSED', () => bound.connect('127.0.0.1', control.refusedPort()));
      (await face.bind('127.0.0.1', port)).close(); // the port is free again
    },
  },

  {
    name: 'accept: MiBs both ways on an accepted connection',
    async run(face, peer) {
      const size = 3_000_000;
      using pairing = await accepted(
        face,
        peer,
        { do: 'send', bytes: { pattern: size } },
        { do: 'end' },
        { do: 'receiveAll' },
        { do: 'report', as: `big ${peer.port}` },
      );
      const { client } = pairing;
      assert.equal(sha256(await client.receive('*a')), sha256(pattern(size)));
      assert.equal(await client.send(pattern(size)), size);
      client.close();
      assert.equal((await peer.report(face, `big ${peer.port}`)).sha256, sha256(pattern(size)));
    },
  },
];
