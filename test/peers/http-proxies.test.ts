/** The HTTP client of both faces through what stands between it and a server: squid, a proxy, and haproxy, a balancer. */
import assert from 'node:assert/strict';
import { withFaces, withLogin } from './http-faces.ts';
import { everyByte } from './peer.ts';
import { startHaproxy } from './servers/haproxy.ts';
import { KIB, LOGIN, startNginx } from './servers/nginx.ts';
import { PROXY_LOGIN, startSquid } from './servers/squid.ts';

withFaces('squid: through a proxy that wants a password', ['nginx', 'squid'], async (ask, cleanup) => {
  const { url } = await startNginx(cleanup);
  const squid = await startSquid(cleanup);
  const proxy = withLogin(squid, PROXY_LOGIN);

  const reply = await ask({ url: `${url}/1k.bin`, proxy });
  assert.match(reply.headers.get('via') ?? '', /proxy\.example/);
  assert.ok(reply.code === 200 && reply.body.equals(KIB));
  assert.equal(reply.url, `${url}/1k.bin`);

  for (const refused of [squid, withLogin(squid, 'puser:wrong')]) {
    const { code, headers } = await ask({ url: `${url}/1k.bin`, proxy: refused });
    assert.deepEqual([code, headers.get('proxy-authenticate')], [407, 'Basic realm="a proxy"']);
  }

  // Each has its own credentials, and a redirect goes through the proxy too.
  const both = await ask({ url: withLogin(`${url}/auth/1k.bin`, LOGIN), proxy });
  assert.ok(both.code === 200 && both.body.equals(KIB));
  assert.match(String((await ask({ url: `${url}/credentials`, proxy })).body), /^1\.1 proxy\.example .*, , $/);
  const moved = await ask({ url: `${url}/r302`, proxy });
  assert.deepEqual([moved.url, moved.headers.has('via')], [`${url}/1k.bin?found=yes`, true]);

  const data = everyByte(1_000_000);
  assert.equal((await ask({ url: `${url}/up/a`, method: 'PUT', source: data, proxy })).code, 201);
  assert.ok((await ask({ url: `${url}/up/a`, proxy })).body.equals(data));
  assert.equal((await ask({ url: 'http://127.0.0.1:1/', proxy })).code, 503); // squid's word for a refused connection
});

withFaces('the request line names a URL for a proxy, a path for a server', ['nginx'], async (ask, cleanup) => {
  const { url } = await startNginx(cleanup);
  assert.equal(String((await ask(`${url}/line?a=b`)).body), 'GET /line?a=b HTTP/1.1');
  const proxied = await ask({ url: 'http://user:secret@origin.example/line?a=b#c', proxy: withLogin(url, 'p:q') });
  assert.equal(String(proxied.body), 'GET http://origin.example/line?a=b HTTP/1.1');
  const told = await ask({ url: 'http://user:secret@origin.example/credentials', proxy: withLogin(url, 'p:q') });
  assert.equal(String(told.body), `, Basic ${btoa('user:secret')}, Basic ${btoa('p:q')}`);
});

withFaces('haproxy: 50 requests, half of them for each of two nginx', ['haproxy', 'nginx'], async (ask, cleanup) => {
  const [first, second] = await Promise.all([startNginx(cleanup, 'first'), startNginx(cleanup, 'second')]);
  const url = await startHaproxy(cleanup, [first.url, second.url]);
  const answers: Record<string, number> = {};
  for (let i = 0; i < 50; i++) {
    const name = String((await ask(`${url}/name`)).body);
    answers[name] = (answers[name] ?? 0) + 1;
  }
  assert.deepEqual(answers, { 'first\n': 25, 'second\n': 25 });
  assert.ok((await ask(`${url}/1k.bin`)).body.equals(KIB));
  const nobody = await ask(`${url}/nobody`);
  assert.equal(nobody.code, 503);
  assert.match(String(nobody.body), /No server is available/);
});
