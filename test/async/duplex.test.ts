/** What the transport over Node's streams asks of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { it } from 'node:test';
import tls from 'node:tls';
import { type Client, pipe } from '../../src/entry/index.ts';
import { listen } from '../../src/entry/tls.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';

it('a send reads ahead, but not a half that was shut down', async () => {
  for (const [shut, paused] of [
    [false, false],
    [true, true],
  ] as const) {
    const input = new PassThrough();
    const client = pipe(input, new PassThrough().resume());
    if (shut) client.shutdown('receive');
    await client.send('x');
    assert.equal(input.isPaused(), paused);
    client.close();
  }
});

it('the memory of the caller is copied where the call may end before Node is through with it', async () => {
  for (const [prepare, copied] of [
    [() => {}, false],
    [(client: Client) => client.settimeout(5), true],
    [(client: Client) => client.settimeout(5, 't'), true],
  ] as const) {
    let seen: Buffer | undefined;
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        seen ??= chunk;
        done();
      },
    });
    const client = pipe(null, output);
    prepare(client);
    const data = Buffer.from('abc');
    await client.send(data);
    data.fill(0);
    assert.equal(String(seen), copied ? 'abc' : '\0\0\0');
    client.close();
  }
});

it('a pipe over a TLS socket says goodbye when it is closed', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  context.after(() => rmSync(folder, { recursive: true }));
  makeCertificates(folder);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const key = read('server.key');
  using server = await listen('127.0.0.1', 0, { cert: read('server.pem') + read('chain.pem'), key, timeout: 30 });
  const { port } = server.getsockname();
  const socket = tls.connect({ port, host: '127.0.0.1', ca: read('root.pem'), servername: 'localhost' });
  const [accepted] = await Promise.all([server.accept(), once(socket, 'secureConnect')]);
  const client = pipe(socket, socket);
  await client.send('bye');
  client.close();
  assert.equal(String(await accepted.receive('*a')), 'bye'); // a cut would be ERR_TLS_TRUNCATED
  accepted.close();
});
