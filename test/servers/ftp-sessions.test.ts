/** Our sessions with vsftpd, ProFTPD and Pure-FTPd: both faces, passive and active, in clear and through TLS. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type FtpOptions, type Session } from '../../src/entry/ftp.ts';
import { connect as connectBlocking } from '../../src/entry/ftp-blocking.ts';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { FTPDS, type FtpdTls, type FtpServer, loginAt, startFtpd, USER } from './ftpd.ts';

/** A session of either face: what one awaits may be there already. */
type AnySession = Pick<Session, keyof Session>;

const FACES: readonly (readonly [face: string, connect: (options: FtpOptions) => Promise<AnySession>])[] = [
  ['await', (options) => connect(options as FtpOptions<'await'>)],
  ['blocking', async (options) => connectBlocking(options as FtpOptions<'blocking'>) as unknown as AnySession],
];

/** `await` on a call of the blocking face throws where it is called. */
async function errorOf(call: () => unknown): Promise<{ code?: string; message: string; reply?: { code: number } }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  assert.fail('there was no error');
}

/** All that a session does with files. */
async function useIt(session: AnySession, server: FtpServer, cleanup: Cleanup): Promise<void> {
  const data = everyByte(300_000);
  await session.mkdir('a dir/sub/é', { parents: true });
  await session.mkdir('a dir/sub', { parents: true });
  await session.cwd('a dir');
  assert.match(await session.pwd(), /\/a dir$/);
  for (let i = 0; i < 10; i++) {
    assert.equal(await session.put(data, `f${i}`), data.length);
    assert.ok((await session.get(`f${i}`)).equals(data));
  }
  assert.ok(readFileSync(join(server.home, 'a dir', 'f9')).equals(data));
  assert.equal(await session.put(Buffer.alloc(0), 'empty'), 0);
  assert.equal((await session.get('empty')).length, 0);
  const entries = await session.list();
  assert.deepEqual(entries.map(({ name }) => name).sort(), [
    'empty',
    ...Array.from({ length: 10 }, (_, i) => `f${i}`),
    'sub',
  ]);
  const first = entries.find(({ name }) => name === 'f0');
  assert.deepEqual([first?.type, first?.size], ['file', data.length]);
  assert.ok(first?.mtime !== undefined && first.mtime.getTime() <= Date.now() + 1000);
  assert.deepEqual(
    (await session.list('sub')).map(({ name, type }) => [name, type]),
    [['é', 'directory']],
  );
  assert.ok((await session.nlst()).includes('f0'));

  const time = new Date(Date.UTC(2020, 1, 2, 3, 4, 5));
  await session.setmtime('f0', time);
  assert.deepEqual(await session.mtime('f0'), time);
  assert.equal(await session.size('f0'), data.length);
  assert.deepEqual([await session.exists('f0'), await session.exists('nothing')], [true, false]);
  assert.equal((await session.stat('f0')).size, data.length);
  await session.rename('f0', 'g0');
  await session.chmod('g0', 0o600);
  const missing = await errorOf(() => session.get('f0'));
  assert.deepEqual([missing.code, missing.reply?.code], ['ERR_FTP_REPLY', 550]);

  const file = join(newFolder(cleanup), 'part');
  writeFileSync(file, data.subarray(0, 1000));
  assert.equal(await session.get('g0', file, { resume: true }), data.length - 1000);
  assert.ok(readFileSync(file).equals(data));
  await session.put(data.subarray(0, 1000), 'r');
  assert.equal(await session.put(file, 'r', { resume: true }), data.length - 1000);
  assert.ok((await session.get('r')).equals(data));
  await session.put(Buffer.from('a\nb\r\nc\n'), 'text', { ascii: true });
  assert.equal(String(await session.get('text', undefined, { ascii: true })), 'a\nb\nc\n');

  // A download that is given up: more than the kernels hold is still on its way.
  const big = Buffer.alloc(20_000_000, 'z');
  await session.put(big, 'big');
  const enough = new Error('enough');
  const thrown = await errorOf(() =>
    session.get('big', () => {
      throw enough;
    }),
  );
  assert.equal(thrown, enough);
  assert.equal(await session.size('big'), big.length);
  await session.cwd('..');
  await session.remove('a dir', { recursive: true });
  assert.equal(await session.exists('a dir'), false);
  assert.deepEqual(readdirSync(server.home), []);
  await session.quit();
}

async function inBothFaces(cleanup: Cleanup, server: FtpServer, options: Partial<FtpOptions>): Promise<void> {
  for (const [face, open] of FACES) {
    const log: string[] = [];
    const session = await open({
      ...loginAt(server),
      log: (direction, line) => log.push(`${direction} ${line}`),
      ...options,
    });
    try {
      await useIt(session, server, cleanup);
    } catch (error) {
      throw new Error(`${face}: after ${log.slice(-6).join(', ')}`, { cause: error });
    } finally {
      session.close();
    }
  }
}

for (const name of FTPDS) {
  for (const active of [false, true]) {
    const how = active ? 'active' : 'passive';
    withTools(`${name}, ${how}, in clear`, ['curl'], async (cleanup) => {
      await inBothFaces(cleanup, await startFtpd(cleanup, name), { active });
    });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      withTools(`${name}, ${how}, through ${maxVersion}`, ['curl'], async (cleanup) => {
        const mode: FtpdTls = name === 'vsftpd' ? 'required' : 'explicit';
        const server = await startFtpd(cleanup, name, { tls: mode });
        const tls = { mode: 'required', ca: server.ca, maxVersion, servername: 'localhost' } as const;
        await inBothFaces(cleanup, server, { active, tls });
      });
    }
  }

  withTools(`${name}: 2000 files, some with odd names, are listed byte for byte`, ['curl'], async (cleanup) => {
    const server = await startFtpd(cleanup, name);
    const folder = join(server.home, 'many');
    mkdirSync(folder);
    const odd = [
      ' two  blanks ',
      '-a',
      'a -> b',
      'a"b',
      'é',
      '\ud83d\ude00',
      '.hidden',
      'a\\b',
      '%2e',
      'Feb  3 12:34 x',
      '*',
      '\x01\x7f',
      "'",
    ];
    const names = [...odd, ...Array.from({ length: 2000 - odd.length }, (_, i) => `file ${i}`)].sort();
    for (const each of names) writeFileSync(join(folder, each), each);
    execFileSync('chown', ['-R', `${USER}:`, folder]);
    // Pure-FTPd lists no name with control characters, and gives no file whose name has a backslash.
    const strict = name === 'pure-ftpd';
    const listed = strict ? names.filter((it) => !it.includes('\x01')) : names;
    const given = odd.filter((it) => !it.includes('\x01') && !(strict && it.includes('\\')));
    for (const [, open] of FACES) {
      const session = await open({ ...loginAt(server) });
      try {
        const entries = await session.list('many');
        assert.deepEqual(entries.map((entry) => entry.name).sort(), listed);
        for (const each of given) assert.equal(String(await session.get(`many/${each}`)), each);
        await session.quit();
      } finally {
        session.close();
      }
    }
  });
}

withTools('vsftpd over IPv6, passive and active', ['curl'], async (cleanup) => {
  const server = await startFtpd(cleanup, 'vsftpd', { host: '::1' });
  for (const active of [false, true]) await inBothFaces(cleanup, server, { active });
});

withTools('vsftpd with TLS from the first byte on', ['curl'], async (cleanup) => {
  const server = await startFtpd(cleanup, 'vsftpd', { tls: 'implicit' });
  await inBothFaces(cleanup, server, { tls: { mode: 'implicit', ca: server.ca, servername: 'localhost' } });
});

withTools('a server without TLS gets no password', ['curl'], async (cleanup) => {
  const server = await startFtpd(cleanup, 'vsftpd');
  for (const [, open] of FACES) {
    for (const tls of ['required', 'auto', undefined] as const) {
      const error = await errorOf(() => open({ ...loginAt(server), tls }));
      assert.equal(error.code, 'ERR_TLS_REQUIRED', error.message);
    }
  }
  assert.doesNotMatch(readFileSync(join(server.home, '..', 'vsftpd.log'), 'utf8'), /command: .*"(?:USER|PASS)/);
});

withTools('calls of one session that are made at once are done in their order', ['curl'], async (cleanup) => {
  const server = await startFtpd(cleanup, 'vsftpd');
  const session = await connect(loginAt(server) as FtpOptions<'await'>);
  const data = everyByte(100_000);
  await Promise.all(Array.from({ length: 20 }, (_, i) => session.put(data, `f${i}`)));
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => session.get(`f${i}`)));
  for (const each of all) assert.ok(each.equals(data));
  assert.equal((await session.list()).length, 20);
  await session.quit();
});
