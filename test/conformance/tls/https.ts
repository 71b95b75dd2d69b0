/** https: servers that are who they should be, connections and sessions that serve again, proxies, redirects, and the ends. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import type { RequestTls } from '../../../src/entry/http.ts';
import { type Case, type Face, type Failed, fails, type Peer, partialOf } from '../support.ts';
import type { PeerTls } from './peer-tls.ts';
import type { WebFacts } from './peer-web.ts';
import { folderOf, identity, pem, SERVER, says, tlsOf } from './support.ts';

/** A web server of the peer's, through TLS; gives its port. */
async function web(face: Face, peer: Peer, how: Partial<PeerTls> = {}): Promise<number> {
  using control = await peer.control(face);
  const tls = { folder: folderOf(peer), ...SERVER, alpn: ['http/1.1'], ...how };
  return (await control.do({ do: 'serveWeb', how: tls })) as number;
}

async function plainWeb(face: Face, peer: Peer): Promise<number> {
  using control = await peer.control(face);
  return (await control.do({ do: 'serveWeb' })) as number;
}

function trust(peer: Peer): RequestTls {
  return { ca: pem(peer, 'root.pem') };
}

function factsIn(body: Uint8Array): WebFacts {
  return JSON.parse(String(body)) as WebFacts;
}

/** The SHA-256 of a certificate's key. */
function pinOf(peer: Peer, name: string): string {
  const key = new X509Certificate(pem(peer, `${name}.pem`)).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

const LOGIN = { Authorization: 'Basic c2VjcmV0' };

/** What is wrong with a server's certificate, and how that is told. */
const REFUSED: readonly [cert: string, host: string, tls: RequestTls, code: string, says: RegExp][] = [
  ['expired', 'localhost', {}, 'CERT_HAS_EXPIRED', /good until/],
  ['self', 'localhost', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT', /pass it as ca/],
  ['second', 'localhost', {}, 'ERR_TLS_CERT_ALTNAME_INVALID', /not for localhost but for DNS:second.test/],
  ['server', '127.0.0.1', { servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID', /not for other.test/],
  ['server', 'localhost', { pins: [Buffer.alloc(32).toString('base64')] }, 'ERR_TLS_PIN', /none of the pins/],
];

export const cases: readonly Case[] = [
  {
    name: 'https: a request, a fetch, by name and by address',
    async run(face, peer) {
      const port = await web(face, peer);
      for (const [host, servername] of [
        ['localhost', 'localhost'],
        ['127.0.0.1', null],
      ] as const) {
        const url = `https://${host}:${port}/facts`;
        const { body, code, timeline } = await face.http.request({ url, tls: trust(peer), timeout: 20 });
        const facts = factsIn(body);
        assert.deepEqual([code, facts.servername, facts.alpn], [200, servername, 'http/1.1']);
        assert.ok(timeline.secured !== undefined && timeline.secured > 0 && timeline.secured <= timeline.connected);
      }
      const response = await face.http.fetch(`https://localhost:${port}/a`, { tls: trust(peer), timeout: 20 });
      assert.equal(await response.text(), 'hello /a');
    },
  },

  ...REFUSED.map(
    ([cert, host, tls, code, words]): Case => ({
      name: `https: ${code} of ${cert} for ${tls.servername ?? host} is told at once, and nothing is sent`,
      async run(face, peer) {
        const port = await web(face, peer, { cert });
        const ask = (more: RequestTls) =>
          face.http.request({ url: `https://${host}:${port}/facts`, tls: { ...trust(peer), ...more }, timeout: 20 });
        const error = await fails(face, code, () => ask(tls));
        says(error, 'certificate verify failed', words);
        assert.equal(error.phase, 'connecting');
        assert.match(error.message, new RegExp(`^GET https://${host}:${port}/facts: connect .*\\(handshake\\)`));
        const { body } = await ask({ verify: false });
        assert.equal(factsIn(body).requests, 1);
      },
    }),
  ),

  {
    name: 'https: a CA that is not known, and a key that is pinned',
    async run(face, peer) {
      const url = `https://localhost:${await web(face, peer)}/`;
      const error = await fails(face, ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN'], () =>
        face.http.request({ url, tls: { ca: pem(peer, 'other.pem') }, timeout: 20 }),
      );
      assert.equal(error.phase, 'connecting');
      const pinned = { ...trust(peer), pins: [pinOf(peer, 'server')] };
      assert.equal((await face.http.request({ url, tls: pinned, timeout: 20 })).code, 200);
    },
  },

  ...(['TLSv1.2', 'TLSv1.3'] as const).map(
    (version): Case => ({
      name: `https: connections and sessions of ${version} serve again`,
      async run(face, peer) {
        const how = { minVersion: version, maxVersion: version, tickets: `web ${version}` } as const;
        const url = `https://localhost:${await web(face, peer, how)}/facts`;
        using session = face.http.session();
        const ask = async (headers = {}) =>
          factsIn((await session.request({ url, tls: trust(peer), headers, timeout: 20 })).body);
        for (let i = 0; i < 20; i++) assert.equal((await ask()).connections, 1, 'kept, by the content of its options');
        // One connection after the other is closed, and leaves its session.
        await ask({ Connection: 'close' });
        for (let i = 1; i <= 3; i++) {
          const { connections, resumed } = await ask({ Connection: 'close' });
          // The peer, which is Node, gives no new ticket where one has served; one of TLS 1.3 serves once.
          assert.deepEqual([connections, resumed], [1 + i, version === 'TLSv1.2' ? i : Math.ceil(i / 2)]);
        }
      },
    }),
  ),

  {
    name: 'https: requests without a session of HTTP go on with sessions of TLS, by the content of their options',
    async run(face, peer) {
      const url = `https://localhost:${await web(face, peer, { tickets: 'web alone' })}/facts`;
      const ask = async (tls: RequestTls) => {
        const { connections, resumed } = factsIn((await face.http.request({ url, tls, timeout: 20 })).body);
        return [connections, resumed];
      };
      assert.deepEqual(await ask(trust(peer)), [1, 0]);
      assert.deepEqual(await ask(trust(peer)), [2, 1]);
      assert.deepEqual(await ask({ ...trust(peer), maxVersion: 'TLSv1.2' }), [3, 1], 'with other options');
    },
  },

  {
    name: 'https: other options are other connections, and no way around a name or a pin',
    async run(face, peer) {
      const port = await web(face, peer, { tickets: 'web keyed' });
      const url = `https://localhost:${port}/facts`;
      using session = face.http.session();
      const ask = async (tls: RequestTls) => factsIn((await session.request({ url, tls, timeout: 20 })).body);
      assert.equal((await ask({ verify: false })).connections, 1);
      assert.equal((await ask(trust(peer))).connections, 2);
      await fails(face, 'ERR_TLS_CERT_ALTNAME_INVALID', () => ask({ ...trust(peer), servername: 'other.test' }));
      await fails(face, 'ERR_TLS_PIN', () => ask({ ...trust(peer), pins: [pinOf(peer, 'second')] }));
      const context = tlsOf(face).context(trust(peer));
      const before = (await ask({ context })).connections;
      assert.equal((await ask({ context })).connections, before);
      assert.equal((await ask({ context: tlsOf(face).context(trust(peer)) })).connections, before + 1);
    },
  },

  {
    name: 'https: a thousand requests over one connection',
    async run(face, peer) {
      const url = `https://localhost:${await web(face, peer)}/facts`;
      using session = face.http.session();
      let last: WebFacts | undefined;
      for (let i = 0; i < 1000; i++) last = factsIn((await session.request({ url, tls: trust(peer) })).body);
      assert.deepEqual([last?.connections, last?.requests], [1, 1000]);
    },
  },

  {
    name: 'https: a body that only its end delimits has to end with the goodbye of TLS',
    async run(face, peer) {
      const port = await web(face, peer);
      const ask = async (path: string, tls: RequestTls = {}) => {
        const url = `https://localhost:${port}${path}`;
        return String((await face.http.request({ url, tls: { ...trust(peer), ...tls }, timeout: 20 })).body);
      };
      assert.equal(await ask('/end'), 'what there is');
      const error = await fails(face, 'ERR_TLS_TRUNCATED', () => ask('/cut'));
      assert.equal(partialOf(error), 'what there is');
      assert.equal(await ask('/cut', { truncation: 'end' }), 'what there is');
    },
  },

  {
    name: 'https: a server that speaks the other protocol is named, both ways round',
    async run(face, peer) {
      const plain = `https://127.0.0.1:${await plainWeb(face, peer)}/`;
      const error = await fails(face, 'ERR_TLS_WRONG_PROTOCOL', () => face.http.request({ url: plain, timeout: 20 }));
      says(error, 'wrong version number', /http:\/\/ instead of https:\/\//);
      assert.equal(error.phase, 'connecting');
      // An alert, unexpected_message and protocol_version; the first ends in what could be the end of a line.
      for (const hex of ['1503030002020a', '15030300020246']) {
        const client = await peer.talk(
          face,
          { do: 'receive', count: 1 },
          { do: 'send', bytes: { hex } },
          { do: 'end' },
        );
        const ask = () => face.http.request({ url: 'http://127.0.0.1/', create: () => client, timeout: 20 });
        const other = await fails(face, 'ERR_HTTP_STATUS', ask);
        assert.match(other.message, /speaks TLS on this port: ask it by https:\/\//);
      }
    },
  },

  {
    name: 'https: redirects lead to other origins without what was for the first',
    async run(face, peer) {
      const first = await web(face, peer, { requestCert: false, cert: 'server', ca: 'root' });
      const other = await web(face, peer);
      const plain = await plainWeb(face, peer);
      const [here, there, clear] = [
        `https://localhost:${first}`,
        `https://localhost:${other}`,
        `http://127.0.0.1:${plain}`,
      ];
      const tls = { ...trust(peer), ...identity(peer, 'client') };
      for (const [from, to, kept] of [
        [here, here, true],
        [here, there, false],
        [here, clear, false],
        [clear, here, false],
      ] as const) {
        const url = `${from}/302?${encodeURIComponent(`${to}/facts`)}`;
        const reply = await face.http.request({ url, headers: LOGIN, tls, timeout: 20 });
        assert.equal(reply.url, `${to}/facts`);
        assert.equal(factsIn(reply.body).authorization, kept ? LOGIN.Authorization : null, `${from} to ${to}`);
      }
      const body = { url: `${here}/307?${encodeURIComponent(`${clear}/facts`)}`, method: 'POST', source: 'secret' };
      await fails(face, 'ERR_HTTP_REDIRECT', () => face.http.request({ ...body, tls, timeout: 20 }));
      const context = tlsOf(face).context(tls);
      const error = await fails(face, 'ERR_HTTP_REDIRECT', () =>
        face.http.request({ url: `${here}/302?${encodeURIComponent(`${there}/`)}`, tls: { context }, timeout: 20 }),
      );
      assert.match(error.message, /another origin, and the context of tls/);
    },
  },

  {
    name: 'https: a certificate of the client is shown to its own server alone',
    async run(face, peer) {
      const wants = { requestCert: true, ca: 'root' } as const;
      const [first, other] = [await web(face, peer, wants), await web(face, peer, wants)];
      const tls = { ...trust(peer), ...identity(peer, 'client') };
      const ask = (path: string) => face.http.request({ url: `https://localhost:${first}${path}`, tls, timeout: 20 });
      assert.equal(factsIn((await ask('/facts')).body).peer, 'a client');
      const to = encodeURIComponent(`https://localhost:${other}/facts`);
      await fails(face, ['ERR_TLS_ALERT', 'ERR_NO_REPLY'], () => ask(`/302?${to}`));
    },
  },

  ...([false, true] as const).map(
    (secure): Case => ({
      name: `https: through a tunnel of ${secure ? 'an https' : 'a plain'} proxy`,
      async run(face, peer) {
        const port = await web(face, peer);
        const behind = secure ? await web(face, peer, { cert: 'second' }) : await plainWeb(face, peer);
        const proxy = `${secure ? 'https' : 'http'}://127.0.0.1:${behind}`;
        const url = `https://localhost:${port}/facts`;
        const proxyTls = { ...trust(peer), servername: 'second.test' };
        using session = face.http.session();
        const ask = () => session.request({ url, tls: trust(peer), proxy, timeout: 20, ...(secure && { proxyTls }) });
        for (let i = 0; i < 3; i++) {
          const facts = factsIn((await ask()).body);
          assert.deepEqual([facts.servername, facts.connections], ['localhost', 1]);
        }
        const asked = { url: `${proxy}/facts`, tls: proxyTls, timeout: 20 };
        assert.equal(factsIn((await face.http.request(asked)).body).tunnels, 1);
        if (!secure) return;
        const error = await fails(face, 'ERR_TLS_CERT_ALTNAME_INVALID', () =>
          face.http.request({ url, tls: trust(peer), proxyTls: trust(peer), proxy, timeout: 20 }),
        );
        assert.match(error.message, /connect the proxy 127\.0\.0\.1:\d+ \(handshake\)/);
      },
    }),
  ),

  {
    name: 'https: misuse is told before anything is sent',
    async run(face, peer) {
      const context = tlsOf(face).context({ alpn: ['h2'] });
      const url = 'https://127.0.0.1:1/';
      for (const [tls, words] of [
        ['required', /tls is an object of TLS options/],
        [{ alpn: ['h2'] }, /tls has no alpn/],
        [{ mode: 'required' }, /tls has no mode/],
        [{ verify: 'no' }, /request: tls: verify is true, false/],
        [{ context }, /its context offers h2/],
        [{ context: tlsOf(face).context(), ca: pem(peer, 'root.pem') }, /leave out ca/],
      ] as unknown as readonly [RequestTls, RegExp][]) {
        const error: Failed = await fails(face, 'ERR_INVALID_ARGUMENT', () => face.http.request({ url, tls }));
        assert.match(error.message, words);
      }
      const create = (): never => assert.fail('nothing is opened');
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.http.request({ url, tls: {}, create }));
    },
  },
];
