/** HTTP: the client runs on every runtime that the sockets run on. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { type Case, type Face, inPieces, type Peer } from '../support.ts';

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
];
