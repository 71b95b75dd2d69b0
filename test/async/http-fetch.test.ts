/** `fetch` against a server of ours: what its bodies become on the wire, how responses stream, and how they are given up. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { type FetchInit, fetch, request, session } from '../../src/entry/http.ts';
import { eventually } from '../peers/tools.ts';
import { ok, to } from '../protocol/http/network.ts';
import { fault, type Scope } from '../reliability/harness.ts';
import { type Asked, serve } from './http-server.ts';

function fieldOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
}

/** Answers with how the request was framed, its type, and its body. */
async function mirror({ client, head }: Asked): Promise<void> {
  const length = fieldOf(head, 'content-length');
  let body = length === undefined ? '' : String(await client.receive(Number(length)));
  if (fieldOf(head, 'transfer-encoding') === 'chunked') {
    for (let size = -1; size !== 0; ) {
      size = Number.parseInt(await client.receive(), 16);
      body += String(await client.receive(size));
      await client.receive();
    }
  }
  const [method] = head.split(' ');
  await client.send(ok(JSON.stringify([method, length ?? 'chunks', fieldOf(head, 'content-type') ?? null, body])));
}

const form = new FormData();
form.append('a', 'b');

for (const [what, body, expected] of [
  ['text', 'text', ['4', 'text/plain;charset=UTF-8', 'text']],
  ['parameters', new URLSearchParams({ a: 'ä' }), ['8', /^application\/x-www-form-urlencoded/, 'a=%C3%A4']],
  ['bytes', new Uint8Array([65, 66]), ['2', null, 'AB']],
  ['a view', new DataView(new TextEncoder().encode('xABx').buffer, 1, 2), ['2', null, 'AB']],
  ['a buffer', new TextEncoder().encode('AB').buffer, ['2', null, 'AB']],
  ['a Blob', new Blob(['bl', 'ob'], { type: 'a/b' }), ['4', 'a/b', 'blob']],
  ['a form', form, [/^\d+$/, /^multipart\/form-data; boundary=/, /name="a"\r\n\r\nb\r\n/]],
  ['a stream', () => new Blob(['stream']).stream(), ['chunks', null, 'stream']],
] as const) {
  fault(`fetch sends ${what}`, {}, async (scope) => {
    const { url } = await serve(scope, mirror);
    const given = typeof body === 'function' ? body() : body;
    const init: FetchInit<'await'> = {
      method: 'POST',
      body: given as NonNullable<RequestInit['body']>,
      duplex: 'half',
    };
    const seen = (await (await fetch(url, init)).json()) as unknown[];
    assert.equal(seen[0], 'POST');
    for (const [i, want] of expected.entries()) {
      if (want instanceof RegExp) assert.match(String(seen[i + 1]), want);
      else assert.equal(seen[i + 1], want);
    }
  });
}

fault('bytes may be refilled right after the call', {}, async (scope) => {
  const { url } = await serve(scope, mirror);
  const kept = session();
  scope.defer(() => kept.close());
  const bytes = Buffer.from('first');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const inits = [bytes, view].map((body) => ({ method: 'POST', body }));
  const asked = { url, method: 'POST', source: bytes };
  const calls = [
    ...inits
      .flatMap((init) => [fetch(url, init), kept.fetch(url, init)])
      .map(async (call) => await (await call).text()),
    ...[request(asked), kept.request(asked), request(url, bytes)].map(async (call) => String((await call).body)),
  ];
  bytes.fill('x');
  for (const text of await Promise.all(calls)) assert.equal((JSON.parse(text) as unknown[])[3], 'first');
});

fault('a Request is taken as it is, and its body once', {}, async (scope) => {
  const { url } = await serve(scope, mirror);
  const request = new Request(`${url}/x`, { method: 'put', body: 'b', headers: { 'Content-Type': 'c/d' } });
  assert.deepEqual(await (await fetch(request)).json(), ['PUT', '1', 'c/d', 'b']);
  await assert.rejects(fetch(request), TypeError);
});

fault('fetch says what the standard says, and refuses what it cannot keep', {}, async (scope) => {
  const { url, targets } = await serve(scope, async ({ client, head }) => {
    await client.send(ok(String(fieldOf(head, 'accept'))));
  });
  assert.equal(await (await fetch(url)).text(), '*/*');
  assert.equal(await (await fetch(url, { headers: { accept: 'text/html' } })).text(), 'text/html');
  const asked = targets.length;
  await assert.rejects(fetch('/relative'), TypeError);
  await assert.rejects(fetch(url, { method: 'A B' }), TypeError);
  await assert.rejects(fetch(url.replace('//', '//user:secret@')), TypeError);
  assert.equal(targets.length, asked);
});

fault('statuses without a body, and those that no Response has', {}, async (scope) => {
  const codes = ['204 No', '304 Not', '205 Reset', '700 Odd'];
  const { url } = await serve(scope, async ({ client, index }) => {
    await client.send(`HTTP/1.1 ${codes[index % codes.length]}\r\nContent-Length: 0\r\n\r\n`);
  });
  for (const code of [204, 304, 205]) {
    const response = await fetch(url);
    assert.deepEqual([response.status, response.body], [code, null]);
  }
  await assert.rejects(fetch(url), { code: 'ERR_HTTP_STATUS' });
});

fault('redirects: followed, told, refused; 21 are too many, and a stream is sent once', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client, head }) => {
    const [, path = ''] = head.split(' ');
    if (path === '/letters') return client.send(Buffer.from(to(302, '/\xfc'), 'latin1'));
    if (path === '/%FC') return client.send(ok('there'));
    const hops = Number(path.slice(1));
    return client.send(hops > 0 ? to(302, `/${hops - 1}`) : hops === 0 ? ok('there') : to(307, '/0'));
  });
  const followed = await fetch(`${url}/20`);
  assert.deepEqual([await followed.text(), followed.url, followed.redirected], ['there', `${url}/0`, true]);
  const letters = await fetch(`${url}/letters`);
  assert.deepEqual([await letters.text(), letters.url, letters.type], ['there', `${url}/%FC`, 'basic']);
  const direct = await fetch(`${url}/0`);
  assert.deepEqual([direct.redirected, await direct.text()], [false, 'there']);
  await assert.rejects(fetch(`${url}/21`), { code: 'ERR_TOO_MANY_REDIRECTS' });
  assert.equal((await fetch(`${url}/1`, { redirect: 'manual' })).status, 302);
  await assert.rejects(fetch(`${url}/1`, { redirect: 'error' }), { code: 'ERR_HTTP_REDIRECT' });
  const body = new Blob([]).stream();
  await assert.rejects(fetch(`${url}/again`, { method: 'POST', body, duplex: 'half' }), /gives it once/);
});

/** A server that sends a piece of an endless body as often as it is taken, and a session of one connection to it. */
async function endless(scope: Scope) {
  const server = await serve(scope, async ({ client }) => {
    await client.send('HTTP/1.1 200 OK\r\n\r\n');
    for (;;) await client.send('x'.repeat(10_000));
  });
  const one = session({ connections: 1 });
  scope.defer(() => one.close());
  return { server, one };
}

fault('a response that is cancelled, forgotten or aborted gives its connection back', {}, async (scope) => {
  const { server, one } = await endless(scope);
  const init = { timeouts: { connect: 20 } };
  const cancelled = await one.fetch(server.url, init);
  await cancelled.body?.cancel();

  await (async () => void (await one.fetch(server.url, init)))();
  await eventually('the forgotten one is closed', () => {
    globalThis.gc?.();
    return server.open === 0;
  });

  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = await one.fetch(server.url, { ...init, signal: controller.signal });
  const reader = aborted.body?.getReader();
  assert.ok(((await reader?.read())?.value?.length ?? 0) > 0);
  controller.abort(reason);
  await assert.rejects(
    (async () => {
      while (!(await reader?.read())?.done);
    })(),
    (error) => error === reason,
  );
  await assert.rejects(one.fetch(server.url, { signal: controller.signal }), (error) => error === reason);
  const last = await one.fetch(server.url, init);
  await last.body?.cancel();
});

fault('a body is cut off, stops, and ends; what is coded is decoded', {}, async (scope) => {
  const zipped = gzipSync('all of it');
  const { url } = await serve(scope, async ({ client, head }) => {
    if (head.startsWith('GET /cut')) {
      await client.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      client.close();
    } else if (head.startsWith('GET /stop')) await client.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    else {
      await client.send(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`);
      await client.send(zipped);
    }
  });
  await assert.rejects((await fetch(`${url}/cut`)).text(), { name: 'TypeError', code: 'ERR_CLOSED' });
  const stopped = await fetch(`${url}/stop`, { timeouts: { idle: 0.05 } });
  await assert.rejects(stopped.text(), (error: Error & { code?: string; cause?: { phase?: string } }) => {
    assert.deepEqual([error.code, error.cause?.phase], ['ETIMEDOUT', 'reading the body']);
    return true;
  });
  assert.equal(await (await fetch(url)).text(), 'all of it');
});
