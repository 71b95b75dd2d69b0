/** Mirrors with connections that die in the middle, files that are refused, and servers that mean harm. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, fails } from '../support.ts';
import { ask, serve } from './support.ts';

import { assertTree, BYTES, CONTENTS, down, FILES, failure, madeTree, storedTree, treeOf, up } from './trees.ts';

export const cases: readonly Case[] = [
  {
    name: 'ftp mirror: down goes on in the middle of a file when connections die',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      // More often than a file may fail without a byte that moves.
      await ask(face, options, 'CUT 90000 8');
      const local = peer.path();
      const result = await down(face, options, local);
      assert.deepEqual(result, { files: 5, bytes: BYTES, same: 0, leftOut: [] });
      assertTree(local, CONTENTS);
      const { verbs } = await ask(face, options);
      assert.ok((verbs.REST ?? 0) >= 1, 'it goes on where it stood');
    },
  },

  {
    name: 'ftp mirror: a file that has changed meanwhile is copied from its beginning',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      await ask(face, options, 'CUT 300000 1', 'CHANGES');
      const local = peer.path();
      assert.equal((await down(face, options, local)).files, 5);
      const big = CONTENTS.get('big') as Buffer;
      assertTree(local, new Map(CONTENTS).set('big', Buffer.from(big).reverse()));
    },
  },

  {
    name: 'ftp mirror: up goes on in the middle of a file when connections die',
    async run(face, peer) {
      const options = await serve(face, peer);
      await ask(face, options, 'CUT 300000 3');
      const local = madeTree(peer);
      assert.equal((await up(face, options, local)).files, 5);
      assert.deepEqual(await storedTree(face, options), CONTENTS);
      const { verbs } = await ask(face, options);
      assert.ok((verbs.APPE ?? 0) >= 1, 'it goes on where it stood');
    },
  },

  {
    name: 'ftp mirror: a server that refuses REST gives the file from its beginning',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      await ask(face, options, 'CUT 300000 1', 'NOREST');
      const local = peer.path();
      assert.equal((await down(face, options, local)).files, 5);
      assertTree(local, CONTENTS);
    },
  },

  {
    name: 'ftp mirror: one whose connections always die gives up, and says at which file',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { 'pub/big': 'hello', 'pub/empty': '' } });
      await ask(face, options, 'CUT 0 1000');
      const local = peer.path();
      const error = await failure(face, () => down(face, options, local));
      const names = error.failures.map(({ path }) => path).sort();
      assert.deepEqual(names, ['big']);
      assert.match(error.message, /^ftp mirror from 127\.0\.0\.1:\d+: "big" not copied: /);
      assert.deepEqual([error.result.files, error.result.same], [1, 0]);
    },
  },

  {
    name: 'ftp mirror: files that are refused are named, and the others are copied',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      await ask(face, options, 'DENY pub/big', 'DENY new/tree/a');
      const local = peer.path();
      const error = await failure(face, () => down(face, options, local));
      assert.deepEqual(
        error.failures.map(({ path }) => path),
        ['big'],
      );
      assert.match(String(error.failures[0]?.error), /550 no to RETR big/);
      assert.equal(error.cause, error.failures[0]?.error);
      const rest = new Map(CONTENTS);
      rest.delete('big');
      assertTree(local, rest);
      const other = await failure(face, () => up(face, options, local));
      assert.deepEqual([other.failures.map(({ path }) => path), other.result.files], [['a'], 3]);
    },
  },

  {
    name: 'ftp mirror: a file here that cannot be written is named, and the others are copied',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { 'pub/a/b': 'x', 'pub/c': 'y' } });
      const local = peer.path();
      mkdirSync(local);
      writeFileSync(join(local, 'a'), 'a file where the server has a folder');
      mkdirSync(join(local, 'c'));
      const result = await down(face, options, local);
      assert.deepEqual(result.leftOut.map(({ path }) => path).sort(), ['a', 'c']);
      const blocked = await fails(face, 'ERR_FTP_MIRROR', () => down(face, options, join(local, 'a'))).catch((e) => e);
      assert.match(String(blocked.code), /^(?:ENOTDIR|EEXIST)$/);
    },
  },

  {
    name: 'ftp mirror: names of the server lead nowhere else',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { 'pub/a': 'hello', evil: 'from above' } });
      const names = ['../evil', '..', '/etc/x', 'x\\y', 'C:x', 'CON', '..\\evil', 'a\0b', '\xff'];
      const lies = names.map((name) => `LIE type=file;size=5;modify=20200102030405; ${name}`);
      lies.push('LIE type=dir;modify=20200102030405; ../pub', 'LIE type=OS.unix=slink:/etc/passwd;size=9; link');
      await ask(face, options, ...lies.filter((lie) => !lie.includes('\0') && !lie.includes('\xff')));
      const root = peer.path();
      const local = join(root, 'in', 'here');
      const result = await down(face, options, local);
      assert.equal(result.files, 1);
      assert.deepEqual(treeOf(root), new Map([['in/here/a', Buffer.from('hello')]]));
      const left = result.leftOut.map(({ path }) => path);
      assert.deepEqual(
        left.sort(),
        ['../evil', '../pub', '..', '..\\evil', '/etc/x', 'C:x', 'CON', 'link', 'x\\y'].sort(),
      );
      for (const { why } of result.leftOut) assert.ok(why.length > 5, why);
    },
  },

  {
    name: 'ftp mirror: links here are neither followed nor written through',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { 'pub/sub/a': 'hello', 'pub/b': 'hello' } });
      const elsewhere = peer.path();
      mkdirSync(elsewhere);
      const local = peer.path();
      mkdirSync(local);
      symlinkSync(elsewhere, join(local, 'sub'));
      symlinkSync(join(elsewhere, 'b'), join(local, 'b'));
      const result = await down(face, options, local);
      assert.deepEqual([result.files, result.leftOut.map(({ path }) => path).sort()], [0, ['b', 'sub']]);
      assert.deepEqual(readdirSync(elsewhere), []);
      assert.deepEqual((await up(face, options, local)).leftOut.map(({ path }) => path).sort(), ['b', 'sub']);
    },
  },
];
