/** Mirrors that go well: down and up, again, by several sessions, and what ends them. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MirrorProgress, MirrorResult } from '../../../src/entry/ftp.ts';
import { pattern } from '../script.ts';
import { type Case, fails } from '../support.ts';
import { ask, isAwait, serve, serveTls, withSession } from './support.ts';

import { assertTree, BIG, BYTES, CONTENTS, down, FILES, failure, madeTree, storedTree, up, type Way } from './trees.ts';

export const cases: readonly Case[] = [
  {
    name: 'ftp mirror: down, again, and after changes',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      const local = peer.path();
      const first = await down(face, options, local);
      assert.deepEqual(first, { files: 5, bytes: BYTES, same: 0, leftOut: [] });
      assertTree(local, CONTENTS);
      assert.equal(statSync(join(local, 'a')).mtime.toISOString(), '2020-01-02T03:04:05.000Z');
      const second = await down(face, options, local);
      assert.deepEqual(second, { files: 0, bytes: 0, same: 5, leftOut: [] });
      await withSession(face, options, async (session) => {
        await session.put(Buffer.from('HELLO'), 'pub/a');
        await session.put(Buffer.from('longer words'), 'pub/sub/é x');
        await session.remove('pub/empty');
      });
      const third = await down(face, options, local);
      assert.deepEqual(third, { files: 2, bytes: 17, same: 2, leftOut: [] });
      const now = new Map(CONTENTS).set('a', Buffer.from('HELLO')).set('sub/é x', Buffer.from('longer words'));
      assertTree(local, now);
    },
  },

  {
    name: 'ftp mirror: up, again, and after changes',
    async run(face, peer) {
      const options = await serve(face, peer);
      const local = madeTree(peer);
      assert.deepEqual(await up(face, options, local), { files: 5, bytes: BYTES, same: 0, leftOut: [] });
      assert.deepEqual(await storedTree(face, options), CONTENTS);
      assert.deepEqual(await up(face, options, local), { files: 0, bytes: 0, same: 5, leftOut: [] });
      writeFileSync(join(local, 'a'), 'longer');
      assert.deepEqual(await up(face, options, local), { files: 1, bytes: 6, same: 4, leftOut: [] });
      await withSession(face, options, async (session) => {
        assert.equal(String(await session.get('new/tree/a')), 'longer');
        const stored = (await session.mtime('new/tree/a')).getTime();
        assert.ok(Math.abs(stored - statSync(join(local, 'a')).mtimeMs) < 1000, 'the time of the original');
      });
    },
  },

  ...[true, false].map(
    (mlst): Case => ({
      name: `ftp mirror: a server ${mlst ? 'with' : 'without'} MLSD, both ways, through TLS`,
      async run(face, peer) {
        const options = await serveTls(face, peer, { files: FILES, mlst });
        const local = peer.path();
        assert.equal((await down(face, options, local)).files, 5);
        assertTree(local, CONTENTS);
        const time = statSync(join(local, 'a')).mtime.getUTCFullYear();
        assert.equal(time === 2020, mlst, 'times of LIST are in a zone that is not told, and not set');
        assert.deepEqual(await down(face, options, local), { files: 0, bytes: 0, same: 5, leftOut: [] });
        const { verbs: before } = await ask(face, options);
        assert.equal((await up(face, options, local)).files, 5);
        const { verbs } = await ask(face, options);
        assert.equal(verbs.MDTM, before.MDTM, 'MDTM with a time could be the name of a file');
        assert.deepEqual(await storedTree(face, options), CONTENTS);
        assert.deepEqual(await up(face, options, local), { files: 0, bytes: 0, same: 5, leftOut: [] });
      },
    }),
  ),

  {
    name: 'ftp mirror: times that differ by two seconds are the same, since some file systems have even ones alone',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { 'pub/a': 'hello' } });
      const local = peer.path();
      await down(face, options, local);
      const time = statSync(join(local, 'a')).mtimeMs / 1000;
      for (const [seconds, same] of [
        [2, 1],
        [3, 0],
      ] as const) {
        utimesSync(join(local, 'a'), time - seconds, time - seconds);
        assert.equal((await down(face, options, local)).same, same, `${seconds} s`);
      }
    },
  },

  {
    name: 'ftp mirror: tells of each file and of all',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      const told: MirrorProgress[] = [];
      await down(face, options, peer.path(), { progress: (progress) => told.push(progress) });
      for (const [path, bytes] of CONTENTS) {
        const of = told.filter((one) => one.path === path);
        assert.deepEqual([of.at(-1)?.bytes, of.at(-1)?.total], [bytes.length, bytes.length], path);
        const counts = of.map((one) => one.bytes);
        assert.deepEqual(
          counts,
          counts.toSorted((a, b) => a - b),
        );
      }
      assert.deepEqual(told.at(-1)?.all, { files: 5, filesKnown: 5, bytes: BYTES, bytesKnown: BYTES });
    },
  },

  {
    name: 'ftp mirror: an error of its progress ends it, with the other sessions, and is thrown',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { 'pub/stalls': { pattern: 200_000 }, 'pub/x': 'hello' } });
      // Without a limit of time: another session that is not ended would wait on.
      if (isAwait(face)) await ask(face, options, 'STALL 100000');
      const mine = new Error('enough');
      const progress = ({ path }: MirrorProgress): void => {
        if (path === 'x') throw mine;
      };
      const thrown = await Promise.resolve()
        .then(() => down(face, options, peer.path(), { timeout: null, progress }))
        .catch((error) => error);
      assert.equal(thrown, mine);
    },
  },

  {
    name: 'ftp mirror: a signal ends it at once',
    overlaps: true,
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      await ask(face, options, 'STALL 100000');
      const abort = new AbortController();
      const progress = ({ path, bytes }: MirrorProgress): void => {
        if (path === 'big' && bytes === 100_000) abort.abort(new Error('mine'));
      };
      const way = { signal: abort.signal, progress, sessions: 1 };
      const error = await fails(face, 'ABORT_ERR', () => down(face, options, peer.path(), way));
      assert.equal((error.cause as Error).message, 'mine');
      await fails(face, 'ABORT_ERR', () => down(face, options, peer.path(), { signal: AbortSignal.abort() }));
    },
  },

  {
    name: 'ftp mirror: four sessions, or as many as the server takes; one where calls block',
    async run(face, peer) {
      const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`pub/f${i}`, { pattern: 100_000 }]));
      const options = await serve(face, peer, { files });
      assert.equal((await down(face, options, peer.path())).files, 40);
      const { logins } = await ask(face, options);
      assert.equal(logins - 1, isAwait(face) ? 4 : 1);
      const few = await serve(face, peer, { files });
      await ask(face, few, 'MAX 2');
      const eight = (): Promise<MirrorResult> => down(face, few, peer.path(), { sessions: 8 });
      if (isAwait(face)) assert.equal((await eight()).files, 40);
      else assert.match((await fails(face, 'ERR_INVALID_ARGUMENT', eight)).message, /1 in the blocking face/);
    },
  },

  {
    name: 'ftp mirror: limits of entries and of depth are errors',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { ...FILES, 'pub/1/2/3/4/x': 'x' } });
      const many = await fails(face, 'ERR_LIMIT', () => down(face, options, peer.path(), { limits: { entries: 2 } }));
      assert.ok(many instanceof face.LimitError);
      assert.equal((await down(face, options, peer.path(), { limits: { entries: 12, depth: 4 } })).files, 6);
      const below = await failure(face, () => down(face, options, peer.path(), { limits: { entries: 11 } }));
      assert.match(below.message, /with that the mirror has ended/);
      const deep = await failure(face, () => down(face, options, peer.path(), { limits: { depth: 2 } }));
      assert.deepEqual(
        deep.failures.map(({ path }) => path),
        ['1/2/3'],
      );
      assert.equal(deep.result.files, 5);
    },
  },

  {
    name: 'ftp mirror: resume goes on with what an earlier one has left, and only then',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      for (const resume of [true, false]) {
        const local = peer.path();
        mkdirSync(local);
        writeFileSync(join(local, 'big'), pattern(BIG).subarray(0, 400_000));
        const { bytes } = await down(face, options, local, { resume });
        assert.equal(bytes, resume ? BYTES - 400_000 : BYTES);
        assertTree(local, CONTENTS);
      }
    },
  },

  {
    name: 'ftp mirror: what is not there, and what is no mirror',
    async run(face, peer) {
      const options = await serve(face, peer, { files: FILES });
      const nothing = await fails(face, 'ERR_FTP_REPLY', () => down(face, options, peer.path(), { remote: 'none' }));
      assert.equal(nothing.command, 'CWD none');
      const local = peer.path();
      await fails(face, 'ENOENT', () => up(face, options, local));
      assert.equal(existsSync(local), false);
      for (const [way, says] of [
        [{ direction: 'left' }, /direction is 'up' or 'down', not "left"/],
        [{ local: '' }, /local is the path of a folder/],
        [{ local: 'a\0b' }, /local has a NUL/],
        [{ remote: 'a\r\nDELE x' }, /remote has a CR/],
        [{ sessions: 0 }, /sessions is a number/],
        [{ sessions: 33 }, /sessions is a number/],
        [{ limits: { depth: -1 } }, /limits\.depth is a number, 1 or more/],
        [{ resume: 1 }, /resume is true or false/],
        [{ progress: 'x' }, /progress is a function/],
      ] as const) {
        const error = await fails(face, 'ERR_INVALID_ARGUMENT', () =>
          down(face, { ...options, port: 1 }, local, way as unknown as Way),
        );
        assert.match(error.message, says);
      }
    },
  },
];
