/** Mirrors of whole servers, both ways and in both faces: odd names, again, and with sessions that are killed in the middle. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as awaiting from '../../src/entry/ftp.ts';
import * as blocking from '../../src/entry/ftp-blocking.ts';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import { FTPDS, type Ftpd, type FtpServer, killingAt, loginAt, startFtpd, USER } from './ftpd.ts';

type Mirror = (options: awaiting.FtpMirror) => Promise<awaiting.MirrorResult>;

const FACES: readonly (readonly [face: string, mirror: Mirror])[] = [
  ['await', (options) => awaiting.mirror(options as awaiting.FtpMirror<'await'>)],
  ['blocking', async (options) => blocking.mirror(options as awaiting.FtpMirror<'blocking'>)],
];

/** Of files and of folders. A backslash would lead to another folder, and Pure-FTPd lists no control characters. */
const ODD = [
  ' two  blanks ',
  '-a',
  'a -> b',
  'a"b',
  'é',
  '\ud83d\ude00',
  '.hidden',
  '%2e',
  'Feb  3 12:34 x',
  '*',
  '[a-z]',
  "'",
  'x;type=a',
];

/** What a server does not make under its name: ProFTPD no folder with a star, Pure-FTPd nothing with blanks at its ends. */
const NOT_MADE: Readonly<Record<Ftpd, readonly string[]>> = {
  vsftpd: [],
  proftpd: ['*'],
  'pure-ftpd': [' two  blanks '],
};

/** What a folder has, by the paths below it: a file's bytes, null for a folder. */
type Tree = Map<string, Buffer | null>;

function treeOf(folder: string, below = ''): Tree {
  const tree: Tree = new Map();
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    tree.set(path, entry.isDirectory() ? null : readFileSync(join(folder, path)));
    if (entry.isDirectory()) for (const [name, bytes] of treeOf(folder, path)) tree.set(name, bytes);
  }
  return tree;
}

function assertSame(got: string, wanted: string, what: string): void {
  const [a, b] = [treeOf(got), treeOf(wanted)];
  assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort(), what);
  for (const [path, bytes] of b) assert.ok(bytes === null || a.get(path)?.equals(bytes), `${what}: ${path}`);
}

/** Odd names in folders with odd names, three deep, and empty files and folders. How many files, and bytes. */
function makeTree(folder: string, name: Ftpd): { files: number; bytes: number } {
  const odd = ODD.filter((it) => !NOT_MADE[name].includes(it));
  for (const path of ['', 'deep', 'deep/er', ...odd]) {
    // A file and a folder cannot have one name.
    const here = path === '' ? join(folder, 'files') : join(folder, 'folders', path);
    mkdirSync(join(here, 'none'), { recursive: true });
    for (const file of odd) writeFileSync(join(here, file), `${path}/${file}`);
    writeFileSync(join(here, 'empty'), '');
    writeFileSync(join(here, 'large'), everyByte(70_000));
  }
  const contents = [...treeOf(folder).values()].filter((it) => it !== null);
  return { files: contents.length, bytes: contents.reduce((sum, { length }) => sum + length, 0) };
}

function given(server: FtpServer, folder: string): void {
  execFileSync('chown', ['-R', `${USER}:`, join(server.home, folder)]);
}

for (const name of FTPDS) {
  withTools(
    `${name}: a tree with odd names comes down and goes up, and a second time nothing does`,
    [],
    async (cleanup) => {
      const server = await startFtpd(cleanup, name);
      const there = join(server.home, 'tree');
      const { files, bytes } = makeTree(there, name);
      given(server, 'tree');
      for (const [face, mirror] of FACES) {
        const local = join(newFolder(cleanup), 'copy');
        const down = { ...loginAt(server), direction: 'down', remote: 'tree', local } as const;
        assert.deepEqual(await mirror(down), { files, bytes, same: 0, leftOut: [] }, face);
        assertSame(local, there, `${face}, down`);
        assert.deepEqual(await mirror(down), { files: 0, bytes: 0, same: files, leftOut: [] }, face);

        const up = { ...loginAt(server), direction: 'up', remote: `new/${face}`, local } as const;
        assert.deepEqual(await mirror(up), { files, bytes, same: 0, leftOut: [] }, face);
        assertSame(join(server.home, 'new', face), there, `${face}, up`);
        assert.deepEqual(await mirror(up), { files: 0, bytes: 0, same: files, leftOut: [] }, face);
      }
    },
    300,
  );

  withTools(
    `${name}: mirrors whose sessions are killed in the middle go on, both ways`,
    [],
    async (cleanup) => {
      const server = await startFtpd(cleanup, name);
      const there = join(server.home, 'tree');
      mkdirSync(join(there, 'below'), { recursive: true });
      // More than the kernels hold, so that the middle is one.
      for (const file of ['a', 'below/b']) writeFileSync(join(there, file), everyByte(24_000_000));
      for (let i = 0; i < 20; i++) writeFileSync(join(there, 'below', `small ${i}`), `${i}`);
      given(server, 'tree');
      for (const [face, mirror] of FACES) {
        const local = join(newFolder(cleanup), 'copy');
        for (const direction of ['down', 'up'] as const) {
          const remote = direction === 'down' ? 'tree' : `up ${face}`;
          const kill = killingAt(server, 8_000_000);
          let killed = 0;
          const progress = ({ bytes }: awaiting.MirrorProgress): void => {
            killed += kill(bytes) ? 1 : 0;
          };
          const result = await mirror({ ...loginAt(server), direction, remote, local, progress });
          assert.equal(killed, 1);
          assert.deepEqual([result.files, result.leftOut], [22, []], `${face}, ${direction}`);
          assertSame(direction === 'down' ? local : join(server.home, remote), there, `${face}, ${direction}`);
          assert.equal(statSync(join(local, 'a')).size, 24_000_000);
        }
      }
    },
    300,
  );
}
