/** HTTP: the client runs on every runtime that the sockets run on. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Case, type Face, inPieces, type Peer, timesOut } from '../support.ts';

/** A way to a peer that reads a request of so many bytes, and answers with these. */
async function answering(
  face: Face,
  peer: Peer,
  count: number,
  reply: string | Buffer,
  cut: { readonly cut?: number },
) {
  const bytes = { hex: Buffer.from(reply).toString('hex') };
  const client = await peer.talk(face, { do: 'receive', count }, { do: 'send', bytes, ...cut }, { do: 'end' });
  return () => client;
}

/** More than any buffer on its way holds. */
const BODY = Buffer.alloc(16_000_000, 'x');

const HOST = 'http://test.example/';

export const cases: readonly Case[] = [
  ...inPieces('http: a body in chunks, with trailers', async (face, peer, cut) => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const create = await answering(face, peer, 30, `${head}3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nT: u\r\n\r\n`, cut);
    const { code, body, trailers, timeline } = await face.http.request({ url: HOST, create, timeout: 20 });
    assert.deepEqual([code, String(body), trailers.get('t')], [200, 'abcdefg', 'u']);
    assert.ok(timeline.connected <= timeline.sent && timeline.sent <= timeline.replied);
    assert.ok(timeline.replied <= timeline.end && timeline.end < 20);
  }),

  ...inPieces('http: fetch decodes and streams', async (face, peer, cut) => {
    const zipped = gzipSync('{"a":[1,2]}');
    const head = `HTTP/1.1 201 Made so\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\nSet-Cookie: a\r\n\r\n`;
    const create = await answering(face, peer, 30, Buffer.concat([Buffer.from(head), zipped]), cut);
    const body = new URLSearchParams({ x: 'y' });
    const response = await face.http.fetch(HOST, { method: 'POST', body, create });
    assert.deepEqual([response.status, response.statusText, response.url], [201, 'Made so', HOST]);
    assert.deepEqual(response.headers.getSetCookie(), ['a']);
    assert.deepEqual(await response.json(), { a: [1, 2] });
  }),

  ...inPieces('http: fetch fails as the standard has it', async (face, peer, cut) => {
    const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody';
    const integrity = `sha256-${createHash('sha256').update('body').digest('base64')}`;
    const checked = await answering(face, peer, 30, reply, cut);
    assert.equal(await (await face.http.fetch(HOST, { create: checked, integrity })).text(), 'body');
    for (const [init, text, words, code] of [
      [{ integrity: 'sha256-other' }, reply, 'fetch failed', 'ERR_INTEGRITY'],
      [{ redirect: 'error' }, 'HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n', 'fetch failed', 'ERR_HTTP_REDIRECT'],
      [{}, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', 'terminated', 'ERR_CLOSED'],
    ] as const) {
      const create = await answering(face, peer, 30, text, cut);
      const reading = async (): Promise<string> => (await face.http.fetch(HOST, { create, ...init })).text();
      await assert.rejects(reading(), (error: Error & { code?: string }) => {
        assert.ok(error instanceof TypeError);
        assert.ok(error.cause instanceof face.SocketError);
        assert.deepEqual([error.message, error.code, error.cause.code], [words, code, code]);
        return true;
      });
    }
  }),

  {
    name: 'http: fetch gives what data: and blob: URLs are',
    async run(face) {
      const data = await face.http.fetch('data:text/plain;charset=utf-8;base64,4piDIQ==#part');
      assert.deepEqual([data.status, data.statusText, data.redirected], [200, 'OK', false]);
      assert.equal(data.url, 'data:text/plain;charset=utf-8;base64,4piDIQ==');
      assert.equal(data.headers.get('content-type'), 'text/plain;charset=utf-8');
      assert.equal(await data.clone().text(), '☃!');
      assert.throws(() => data.headers.set('a', 'b'), TypeError);
      const url = URL.createObjectURL(new Blob(['0123456789'], { type: 'image/png' }));
      const blob = await face.http.fetch(`${url}#part`);
      assert.deepEqual([blob.status, blob.url], [200, url]);
      assert.deepEqual([...blob.headers].sort(), [
        ['content-length', '10'],
        ['content-type', 'image/png'],
      ]);
      assert.equal(await blob.text(), '0123456789');
      const part = await face.http.fetch(url, { headers: { Range: 'bytes=2-4' } });
      assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 2-4/10']);
      assert.equal(await part.text(), '234');
      URL.revokeObjectURL(url);
      await assert.rejects(async () => face.http.fetch(url), TypeError);
    },
  },

  {
    name: 'http: a call ends in its time, though its peer never lets it wait',
    async run(face, peer) {
      // More than is taken in ten times as long; then it stops by itself.
      const flood = { do: 'flood', bytes: '1\r\nx\r\n'.repeat(10_000), most: 100_000_000 } as const;
      const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
      const endless = () => peer.talk(face, { do: 'receive', count: 30 }, { do: 'send', bytes: head }, flood);
      for (const ask of [
        async (create: () => never) => face.http.request({ url: HOST, create, timeout: 1, sink: () => {} }),
        async (create: () => never) => {
          const { body } = await face.http.fetch(HOST, { create, timeout: 1 });
          try {
            for await (const _ of body as unknown as AsyncIterable<Uint8Array>);
          } catch (error) {
            assert.ok(error instanceof TypeError);
            throw error.cause;
          }
        },
      ]) {
        const client = await endless();
        const error = await timesOut(face, () => ask((() => client) as () => never));
        assert.equal(error.phase, 'reading the body');
      }
    },
  },

  {
    name: 'http: a reply that comes while the body is on its way is given at once',
    async run(face, peer) {
      for (const length of [undefined, BODY.length]) {
        const done = peer.name();
        const client = await peer.talk(
          face,
          { do: 'receive', count: 1 },
          { do: 'send', bytes: 'HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno' },
          { do: 'wait', name: done },
        );
        const source = length === undefined ? BODY : () => BODY.subarray(0, 1_000_000);
        const reply = await face.http.request({ url: HOST, method: 'POST', source, length, create: () => client });
        assert.deepEqual([reply.code, String(reply.body)], [401, 'no']);
        await peer.signal(face, done);
      }
    },
  },

  {
    name: 'http: a reply that is not final does not stop the body',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(
        face,
        { do: 'receive', count: 1 },
        { do: 'send', bytes: 'HTTP/1.1 103 Early\r\nLi' },
        { do: 'receive', count: BODY.length },
        { do: 'send', bytes: 'nk: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' },
        { do: 'receiveAll' },
        { do: 'report', as: name },
      );
      const links: (string | undefined)[] = [];
      const { code, body } = await face.http.request({
        url: HOST,
        method: 'POST',
        source: BODY,
        create: () => client,
        informational: ({ headers }) => links.push(headers.get('link')),
      });
      assert.deepEqual([code, String(body), ...links], [200, 'ok', 'a']);
      const { length } = await peer.report(face, name);
      assert.ok(length > BODY.length, `${length} bytes`);
    },
  },
];
