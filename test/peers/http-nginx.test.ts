/** The HTTP client of both faces against nginx: what it gets, and what it sends. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { source } from '../../src/entry/ltn12.ts';
import { type Ask, withFaces, withLogin } from './http-faces.ts';
import { everyByte } from './peer.ts';
import { KIB, LOGIN, type Nginx, PAGE, startNginx } from './servers/nginx.ts';

const MIB = 1_048_576;

function withNginx(title: string, body: (ask: Ask, nginx: Nginx) => Promise<void>): void {
  withFaces(`nginx: ${title}`, ['nginx'], async (ask, cleanup) => body(ask, await startNginx(cleanup)));
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

withNginx('1 KiB with its head', async (ask, { url }) => {
  const reply = await ask(`${url}/1k.bin`);
  assert.deepEqual([reply.version, reply.code, reply.status], ['1.1', 200, 'HTTP/1.1 200 OK']);
  assert.ok(reply.body.equals(KIB));
  assert.equal(reply.headers.get('content-length'), '1024');
  assert.match(reply.headers.get('server') ?? '', /^nginx/);
  assert.equal(reply.url, `${url}/1k.bin`);
});

withNginx('10 MiB as a body, and through a sink', async (ask, { url, www }) => {
  const data = everyByte(10 * MIB);
  writeFileSync(join(www, '10m.bin'), data);
  assert.equal(sha256((await ask(`${url}/10m.bin`)).body), sha256(data));
  const hash = createHash('sha256');
  const sink = (chunk: Uint8Array | null): void => {
    if (chunk !== null) hash.update(chunk);
  };
  const reply = await ask({ url: `${url}/10m.bin`, sink });
  assert.equal(reply.body.length, 0);
  assert.equal(hash.digest('hex'), sha256(data));
});

withNginx('HEAD has the length of what it does not bring', async (ask, { url }) => {
  const reply = await ask({ url: `${url}/1k.bin`, method: 'HEAD' });
  assert.deepEqual([reply.code, reply.headers.get('content-length'), reply.body.length], [200, '1024', 0]);
});

withNginx('a range, and one that is not there', async (ask, { url }) => {
  const part = await ask({ url: `${url}/1k.bin`, headers: { Range: 'bytes=100-199' } });
  assert.deepEqual([part.code, part.headers.get('content-range')], [206, 'bytes 100-199/1024']);
  assert.ok(part.body.equals(KIB.subarray(100, 200)));
  const beyond = await ask({ url: `${url}/1k.bin`, headers: { Range: 'bytes=5000-' } });
  assert.deepEqual([beyond.code, beyond.headers.get('content-range')], [416, 'bytes */1024']);
});

withNginx('151: the rest of a file, as long as it has not changed', async (ask, { url }) => {
  const whole = await ask(`${url}/1k.bin`);
  const etag = whole.headers.get('etag') ?? '';
  const modified = whole.headers.get('last-modified') ?? '';
  for (const ifRange of [undefined, etag, modified]) {
    const rest = await ask({ url: `${url}/1k.bin`, range: { first: 1000, ifRange } });
    assert.deepEqual([rest.code, rest.headers.get('content-range')], [206, 'bytes 1000-1023/1024']);
    assert.ok(rest.body.equals(KIB.subarray(1000)));
  }
  const part = await ask({ url: `${url}/1k.bin`, range: { first: 100, last: 199 } });
  assert.ok(part.code === 206 && part.body.equals(KIB.subarray(100, 200)));
  const shorter = await ask({ url: `${url}/1k.bin`, range: { first: 1000, last: 5000 } });
  assert.ok(shorter.code === 206 && shorter.body.equals(KIB.subarray(1000)));
  const changed = await ask({ url: `${url}/1k.bin`, range: { first: 1000, ifRange: '"another"' } });
  assert.ok(changed.code === 200 && changed.body.equals(KIB));
  const beyond = await ask({ url: `${url}/1k.bin`, range: { first: 1024 } });
  assert.deepEqual([beyond.code, beyond.headers.get('content-range')], [416, 'bytes */1024']);
  // A part of the bytes themselves, and not of what gzip makes of them.
  const page = await ask({ url: `${url}/gzip/page.html`, range: { first: 10, last: 19 } });
  assert.deepEqual([page.code, String(page.body)], [206, PAGE.slice(10, 20)]);
});

withNginx('304 and 404 are answers', async (ask, { url }) => {
  const etag = (await ask(`${url}/1k.bin`)).headers.get('etag') ?? '';
  const known = await ask({ url: `${url}/1k.bin`, headers: { 'If-None-Match': etag } });
  assert.deepEqual([known.code, known.body.length], [304, 0]);
  const missing = await ask(`${url}/not%20here`);
  assert.equal(missing.code, 404);
  assert.match(String(missing.body), /404 Not Found/);
});

withNginx('a password: without, wrong, and right', async (ask, { url }) => {
  const without = await ask(`${url}/auth/1k.bin`);
  assert.deepEqual([without.code, without.headers.get('www-authenticate')], [401, 'Basic realm="a zone"']);
  assert.equal((await ask(withLogin(`${url}/auth/1k.bin`, 'user:wrong'))).code, 401);
  const right = await ask(withLogin(`${url}/auth/1k.bin`, LOGIN));
  assert.ok(right.code === 200 && right.body.equals(KIB));
  assert.equal(right.url, `${url}/auth/1k.bin`);
  assert.equal((await ask({ url: `${url}/auth/1k.bin`, user: 'user', password: 'p:a ss' })).code, 200);
});

withNginx('redirects that are relative, of each kind', async (ask, { url }) => {
  const found = await ask(`${url}/r301`);
  assert.ok(found.code === 200 && found.body.equals(KIB));
  assert.equal(found.url, `${url}/1k.bin`);
  assert.equal((await ask(`${url}/r302`)).url, `${url}/1k.bin?found=yes`);
  const answers = ['r303', 'r307', 'r308'].map(async (name) => String((await ask(`${url}/${name}`, 'abc')).body));
  assert.deepEqual(await Promise.all(answers), ['GET ', 'POST 3', 'POST 3']);
  const unfollowed = await ask({ url: `${url}/r301`, redirect: false });
  assert.deepEqual([unfollowed.code, unfollowed.headers.get('location')], [301, '/1k.bin']);
  await assert.rejects(ask(`${url}/loop`), { code: 'ERR_TOO_MANY_REDIRECTS' });
});

withNginx('a password does not follow a redirect to another origin', async (ask, { url, other }) => {
  const reply = await ask(withLogin(`${url}/auth/leave`, LOGIN));
  assert.deepEqual([reply.url, String(reply.body)], [`${other}/`, 'other ']);
  assert.match(String((await ask(withLogin(other, LOGIN))).body), /^other Basic /); // it would have said so
});

withNginx('1,000 requests, one after the other', async (ask, { url }) => {
  for (let i = 0; i < 1000; i++) {
    const reply = await ask(`${url}/1k.bin?${i}`);
    assert.ok(reply.code === 200 && reply.body.equals(KIB));
  }
});

withNginx('a reply in chunks', async (ask, { url }) => {
  const reply = await ask({ url: `${url}/chunked/page.html`, headers: { 'Accept-Encoding': 'identity' } });
  assert.deepEqual([reply.headers.get('transfer-encoding'), reply.headers.has('content-length')], ['chunked', false]);
  assert.equal(String(reply.body), PAGE);
  assert.equal([...reply.trailers].length, 0);
});

withNginx('who asks for gzip gets its bytes', async (ask, { url }) => {
  const reply = await ask({ url: `${url}/gzip/page.html`, headers: { 'Accept-Encoding': 'gzip' } });
  assert.deepEqual(
    ['content-encoding', 'transfer-encoding'].map((name) => reply.headers.get(name)),
    ['gzip', 'chunked'],
  );
  assert.equal(String(gunzipSync(reply.body)), PAGE);
});

withNginx('large headers there and back, and more than it takes', async (ask, { url }) => {
  const large = 'x'.repeat(60_000);
  const reply = await ask({ url: `${url}/large`, headers: { 'X-Large': large } });
  assert.deepEqual([reply.code, String(reply.body)], [200, 'large\n']);
  assert.equal(reply.headers.get('x-large'), large);
  assert.deepEqual(reply.headers.getAll('set-cookie'), ['a=1', 'b=2']);
  const refused = await ask({ url: `${url}/large`, headers: { 'X-Large': large.repeat(2) } });
  assert.equal(refused.code, 400);
  assert.match(String(refused.body), /Header Or Cookie Too Large/);
});

withNginx('5 MiB sent: bytes, a source of a known length, and one in chunks', async (ask, { url, www }) => {
  const data = everyByte(5 * MIB);
  const ways = {
    bytes: { source: data },
    length: { source: source.string(data), length: data.length },
    declared: { source: source.string(data), headers: { 'content-length': String(data.length) } },
    chunks: { source: source.string(data) },
  };
  for (const [name, way] of Object.entries(ways)) {
    const reply = await ask({ url: `${url}/up/${name}`, method: 'PUT', ...way });
    assert.equal(reply.code, 201, name);
    assert.equal(sha256(readFileSync(join(www, 'up', name))), sha256(data), name);
  }
  assert.equal((await ask({ url: `${url}/up/r307`, method: 'PUT', source: data })).url, `${url}/up/moved`);
  assert.equal(sha256(readFileSync(join(www, 'up/moved'))), sha256(data));
  assert.equal(String((await ask(`${url}/discard`, data)).body), 'discarded\n');
});

withNginx('413 before the body is read is what the caller gets', async (ask, { url }) => {
  const data = everyByte(5 * MIB);
  // It reads on for a while, or resets the connection as soon as it has answered.
  for (const path of ['small', ...Array(5).fill('small-and-reset')]) {
    for (const way of [data, source.string(data)]) {
      const reply = await ask({ url: `${url}/${path}`, method: 'PUT', source: way });
      assert.equal(reply.code, 413, path);
      assert.match(String(reply.body), /413 Request Entity Too Large/);
    }
  }
});

withNginx('Expect: 100-continue: the body goes when it may, and stays here when not', async (ask, { url, www }) => {
  const data = everyByte(MIB);
  const headers = { Expect: '100-continue' };
  const taken = await ask({ url: `${url}/up/expected`, method: 'PUT', source: data, headers });
  assert.equal(taken.code, 201);
  assert.ok(readFileSync(join(www, 'up/expected')).equals(data));
  let given = 0;
  const counted = (): Uint8Array | null => {
    given++;
    return given === 1 ? data : null;
  };
  const refused = await ask({ url: `${url}/small`, method: 'PUT', source: counted, length: data.length, headers });
  assert.deepEqual([refused.code, given], [413, 0]);
});

withNginx('closed without a reply', async (ask, { url }) => {
  await assert.rejects(ask(`${url}/hang-up`), { code: 'ERR_NO_REPLY', reason: 'closed' });
});
