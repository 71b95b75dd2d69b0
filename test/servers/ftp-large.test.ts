/**
 * Large files, there and back, with checksums: 1 GiB by the await face with vsftpd, less with the others; all of them of
 * that size with `npm run test:peers -- --large`. And sessions whose server is killed in the middle, and that go on later.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as awaiting from '../../src/entry/ftp.ts';
import * as blocking from '../../src/entry/ftp-blocking.ts';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { FTPDS, killingAt, loginAt, startFtpd } from './ftpd.ts';

const GIB = 2 ** 30;
const LESS = 2 ** 26;
const PIECE = 65_536;

type AnySession = Pick<awaiting.Session, keyof awaiting.Session>;

const FACES: readonly (readonly [face: string, connect: (options: awaiting.FtpOptions) => Promise<AnySession>])[] = [
  ['await', (options) => awaiting.connect(options as awaiting.FtpOptions<'await'>)],
  [
    'blocking',
    async (options) => blocking.connect(options as awaiting.FtpOptions<'blocking'>) as unknown as AnySession,
  ],
];

/** A source of so many bytes, no two pieces of which are alike, and their checksum at its end. */
function numbered(bytes: number) {
  const hash = createHash('sha256');
  const base = everyByte(PIECE);
  let left = bytes;
  const source = (): Buffer | null => {
    if (left === 0) return null;
    const piece = Buffer.from(base);
    piece.writeUIntBE(left, 0, 6);
    left -= piece.length;
    hash.update(piece);
    return piece;
  };
  return { source, digest: () => hash.digest('hex') };
}

function digestOf(path: string): string {
  const hash = createHash('sha256');
  const memory = Buffer.alloc(2 ** 20);
  const file = openSync(path, 'r');
  for (let length = readSync(file, memory); length > 0; length = readSync(file, memory))
    hash.update(memory.subarray(0, length));
  closeSync(file);
  return hash.digest('hex');
}

for (const name of FTPDS) {
  for (const [face, open] of FACES) {
    const usual = name === 'vsftpd' && face === 'await' ? GIB : LESS;
    const bytes = process.env.MOONSOCKET_LARGE === '1' ? GIB : usual;
    const title = `${name}, ${face} face: ${bytes / 2 ** 20} MiB go there and come back`;
    const body = async (cleanup: Cleanup): Promise<void> => {
      const server = await startFtpd(cleanup, name);
      const session = await open(loginAt(server));
      cleanup.defer(() => session.close());
      const { source, digest } = numbered(bytes);
      assert.equal(await session.put(source, 'large'), bytes);
      const sent = digest();
      assert.equal(digestOf(join(server.home, 'large')), sent);
      const hash = createHash('sha256');
      const came = await session.get('large', (chunk) => {
        if (chunk !== null) hash.update(chunk);
      });
      assert.equal(came, bytes);
      assert.equal(hash.digest('hex'), sent);
      await session.quit();
    };
    withTools(title, [], body, 600);
  }
}

async function failed(call: () => unknown): Promise<{ code?: string; message: string }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  assert.fail('it went on without a server');
}

const LOST = /^(?:ERR_PARTIAL|ERR_UNKNOWN_OUTCOME|ERR_CLOSED|ECONNRESET|EPIPE)$/;

for (const name of FTPDS) {
  const body = async (cleanup: Cleanup): Promise<void> => {
    const server = await startFtpd(cleanup, name);
    const folder = newFolder(cleanup);
    // More than the kernels hold, so that the middle is one.
    const data = everyByte(48_000_000);
    writeFileSync(join(folder, 'here'), data);
    for (const [face, open] of FACES) {
      const kept = async (): Promise<AnySession> => {
        const session = await open(loginAt(server));
        cleanup.defer(() => session.close());
        return session;
      };
      const there = join(server.home, face);
      const first = await kept();
      const up = await failed(() => first.put(join(folder, 'here'), face, { progress: killingAt(server, 8_000_000) }));
      assert.match(String(up.code), LOST, `${face}: ${up.message}`);
      assert.ok(statSync(there).size < data.length);
      const ended = await failed(() => first.pwd());
      assert.equal(ended.code, 'ERR_CLOSED', ended.message);

      const second = await kept();
      const before = statSync(there).size;
      assert.equal(await second.put(join(folder, 'here'), face, { resume: true }), data.length - before);
      assert.ok(readFileSync(there).equals(data));

      const file = join(folder, face);
      const down = await failed(() => second.get(face, file, { progress: killingAt(server, 8_000_000) }));
      assert.match(String(down.code), LOST, `${face}: ${down.message}`);
      const had = statSync(file).size;
      assert.ok(had >= 8_000_000 && had < data.length, String(had));
      const third = await kept();
      assert.equal(await third.get(face, file, { resume: true }), data.length - had);
      assert.ok(readFileSync(file).equals(data));
      await third.quit();
    }
  };
  withTools(`${name} is killed in the middle of both ways, and the copies go on later`, [], body, 300);
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  const body = async (cleanup: Cleanup): Promise<void> => {
    const server = await startFtpd(cleanup, 'vsftpd', { tls: 'required' });
    const tls = { mode: 'required', ca: server.ca, maxVersion, servername: 'localhost' } as const;
    const data = everyByte(200_000);
    for (const [face, open] of FACES) {
      const session = await open({ ...loginAt(server), tls });
      cleanup.defer(() => session.close());
      let [ups, downs] = [0, 0];
      for (let i = 0; i < 20; i++) {
        if ((await session.put(data, `${face} ${i}`)) === data.length) ups++;
        if ((await session.get(`${face} ${i}`)).equals(data)) downs++;
      }
      assert.deepEqual([ups, downs], [20, 20], face);
      await session.quit();
    }
  };
  withTools(`vsftpd has its TLS sessions resumed 20 times of 20, up and down, in ${maxVersion}`, [], body, 240);
}
