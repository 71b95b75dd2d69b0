/** Connecting: which addresses are tried, from where, for how long, and what a failure tells. */
import assert from 'node:assert/strict';
import { type Case, closes, fails, lasted, seconds, timesOut } from '../support.ts';

export const cases: readonly Case[] = [
  {
    name: 'connect: names of both ends',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      const { port } = server.getsockname();
      using client = await face.connect('127.0.0.1', port);
      using there = await server.accept();
      assert.deepEqual(client.getpeername(), { address: '127.0.0.1', port, family: 'inet' });
      assert.deepEqual(client.getsockname(), there.getpeername());
      assert.equal(typeof client.getfd(), 'number');
      assert.ok(peer.port > 0);
    },
  },

  {
    name: 'connect: a refusal lists its attempt',
    async run(face, peer) {
      using control = await peer.control(face);
      const port = control.refusedPort();
      const error = await fails(face, 'ECONNREFUSED', () => face.connect('127.0.0.1', port));
      assert.equal(error.reason, 'connection refused');
      assert.match(error.message, new RegExp(`connect 127\\.0\\.0\\.1:${port}`));
      const [attempt, ...others] = error.attempts ?? [];
      assert.deepEqual([attempt?.address, attempt?.code, others], [`127.0.0.1:${port}`, 'ECONNREFUSED', []]);
      assert.ok(attempt !== undefined && attempt.milliseconds >= 0 && attempt.milliseconds < 5000);
    },
  },

  {
    name: 'connect: several addresses, all refused',
    async run(face, peer) {
      using control = await peer.control(face);
      const port = control.refusedPort();
      const error = await fails(face, 'ECONNREFUSED', () => face.connect('two.localhost', port));
      assert.deepEqual(
        error.attempts?.map(({ address, code }) => [address, code]),
        [
          [`127.0.0.1:${port}`, 'ECONNREFUSED'],
          [`[::1]:${port}`, 'ECONNREFUSED'],
        ],
      );
    },
  },

  {
    name: 'connect: several addresses, the last one answers',
    async run(face) {
      using server = await face.bind('::1', 0);
      const { port } = server.getsockname();
      using client = await face.connect('two.localhost', port);
      assert.equal(client.getpeername().address, '::1');
      using only = await face.connect('two.localhost', port, { family: 'inet6' });
      assert.equal(only.getpeername().family, 'inet6');
      const error = await fails(face, 'ECONNREFUSED', () => face.connect('two.localhost', port, { family: 'inet' }));
      assert.equal(error.attempts?.length, 1);
    },
  },

  {
    name: 'connect: what it has found and tried is told',
    async run(face) {
      using server = await face.bind('::1', 0);
      const { port } = server.getsockname();
      const told: unknown[] = [];
      using client = await face.connect('two.localhost', port, {
        resolved: (addresses) => told.push(addresses.map(({ address }) => address)),
        connected: (attempts) => told.push(attempts.map(({ address, code }) => [address, code])),
      });
      assert.equal(client.getpeername().port, port);
      assert.deepEqual(told, [
        ['127.0.0.1', '::1'],
        [
          [`127.0.0.1:${port}`, 'ECONNREFUSED'],
          [`[::1]:${port}`, 'connected'],
        ],
      ]);
    },
  },

  {
    name: 'connect: localhost, where only IPv4 listens',
    async run(face, peer) {
      for (const host of ['localhost', 'LOCALHOST', '*']) {
        using client = await face.connect(host, peer.port);
        assert.equal(client.getpeername().address, '127.0.0.1');
      }
    },
  },

  {
    name: 'connect: IPv6, in brackets or not',
    async run(face) {
      using server = await face.bind('::1', 0);
      const { port } = server.getsockname();
      for (const host of ['::1', '[::1]', '0:0:0:0:0:0:0:1']) {
        using client = await face.connect(host, port);
        assert.deepEqual(client.getpeername(), { address: '::1', port, family: 'inet6' });
        using there = await server.accept();
        assert.deepEqual(there.getpeername(), client.getsockname());
      }
    },
  },

  {
    name: 'connect: a host that does not exist',
    async run(face) {
      const error = await fails(face, ['ENOTFOUND', 'EAI_AGAIN'], () => face.connect('no-such-host.invalid', 80));
      assert.ok(['host not found', 'temporary failure in name resolution'].includes(error.reason), error.reason);
      assert.match(error.message, /no-such-host\.invalid/);
      await fails(face, 'EAI_ADDRFAMILY', () => face.connect('127.0.0.1', 80, { family: 'inet6' }));
    },
  },

  {
    name: 'connect: from a local address and port',
    async run(face) {
      using server = await face.bind('127.0.0.1', 0);
      const { port } = server.getsockname();
      using client = await face.connect('127.0.0.1', port, { localHost: '127.0.0.3' });
      assert.equal(client.getsockname().address, '127.0.0.3');
      using there = await server.accept();
      assert.deepEqual(there.getpeername(), client.getsockname());

      const free = face.tcp();
      await free.bind('127.0.0.1', 0);
      const { port: localPort } = free.getsockname();
      free.close();
      using other = await face.connect('127.0.0.1', port, { localPort });
      assert.equal(other.getsockname().port, localPort);
    },
  },

  {
    name: 'connect: from an address that is not here',
    async run(face, peer) {
      const error = await fails(face, 'EADDRNOTAVAIL', () =>
        face.connect('127.0.0.1', peer.port, { localHost: '192.0.2.1' }),
      );
      assert.match(error.message, /^bind /);
    },
  },

  {
    name: 'connect: a timeout, and its attempt',
    quiet: true,
    async run(face, peer) {
      using control = await peer.control(face);
      const port = (await control.do({ do: 'silentPort' })) as number;
      const took = await seconds(async () => {
        const error = await timesOut(face, () => face.connect('127.0.0.1', port, { timeout: 0.3 }));
        assert.deepEqual(
          error.attempts?.map(({ address, code }) => [address, code]),
          [[`127.0.0.1:${port}`, 'ETIMEDOUT']],
        );
      });
      lasted(took, 0.3, 0.9);
      const master = face.tcp();
      master.settimeout(0.2);
      lasted(await seconds(() => timesOut(face, () => master.connect('127.0.0.1', port))), 0.2, 0.8);
      await fails(face, 'ERR_SPENT', () => master.connect('127.0.0.1', port));
    },
  },

  {
    name: 'connect: an aborted signal, before and meanwhile',
    overlaps: true,
    quiet: true,
    async run(face, peer) {
      using control = await peer.control(face);
      const port = (await control.do({ do: 'silentPort' })) as number;
      const early = await fails(face, 'ABORT_ERR', () =>
        face.connect('127.0.0.1', peer.port, { signal: AbortSignal.abort() }),
      );
      assert.ok(early instanceof face.AbortError);
      const late = await fails(face, 'ABORT_ERR', () =>
        face.connect('127.0.0.1', port, { signal: AbortSignal.timeout(100) }),
      );
      assert.equal(late.reason, 'aborted');
      await fails(face, 'ABORT_ERR', () => face.tcp().connect('127.0.0.1', port, { signal: AbortSignal.timeout(100) }));
      using client = await face.connect('127.0.0.1', peer.port, { signal: new AbortController().signal });
      assert.equal(client.getpeername().port, peer.port);
    },
  },

  {
    name: 'connect: closing the master ends the wait',
    overlaps: true,
    quiet: true,
    async run(face, peer) {
      using control = await peer.control(face);
      const port = (await control.do({ do: 'silentPort' })) as number;
      const master = face.tcp();
      master.settimeout(5); // if the close does nothing
      const waiting = closes(face, () => master.connect('127.0.0.1', port));
      await face.sleep(0.05);
      master.close();
      await waiting;
    },
  },

  {
    name: 'connect: zero does not wait',
    async run(face, peer) {
      const error = await fails(face, ['ETIMEDOUT', 'none'], async () => {
        // The loopback may answer within the call.
        (await face.connect('127.0.0.1', peer.port, { timeout: 0 })).close();
        throw new face.SocketError('none', 'connected');
      });
      assert.ok(error.code.length > 0);
    },
  },
];
