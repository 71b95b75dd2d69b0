/** `fetch` beside the standard: what its Request and Response do that a program may count on. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type FetchInit, fetch } from '../../src/entry/http.ts';
import { eventually } from '../peers/tools.ts';
import { ok, to } from '../protocol/http/network.ts';
import { fault } from '../reliability/harness.ts';
import { serve } from './http-server.ts';

fault('what is coded is decoded whatever the caller accepts; a part is asked for as it is', {}, async (scope) => {
  const zipped = gzipSync('all of it');
  const heads: string[] = [];
  const { url } = await serve(scope, async ({ client, head }) => {
    heads.push(head);
    await client.send(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`);
    await client.send(zipped);
  });
  for (const headers of [{ 'Accept-Encoding': 'gzip' }, { 'Accept-Encoding': 'identity' }, { Range: 'bytes=0-' }])
    assert.equal(await (await fetch(url, { headers: headers as HeadersInit })).text(), 'all of it');
  assert.match(heads[2] ?? '', /^accept-encoding: identity$/im);
});

fault('a clone is what its response is, and the headers of both do not change', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client, head }) => {
    await client.send(head.startsWith('GET /a ') ? to(302, '/b') : ok('body', 'A: b'));
  });
  const response = await fetch(`${url}/a`);
  const clone = response.clone();
  for (const one of [response, clone, clone.clone()]) {
    assert.deepEqual([one.url, one.redirected, one.type, one.status], [`${url}/b`, true, 'basic', 200]);
    for (const change of [
      () => one.headers.set('A', 'c'),
      () => one.headers.append('A', 'c'),
      () => one.headers.delete('A'),
    ])
      assert.throws(change, TypeError);
    assert.equal(new Headers(one.headers).get('a'), 'b');
  }
  assert.deepEqual([await response.text(), await clone.text()], ['body', 'body']);
});

fault('a body is read into memory of the reader', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client }) => client.send(ok('0123456789')));
  const reader = (await fetch(url)).body?.getReader({ mode: 'byob' });
  let text = '';
  for (let memory = new Uint8Array(4); ; ) {
    const { value, done } = (await reader?.read(memory)) ?? {};
    if (value === undefined || done) break;
    assert.ok(value.length <= 4);
    text += Buffer.from(value).toString();
    memory = new Uint8Array(value.buffer as ArrayBuffer);
  }
  assert.equal(text, '0123456789');
});

fault('a stream that is not sent is cancelled, with the reason', {}, async () => {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  for (const [signal, url] of [
    [aborted, 'http://127.0.0.1:1/'],
    [undefined, 'http://127.0.0.1:1/'],
  ] as const) {
    let told: unknown;
    const body = new ReadableStream({
      cancel(why) {
        told = why;
      },
    });
    const error = await fetch(url, { method: 'POST', body, duplex: 'half', signal: signal ?? null }).catch((e) => e);
    await eventually('it is cancelled', () => told !== undefined);
    if (signal !== undefined) assert.deepEqual([error, told], [reason, reason]);
    else assert.equal(error.code, 'ECONNREFUSED');
  }
});

fault('a stream of a Request of which a part was read, and not sent, is cancelled', {}, async () => {
  let told: unknown;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from('part')),
    cancel(why) {
      told = why;
    },
  });
  const init: FetchInit<'await'> = { method: 'POST', body, duplex: 'half' };
  const error = await fetch(new Request('http://127.0.0.1:1/', init)).catch((e) => e);
  assert.equal(error.code, 'ECONNREFUSED');
  await eventually('it is cancelled', () => told === error);
});

fault('a body that waits is given up when the signal aborts, and text() rejects with its reason', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client }) => {
    await client.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
  });
  for (const viaRequest of [false, true]) {
    const controller = new AbortController();
    const { signal } = controller;
    const response = await (viaRequest ? fetch(new Request(url, { signal })) : fetch(url, { signal }));
    const text = response.text();
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason));
    await assert.rejects(text, (error: Error) => (viaRequest ? error.message === 'enough' : error === reason));
  }
});

fault('a signal of many calls keeps no listener of one that has ended', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client }) => client.send(ok('x')));
  const { signal } = new AbortController();
  for (let i = 0; i < 20; i++) await (await fetch(url, { signal })).text();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await assert.rejects(fetch(url, { signal: {} as AbortSignal }), TypeError);
});

fault('the body of a Request goes with its length where it is at hand, and else as it comes', {}, async (scope) => {
  const framings: (string | undefined)[] = [];
  let headSeen = (): void => {};
  const seen = new Promise<void>((resolve) => {
    headSeen = resolve;
  });
  const { url } = await serve(scope, async ({ client, head }) => {
    const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
    framings.push(length);
    if (length === undefined) headSeen();
    let body = '';
    if (length !== undefined) body = String(await client.receive(Number(length)));
    else
      for (let size = -1; size !== 0; await client.receive()) {
        size = Number.parseInt(await client.receive(), 16);
        body += String(await client.receive(size));
      }
    await client.send(ok(body));
  });
  const init = { method: 'POST', duplex: 'half' } as const;
  const slow = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(Buffer.from('slow '));
      await seen;
      controller.enqueue(Buffer.from('stream'));
      controller.close();
    },
  });
  const big = 'x'.repeat(1_000_000);
  for (const [body, length] of [
    ['text', '4'],
    [new URLSearchParams({ a: 'b' }), '3'],
    [new Blob(['blob']), '4'],
    [slow, undefined],
  ] as const) {
    const expected = body === slow ? 'slow stream' : await new Response(body as string).text();
    const response = await fetch(new Request(url, { ...init, body: body as string }));
    assert.deepEqual([await response.text(), framings.at(-1)], [expected, length]);
  }
  assert.equal(await (await fetch(new Request(url, { ...init, body: big }))).text(), big);
  assert.equal(framings.at(-1), '1000000');
});

fault('a login of a redirect waits until it is asked for, where digest is wanted', {}, async (scope) => {
  const seen: (string | undefined)[] = [];
  const asked = await serve(scope, async ({ client, head }) => {
    seen.push(/^authorization: (\w+)/im.exec(head)?.[1]);
    const challenge = 'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\n';
    await client.send(seen.length === 1 ? `${challenge}Content-Length: 0\r\n\r\n` : ok('in'));
  });
  const target = asked.url.replace('//', '//u:pw@');
  const { url } = await serve(scope, async ({ client }) => client.send(to(302, `${target}/`)));
  assert.equal(await (await fetch(url, { auth: 'digest' })).text(), 'in');
  assert.deepEqual(seen, [undefined, 'Digest']);
});

fault('a fetch has the length of the standard, and its errors are TypeErrors with the code', {}, async () => {
  assert.deepEqual([fetch.name, fetch.length], ['fetch', 1]);
  await assert.rejects(fetch('http://127.0.0.1:1/'), {
    name: 'TypeError',
    message: 'fetch failed',
    code: 'ECONNREFUSED',
  });
  await assert.rejects(fetch('ftp://127.0.0.1/'), { name: 'TypeError', code: 'ERR_INVALID_ARGUMENT' });
});

fault(
  'an abort ends a body that nobody reads: its connection is closed, and its reader hears the reason',
  {},
  async (scope) => {
    const server = await serve(scope, async ({ client }) => {
      await client.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const { signal } = controller;
    const responses = await Promise.all([fetch(server.url, { signal }), fetch(new Request(server.url), { signal })]);
    const clone = responses[0].clone();
    assert.equal(server.open, 2);
    controller.abort(reason);
    await eventually('both are closed', () => server.open === 0);
    for (const one of [...responses, clone]) await assert.rejects(one.text(), (error) => error === reason);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  },
);

fault('a signal of many bodies at once has one listener, and ends them all', {}, async (scope) => {
  const server = await serve(scope, async ({ client }) => {
    await client.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
  });
  const controller = new AbortController();
  const { signal } = controller;
  const responses: Response[] = [];
  for (let i = 0; i < 12; i++) responses.push(await fetch(server.url, { signal }));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  await responses.pop()?.body?.cancel();
  await eventually('one is closed', () => server.open === 11);
  controller.abort();
  await eventually('all are closed', () => server.open === 0);
  for (const one of responses) await assert.rejects(one.text(), { name: 'AbortError' });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

fault('an abort ends the reading of a body that has come, until the reader has its end', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client }) => client.send(ok('x'.repeat(20_000))));
  for (const late of [false, true]) {
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    const reading = response.arrayBuffer();
    if (late) await reading;
    controller.abort();
    if (late) assert.equal((await reading).byteLength, 20_000);
    else await assert.rejects(reading, { name: 'AbortError' });
  }
});

fault('a signal that lives long keeps no response that was forgotten', {}, async (scope) => {
  const server = await serve(scope, async ({ client }) => {
    await client.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
  });
  const { signal } = new AbortController();
  await (async () => void (await fetch(server.url, { signal })))();
  await eventually('it is closed', () => {
    globalThis.gc?.();
    return server.open === 0;
  });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

fault("a stream of Node's goes as it comes, and once", {}, async (scope) => {
  const { url } = await serve(scope, async ({ client, head }) => {
    while (!(await client.receive()).startsWith('0'));
    await client.receive();
    await client.send(
      head.startsWith('POST /again') ? to(307, '/') : ok(String(/^transfer-encoding: .*$/im.exec(head))),
    );
  });
  const body = (): NonNullable<FetchInit['body']> => Readable.from(['node']) as never;
  const init = { method: 'POST', duplex: 'half' } as const;
  assert.equal(await (await fetch(url, { ...init, body: body() })).text(), 'Transfer-Encoding: chunked');
  await assert.rejects(fetch(`${url}/again`, { ...init, body: body() }), /gives it once/);
});
