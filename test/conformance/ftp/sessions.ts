/** Sessions of FTP in clear: files and lists, both ways to connect for data, and transfers that end early. */
import assert from 'node:assert/strict';
import type { Session } from '../../../src/entry/ftp.ts';
import { pattern } from '../script.ts';
import { type Case, fails } from '../support.ts';
import { ask, isAwait, serve, withSession } from './support.ts';

const BIG = 3_000_000;

/** A file that stops in the middle, for one transfer. */
const STALLING = { files: { big: { pattern: BIG }, small: 'hello' } };

/** A session that can be used as before. */
async function goesOn(session: Session): Promise<void> {
  assert.equal(String(await session.get('small')), 'hello');
  assert.equal(await session.size('big'), BIG);
}

export const cases: readonly Case[] = [
  ...[false, true].map(
    (active): Case => ({
      name: `ftp: files, folders and lists, ${active ? 'active' : 'passive'}`,
      async run(face, peer) {
        const options = await serve(face, peer, { files: { 'a/x': 'hello', 'a/é': '' } });
        await withSession(face, { ...options, active }, async (session) => {
          const data = pattern(300_000);
          await session.mkdir('b/c', { parents: true });
          assert.equal(await session.put(data, 'b/c/file'), data.length);
          assert.ok((await session.get('b/c/file')).equals(data));
          const names = (await session.list('a')).map(({ name, size }) => [name, size]);
          assert.deepEqual(names, [
            ['x', 5],
            ['é', 0],
          ]);
          const time = new Date(Date.UTC(2021, 1, 3, 4, 5, 6));
          await session.setmtime('a/x', time);
          assert.deepEqual(await session.mtime('a/x'), time);
          await session.rename('a/x', 'y');
          assert.deepEqual([await session.exists('a/x'), await session.exists('y')], [false, true]);
          await session.remove('a', { recursive: true });
          assert.deepEqual((await session.nlst()).sort(), ['b', 'y']);
          await session.quit();
        });
        const { verbs } = await ask(face, options);
        assert.deepEqual([verbs.EPSV === undefined, verbs.PORT === undefined], [active, !active]);
      },
    }),
  ),

  {
    name: 'ftp: local files, with resume both ways',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { big: { pattern: BIG } } });
      const { writeFileSync, readFileSync } = await import('node:fs');
      const local = peer.path();
      writeFileSync(local, pattern(BIG).subarray(0, 1_000_000));
      await withSession(face, options, async (session) => {
        assert.equal(await session.get('big', local, { resume: true }), BIG - 1_000_000);
        assert.ok(readFileSync(local).equals(pattern(BIG)));
        await session.put(pattern(BIG).subarray(0, 1000), 'up');
        assert.equal(await session.put(local, 'up', { resume: true }), BIG - 1000);
        assert.ok((await session.get('up')).equals(pattern(BIG)));
        assert.equal(await session.put(local, 'up'), BIG);
        assert.equal(await session.size('up'), BIG);
      });
    },
  },

  {
    name: 'ftp: local files that are made anew, by an offset or by the resume of nothing',
    async run(face, peer) {
      const options = await serve(face, peer, { files: { digits: '0123456789', empty: '' } });
      const { existsSync, readFileSync, writeFileSync } = await import('node:fs');
      const [anew, nothing] = [peer.path(), peer.path()];
      writeFileSync(anew, 'what was here before');
      await withSession(face, options, async (session) => {
        assert.equal(await session.get('digits', anew, { offset: 4 }), 6);
        assert.equal(readFileSync(anew, 'latin1'), '456789');
        assert.equal(await session.get('empty', nothing, { resume: true }), 0);
        assert.ok(existsSync(nothing), 'an empty file is a file');
      });
    },
  },

  {
    name: 'ftp: what ends before the size that was told, or begins behind it, is partial',
    async run(face, peer) {
      const options = await serve(face, peer, STALLING);
      const { writeFileSync, readFileSync } = await import('node:fs');
      const local = peer.path();
      writeFileSync(local, pattern(BIG).subarray(0, 1000));
      await withSession(face, options, async (session) => {
        await session.quote('SITE', 'END 5000');
        const short = await fails(face, 'ERR_PARTIAL', () => session.get('big', local, { resume: true }));
        assert.match(short.message, new RegExp(`ended after 5000 of ${BIG - 1000} bytes`));
        assert.equal(short.sent, 5000);
        assert.ok(readFileSync(local).equals(pattern(BIG).subarray(0, 6000)), 'what came is kept');
        assert.equal(await session.get('big', local, { resume: true }), BIG - 6000);
        assert.equal(await session.get('big', local, { resume: true }), 0);
        writeFileSync(local, pattern(BIG + 1));
        await fails(face, 'ERR_PARTIAL', () => session.get('big', local, { resume: true }));
        assert.equal(readFileSync(local).length, BIG + 1, 'nothing was done to it');
        await goesOn(session);
      });
    },
  },

  {
    name: 'ftp: a sink that throws in the middle leaves the session usable',
    async run(face, peer) {
      await withSession(face, await serve(face, peer, STALLING), async (session) => {
        for (let times = 0; times < 3; times++) {
          const mine = new Error('enough');
          let came = 0;
          const thrown = await caught(() =>
            session.get('big', (chunk) => {
              came += chunk?.length ?? 0;
              if (came > 100_000) throw mine;
            }),
          );
          assert.equal(thrown, mine);
          await goesOn(session);
        }
      });
    },
  },

  {
    name: 'ftp: a step that throws, or says that there is no more, leaves the session usable',
    async run(face, peer) {
      await withSession(face, await serve(face, peer, STALLING), async (session) => {
        const mine = new Error('stop');
        const thrown = await caught(() =>
          session.get('big', undefined, {
            step: () => {
              throw mine;
            },
          }),
        );
        assert.equal(thrown, mine);
        await goesOn(session);
        const stopped = await caught(() => session.get('big', () => {}, { step: () => false }));
        assert.equal((stopped as { code?: string }).code, 'ERR_PARTIAL', String(stopped));
        await goesOn(session);
        await caught(() => session.put(pattern(BIG), 'up', { step: () => false }));
        await goesOn(session);
      });
    },
  },

  {
    name: 'ftp: a source that throws in the middle leaves the session usable',
    async run(face, peer) {
      await withSession(face, await serve(face, peer, STALLING), async (session) => {
        const mine = new Error('no more');
        let pieces = 0;
        const thrown = await caught(() =>
          session.put(() => {
            if (++pieces > 20) throw mine;
            return pattern(65_536);
          }, 'up'),
        );
        assert.equal(thrown, mine);
        await goesOn(session);
      });
    },
  },

  {
    name: 'ftp: a signal in the middle of a transfer leaves the session usable',
    overlaps: true,
    async run(face, peer) {
      const options = await serve(face, peer, STALLING);
      await withSession(face, options, async (session) => {
        await ask(face, options, 'STALL 100000');
        const abort = new AbortController();
        let came = 0;
        const ended = fails(face, 'ABORT_ERR', () =>
          session.get(
            'big',
            (chunk) => {
              came += chunk?.length ?? 0;
              if (came === 100_000) abort.abort();
            },
            { signal: abort.signal },
          ),
        );
        await ended;
        assert.equal(came, 100_000);
        await goesOn(session);
        await fails(face, 'ABORT_ERR', () => session.get('big', undefined, { signal: AbortSignal.abort() }));
        await goesOn(session);
        await fails(face, 'ABORT_ERR', () => session.list('', { signal: AbortSignal.abort() }));
        await goesOn(session);
        await fails(face, 'ABORT_ERR', () => session.put(pattern(BIG), 'up', { signal: AbortSignal.abort() }));
        await goesOn(session);
      });
    },
  },

  {
    name: 'ftp: a signal before the first reply to a transfer leaves the session usable',
    overlaps: true,
    async run(face, peer) {
      const options = await serve(face, peer, STALLING);
      let abort: AbortController | undefined;
      const log = (direction: string, line: string): void => {
        if (direction === '>' && /^(?:RETR|STOR)/.test(line)) abort?.abort();
      };
      await withSession(face, { ...options, log }, async (session) => {
        for (const call of [
          (signal: AbortSignal) => session.get('big', undefined, { signal }),
          (signal: AbortSignal) => session.put(pattern(BIG), 'up', { signal }),
        ]) {
          await ask(face, options, 'HUSH');
          const controller = new AbortController();
          abort = controller;
          await fails(face, 'ABORT_ERR', () => call(controller.signal));
          abort = undefined;
          await goesOn(session);
        }
      });
    },
  },

  {
    name: 'ftp: a call that a sink leaves for later is possible when its transfer is over',
    async run(face, peer) {
      await withSession(face, await serve(face, peer, STALLING), async (session) => {
        let release = (): void => {};
        const over = new Promise<void>((done) => {
          release = done;
        });
        const later: Promise<number>[] = [];
        await session.get('small', () => void later.push(over.then(() => session.size('big'))));
        release();
        for (const size of later) assert.equal(await size, BIG);
      });
    },
  },

  {
    name: 'ftp: a sink, a source and a step that call their session are refused by name',
    async run(face, peer) {
      await withSession(face, await serve(face, peer, STALLING), async (session) => {
        const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
        const within = { code: 'ERR_BUSY' };
        const calls: (() => unknown)[] = [
          () => session.get('big', () => void session.size('big') as never),
          () => session.put(() => session.size('big') as never, 'up'),
          () => session.get('big', undefined, { step: () => session.pwd() as never }),
        ];
        if (isAwait(face)) {
          calls[0] = () => session.get('big', async () => void (await session.size('big')));
          calls.push(
            () => session.get('big', async () => void (await turn().then(() => session.size('big')))),
            () =>
              session.get('big', async () => {
                for await (const _ of session.entries()) break;
              }),
          );
        }
        for (const call of calls) {
          const error = await caught(call);
          assert.equal((error as { code?: string }).code, within.code, String(error));
          await goesOn(session);
        }
      });
    },
  },

  {
    name: 'ftp: another session may be called in a sink',
    async run(face, peer) {
      const options = await serve(face, peer, STALLING);
      await withSession(face, options, async (session) => {
        await withSession(face, options, async (other) => {
          const said: unknown[] = [];
          await session.get('small', (chunk) => {
            if (chunk === null) return;
            said.push(other.get('small'));
            return said[0] instanceof Promise ? said[0].then(() => {}) : undefined;
          });
          assert.equal(String(await said[0]), 'hello');
        });
      });
    },
  },

  {
    name: 'ftp: while a loop over entries goes on, other calls are refused by name',
    async run(face, peer) {
      await withSession(face, await serve(face, peer, STALLING), async (session) => {
        const names: string[] = [];
        for await (const { name } of session.entries()) {
          names.push(name);
          for (const call of [() => session.get('small'), () => session.pwd(), () => session.list()]) {
            const error = await fails(face, 'ERR_BUSY', call);
            assert.match(error.message, /entries\(\)/);
          }
        }
        assert.deepEqual(names, ['big', 'small']);
        await goesOn(session);
        for await (const _ of session.entries()) break;
        await goesOn(session);
        await fails(face, 'ERR_FTP_REPLY', async () => {
          for await (const _ of session.entries('nothing'));
        });
        await goesOn(session);
      });
    },
  },
];

async function caught(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail('there was no error');
}
