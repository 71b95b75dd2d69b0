/** https of both faces, and of the command line, with nginx; through squid, and through haproxy as a proxy behind TLS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificates } from '../conformance/tls/certificates.ts';
import { withFaces, withLogin, withSessions } from './http-faces.ts';
import { newFolder, withTools } from './peer.ts';
import { startSecureProxy } from './servers/haproxy.ts';
import { KIB, startNginx } from './servers/nginx.ts';
import { PROXY_LOGIN, startSquid } from './servers/squid.ts';
import type { Cleanup } from './tools.ts';

const PROGRAM = join(import.meta.dirname, '../../src/cli/main.js');

/** nginx behind a certificate for localhost, whose root is in `ca`. */
async function startSecure(cleanup: Cleanup) {
  const folder = newFolder(cleanup);
  makeCertificates(folder);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const cert = join(folder, 'whole.pem');
  writeFileSync(cert, read('server.pem') + read('chain.pem'));
  const key = join(folder, 'server.key');
  writeFileSync(join(folder, 'both.pem'), readFileSync(cert, 'utf8') + read('server.key'));
  const nginx = await startNginx(cleanup, 'nginx', { cert, key });
  return { ...nginx, folder, ca: read('root.pem') };
}

withSessions('nginx: https, kept and resumed', ['nginx'], async (session, cleanup) => {
  const { secure, ca } = await startSecure(cleanup);
  const ask = async (headers = {}) =>
    String((await session.request({ url: `${secure}/tls`, tls: { ca }, headers, timeout: 20 })).body);
  for (let i = 1; i <= 1000; i++) assert.equal(await ask(), `localhost TLSv1.3 . ${i}`);
  await ask({ Connection: 'close' });
  for (let i = 0; i < 3; i++) assert.equal(await ask({ Connection: 'close' }), 'localhost TLSv1.3 r 1');
});

withFaces('nginx: https through a tunnel of squid', ['nginx', 'squid'], async (ask, cleanup) => {
  const { secure, ca } = await startSecure(cleanup);
  const proxy = withLogin(await startSquid(cleanup), PROXY_LOGIN);
  const { body, headers } = await ask({ url: `${secure}/1k.bin`, tls: { ca }, proxy, timeout: 20 });
  assert.ok(body.equals(KIB));
  assert.equal(headers.has('via'), false, 'the proxy sees nothing of it');
});

withFaces('nginx: https through squid behind TLS', ['haproxy', 'nginx', 'squid'], async (ask, cleanup) => {
  const { secure, ca, folder, url } = await startSecure(cleanup);
  const squid = await startSquid(cleanup);
  const proxy = withLogin(await startSecureProxy(cleanup, squid, join(folder, 'both.pem')), PROXY_LOGIN);
  const trust = { tls: { ca }, proxyTls: { ca }, proxy, timeout: 20 };
  assert.ok((await ask({ url: `${secure}/1k.bin`, ...trust })).body.equals(KIB));
  const plain = await ask({ url: `${url}/1k.bin`, ...trust });
  assert.ok(plain.body.equals(KIB));
  assert.match(plain.headers.get('via') ?? '', /proxy\.example/);
});

withTools('moonsocket get of https trusts what NODE_EXTRA_CA_CERTS names', ['nginx'], async (cleanup) => {
  const { secure, folder } = await startSecure(cleanup);
  const run = (env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [PROGRAM, 'get', '-o', '-', `${secure}/1k.bin`], {
      encoding: 'buffer',
      env: { ...process.env, ...env },
    });
  const { stdout } = await run({ NODE_EXTRA_CA_CERTS: join(folder, 'root.pem') });
  assert.ok(stdout.equals(KIB));
  await assert.rejects(run({ NODE_EXTRA_CA_CERTS: '' }), ({ stderr }: { stderr: Buffer }) => {
    assert.match(
      String(stderr),
      /certificate verify failed: .*NODE_EXTRA_CA_CERTS|certificate verify failed: the chain ends/,
    );
    return true;
  });
});
