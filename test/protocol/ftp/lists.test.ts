/** Lists as sessions ask for them. Case 228; `listing.test.ts` has the formats. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { LimitError, ReplyError, type SocketError } from '../../../src/core/errors.ts';
import { errorOf, inEveryWay, type Script } from './script.ts';

describe('228: lists', () => {
  const listing =
    (text: string, commands: readonly string[]): Script =>
    (verb, _, server) => {
      if (verb === 'FEAT' && !commands.includes('MLSD')) return '502 no';
      if (!commands.includes(verb)) return undefined;
      server.gives = text;
      return '150 here\r\n226 done';
    };
  inEveryWay('by MLSD', listing('type=cdir; .\r\ntype=file;size=3; a b\r\n', ['MLSD']), async (session, server) => {
    assert.deepEqual(
      (await session.list('d')).map(({ name, size }) => [name, size]),
      [['a b', 3]],
    );
    assert.equal(server.lines.at(-1), 'MLSD d');
  });
  inEveryWay(
    'by LIST -a, and by LIST where that is refused',
    (verb, argument, server) => {
      if (verb === 'LIST' && argument.startsWith('-a')) return '501 no options';
      return listing('-rw-r--r-- 1 a b 3 Feb 03  2019 x\r\n', ['LIST'])(verb, argument, server);
    },
    async (session, server) => {
      assert.equal((await session.list())[0]?.name, 'x');
      await session.list('-d');
      assert.deepEqual(
        server.lines.filter((line) => line.startsWith('LIST')),
        ['LIST -a', 'LIST', 'LIST ./-d'],
      );
    },
  );
  inEveryWay(
    'empty, and "450 no files"',
    (verb, ...rest) => (verb === 'NLST' ? '450 no files' : listing('', ['MLSD'])(verb, ...rest)),
    async (session) => {
      assert.deepEqual(await session.list(), []);
      assert.deepEqual(await session.nlst(), []);
    },
  );
  inEveryWay(
    'in no known format: an error, and a session that goes on',
    listing('what is this\r\n', ['MLSD']),
    async (session) => {
      assert.equal(((await errorOf(() => session.list())) as SocketError).code, 'ERR_FTP_LISTING');
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
    },
  );
  inEveryWay(
    'LIST -a that is put off is not asked in another way',
    (verb, ...rest) => (verb === 'LIST' ? '451 later' : listing('', [])(verb, ...rest)),
    async (session, server) => {
      const error = await errorOf(() => session.list());
      assert.ok(error instanceof ReplyError && error.reply?.code === 451, String(error));
      assert.equal(server.lines.at(-1), 'LIST -a');
      assert.equal(server.lines.filter((line) => line.startsWith('LIST')).length, 1);
    },
  );
  inEveryWay(
    'of names: a path is no option of ls; bytes and names have limits',
    listing('a\r\nb\r\nc\r\n', ['NLST']),
    async (session, server) => {
      assert.deepEqual(await session.nlst('-d', { limits: { entries: 3, bytes: 9 } }), ['a', 'b', 'c']);
      assert.equal(server.lines.at(-1), 'NLST ./-d');
      for (const limits of [{ entries: 2 }, { bytes: 8 }]) {
        const error = await errorOf(() => session.nlst('d', { limits }));
        assert.ok(error instanceof LimitError, String(error));
        assert.equal((await session.quote('TYPE', 'I')).code, 200);
      }
    },
  );
});
