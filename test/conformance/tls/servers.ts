/** TLS servers: handshakes beside each other, certificates by name, clients with certificates, and clients that are none. */
import assert from 'node:assert/strict';
import type { SocketError } from '../../../src/core/errors.ts';
import type { TlsClient, TlsListenOptions, TlsServer } from '../../../src/entry/tls.ts';
import type { Step } from '../script.ts';
import { type Case, type Face, fails, type Peer } from '../support.ts';
import type { PeerTls } from './peer-tls.ts';
import { identity, peerFacts, pem, tlsOf, tlsStep } from './support.ts';

interface Served {
  readonly server: TlsServer;
  readonly rejected: SocketError[];
  /** A client of the peer's that goes on so. */
  client(how: Partial<PeerTls>, ...then: Step[]): Promise<void>;
  /** One that runs these steps, in plain text. */
  plain(...script: Step[]): Promise<void>;
  [Symbol.dispose](): void;
}

async function serve(face: Face, peer: Peer, options: Partial<TlsListenOptions> = {}): Promise<Served> {
  const rejected: SocketError[] = [];
  const server = await tlsOf(face).listen('127.0.0.1', 0, {
    ...identity(peer, 'server'),
    onrejected: (error) => rejected.push(error),
    ...options,
  });
  server.settimeout(10);
  const { port } = server.getsockname();
  const connect = async (...script: Step[]): Promise<void> => {
    using control = await peer.control(face);
    await control.do({ do: 'connectTo', to: { port }, script });
  };
  return {
    server,
    rejected,
    client: (how, ...then) => connect(tlsStep(peer, { role: 'client', ...how }, ...then)),
    plain: connect,
    [Symbol.dispose]: () => server.close(),
  };
}

const HELLO = { do: 'send', bytes: 'hello\n' } as const;

async function greeted(client: TlsClient): Promise<void> {
  client.settimeout(10);
  assert.equal(await client.receive(), 'hello');
  client.close();
}

export const cases: readonly Case[] = [
  {
    name: 'TLS server: gives connections whose handshakes are done',
    async run(face, peer) {
      using served = await serve(face, peer, { alpn: ['smtp'] });
      const name = peer.name();
      await served.client({ servername: 'localhost', alpn: ['imap', 'smtp'] }, HELLO, { do: 'tlsFacts', as: name });
      const client = await served.server.accept();
      const { protocol, servername, alpn, verified } = client.info();
      assert.deepEqual([protocol, servername, alpn, verified], ['TLSv1.3', 'localhost', 'smtp', false]);
      assert.equal(client.getsockname().port, served.server.getsockname().port);
      await greeted(client);
      assert.equal((await peerFacts(face, peer, name)).peer, 'localhost');
    },
  },

  {
    name: 'TLS server: a silent client, one that is none and one that goes away keep nobody waiting',
    async run(face, peer) {
      using served = await serve(face, peer, { timeout: 30 });
      await served.plain({ do: 'receiveAll' });
      await served.plain({ do: 'send', bytes: '\x16' }, { do: 'receiveAll' });
      await served.plain({ do: 'send', bytes: 'GET / HTTP/1.1\r\n\r\n' }, { do: 'receiveAll' });
      await served.plain({ do: 'end' });
      await served.client({}, HELLO);
      await greeted(await served.server.accept());
    },
  },

  {
    name: 'TLS server: tells whom it has rejected, and why',
    async run(face, peer) {
      using served = await serve(face, peer, { timeout: 0.2 });
      await served.plain({ do: 'receiveAll' });
      await served.plain({ do: 'send', bytes: 'GET / HTTP/1.1\r\n\r\n' }, { do: 'receiveAll' });
      await served.plain({ do: 'end' });
      served.server.settimeout(1);
      await fails(face, 'ETIMEDOUT', () => served.server.accept());
      assert.deepEqual(served.rejected.map(({ code }) => code).sort(), [
        'ERR_CLOSED',
        'ERR_TLS_WRONG_PROTOCOL',
        'ETIMEDOUT',
      ]);
      for (const error of served.rejected) {
        assert.match(error.message, /^accept 127\.0\.0\.1:\d+: /);
        assert.equal(error.phase, 'handshake');
      }
      const http = served.rejected.find(({ code }) => code === 'ERR_TLS_WRONG_PROTOCOL');
      assert.equal(http?.reason, 'http request');
    },
  },

  {
    name: 'TLS server: shows each name its certificate, with the same protocols',
    async run(face, peer) {
      const sni = { 'second.test': identity(peer, 'second'), '*.wild.test': identity(peer, 'server') };
      using served = await serve(face, peer, { ...identity(peer, 'nameless'), alpn: ['smtp'], sni });
      for (const [servername, subject] of [
        ['second.test', 'second.test'],
        ['SECOND.test', 'second.test'],
        ['a.wild.test', 'localhost'],
        ['other.test', 'localhost'],
      ] as const) {
        const name = peer.name();
        await served.client({ servername, alpn: ['smtp'] }, { do: 'tlsFacts', as: name }, HELLO);
        const client = await served.server.accept();
        assert.equal(client.getalpn(), 'smtp');
        await greeted(client);
        const facts = await peerFacts(face, peer, name);
        assert.deepEqual([facts.peer, facts.alpn], [subject, 'smtp']);
      }
    },
  },

  {
    name: 'TLS server: lets in clients with a good certificate, and no others',
    async run(face, peer) {
      const options = { ca: pem(peer, 'root.pem'), requestCert: true };
      using served = await serve(face, peer, options);
      await served.client({}, { do: 'receiveAll' });
      await served.client({ cert: 'self' }, { do: 'receiveAll' });
      await served.client({ cert: 'client' }, HELLO);
      const client = await served.server.accept();
      assert.deepEqual([client.getpeercertificate()?.subject, client.info().verified], ['CN=a client', true]);
      await greeted(client);
      served.server.settimeout(0.5);
      await fails(face, 'ETIMEDOUT', () => served.server.accept());
      const codes = served.rejected.map(({ code }) => code).sort();
      assert.deepEqual(codes, ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT']);
    },
  },

  {
    name: 'TLS server: lets in clients without a certificate where it is optional',
    async run(face, peer) {
      const options = { ca: pem(peer, 'root.pem'), requestCert: true, verify: 'optional' } as const;
      using served = await serve(face, peer, options);
      await served.client({}, HELLO);
      const client = await served.server.accept();
      assert.deepEqual([client.getpeercertificate(), client.info().verified], [undefined, false]);
      await greeted(client);
      await served.client({ cert: 'self' }, { do: 'receiveAll' });
      served.server.settimeout(0.5);
      await fails(face, 'ETIMEDOUT', () => served.server.accept());
      assert.deepEqual(
        served.rejected.map(({ code }) => code),
        ['DEPTH_ZERO_SELF_SIGNED_CERT'],
      );
    },
  },
];
