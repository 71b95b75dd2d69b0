/** Keys and certificates as programs give them, keys that both sides know, and where keys are logged. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { type Case, fails } from '../support.ts';
import { folderOf, identity, pem, plain, secured, tlsOf } from './support.ts';

const HELLO = { do: 'send', bytes: 'hello\n' } as const;

export const cases: readonly Case[] = [
  {
    name: 'TLS: a key that both sides know',
    async run(face, peer) {
      const how = { role: 'server', psk: { me: '0123456789abcdef' } } as const;
      const client = await plain(face, peer, how, HELLO);
      using secure = await tlsOf(face).wrap(client, { psk: { me: Buffer.from('0123456789abcdef') }, timeout: 10 });
      assert.equal(await secure.receive(), 'hello');
      assert.deepEqual([secure.info().verified, secure.getpeercertificate()], [true, undefined]);
      const other = await plain(face, peer, how);
      await fails(face, 'ERR_TLS_ALERT', () =>
        tlsOf(face).wrap(other, { psk: { me: Buffer.from('another key') }, timeout: 10 }),
      );
    },
  },

  {
    name: 'TLS: the key log tells the keys',
    async run(face, peer) {
      const lines: string[] = [];
      using client = await secured(face, peer, {}, { keylog: (line) => lines.push(line) }, HELLO);
      assert.equal(await client.receive(), 'hello');
      assert.ok(
        lines.some((line) => /^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]+$/.test(line)),
        String(lines),
      );
    },
  },

  {
    name: 'TLS: the key log goes to the file of SSLKEYLOGFILE where the program says so',
    async run(face, peer) {
      const path = `${peer.directory}/${peer.name()}`;
      const before = process.env['SSLKEYLOGFILE'];
      const contexts = { ca: pem(peer, 'root.pem') };
      process.env['SSLKEYLOGFILE'] = `${path}/none`;
      await fails(face, 'ERR_TLS_CONTEXT', async () => tlsOf(face).context({ ...contexts, keylog: 'SSLKEYLOGFILE' }));
      process.env['SSLKEYLOGFILE'] = path;
      const asked = tlsOf(face).context({ ...contexts, keylog: 'SSLKEYLOGFILE' });
      const unasked = tlsOf(face).context(contexts);
      if (before === undefined) delete process.env['SSLKEYLOGFILE'];
      else process.env['SSLKEYLOGFILE'] = before;
      for (const context of [asked, unasked]) {
        using client = await secured(face, peer, { maxVersion: 'TLSv1.2' }, { context }, HELLO);
        assert.equal(await client.receive(), 'hello');
      }
      assert.match(readFileSync(path, 'latin1'), /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n$/);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    },
  },

  {
    name: 'TLS: certificates and keys that are none are refused where they are given',
    async run(face, peer) {
      const good = identity(peer, 'client');
      const wrong: [options: object, reason: RegExp][] = [
        [{ ...good, key: pem(peer, 'server.key') }, /key.values.mismatch/i],
        [{ ...good, key: pem(peer, 'encrypted.key'), passphrase: 'wrong' }, /./],
        [{ ...good, key: pem(peer, 'encrypted.key') }, /./],
        [{ ...good, cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }, /./],
        [{ pfx: readFileSync(`${folderOf(peer)}/client.pfx`), passphrase: 'wrong' }, /./],
        [{ pfx: Buffer.from('no PKCS #12') }, /./],
        [{ ciphers: 'NO-SUCH-CIPHER' }, /no.cipher.match/i],
      ];
      for (const [options, reason] of wrong) {
        const error = await fails(face, 'ERR_TLS_CONTEXT', async () => tlsOf(face).context(options));
        assert.match(error.reason, reason);
        assert.doesNotMatch(error.message, /PRIVATE|wrong$/);
      }
    },
  },
];
