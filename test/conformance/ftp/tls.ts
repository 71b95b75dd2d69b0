/** FTP through TLS, and through proxies: what begins in clear, what data connections resume, and how they end. */
import assert from 'node:assert/strict';
import { pattern } from '../script.ts';
import { type Case, type Face, fails, type Peer } from '../support.ts';
import { folderOf, pem, SERVER } from '../tls/support.ts';
import { ask, ftpOf, serve, serveTls, withSession } from './support.ts';

const DATA = pattern(200_000);

async function tenFiles(face: Face, options: Parameters<typeof withSession>[1]): Promise<void> {
  await withSession(face, options, async (session) => {
    for (let i = 0; i < 10; i++) {
      assert.equal(await session.put(DATA, `f${i}`), DATA.length);
      assert.ok((await session.get(`f${i}`)).equals(DATA));
    }
    assert.equal((await session.list()).length, 10);
    await session.quit();
  });
}

/** A web server of the peer's that is a proxy, too; gives its URL. */
async function proxy(face: Face, peer: Peer, secure = false): Promise<string> {
  using control = await peer.control(face);
  const how = secure ? { how: { folder: folderOf(peer), ...SERVER } } : {};
  const port = (await control.do({ do: 'serveWeb', ...how })) as number;
  return `${secure ? 'https' : 'http'}://localhost:${port}`;
}

async function tunnels(face: Face, peer: Peer, url: string): Promise<number> {
  const { body } = await face.http.request({ url: `${url}/facts`, tls: { ca: pem(peer, 'root.pem') }, timeout: 20 });
  return (JSON.parse(String(body)) as { tunnels: number }).tunnels;
}

export const cases: readonly Case[] = [
  ...(['TLSv1.2', 'TLSv1.3'] as const).flatMap((version): Case[] => [
    {
      name: `ftps: AUTH TLS, ${version}: files both ways`,
      async run(face, peer) {
        const options = await serveTls(face, peer, {}, { minVersion: version, maxVersion: version });
        await tenFiles(face, options);
      },
    },
    {
      name: `ftps: files of nothing and of little go behind the handshake of ${version}, and with a goodbye`,
      async run(face, peer) {
        const options = await serveTls(face, peer, {}, { minVersion: version, maxVersion: version });
        await withSession(face, options, async (session) => {
          for (const length of [0, 1, 0, 70_000]) assert.equal(await session.put(pattern(length), 'x'), length);
          assert.equal(await session.size('x'), 70_000);
        });
      },
    },
    {
      name: `ftps: each data connection of ${version} resumes the session, as the server wants it`,
      async run(face, peer) {
        const options = await serveTls(face, peer, { reuse: true }, { minVersion: version, maxVersion: version });
        await tenFiles(face, options);
        const { data, resumed } = await ask(face, options);
        assert.deepEqual([data, resumed], [21, 21]);
      },
    },
  ]),

  {
    name: 'ftps: TLS from the first byte on, active',
    async run(face, peer) {
      const options = await serveTls(face, peer, { implicit: true });
      await tenFiles(face, { ...options, active: true });
    },
  },

  {
    name: 'ftps: a certificate of another name is refused, before any password',
    async run(face, peer) {
      const options = await serveTls(face, peer, {}, { cert: 'second' });
      await fails(face, 'ERR_TLS_CERT_ALTNAME_INVALID', () => ftpOf(face).connect(options));
    },
  },

  {
    name: 'ftps: a data connection shows a certificate of the host, or gets nothing',
    async run(face, peer) {
      const options = await serveTls(face, peer, { dataCert: 'second', files: { x: 'hello' } });
      await withSession(face, options, async (session) => {
        for (const call of [() => session.get('x'), () => session.put(DATA, 'y'), () => session.list()]) {
          const error = await fails(face, ['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_FTP_REPLY'], call);
          assert.match(error.message, /second\.test/);
        }
      });
    },
  },

  {
    name: 'ftps: PROT P that is refused ends the session: no file goes in clear',
    async run(face, peer) {
      const options = await serveTls(face, peer, { prot: false });
      const error = await fails(face, 'ERR_TLS_REQUIRED', () => ftpOf(face).connect(options));
      assert.match(error.message, /PROT P: 534/);
    },
  },

  {
    name: 'ftps: plain bytes behind the 234 are refused',
    async run(face, peer) {
      const options = await serveTls(face, peer);
      await ask(face, options, 'INJECT');
      const error = await fails(face, 'ERR_TLS_UNREAD', () => ftpOf(face).connect(options));
      assert.match(error.message, /unread|bytes/);
      const { logins } = await ask(face, options);
      assert.equal(logins, 2);
    },
  },

  {
    name: 'ftps: a download that is cut without a goodbye is an error, though the server says 226',
    async run(face, peer) {
      const options = await serveTls(face, peer, { files: { big: { pattern: 200_000 } } });
      await withSession(face, options, async (session) => {
        for (const length of [0, 100_000, 200_000]) {
          await session.quote('SITE', `END ${length}`);
          let came = 0;
          const error = await fails(face, 'ERR_PARTIAL', () =>
            session.get('big', (chunk) => {
              came += chunk?.length ?? 0;
            }),
          );
          assert.match(error.message, new RegExp(`broke off after ${length} bytes: .*ERR_TLS_TRUNCATED`));
          assert.equal(came, length);
          assert.ok((await session.get('big')).equals(pattern(200_000)), 'the session goes on');
        }
      });
    },
  },

  {
    name: 'ftps: a sink that throws in the middle leaves the session usable',
    async run(face, peer) {
      const options = await serveTls(face, peer, { files: { big: { pattern: 3_000_000 } } });
      await withSession(face, options, async (session) => {
        const mine = new Error('enough');
        await assert.rejects(
          async () =>
            await session.get('big', () => {
              throw mine;
            }),
          mine,
        );
        assert.ok((await session.get('big')).equals(pattern(3_000_000)));
      });
    },
  },

  ...[false, true].map(
    (secure): Case => ({
      name: `ftp: control and data through the tunnels of a proxy${secure ? ', all in TLS' : ''}`,
      async run(face, peer) {
        const files = { big: { pattern: 200_000 } };
        const options = await (secure ? serveTls(face, peer, { files }) : serve(face, peer, { files }));
        const url = await proxy(face, peer, secure);
        const before = await tunnels(face, peer, url);
        const how = { ...options, proxy: url, proxyTls: { ca: pem(peer, 'root.pem') } };
        await withSession(face, how, async (session) => {
          assert.ok((await session.get('big')).equals(pattern(200_000)));
          assert.equal(await session.put(DATA, 'up'), DATA.length);
          assert.equal((await session.list()).length, 2);
          await session.quit();
        });
        assert.equal((await tunnels(face, peer, url)) - before, 4);
      },
    }),
  ),

  {
    name: 'ftp: active mode through a proxy is refused by name',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { x: 'hello' } });
      const how = { ...options, proxy: await proxy(face, peer), active: true };
      await withSession(face, how, async (session) => {
        await fails(face, 'ERR_UNSUPPORTED', () => session.get('x'));
      });
    },
  },
];
