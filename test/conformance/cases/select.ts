/** select: who is ready, in the order given, without losing a byte. */
import assert from 'node:assert/strict';
import { pattern } from '../script.ts';
import { type Case, closes, fails, inPieces, lasted, seconds } from '../support.ts';

const NOBODY = { readable: [], writable: [] };

export const cases: readonly Case[] = [
  {
    name: 'select: clients, servers and UDP sockets together',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      using silent = await peer.talk(face, { do: 'receiveAll' });
      using talking = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'send', bytes: 'x\n' });
      using socket = face.udp();
      await socket.setsockname('127.0.0.1', 0);
      const ends = face.pair();
      using here = ends[0];
      using there = ends[1];
      const readers = [socket, here, talking, silent, server];
      assert.deepEqual(await face.select(readers, null, 0), NOBODY);

      await talking.send('.');
      assert.deepEqual((await face.select(readers, null)).readable, [talking]);
      using control = await peer.control(face);
      await control.do({ do: 'udpOpen' });
      await control.do({ do: 'udpSend', port: socket.getsockname().port, bytes: ['x'] });
      await there.send('x');
      await control.do({ do: 'connectTo', to: { port: server.getsockname().port }, script: [] });
      for (;;) {
        const { readable, writable } = await face.select(readers, []);
        assert.deepEqual(writable, []);
        if (readable.length < 4) {
          await face.sleep(0.001); // select answers at once while one of them is ready
          continue;
        }
        assert.deepEqual(readable, [socket, here, talking, server]);
        break;
      }
      assert.equal(await talking.receive(), 'x');
      assert.equal((await socket.receive()).toString(), 'x');
      assert.deepEqual(await here.receive(1), Buffer.from('x'));
      (await server.accept()).close();
      assert.deepEqual(await face.select([socket, here, silent, server], null, 0), NOBODY);
    },
  },

  {
    name: 'select: what is in the buffer is ready at once',
    quiet: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: 'a\nb\n' }, { do: 'receiveAll' });
      using silent = await peer.talk(face, { do: 'receiveAll' });
      assert.equal(await client.receive(), 'a');
      assert.equal(client.dirty(), true);
      lasted(
        await seconds(async () => assert.deepEqual((await face.select([silent, client], null, 5)).readable, [client])),
        0,
        1,
      );
      assert.equal(await client.receive(), 'b');
      assert.equal(client.dirty(), false);
      assert.deepEqual(await face.select([client], null, 0), NOBODY);
    },
  },

  {
    name: 'select: a timeout',
    quiet: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' });
      lasted(await seconds(async () => assert.deepEqual(await face.select([client], null, 0.1), NOBODY)), 0.1, 0.6);
      lasted(await seconds(async () => assert.deepEqual(await face.select([client], null, 0), NOBODY)), 0, 0.2);
      lasted(await seconds(async () => assert.deepEqual(await face.select([], [], 0.1), NOBODY)), 0.1, 0.6);
      lasted(await seconds(async () => assert.deepEqual(await face.select(null, undefined, 0.1), NOBODY)), 0.1, 0.6);
      client.settimeout(0.01); // a socket's own timeout is not select's
      lasted(await seconds(async () => assert.deepEqual(await face.select([client], null, 0.1), NOBODY)), 0.1, 0.6);
    },
  },

  {
    name: 'select: without a timeout it waits',
    async run(face, peer) {
      for (const timeout of [undefined, null, -1, 1e10]) {
        using client = await peer.talk(face, { do: 'sleep', seconds: 0.1 }, { do: 'send', bytes: 'x' });
        assert.deepEqual((await face.select([client], [], timeout)).readable, [client]);
        assert.deepEqual(await client.receive(1), Buffer.from('x'));
      }
    },
  },

  {
    name: 'select: the end, a reset and a closed socket are ready',
    async run(face, peer) {
      using ended = await peer.talk(face, { do: 'end' });
      assert.deepEqual((await face.select([ended], null, 5)).readable, [ended]);
      await closes(face, () => ended.receive());
      assert.deepEqual((await face.select([ended], null, 5)).readable, [ended]);
      using reset = await peer.talk(face, { do: 'reset' });
      assert.deepEqual((await face.select([reset], null, 5)).readable, [reset]);
      await closes(face, () => reset.receive(), ['ECONNRESET', 'ERR_CLOSED']);
      const closed = await peer.talk(face, { do: 'receiveAll' });
      closed.close();
      const server = await face.bind('127.0.0.1', 0);
      server.close();
      const { readable, writable } = await face.select([closed, server], [closed], 5);
      assert.deepEqual([readable, writable], [[closed, server], [closed]]);
    },
  },

  {
    name: 'select: one that is named twice comes once',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: 'x' });
      const { readable, writable } = await face.select([client, client], [client, client], 5);
      assert.deepEqual(writable, [client]);
      assert.ok(readable.length < 2);
      assert.deepEqual((await face.select([client, client], [], 5)).readable, [client]);
    },
  },

  {
    name: 'select: a writer is ready while there is room, and again when there is',
    async run(face, peer) {
      const name = peer.name();
      using client = await peer.talk(face, { do: 'wait', name }, { do: 'receiveAll' });
      assert.deepEqual(await face.select([client], [client]), { readable: [], writable: [client] });
      client.settimeout(0.1);
      const bytes = pattern(64_000_000);
      // A busy machine may not have come to fill the kernel's memory when the time is over.
      do await fails(face, 'ETIMEDOUT', () => client.send(bytes));
      while ((await face.select([], [client], 0.05)).writable.length > 0);
      await peer.signal(face, name);
      assert.deepEqual((await face.select([], [client])).writable, [client]);
      await client.send('x');
    },
  },

  ...inPieces('select: then receive, without a wait and without a loss', async (face, peer, cut) => {
    using client = await peer.sends(face, 'a line\nanother\n', cut);
    client.settimeout(0);
    const lines: string[] = [];
    while (lines.length < 2) {
      await face.select([client], null);
      try {
        lines.push(await client.receive());
      } catch (error) {
        if (!(error instanceof face.TimeoutError)) throw error;
        // What is in the buffer would make select answer at once: wait for more without it.
        await face.sleep(0.001);
      }
    }
    assert.deepEqual(lines, ['a line', 'another']);
  }),

  {
    name: 'select: far more than 1,024',
    async run(face) {
      const pairs = Array.from({ length: 1500 }, () => face.pair());
      await pairs[1234]?.[0].send('x');
      const readers = pairs.map(([, there]) => there);
      assert.deepEqual((await face.select(readers, null)).readable, [readers[1234]]);
      assert.equal((await face.select(null, readers)).writable.length, 1500);
      for (const end of pairs.flat()) end.close();
    },
  },

  {
    name: 'select: a close meanwhile wakes it',
    overlaps: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' });
      using server = await face.bind('127.0.0.1', 0);
      const waiting = face.select([server, client], null);
      client.close();
      assert.deepEqual((await waiting).readable, [client]);
      const again = face.select([server], null);
      server.close();
      assert.deepEqual((await again).readable, [server]);
    },
  },

  {
    name: 'select: what cannot be waited for is refused',
    async run(face) {
      for (const item of [face.tcp(), face.udp(), {}, null, 1, 'x']) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.select([item as never], null, 0));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.select(null, [item as never], 0));
      }
      for (const timeout of [Number.NaN, '1', {}]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.select([], [], timeout as number));
      }
      for (const list of [1, {}, true]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.select(list as never, [], 0));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.select([], list as never, 0));
      }
    },
  },
];
