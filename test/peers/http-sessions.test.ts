/** Sessions of both faces against nginx and Apache: connections that serve many requests, and what a session remembers. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { CookieJar } from 'tough-cookie';
import { session as newSession } from '../../src/entry/http.ts';
import { withLogin, withSessions } from './http-faces.ts';
import { withTools } from './peer.ts';
import { ODD_USER, startApache } from './servers/apache.ts';
import { KIB, startNginx } from './servers/nginx.ts';

withSessions('nginx: 10,000 requests over one connection', ['nginx'], async (session, cleanup) => {
  const { url } = await startNginx(cleanup);
  const first = String((await session.request(`${url}/connection`)).body);
  for (let i = 0; i < 9_998; i++) await session.request(`${url}/name`);
  const [connection, requests] = String((await session.request(`${url}/connection`)).body).split(' ');
  assert.deepEqual([`${connection} 1`, requests], [first, '10000']);
});

withSessions('nginx: a connection that serves so many and no more', ['nginx'], async (session, cleanup) => {
  const { url } = await startNginx(cleanup);
  const before = readdirSync('/proc/self/fd').length;
  const connections = new Set<string>();
  for (let i = 0; i < 1000; i++) connections.add(String((await session.request(`${url}/few`)).body));
  assert.equal(connections.size, 10);
  assert.ok(readdirSync('/proc/self/fd').length <= before + 3);
});

withTools('nginx: 1,000 requests at once over 10 connections', ['nginx'], async (cleanup) => {
  const { url } = await startNginx(cleanup);
  using session = newSession({ connections: 10 });
  const asking = Array.from({ length: 1000 }, (_, i) =>
    i % 2 === 0
      ? session.request(`${url}/connection`).then(({ body }) => String(body))
      : session.fetch(`${url}/connection`).then((response) => response.text()),
  );
  const connections = new Set((await Promise.all(asking)).map((text) => text.split(' ')[0]));
  assert.equal(connections.size, 10);
});

withSessions('nginx: fetch', ['nginx'], async (session, cleanup) => {
  const { url } = await startNginx(cleanup);
  const response = await session.fetch(`${url}/r302`);
  assert.deepEqual([response.status, response.statusText, response.redirected], [200, 'OK', true]);
  assert.equal(response.url, `${url}/1k.bin?found=yes`);
  assert.ok(KIB.equals(Buffer.from(await response.arrayBuffer())));
  const zipped = await session.fetch(`${url}/gzip/page.html`);
  assert.equal(zipped.headers.get('content-encoding'), 'gzip');
  assert.match(await zipped.text(), /^(all work and no play makes jack a dull boy\n){5000}$/);
  const up = await session.fetch(`${url}/up/b`, { method: 'PUT', body: new Uint8Array(KIB) });
  assert.equal(up.status, 201);
  assert.equal((await session.fetch(`${url}/up/b`, { method: 'HEAD' })).headers.get('content-length'), '1024');
  assert.equal((await session.fetch(`${url}/nothing`)).status, 404);
  const manual = await session.fetch(`${url}/r302`, { redirect: 'manual' });
  assert.deepEqual([manual.status, manual.headers.get('location')], [302, './1k.bin?found=yes']);
  await assert.rejects(session.fetch(`${url}/r302`, { redirect: 'error' }), { code: 'ERR_HTTP_REDIRECT' });
});

withSessions("nginx: cookies in tough-cookie's jar", ['nginx'], async (session, cleanup) => {
  const { url, other } = await startNginx(cleanup);
  const cookies = new CookieJar();
  const ask = async (path: string): Promise<string> => String((await session.request({ url: path, cookies })).body);
  assert.equal(await ask(`${url}/cookie`), '');
  assert.equal(await ask(`${url}/cookie`), 'seen=yes');
  // The redirect's own cookie is there for the next request.
  assert.equal(await ask(`${url}/to-cookie`), 'seen=yes; moved=yes');
  // What a caller says stays.
  const given = await session.request({ url: `${url}/cookie`, cookies, headers: { Cookie: 'mine=1' } });
  assert.equal(String(given.body), 'mine=1');
  assert.equal(cookies.getCookieStringSync(other.replace('127.0.0.1', 'elsewhere.example')), '');
});

withSessions('apache: digest logins', ['apache2'], async (session, cleanup) => {
  const url = await startApache(cleanup);
  const ask = (login: string, path = '/digest/hello.txt') =>
    session.request({ url: withLogin(`${url}${path}`, login), auth: 'digest', final: ({ code }) => codes.push(code) });
  const codes: number[] = [];
  for (const user of ['user', encodeURIComponent(ODD_USER)]) {
    const login = `${user}:p%3Aa%20ss`;
    for (const path of ['/digest/hello.txt', '/digest/hello.txt?a=%22b,c%22', '/digest/hello.txt']) {
      const { code, body } = await ask(login, path);
      assert.deepEqual([code, String(body)], [200, 'hello\n']);
    }
  }
  for (const login of ['user:wrong', 'nobody:p%3Aa%20ss']) assert.equal((await ask(login)).code, 401);
  // A reply that asks for a login is no answer where there is one.
  assert.deepEqual(codes, [200, 200, 200, 200, 200, 200, 401, 401]);
});
