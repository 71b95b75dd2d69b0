/** Tunnels through squid to nginx, in both faces: what the server sees is a client, and no proxy. */
import assert from 'node:assert/strict';
import { withFaces, withLogin, withSessions } from './http-faces.ts';
import { KIB, startNginx } from './servers/nginx.ts';
import { FORBIDDEN_PORT, PROXY_LOGIN, startSquid } from './servers/squid.ts';

withFaces('squid: a tunnel', ['nginx', 'squid'], async (ask, cleanup) => {
  const nginx = await startNginx(cleanup);
  const squid = await startSquid(cleanup);
  const through = { proxy: withLogin(squid, PROXY_LOGIN), tunnel: true };

  const { code, headers, body } = await ask({ url: `${nginx.url}/1k.bin`, ...through });
  assert.deepEqual([code, headers.has('via')], [200, false]);
  assert.ok(body.equals(KIB));
  assert.equal(String((await ask({ url: `${nginx.url}/line`, ...through })).body), 'GET /line HTTP/1.1');
  assert.equal(String((await ask({ url: `${nginx.url}/credentials`, ...through })).body), ', , ');
  // A redirect to another server goes through a tunnel of its own.
  const moved = await ask({ url: withLogin(`${nginx.url}/auth/leave`, 'user:p%3Aa%20ss'), ...through });
  assert.equal(String(moved.body), 'other ');

  const shown = squid.replaceAll('.', '\\.');
  const refused = (proxy: string, url: string): Promise<unknown> => ask({ url, proxy, tunnel: true });
  await assert.rejects(refused(squid, nginx.url), {
    code: 'ERR_PROXY_AUTHENTICATION',
    message: new RegExp(`^GET [^ ]+: the proxy ${shown} wants a user and a password`),
  });
  await assert.rejects(refused(withLogin(squid, 'puser:wrong'), nginx.url), {
    code: 'ERR_PROXY_AUTHENTICATION',
    message: new RegExp(`^GET [^ ]+: the proxy ${shown} does not take the user and the password`),
  });
  // Forbidden to clients, and closed to everyone.
  for (const [port, status] of [
    [FORBIDDEN_PORT, 403],
    [1, 503],
  ] as const) {
    await assert.rejects(refused(through.proxy, `http://127.0.0.1:${port}/`), {
      code: 'ERR_PROXY_REFUSED',
      message: new RegExp(
        `^GET [^ ]+: the proxy ${shown} gives no tunnel to 127\\.0\\.0\\.1:${port}: HTTP/1\\.1 ${status} `,
      ),
    });
  }
  // nginx is no proxy, and says so.
  await assert.rejects(refused(nginx.url, nginx.url), { code: 'ERR_PROXY_REFUSED', message: /HTTP\/1\.1 40\d / });
});

withSessions('squid: a tunnel serves again', ['nginx', 'squid'], async (session, cleanup) => {
  const { url } = await startNginx(cleanup);
  const squid = await startSquid(cleanup);
  const through = { proxy: withLogin(squid, PROXY_LOGIN), tunnel: true };
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) seen.push(String((await session.request({ url: `${url}/connection`, ...through })).body));
  assert.deepEqual(
    seen.map((text) => text.split(' ')[1]),
    ['1', '2', '3'],
  );
});
