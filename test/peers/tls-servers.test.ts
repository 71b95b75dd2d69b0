/** TLS clients of both faces with servers of others: versions, 1 MiB each way in pieces, halves, names, protocols, certificates, sessions. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import { connect, context, type TlsClient, type TlsConnectOptions } from '../../src/entry/tls.ts';
import { connect as connectBlocking, context as contextBlocking } from '../../src/entry/tls-blocking.ts';
import { PATIENCE, withTools } from './peer.ts';
import { TLS_SERVERS, type TlsServerPeer } from './servers/tls.ts';
import { identityIn, read, temporaryFiles } from './tls-files.ts';
import { type Talker, talk, VERSIONS, type Version } from './tls-talk.ts';

type Connected = Talker & Pick<TlsClient, 'close' | 'info' | 'getsession' | 'getpeercertificate'>;

const FACES = {
  await: { connect, context },
  // The server is another process: that this one does nothing else meanwhile is nothing to it.
  blocking: { connect: connectBlocking, context: contextBlocking },
};

let folder: string;
before(() => {
  folder = temporaryFiles();
});

for (const [name, peer] of Object.entries(TLS_SERVERS)) {
  for (const face of ['await', 'blocking'] as const) {
    withTools(`${name} as the server (${face})`, peer.tools, async (cleanup) => {
      const { port, mutual } = await peer.start(cleanup, folder);
      const open = async (to: number, options: TlsConnectOptions): Promise<Connected> => {
        const client: Connected = await FACES[face].connect('localhost', to, { timeout: PATIENCE, ...options });
        cleanup.defer(() => client.close());
        return client;
      };
      for (const version of VERSIONS) {
        const versions = { minVersion: version, maxVersion: version };
        // s_server sends the certificate for a name without its chain.
        const ca = [read(folder, 'root.pem'), read(folder, 'chain.pem')];
        const shared = FACES[face].context({ ca, ...versions, alpn: ['smtp', 'sieve'] });
        await serves(peer, version, (options) => open(port, { context: shared, ...options }));
        await asks(peer, (options) => open(mutual, { ca, ...versions, ...options }));
      }
    });
  }
}

type Open = (options?: TlsConnectOptions) => Promise<Connected>;

async function serves(peer: TlsServerPeer, protocol: Version, open: Open): Promise<void> {
  const first = await open();
  assert.deepEqual(factsOf(first), {
    protocol,
    verified: true,
    alpn: peer.alpn,
    resumed: false,
    subject: 'CN=localhost',
  });
  await talk(first, peer.end);
  const session = first.getsession();
  const before = factsOf(first);
  first.close();
  const second = await open({ session });
  assert.deepEqual(factsOf(second), { ...before, resumed: true });
  await talk(second, peer.end);
  second.close();
  const named = await open({ servername: 'second.test' });
  assert.equal(named.getpeercertificate()?.subject, 'CN=second.test');
  await talk(named, peer.end);
  named.close();
}

async function asks(peer: TlsServerPeer, open: Open): Promise<void> {
  const known = await open(identityIn(folder, 'client'));
  await talk(known, peer.end);
  known.close();
  // TLS 1.3 tells after the handshake, and some hang up without a word.
  const codes = /^(ERR_TLS_ALERT|ECONNRESET|EPIPE|ERR_CLOSED|ERR_TLS_TRUNCATED)$/;
  await assert.rejects(async () => await talk(await open(), peer.end), { code: codes });
}

function factsOf(client: Connected) {
  const { protocol, verified, alpn, resumed } = client.info();
  return { protocol, verified, alpn, resumed, subject: client.getpeercertificate()?.subject };
}
