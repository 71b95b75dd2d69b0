/** The HTTP client of both faces against Apache httpd: replies of programs, and bodies that programs read. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Ask, withFaces, withLogin } from './http-faces.ts';
import { everyByte } from './peer.ts';
import { DIGEST_REALM, LINES, startApache } from './servers/apache.ts';

function withApache(title: string, body: (ask: Ask, url: string) => Promise<void>): void {
  withFaces(`apache: ${title}`, ['apache2'], async (ask, cleanup) => body(ask, await startApache(cleanup)));
}

withApache('a program speaks in chunks, or to HTTP/1.0 until it closes', async (ask, url) => {
  const chunked = await ask(`${url}/cgi/lines`);
  assert.deepEqual([chunked.version, chunked.code, chunked.headers.get('transfer-encoding')], ['1.1', 200, 'chunked']);
  assert.equal(String(chunked.body), LINES);
  const old = await ask(`${url}/old/lines`);
  assert.deepEqual([old.version, old.code, old.headers.has('transfer-encoding')], ['1.0', 200, false]);
  assert.ok(!old.headers.has('content-length'));
  assert.equal(String(old.body), LINES);
});

withApache('HEAD of a program and of a file', async (ask, url) => {
  const program = await ask({ url: `${url}/cgi/lines`, method: 'HEAD' });
  assert.deepEqual([program.code, program.headers.get('x-method'), program.body.length], [200, 'HEAD', 0]);
  const file = await ask({ url: `${url}/hello.txt`, method: 'HEAD' });
  assert.deepEqual([file.code, file.headers.get('content-length'), file.body.length], [200, '6', 0]);
});

withApache('a redirect, whose absolute URL it makes of our Host', async (ask, url) => {
  const reply = await ask(`${url}/moved?a=b`);
  assert.deepEqual([reply.code, reply.url, String(reply.body)], [200, `${url}/cgi/lines?a=b`, LINES]);
  const head = await ask({ url: `${url}/moved`, method: 'HEAD' });
  assert.deepEqual([head.headers.get('x-method'), head.url], ['HEAD', `${url}/cgi/lines`]);
});

withApache('a password', async (ask, url) => {
  const without = await ask(`${url}/auth/hello.txt`);
  assert.deepEqual([without.code, without.headers.get('www-authenticate')], [401, 'Basic realm="a zone"']);
  const right = await ask(withLogin(`${url}/auth/hello.txt`, 'user:p%3Aa%20ss'));
  assert.deepEqual([right.code, String(right.body)], [200, 'hello\n']);
});

withApache('a body that waits for 100 Continue, of a length and in chunks', async (ask, url) => {
  const data = everyByte(1_000_000);
  for (const length of [data.length, undefined]) {
    const pieces: (Uint8Array | null)[] = [data.subarray(0, 100_000), data.subarray(100_000), null];
    const codes: number[] = [];
    const reply = await ask({
      url: `${url}/cgi/sum`,
      method: 'POST',
      headers: { Expect: '100-continue' },
      source: () => pieces.shift() ?? null,
      length,
      informational: ({ code }) => {
        codes.push(code);
      },
    });
    assert.deepEqual([reply.code, ...codes], [200, 100]);
    assert.equal(String(reply.body), `${createHash('sha256').update(data).digest('hex')}  -\n`);
  }
});

withApache('a body that nobody wants is not asked for', async (ask, url) => {
  let given = 0;
  const source = (): Uint8Array | null => (given++ === 0 ? everyByte(1_000_000) : null);
  const headers = { Expect: '100-continue' };
  const reply = await ask({ url: `${url}/auth/hello.txt`, method: 'POST', headers, source, length: 1_000_000 });
  assert.deepEqual([reply.code, given], [401, 0]);
});

withApache('digest logins', async (ask, url) => {
  const { code, headers } = await ask(`${url}/digest/hello.txt`);
  assert.equal(code, 401);
  assert.ok(headers.get('www-authenticate')?.startsWith(`Digest realm=${JSON.stringify(DIGEST_REALM)}, `));
  const login = { url: withLogin(`${url}/digest/hello.txt`, 'user:p%3Aa%20ss'), auth: 'digest' } as const;
  assert.equal(String((await ask(login)).body), 'hello\n');
  // Basic is no answer to it.
  assert.equal((await ask({ ...login, auth: 'basic' })).code, 401);
  await assert.rejects(ask({ ...login, method: 'POST', source: () => null }), /a source gives it once/);
});
