/** `fetch` over scripted servers, in both faces: its errors, what it sends without a promise, and what it checks. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ClosedError, ProtocolError, SocketError } from '../../../../src/core/errors.ts';
import { runAsync, runBlocking } from '../../../../src/core/flow.ts';
import { OneEach } from '../../../../src/protocol/connect/dial.ts';
import { fetched } from '../../../../src/protocol/http/call/fetch.ts';
import { formBytes } from '../../../../src/protocol/http/call/fetch-form.ts';
import type { FetchInit } from '../../../../src/protocol/http/call/fetch-request.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Reply, to } from '../network.ts';

const URL_ = 'http://h/';

/** What a TypeError of fetch says. */
interface Failed extends TypeError {
  readonly code: string;
  readonly cause: SocketError;
}

function formOf(...fields: [string, string][]): FormData {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
}

it('a form without files is written as the runtime writes it', async () => {
  const fields: [string, string][] = [
    ['a', ''],
    ['a', 'twice\nlines\r\nand\rends'],
    ['quo"te\r\nname\n', '"'],
    ['ünï', '☃ and \ud83d\ude80'],
  ];
  for (const form of [formOf(...fields), formOf(['a', 'b'])]) {
    const expected = new Response(form);
    const type = expected.headers.get('content-type');
    const text = await expected.text();
    assert.equal(formBytes(form, type)?.trimEnd(), text.trimEnd()); // the last line end is Node's since 22.11
    assert.equal(
      formBytes(form, type?.replace(/boundary=(.*)/, 'boundary="$1"; charset=utf-8') ?? null)?.length,
      formBytes(form, type)?.length,
    );
  }
  assert.equal(formBytes(formOf(['a', 'b']), 'multipart/form-data'), undefined);
  const form = formOf(['a', 'b']);
  form.append('file', new Blob(['x']));
  assert.equal(formBytes(form, 'multipart/form-data; boundary=x'), undefined);
});

for (const how of ['blocking', 'await'] as const) {
  describe(`fetch, ${how}`, () => {
    const over = async (
      network: Network,
      input: string | Request = URL_,
      init?: FetchInit<'blocking'>,
    ): Promise<Response> => {
      const { engine } = network;
      const flow = fetched<'blocking'>({ engine, connections: new OneEach(engine) }, input, init);
      const response = how === 'blocking' ? runBlocking(flow) : await runAsync(flow);
      return response;
    };
    const answers = (reply: Reply): Network => new Network(() => reply);
    const failed = (network: Network, init?: FetchInit<'blocking'>, input?: string | Request): Promise<Failed> =>
      errorOf<Failed>(() => over(network, input, init));

    it('a call that fails is a TypeError in words that programs look for; its cause says why', async () => {
      for (const [network, init, code] of [
        [answers('closes'), undefined, 'ERR_NO_REPLY'],
        [answers('nonsense\r\n'), undefined, 'ERR_HTTP_STATUS'],
        [answers('HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n'), undefined, 'ERR_HTTP_STATUS'],
        [answers(to(302, '/')), undefined, 'ERR_TOO_MANY_REDIRECTS'],
        [answers(to(302, 'ftp://h/')), undefined, 'ERR_HTTP_REDIRECT'],
        [answers(to(302, '/')), { redirect: 'error' }, 'ERR_HTTP_REDIRECT'],
      ] as const) {
        const error = await failed(network, init);
        assert.ok(error instanceof TypeError);
        assert.deepEqual([error.name, error.message, error.code], ['TypeError', 'fetch failed', code]);
        assert.ok(error.cause instanceof SocketError);
        assert.equal(error.cause.code, code);
        assert.match(error.cause.message, /^GET http:\/\/h\/( \(.*\))?: /);
        assert.equal(network.closed, network.opened);
      }
    });

    it('the names of headers are sent in the usual capitals, however the caller writes them', async () => {
      for (const init of [
        { 'content-type': 'a/b', 'X-REQUEST-ID': '1' },
        new Headers({ 'Content-Type': 'a/b', 'x-request-id': '1' }),
      ]) {
        const network = answers(ok(''));
        await over(network, URL_, { headers: init });
        const sent = network.seen[0]?.text.match(/^(content-type|x-request-id|accept): .*$/gim);
        assert.deepEqual(sent?.sort(), ['Accept: */*', 'Content-Type: a/b', 'X-Request-ID: 1']);
      }
    });

    it('a body that is cut off is one, too', async () => {
      const network = answers({ text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', ends: true });
      const response = await over(network);
      const error = await errorOf<Failed>(() => response.text());
      assert.ok(error instanceof TypeError);
      assert.deepEqual([error.message, error.code], ['terminated', 'ERR_CLOSED']);
      assert.ok(error.cause instanceof ClosedError);
      assert.match(error.cause.message, /cut off after 4 of 9 bytes/);
    });

    it("a caller's mistake is a TypeError in words of its own; the caller's own errors stay", async () => {
      const network = answers(ok('x'));
      for (const [input, init, words] of [
        ['ftp://h/', {}, /begins with http/],
        [URL_, { timeout: 'soon' as unknown as number }, /timeout is a number of seconds/],
        [URL_, { proxy: 'socks://h/' }, /not "socks"/],
      ] as const) {
        const error = await failed(network, init, input);
        assert.ok(error instanceof TypeError);
        assert.match(error.message, words);
        assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
      }
      const mine = new Error('mine');
      const proxy = (): never => {
        throw mine;
      };
      assert.equal(await failed(network, { proxy }), mine);
      assert.equal(network.opened, 0);
    });

    it('a form without files needs no promise', async () => {
      const network = answers(ok('x'));
      await over(network, URL_, { method: 'POST', body: formOf(['a', 'ü']) });
      const { text } = network.seen[0] as { text: string };
      const [, boundary] = /^content-type: multipart\/form-data; boundary=(\S+)\r$/im.exec(text) ?? [];
      const body = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\nü\r\n--${boundary}--\r\n`;
      assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), Buffer.from(body).toString('latin1'));
    });

    it('a body that is read by promises: sent, or refused with a way out', async () => {
      const file = formOf(['a', 'b']);
      file.append('file', new Blob(['content']), 'name');
      for (const [input, body] of [
        [URL_, new Blob(['content'])],
        [URL_, file],
        [URL_, new Blob(['content']).stream()],
        [new Request(URL_, { method: 'POST', body: 'content' }), undefined],
      ] as const) {
        const network = answers(ok('x'));
        const init: FetchInit<'blocking'> = { method: 'POST', duplex: 'half', ...(body !== undefined && { body }) };
        if (how === 'await') {
          await over(network, input, init);
          assert.match((network.seen[0] as { text: string }).text, /POST/);
          continue;
        }
        const error = await failed(network, init, input);
        assert.ok(error instanceof TypeError);
        assert.equal(error.code, 'ERR_PROMISE');
        assert.match(error.message, /give bytes or a string/);
      }
    });

    it('memory that was given away has no bytes, where the Request of the runtime takes it', async () => {
      const memory = new ArrayBuffer(3);
      const init = { method: 'POST', body: new Uint8Array(memory) };
      structuredClone(memory, { transfer: [memory] });
      const network = answers(ok('x'));
      let refused: unknown;
      try {
        new Request(URL_, init);
      } catch (error) {
        refused = error;
      }
      if (refused !== undefined) assert.ok((await failed(network, init)) instanceof TypeError);
      else {
        await over(network, URL_, init);
        assert.match((network.seen[0] as { text: string }).text, /^content-length: 0\r$/im);
      }
    });

    it("the Host is the URL's, whatever a caller hands on", async () => {
      const network = answers(ok('x'));
      await over(network, URL_, { headers: { Host: 'another.example', A: 'b' } });
      assert.deepEqual((network.seen[0] as { text: string }).text.match(/^(host|a): .*$/gim), ['Host: h', 'A: b']);
    });

    it('where a redirect is an error, it is one with and without a Location; other replies are none', async () => {
      for (const code of [301, 302, 303, 307, 308]) {
        const bare = `HTTP/1.1 ${code} X\r\nContent-Length: 0\r\n\r\n`;
        for (const reply of [to(code, '/b'), bare])
          assert.equal((await failed(answers(reply), { redirect: 'error' })).code, 'ERR_HTTP_REDIRECT');
        assert.equal((await over(answers(bare))).status, code);
      }
      for (const code of [300, 304])
        assert.equal((await over(answers(to(code, '/b')), URL_, { redirect: 'error' })).status, code);
    });

    it('a body has the hash that integrity names, or it is not given', async () => {
      const hash = (name: string, data = 'body', as: 'base64' | 'base64url' = 'base64'): string =>
        `${name}-${createHash(name).update(data).digest(as)}`;
      const network = answers(ok('body'));
      for (const integrity of [
        hash('sha256'),
        hash('sha384', 'body', 'base64url'),
        `${hash('sha512')}?option`,
        hash('sha256').toUpperCase().slice(0, 7) + hash('sha256').slice(7),
        ` ${hash('sha256', 'other')}\t${hash('sha256')} `,
        `${hash('sha256', 'other')} ${hash('sha512')}`,
        'md5-abc',
        'nonsense',
        '',
      ])
        assert.equal(await (await over(network, URL_, { integrity })).text(), 'body', integrity);
      for (const integrity of [
        hash('sha256', 'other'),
        `${hash('sha256')} ${hash('sha512', 'other')}`,
        `sha384-ä ${hash('sha256')}`,
        'sha256-',
        `x${hash('sha256')} sha256--`,
      ]) {
        const error = await failed(network, { integrity });
        assert.deepEqual(
          [error.message, error.code, error.cause.reason],
          ['fetch failed', 'ERR_INTEGRITY', 'integrity mismatch'],
          integrity,
        );
        assert.ok(error.cause instanceof ProtocolError);
      }
      const empty = answers('HTTP/1.1 204 No\r\n\r\n');
      assert.equal((await failed(empty, { integrity: hash('sha256', '') })).code, 'ERR_INTEGRITY');
      const long = answers('HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n');
      assert.equal((await failed(long, { integrity: hash('sha256') })).code, 'ERR_LIMIT');
      const zipped = gzipSync('body').toString('latin1');
      const coded = answers(ok(zipped, 'Content-Encoding: gzip'));
      assert.equal(await (await over(coded, URL_, { integrity: hash('sha256') })).text(), 'body');
      assert.equal(network.closed, network.opened);
    });
  });
}
