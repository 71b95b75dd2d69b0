/** copy and forward: everything, in order, and the end with it; what was not sent is still there. */
import assert from 'node:assert/strict';
import { bytesOf, pattern, sha256 } from '../script.ts';
import { type Case, fails, inPieces } from '../support.ts';

const SIZE = 300_000;

export const cases: readonly Case[] = [
  ...inPieces('copy: everything, and the end with it', async (face, peer, cut) => {
    const size = cut.cut === undefined ? SIZE : 2000;
    using from = await peer.sends(face, { pattern: size }, cut);
    using to = await peer.talk(face, { do: 'receiveAll' }, { do: 'report' }, { do: 'end' });
    assert.equal(await face.copy(from, to), size);
    const report = JSON.parse(await to.receive('*l'));
    assert.equal(report.length, size);
    assert.equal(report.sha256, sha256(pattern(size)));
  }),

  {
    name: 'copy: end: false leaves the other side open',
    async run(face, peer) {
      using from = await peer.sends(face, 'one ');
      using to = await peer.talk(face, { do: 'echo' });
      assert.equal(await face.copy(from, to, { end: false }), 4);
      await to.send('two\n');
      assert.equal(await to.receive(), 'one two');
    },
  },

  {
    name: 'copy: what was read and not sent is there for the next receive',
    async run(face, peer) {
      const size = 4_000_000;
      using from = await peer.sends(face, { pattern: size });
      const ends = face.pair();
      using to = ends[0];
      using there = ends[1];
      to.settimeout(0.05);
      const error = await fails(face, 'ETIMEDOUT', () => face.copy(from, to));
      assert.equal(error.phase, 'sending');
      assert.match(error.message, /^copy: send .*; bytes copied: \d+/);
      assert.ok(error.sent! > 0 && error.sent! < size);
      const partial = error.partial!;
      const rest = (await from.receive('*a')) as Buffer;
      assert.deepEqual(partial, rest.subarray(0, partial.length));
      const whole = Buffer.concat([await there.receive(error.sent!), rest]);
      assert.equal(sha256(whole), sha256(pattern(size)));
    },
  },

  {
    name: 'copy: an error says which side, and how much was copied',
    async run(face, peer) {
      const ends = face.pair();
      using here = ends[0];
      using there = ends[1];
      using from = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'reset' });
      await from.send('x');
      const error = await fails(face, 'ECONNRESET', () => face.copy(from, here));
      assert.deepEqual([error.phase, error.sent, error.reason], ['receiving', 0, 'closed']);
      there.close();
      using whole = await peer.sends(face, 'abc');
      const broken = await fails(face, 'EPIPE', () => face.copy(whole, here));
      assert.deepEqual([broken.phase, broken.sent, String(broken.partial)], ['sending', 0, 'abc']);
      assert.equal(String(await whole.receive('*a')), 'abc');
    },
  },

  {
    name: 'copy: a signal that has aborted, and sockets that are closed',
    async run(face) {
      const ends = face.pair();
      using here = ends[0];
      using there = ends[1];
      await there.send('kept\n');
      await fails(face, 'ABORT_ERR', () => face.copy(here, here, { signal: AbortSignal.abort() }));
      await fails(face, 'ABORT_ERR', () => face.forward(here, there, { signal: AbortSignal.abort() }));
      assert.equal(await here.receive(), 'kept');
      there.close();
      await fails(face, 'ERR_CLOSED', () => face.copy(there, here));
      await fails(face, 'ERR_CLOSED', () => face.forward(here, there));
    },
  },

  {
    name: 'forward: both ways at once, and both ends',
    async run(face, peer) {
      using server = await face.bind('127.0.0.1', 0);
      using control = await peer.control(face);
      const as = peer.name();
      const { port } = server.getsockname();
      const script = [
        { do: 'send', bytes: { pattern: SIZE } },
        { do: 'end' },
        { do: 'receiveAll' },
        { do: 'report', as },
      ] as const;
      await control.do({ do: 'connectTo', to: { port }, script });
      using a = await server.accept();
      using b = await peer.talk(face, { do: 'echo' });
      assert.deepEqual(await face.forward(a, b), { forth: SIZE, back: SIZE });
      a.close();
      const report = await peer.report(face, as);
      assert.equal(report.length, SIZE);
      assert.equal(report.sha256, sha256(bytesOf({ pattern: SIZE })));
    },
  },

  {
    name: 'forward: ends where nothing moves in either direction',
    async run(face, peer) {
      using a = await peer.talk(face, { do: 'send', bytes: 'first\n' }, { do: 'receiveAll' });
      using b = await peer.talk(face, { do: 'receive', count: 6 }, { do: 'report' }, { do: 'receiveAll' });
      b.settimeout(0.1);
      const error = await fails(face, 'ETIMEDOUT', () => face.forward(a, b));
      assert.match(error.message, /^forward: receive /);
    },
  },
];
