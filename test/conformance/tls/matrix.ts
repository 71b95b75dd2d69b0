/** Who is let in and who is not, on which version, and what the error says: certificates, names, versions, keys, sessions. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TlsWrapOptions } from '../../../src/entry/tls.ts';
import { type Case, type Face, fails, type Peer } from '../support.ts';
import type { PeerTls } from './peer-tls.ts';
import { folderOf, identity, peerFacts, pem, plain, says, secured, tlsOf, wrapped } from './support.ts';

const HELLO = { do: 'send', bytes: 'hello\n' } as const;

/** A handshake that has to be good, and a line through it. */
interface Good {
  readonly name: string;
  readonly peer?: Partial<PeerTls>;
  readonly options?: (peer: Peer) => Partial<TlsWrapOptions>;
}

/** One that has to fail. */
interface Bad extends Good {
  readonly code: string;
  readonly reason?: string;
  readonly says?: RegExp;
}

const VERIFY_FAILED = 'certificate verify failed';

const GOOD: readonly Good[] = [
  { name: 'a name' },
  { name: 'a name in capitals', options: () => ({ servername: 'LocalHost' }) },
  { name: 'a name with its final dot', options: () => ({ servername: 'localhost.' }) },
  { name: 'an IPv4 address', options: () => ({ servername: '127.0.0.1' }) },
  { name: 'an IPv6 address', options: () => ({ servername: '[::1]' }) },
  { name: 'a wildcard', options: () => ({ servername: 'a.wild.test' }) },
  { name: 'a name in another script', peer: { cert: 'script' }, options: () => ({ servername: 'Bücher.test' }) },
  { name: 'TLS 1.2', peer: { maxVersion: 'TLSv1.2' } },
  { name: 'TLS 1.3', peer: { minVersion: 'TLSv1.3' } },
  { name: 'TLS 1.2 by our own choice', options: () => ({ maxVersion: 'TLSv1.2' }) },
  {
    name: 'a certificate of itself, as ca',
    peer: { cert: 'self' },
    options: (peer) => ({ ca: pem(peer, 'self.pem') }),
  },
  {
    name: 'several CAs',
    options: (peer) => ({ ca: [pem(peer, 'other.pem'), Buffer.from(pem(peer, 'root.pem'))] }),
  },
  {
    name: 'the missing certificates as ca',
    peer: { chain: false },
    options: (peer) => ({ ca: pem(peer, 'root.pem') + pem(peer, 'chain.pem') }),
  },
  {
    name: 'anybody, unverified',
    peer: { cert: 'self' },
    options: () => ({ verify: false, servername: 'nobody.test' }),
  },
  { name: 'the pin of its key', options: (peer) => ({ pins: [pinOf(peer, 'server')] }) },
  { name: 'the pin of a CA, one of two', options: (peer) => ({ pins: [pinOf(peer, 'other'), pinOf(peer, 'middle')] }) },
  { name: 'the pin of the root', options: (peer) => ({ pins: [pinOf(peer, 'root')] }) },
  {
    name: 'the pin alone',
    peer: { cert: 'self' },
    options: (peer) => ({ verify: false, pins: [pinOf(peer, 'self')] }),
  },
  {
    name: 'a certificate of ours',
    peer: { requestCert: true, ca: 'root' },
    options: (peer) => identity(peer, 'client'),
  },
  {
    name: 'a certificate of ours on TLS 1.2',
    peer: { requestCert: true, ca: 'root', maxVersion: 'TLSv1.2' },
    options: (peer) => identity(peer, 'client'),
  },
  {
    name: 'a key that is encrypted',
    peer: { requestCert: true, ca: 'root' },
    options: (peer) => ({ ...identity(peer, 'client'), key: pem(peer, 'encrypted.key'), passphrase: 'secret' }),
  },
  {
    name: 'a certificate in PKCS #12, with its key and chain',
    peer: { requestCert: true, ca: 'root' },
    options: (peer) => ({ pfx: readFileSync(`${folderOf(peer)}/client.pfx`), passphrase: 'secret' }),
  },
];

const BAD: readonly Bad[] = [
  {
    name: 'another name',
    options: () => ({ servername: 'other.test' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    reason: VERIFY_FAILED,
    says: /not for other\.test but for DNS:localhost/,
  },
  { name: 'another address', options: () => ({ servername: '127.0.0.2' }), code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  {
    name: 'two labels for a wildcard',
    options: () => ({ servername: 'a.b.wild.test' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'no label for a wildcard',
    options: () => ({ servername: 'wild.test' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'a wildcard within a label',
    peer: { cert: 'partial' },
    options: () => ({ servername: 'foo.wild.test' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'an address for a wildcard',
    peer: { cert: 'partial' },
    options: () => ({ servername: '127.0.0.1' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  { name: 'a name that a NUL cuts off', peer: { cert: 'nul' }, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  {
    name: 'one that a leaf has signed',
    peer: { cert: 'by-leaf' },
    code: 'INVALID_PURPOSE',
    reason: VERIFY_FAILED,
    says: /or a CA/,
  },
  { name: 'a name in the subject alone', peer: { cert: 'nameless' }, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  {
    name: 'a certificate of itself',
    peer: { cert: 'self' },
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    says: /pass it as ca, or pin/,
  },
  {
    name: 'intermediate certificates that are missing',
    peer: { chain: false },
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    reason: VERIFY_FAILED,
    says: /NODE_EXTRA_CA_CERTS/,
  },
  {
    name: 'another root',
    options: (peer) => ({ ca: pem(peer, 'other.pem') }),
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  {
    name: "a private CA with Node's list",
    options: () => ({ ca: undefined }),
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  {
    name: 'one that is out of date',
    peer: { cert: 'expired' },
    code: 'CERT_HAS_EXPIRED',
    says: /until Jan +1 .* 2021/,
  },
  {
    name: 'one that is not good yet',
    peer: { cert: 'future' },
    code: 'CERT_NOT_YET_VALID',
    says: /from Jan +1 .* 2040/,
  },
  { name: 'one for clients', peer: { cert: 'purpose' }, code: 'INVALID_PURPOSE' },
  { name: 'the pin of another key', options: (peer) => ({ pins: [pinOf(peer, 'other')] }), code: 'ERR_TLS_PIN' },
  {
    name: 'the pin of a CA that nobody has verified',
    options: (peer) => ({ verify: false, pins: [pinOf(peer, 'issuer')] }),
    code: 'ERR_TLS_PIN',
  },
  {
    name: 'TLS 1.1 alone',
    peer: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    code: 'ERR_TLS_VERSION',
    reason: 'tlsv1 alert protocol version',
  },
  {
    name: 'TLS 1.2 where we want more',
    peer: { maxVersion: 'TLSv1.2' },
    options: () => ({ minVersion: 'TLSv1.3' }),
    code: 'ERR_TLS_VERSION',
  },
  {
    name: 'no protocol in common',
    peer: { alpn: ['smtp'] },
    options: () => ({ alpn: ['imap'] }),
    code: 'ERR_TLS_ALERT',
    says: /no application protocol/,
  },
  {
    name: 'no certificate on TLS 1.2, where one is wanted',
    peer: { requestCert: true, ca: 'root', maxVersion: 'TLSv1.2' },
    code: 'ERR_TLS_ALERT',
    says: /cert and key/,
  },
];

function pinOf(peer: Peer, name: string): string {
  const key = new X509Certificate(pem(peer, `${name}.pem`)).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** Two connections, the second with the first one's session. */
async function resumed(face: Face, peer: Peer, how: Partial<PeerTls>, servername = 'localhost'): Promise<boolean> {
  const tls = tlsOf(face);
  const context = tls.context({ ca: pem(peer, 'root.pem') });
  const tickets = peer.name();
  const both = async (session?: Uint8Array, name = 'localhost') => {
    const then = [HELLO, { do: 'receive', count: 1 }, HELLO, { do: 'receive', count: 1 }] as const;
    const client = await secured(face, peer, { ...how, tickets }, { context, session, servername: name }, ...then);
    for (let i = 0; i < 2; i++) {
      assert.equal(await client.receive(), 'hello');
      await client.send('.');
    }
    assert.equal(client.info().verified, true);
    assert.equal(client.getpeercertificate()?.subject, 'CN=localhost');
    const facts = { resumed: client.info().resumed, session: client.getsession() };
    client.close();
    return facts;
  };
  const first = await both();
  assert.equal(first.resumed, false);
  assert.ok(first.session !== undefined);
  return (await both(first.session, servername)).resumed;
}

export const cases: readonly Case[] = [
  ...GOOD.map(
    ({ name, peer: how = {}, options }): Case => ({
      name: `TLS: takes ${name}`,
      async run(face, peer) {
        using client = await secured(face, peer, how, options?.(peer) ?? {}, HELLO);
        assert.equal(await client.receive(), 'hello');
        const { protocol, verified } = client.info();
        assert.match(protocol, /^TLSv1\.[23]$/);
        assert.equal(verified, options?.(peer).verify !== false);
        const wanted = how.maxVersion ?? how.minVersion ?? options?.(peer).maxVersion;
        if (wanted !== undefined) assert.equal(protocol, wanted);
      },
    }),
  ),

  ...BAD.map(
    ({ name, peer: how = {}, options, code, reason, says: words }): Case => ({
      name: `TLS: refuses ${name}`,
      async run(face, peer) {
        const client = await plain(face, peer, { role: 'server', cert: 'server', ...how });
        const error = await fails(face, code, () => wrapped(face, peer, client, options?.(peer)));
        says(error, reason ?? error.reason, words ?? /^wrap \(handshake\): /);
        assert.equal(error.phase, 'handshake');
        await fails(face, 'ERR_CLOSED', () => client.send('x'));
      },
    }),
  ),

  {
    name: 'TLS: facts, certificates and keys of both ends agree',
    async run(face, peer) {
      const name = peer.name();
      const options = { alpn: ['imap', 'smtp'] };
      const then = [{ do: 'tlsFacts', as: name }, { do: 'receiveAll' }] as const;
      using client = await secured(face, peer, { alpn: ['smtp', 'imap'] }, options, ...then);
      const facts = await peerFacts(face, peer, name);
      const info = client.info();
      assert.deepEqual(
        [info.protocol, info.alpn, info.servername, info.resumed],
        [facts.protocol, facts.alpn, 'localhost', false],
      );
      assert.deepEqual([client.getalpn(), facts.servername], [facts.alpn, 'localhost']);
      assert.equal(
        client.exportkeyingmaterial(16, 'EXPERIMENTAL-test', Buffer.from('c')).toString('hex'),
        facts.exported,
      );
      const chain = client.getpeerchain().map(({ subject }) => subject);
      assert.deepEqual(chain.slice(0, 3), ['CN=localhost', 'CN=issuer', 'CN=middle']);
      assert.equal(client.getpeercertificate()?.checkHost('localhost'), 'localhost');
      assert.match(info.cipher, /^TLS_/);
      assert.equal(client.getpeername().port, peer.port);
    },
  },

  {
    name: 'TLS: no name is asked for by an address',
    async run(face, peer) {
      const name = peer.name();
      const then = [{ do: 'tlsFacts', as: name }] as const;
      using client = await secured(face, peer, {}, { servername: '127.0.0.1' }, ...then);
      assert.equal((await peerFacts(face, peer, name)).servername, null);
      assert.equal(client.info().servername, undefined);
    },
  },

  {
    name: 'TLS: a certificate that is wanted and missing is told by the first receive of TLS 1.3',
    async run(face, peer) {
      using client = await secured(face, peer, { requestCert: true, ca: 'root', minVersion: 'TLSv1.3' }, {});
      const error = await fails(face, 'ERR_TLS_ALERT', () => client.receive());
      assert.equal(error.alert, 'certificate_required');
      says(error, 'sslv3 alert certificate required'.replace('sslv3', 'tlsv1'), /cert and key/);
    },
  },

  ...(['TLSv1.2', 'TLSv1.3'] as const).flatMap((maxVersion): Case[] => [
    {
      name: `TLS: a session of ${maxVersion} is resumed`,
      async run(face, peer) {
        assert.equal(await resumed(face, peer, { maxVersion, minVersion: maxVersion }), true);
      },
    },
    {
      name: `TLS: a session of ${maxVersion} of another name is no way around the name`,
      async run(face, peer) {
        await fails(face, 'ERR_TLS_CERT_ALTNAME_INVALID', () => resumed(face, peer, { maxVersion }, 'other.test'));
      },
    },
  ]),

  {
    name: 'TLS: what is no session leads to a whole handshake',
    async run(face, peer) {
      for (const session of [Buffer.alloc(0), Buffer.from('rubbish'), Buffer.alloc(3000, 1)]) {
        using client = await secured(face, peer, {}, { session }, HELLO);
        assert.equal(await client.receive(), 'hello');
        assert.equal(client.info().resumed, false);
      }
    },
  },
];
