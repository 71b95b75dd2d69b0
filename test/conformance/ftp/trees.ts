/** What the cases of mirrors have at hand: a tree of files on either side, and a mirror of it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FtpMirror, FtpOptions, MirrorError, MirrorResult } from '../../../src/entry/ftp.ts';
import { pattern } from '../script.ts';
import { type Face, fails, type Peer } from '../support.ts';
import { ftpOf, withSession } from './support.ts';

export const BIG = 1_000_000;
export const FILES = {
  'pub/a': 'hello',
  'pub/empty': '',
  'pub/sub/deep/b': { pattern: 70_000 },
  'pub/sub/é x': 'two words',
  'pub/big': { pattern: BIG },
  'other/c': 'not this one',
};

/** What of it is below pub. */
export const CONTENTS = new Map<string, Buffer>([
  ['a', Buffer.from('hello')],
  ['empty', Buffer.alloc(0)],
  ['sub/deep/b', pattern(70_000)],
  ['sub/é x', Buffer.from('two words')],
  ['big', pattern(BIG)],
]);
export const BYTES = BIG + 70_000 + 5 + 9;

/** All files below a folder, by their paths. */
export function treeOf(folder: string, below = ''): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) for (const [name, bytes] of treeOf(folder, path)) files.set(name, bytes);
    else files.set(path, readFileSync(join(folder, path)));
  }
  return files;
}

export function assertTree(folder: string, expected: ReadonlyMap<string, Buffer>): void {
  const files = treeOf(folder);
  assert.deepEqual([...files.keys()].sort(), [...expected.keys()].sort());
  for (const [path, bytes] of expected) assert.ok(files.get(path)?.equals(bytes), path);
}

/** The same files here. */
export function madeTree(peer: Peer): string {
  const local = peer.path();
  for (const [path, bytes] of CONTENTS) {
    mkdirSync(join(local, path, '..'), { recursive: true });
    writeFileSync(join(local, path), bytes);
  }
  return local;
}

export type Way = Partial<FtpMirror<'await'>>;

export async function down(
  face: Face,
  options: FtpOptions<'await'>,
  local: string,
  way: Way = {},
): Promise<MirrorResult> {
  return await ftpOf(face).mirror({ ...options, direction: 'down', remote: 'pub', local, ...way });
}

export async function up(
  face: Face,
  options: FtpOptions<'await'>,
  local: string,
  way: Way = {},
): Promise<MirrorResult> {
  return await ftpOf(face).mirror({ ...options, direction: 'up', remote: 'new/tree', local, ...way });
}

/** What the server has below a folder. */
export async function storedTree(face: Face, options: FtpOptions<'await'>): Promise<Map<string, Buffer>> {
  return await withSession(face, options, async (session) => {
    const files = new Map<string, Buffer>();
    for (const path of CONTENTS.keys()) {
      if (await session.exists(`new/tree/${path}`)) files.set(path, await session.get(`new/tree/${path}`));
    }
    return files;
  });
}

export async function failure(face: Face, call: () => unknown): Promise<MirrorError> {
  const error = await fails(face, 'ERR_FTP_MIRROR', call);
  assert.ok(error instanceof ftpOf(face).MirrorError);
  return error;
}
