/** Statistics: what was delivered, what was taken, and how old a socket is. */
import assert from 'node:assert/strict';
import { type Case, fails, inPieces, timesOut } from '../support.ts';

export const cases: readonly Case[] = [
  ...inPieces('stats: received counts what was delivered, with its delimiters', async (face, peer, cut) => {
    using client = await peer.sends(face, 'line\r\n12345x--rest', cut);
    const received = () => client.getstats().received;
    assert.equal(received(), 0);
    await client.receive();
    assert.equal(received(), 6);
    await client.receive(5, { prefix: '__' });
    assert.equal(received(), 9);
    await client.receive(2);
    await client.receive({ until: '--' });
    assert.equal(received(), 14);
    await client.receive('*a');
    assert.equal(received(), 18);
  }),

  {
    name: 'stats: of a fresh socket, and set to other values',
    async run(face, peer) {
      using client = await face.connect('127.0.0.1', peer.port);
      const { received, sent, age } = client.getstats();
      assert.deepEqual([received, sent], [0, 0]);
      assert.ok(age >= 0 && age < 10, String(age));
      await client.send('[{"do":"send","bytes":"12345"}]\n');
      assert.equal(client.getstats().sent, 32);
      await client.receive(2);
      client.setstats({ received: 1000 });
      assert.deepEqual([client.getstats().received, client.getstats().sent], [1000, 32]);
      await client.receive(3);
      assert.equal(client.getstats().received, 1003);
      client.setstats({ sent: 7, age: 100 });
      assert.equal(client.getstats().sent, 7);
      assert.ok(client.getstats().age >= 100 && client.getstats().age < 110);
      client.setstats({});
      assert.equal(client.getstats().sent, 7);
      for (const value of [Number.NaN, '1', null, Number.POSITIVE_INFINITY]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.setstats({ sent: value as number }));
      }
      assert.equal(client.getstats().sent, 7);
    },
  },

  {
    name: 'stats: dirty tells what is in the buffer',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: 'ab' }, { do: 'receiveAll' });
      assert.equal(client.dirty(), false);
      assert.deepEqual(await client.receive(1), Buffer.from('a'));
      client.settimeout(0.05);
      await timesOut(face, () => client.receive());
      assert.equal(client.dirty(), true);
      assert.deepEqual(await client.receive(1), Buffer.from('b'));
      assert.equal(client.dirty(), false);
    },
  },

  {
    name: 'stats: age runs',
    quiet: true,
    async run(face) {
      const ends = face.pair();
      using one = ends[0];
      using _other = ends[1];
      using socket = face.udp4();
      await face.sleep(0.1);
      for (const { age } of [one.getstats(), socket.getstats()]) assert.ok(age > 0.09 && age < 1, String(age));
    },
  },
];
