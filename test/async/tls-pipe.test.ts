/** Node's TLS sockets below a pipe: what is sent arrives, and the peer is told of the end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { type Client, pipe } from '../../src/entry/index.ts';

/** A record's type is its first byte, and its length the fourth and fifth (RFC 5246, section 6.2.1). */
const ALERT = 21;

/** A shared key needs no certificate. TLS 1.2 shows the type of each record. */
const PSK = {
  ciphers: 'PSK-AES128-GCM-SHA256:@SECLEVEL=0',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;
const KEY = Buffer.alloc(16, 7);

/** A client over TLS, its server's end, and all that the client's side wrote below. */
async function connected(t: TestContext): Promise<{ client: Client; accepted: tls.TLSSocket; written: Buffer[] }> {
  const server = tls.createServer({ ...PSK, pskCallback: () => KEY }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const written: Buffer[] = [];
  const between = net
    .createServer({ allowHalfOpen: true }, (near) => {
      const far = net.connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
      for (const end of [near, far]) end.on('error', () => {});
      near.on('data', (bytes: Buffer) => written.push(bytes)).pipe(far);
      far.pipe(near);
    })
    .listen(0, '127.0.0.1');
  await once(between, 'listening');
  t.after(() => {
    between.close();
    server.close();
  });
  const socket = tls.connect({
    ...PSK,
    host: '127.0.0.1',
    port: (between.address() as AddressInfo).port,
    pskCallback: () => ({ psk: KEY, identity: 'test' }),
    checkServerIdentity: () => undefined,
  });
  const [[accepted]] = await Promise.all([
    once(server, 'secureConnection') as Promise<[tls.TLSSocket]>,
    once(socket, 'secureConnect'),
  ]);
  return { client: pipe(socket, socket), accepted, written };
}

function recordTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at] as number);
  return types;
}

it('a close says so to the peer, behind all that was sent', async (t) => {
  const { client, accepted, written } = await connected(t);
  const parts: Buffer[] = [];
  accepted.on('data', (part: Buffer) => parts.push(part));
  const size = 3_000_000;
  assert.equal(await client.send(Buffer.alloc(size, 'x')), size);
  client.settimeout(5);
  assert.equal(await client.send('the end'), 7);
  client.close();
  await once(accepted, 'end');
  assert.equal(Buffer.concat(parts).length, size + 7);
  assert.equal(recordTypes(Buffer.concat(written)).at(-1), ALERT);
  accepted.destroy();
});

it('a close after a send that failed, and of one that the peer does not read, ends all the same', async (t) => {
  const { client, accepted } = await connected(t);
  accepted.pause();
  client.settimeout(0.05);
  await assert.rejects(client.send(Buffer.alloc(32 * 1_048_576)), { code: 'ETIMEDOUT' });
  client.close();
  const gone = new Promise((resolve) => accepted.once('close', resolve));
  accepted.on('error', () => {}).resume();
  await gone;
});
