/** `fetch` of `data:` and `blob:` URLs, in both faces, without a network. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { SocketError } from '../../../../src/core/errors.ts';
import { runAsync, runBlocking } from '../../../../src/core/flow.ts';
import { OneEach } from '../../../../src/protocol/connect/dial.ts';
import { fetched } from '../../../../src/protocol/http/call/fetch.ts';
import { parseData } from '../../../../src/protocol/http/call/fetch-data.ts';
import type { FetchInit } from '../../../../src/protocol/http/call/fetch-request.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network } from '../network.ts';

const US_ASCII = 'text/plain;charset=US-ASCII';

it('a data: URL is its type and its bytes', () => {
  for (const [rest, type, text] of [
    [',', US_ASCII, ''],
    [',a%20b%zz%', US_ASCII, 'a b%zz%'],
    [',a,b', US_ASCII, 'a,b'],
    ['nonsense,x', US_ASCII, 'x'],
    ['text/,x', US_ASCII, 'x'],
    ['te xt/plain,x', US_ASCII, 'x'],
    [';charset=utf-8,x', 'text/plain;charset=utf-8', 'x'],
    [' TEXT/HTML ; Charset=UTF-8 ,x', 'text/html;charset=UTF-8', 'x'],
    ['a/b;c=1;C=2;d;e=;f g=3;=4;h=5,x', 'a/b;c=1;h=5', 'x'],
    ['a/b;c="1;2\\"\\\\"rest;d="";e="token",x', 'a/b;c="1;2\\"\\\\";d="";e=token', 'x'],
    ['a/b;c="open\\,x', 'a/b;c="open\\\\"', 'x'],
    [';base64,aGk=', US_ASCII, 'hi'],
    ['a/b;  BASE64,a G%6B', 'a/b', 'hi'],
    ['a/b;base64;c=d,aGk=', 'a/b;c=d', 'aGk='],
    ['a/b;base64,%2B/8=', 'a/b', '\xfb\xff'],
  ] as const) {
    const data = parseData(`data:${rest}`);
    assert.deepEqual([data.type, Buffer.from(data.bytes).toString('latin1')], [type, text], rest);
  }
});

it('a data: URL without a comma is refused, and so is Base64 that is none', () => {
  for (const rest of ['', 'text/plain', ';base64,a', ';base64,a===', ';base64,aG=k', ';base64,a-_b', ';base64,aGk==='])
    assert.throws(() => parseData(`data:${rest}`), { code: 'ERR_INVALID_ARGUMENT', message: /data: URL/ }, rest);
});

it('the bytes and the type of a data: URL are those of the runtime', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  for (const rest of [
    `application/octet-stream;base64,${bytes.toString('base64')}`,
    `a/b;c="d e",${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
  ]) {
    const expected = await globalThis.fetch(`data:${rest}`);
    const data = parseData(`data:${rest}`);
    assert.equal(data.type, expected.headers.get('content-type'));
    assert.deepEqual(Buffer.from(data.bytes), Buffer.from(await expected.arrayBuffer()));
  }
});

for (const how of ['blocking', 'await'] as const) {
  describe(`fetch of what needs no server, ${how}`, () => {
    const BLOB = 'blob:here/1';
    const over = async (input: string, init?: FetchInit<'blocking'>): Promise<Response> => {
      const network = new Network(() => 'closes');
      const blobAt = (url: string): Blob | undefined =>
        url.startsWith(BLOB) ? new Blob(['0123456789'], { type: 'a/b' }) : undefined;
      const engine = { ...network.engine, blobAt };
      const flow = fetched<'blocking'>({ engine, connections: new OneEach(engine) }, input, init);
      const response = how === 'blocking' ? runBlocking(flow) : await runAsync(flow);
      assert.equal(network.opened, 0);
      return response;
    };
    const part = (range: string): Promise<Response> => over(BLOB, { headers: { Range: range } });

    it('a blob is given whole, without its fragment', async () => {
      const response = await over(`${BLOB}#part`);
      assert.deepEqual([response.status, response.statusText, response.url], [200, 'OK', BLOB]);
      assert.deepEqual([response.type, response.redirected], ['basic', false]);
      assert.equal(response.headers.get('content-type'), 'a/b');
      assert.equal(response.headers.get('content-length'), '10');
      assert.equal(await response.text(), '0123456789');
    });

    it('or the part that a Range names', async () => {
      for (const [range, bytes, text] of [
        ['bytes=1-3', '1-3', '123'],
        ['bytes = 9 - 9', '9-9', '9'],
        ['bytes=7-', '7-9', '789'],
        ['bytes=-2', '8-9', '89'],
        ['bytes=0-99999999999999999999', '0-9', '0123456789'],
        ['bytes=-99999999999999999999', '0-9', '0123456789'],
      ] as const) {
        const response = await part(range);
        assert.deepEqual([response.status, response.statusText], [206, 'Partial Content'], range);
        assert.equal(response.headers.get('content-range'), `bytes ${bytes}/10`);
        assert.equal(response.headers.get('content-length'), String(text.length));
        assert.equal(await response.text(), text);
      }
    });

    it('what cannot be asked of a blob is refused by a TypeError that says why', async () => {
      for (const [ask, message] of [
        [() => over('blob:there/2'), /no blob/],
        [() => over(`${BLOB}?query`), /no blob/],
        ...['HEAD', 'POST', 'PUT', 'OTHER'].map((method) => [() => over(BLOB, { method }), /by GET, not by/] as const),
        ...['bytes=10-', 'bytes=3-1', 'bytes=-0', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2', '1-2'].map(
          (range) => [() => part(range), /no range of a blob of 10 bytes/] as const,
        ),
      ] as const) {
        const error = await errorOf<TypeError>(ask);
        assert.ok(error instanceof TypeError && error.cause instanceof SocketError);
        assert.match(error.message, message);
        assert.equal(error.cause.code, 'ERR_INVALID_ARGUMENT');
      }
    });

    it('data is given to any method, and no body to HEAD', async () => {
      assert.equal(await (await over('data:,x', { method: 'POST', body: 'unsent' })).text(), 'x');
      assert.equal((await over('data:,x', { method: 'HEAD' })).body, null);
      let reason: unknown = 'not cancelled';
      const body = new ReadableStream({
        cancel: (why) => {
          reason = why;
        },
      });
      await over('data:,x', { method: 'POST', body, duplex: 'half' });
      assert.equal(reason, undefined);
    });

    it('integrity is checked, and an aborted signal comes first', async () => {
      const integrity = `sha256-${createHash('sha256').update('0123456789').digest('base64')}`;
      assert.equal(await (await over('data:,0123456789', { integrity })).text(), '0123456789');
      for (const [url, init] of [
        ['data:,other', { integrity }],
        ['data:,0123456789', { integrity, method: 'HEAD' }],
      ] as const) {
        const error = await errorOf<TypeError & { code: string }>(() => over(url, init));
        assert.deepEqual([error.message, error.code], ['fetch failed', 'ERR_INTEGRITY']);
      }
      // Its bytes are read by a promise.
      if (how === 'await') assert.equal(await (await over(BLOB, { integrity })).text(), '0123456789');
      else
        assert.equal(
          (await errorOf<TypeError & { code: string }>(() => over(BLOB, { integrity }))).code,
          'ERR_PROMISE',
        );
      const reason = new Error('enough');
      assert.equal(await errorOf(() => over('data:,x', { signal: AbortSignal.abort(reason) })), reason);
    });
  });
}
