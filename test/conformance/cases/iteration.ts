/** The manners of the language: iteration, web streams and disposal. */
import assert from 'node:assert/strict';
import { pattern, sha256 } from '../script.ts';
import { type Case, closes, fails, inPieces, partialOf } from '../support.ts';

async function drained(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(parts);
    parts.push(value);
  }
}

export const cases: readonly Case[] = [
  ...inPieces('iteration: lines until the end', async (face, peer, cut) => {
    using client = await peer.sends(face, 'one\r\n\nthrée\n', cut);
    const lines: string[] = [];
    for await (const line of client.lines()) lines.push(line);
    assert.deepEqual(lines, ['one', '', 'thrée']);
    for await (const line of client.lines()) assert.fail(line);
  }),

  ...inPieces('iteration: a last line that does not end is an error', async (face, peer, cut) => {
    using client = await peer.sends(face, 'one\ntwo', cut);
    const lines: string[] = [];
    const error = await closes(face, async () => {
      for await (const line of client.lines()) lines.push(line);
    });
    assert.deepEqual([lines, partialOf(error)], [['one'], 'two']);
    assert.deepEqual(await client.receive('*a'), Buffer.from('two'));
  }),

  {
    name: 'iteration: may be left, and gone on with',
    async run(face, peer) {
      using client = await peer.sends(face, 'one\ntwo\nthree\nfour\n');
      for await (const line of client.lines()) if (line === 'two') break;
      assert.equal(await client.receive(), 'three');
      for await (const line of client.lines({ encoding: 'hex' })) assert.equal(line, '666f7572');
    },
  },

  {
    name: 'iteration: ends with the errors of a receive',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: 'one\ntwo' }, { do: 'receiveAll' });
      await face.select([client], null); // it is all there, however late
      client.settimeout(0.1);
      const lines: string[] = [];
      const error = await fails(face, 'ETIMEDOUT', async () => {
        for await (const line of client.lines()) lines.push(line);
      });
      assert.deepEqual([lines, partialOf(error)], [['one'], 'two']);
      const limited = await fails(face, 'ERR_LIMIT', async () => {
        for await (const line of client.lines({ limit: 2 })) assert.fail(line);
      });
      assert.ok(limited instanceof face.LimitError);
    },
  },

  ...inPieces('web: a readable stream of all there is', async (face, peer, cut) => {
    using client = await peer.sends(face, 'a line\nand the rest', cut);
    assert.equal(await client.receive(), 'a line');
    assert.equal((await drained(client.readable)).toString(), 'and the rest');
  }),

  {
    name: 'web: a writable stream, to its end',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report' }, { do: 'end' });
      const writer = client.writable.getWriter();
      await writer.write('é');
      await writer.write(pattern(3_000_000));
      await writer.close();
      const { length } = JSON.parse(await client.receive()) as { length: number };
      assert.equal(length, 3_000_002);
    },
  },

  {
    name: 'web: streams pipe from one to another',
    overlaps: true,
    async run(face, peer) {
      const bytes = pattern(2_000_000);
      using source = await peer.sends(face, { pattern: bytes.length });
      using echo = await peer.talk(face, { do: 'echo' });
      const [, echoed] = await Promise.all([source.readable.pipeTo(echo.writable), drained(echo.readable)]);
      assert.equal(sha256(echoed), sha256(bytes));
    },
  },

  {
    name: 'web: nothing is received before somebody reads',
    async run(face, peer) {
      using client = await peer.sends(face, 'one\ntwo\n');
      const stream = client.readable;
      assert.equal(await client.receive(), 'one');
      assert.equal((await drained(stream)).toString(), 'two\n');
    },
  },

  {
    name: 'web: cancel and abort close the client, and an error passes through',
    async run(face, peer) {
      const one = await peer.talk(face, { do: 'receiveAll' });
      await one.readable.cancel();
      await closes(face, () => one.receive());
      const other = await peer.talk(face, { do: 'receiveAll' });
      await other.writable.abort();
      await closes(face, () => other.receive());
      await closes(face, () => other.readable.getReader().read());
      await closes(face, () => other.writable.getWriter().write('x'));
      using slow = await peer.talk(face, { do: 'receiveAll' });
      slow.settimeout(0.02);
      await fails(face, 'ETIMEDOUT', () => slow.readable.getReader().read());
    },
  },

  {
    name: 'dispose: closes what leaves its block',
    async run(face, peer) {
      const name = peer.name();
      const kept: { client?: { getfd(): number }; server?: { closed: boolean } } = {};
      {
        await using server = await face.bind('127.0.0.1', 0);
        await using client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
        await using socket = face.udp4();
        await using master = face.tcp();
        await using path = face.unix.stream();
        kept.client = client;
        kept.server = server;
        assert.ok(socket !== undefined && master !== undefined && path !== undefined);
      }
      assert.equal(kept.client.getfd(), -1);
      assert.equal(kept.server.closed, true);
      assert.equal((await peer.report(face, name)).ended, true);
    },
  },

  {
    name: 'dispose: also when an error leaves it',
    async run(face, peer) {
      const name = peer.name();
      await assert.rejects(async () => {
        using _client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
        throw new Error('out');
      }, /out/);
      assert.equal((await peer.report(face, name)).ended, true);
    },
  },
];
