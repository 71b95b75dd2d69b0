/** Commands that change files: permissions, times, names, and what is removed. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { ProtocolError, ReplyError } from '../../../src/core/errors.ts';
import { errorOf, inEveryWay, type Script } from './script.ts';

const done: Script = (verb) => (/^(?:SITE|MFMT|MDTM|DELE|RMD|CWD)$/.test(verb) ? '250 done' : undefined);

describe('permissions and times', () => {
  inEveryWay('permissions are three digits at least, four at most', done, async (session, server) => {
    for (const [mode, digits] of [
      [0, '000'],
      [0o44, '044'],
      [0o644, '644'],
      [0o7777, '7777'],
    ] as const) {
      await session.chmod('a b', mode);
      assert.equal(server.lines.at(-1), `SITE CHMOD ${digits} a b`);
    }
    const before = server.lines.length;
    for (const mode of [-1, 0o10000, 6.5, Number.NaN]) {
      const error = await errorOf(() => session.chmod('x', mode));
      assert.equal((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT');
    }
    assert.equal(server.lines.length, before);
  });
  const time = new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678));
  inEveryWay(
    'a time is set by MFMT where the server has it',
    (verb, ...rest) => (verb === 'FEAT' ? '211-\r\n MFMT\r\n211 End' : done(verb, ...rest)),
    async (session, server) => {
      await session.setmtime('x', time);
      assert.equal(server.lines.at(-1), 'MFMT 20200102030405 x');
    },
  );
  inEveryWay('and by MDTM elsewhere', done, async (session, server) => {
    await session.setmtime('x', time);
    assert.equal(server.lines.at(-1), 'MDTM 20200102030405 x');
  });
});

describe('names', () => {
  inEveryWay(
    'RNTO follows 350 alone',
    (verb) => (verb === 'RNFR' ? '250 done' : undefined),
    async (session, server) => {
      assert.ok((await errorOf(() => session.rename('a', 'b'))) instanceof ReplyError);
      assert.equal(server.lines.at(-1), 'RNFR a');
    },
  );
});

describe('what is removed', () => {
  /** A directory `d` whose list is `lines`. */
  const directory =
    (lines: string): Script =>
    (verb, argument, server) => {
      if (verb === 'PWD') return '257 "/home"';
      if (verb === 'DELE' && argument === 'd') return '550 a directory';
      if (verb !== 'MLSD') return done(verb, argument, server);
      server.gives = argument === 'd' ? lines : '';
      return '150 here\r\n226 done';
    };
  inEveryWay(
    'a directory is, with what is below it; links are not followed',
    directory('type=cdir; .\r\ntype=OS.unix=slink:/etc; link\r\ntype=dir; sub\r\ntype=file; x\r\n'),
    async (session, server) => {
      await session.remove('d', { recursive: true });
      assert.deepEqual(
        server.lines.filter((line) => /^(?:CWD|DELE|RMD|MLSD)/.test(line)),
        ['DELE d', 'CWD d', 'CWD /home', 'MLSD d', 'DELE d/link', 'DELE d/x', 'MLSD d/sub', 'RMD d/sub', 'RMD d'],
      );
    },
  );
  for (const name of ['../x', 'a/b', '/etc/x', 'a/']) {
    inEveryWay(
      `a name such as ${name}, which is in another directory, ends it`,
      directory(`type=dir; ${name}\r\ntype=file; ${name}\r\n`),
      async (session, server) => {
        const error = await errorOf(() => session.remove('d', { recursive: true }));
        assert.ok(error instanceof ProtocolError && error.code === 'ERR_FTP_LISTING', String(error));
        assert.deepEqual(
          server.lines.filter((line) => /^(?:DELE|RMD)/.test(line)),
          ['DELE d'],
        );
        assert.equal((await session.quote('TYPE', 'I')).code, 200);
      },
    );
  }
  for (const [reply, options] of [
    ['450 in use', { recursive: true }],
    ['550 no', {}],
  ] as const) {
    inEveryWay(
      `nothing is looked for behind ${reply} to DELE${'recursive' in options ? '' : ', unless asked'}`,
      (verb) => (verb === 'DELE' ? reply : undefined),
      async (session, server) => {
        const error = await errorOf(() => session.remove('d', options));
        assert.ok(error instanceof ReplyError && reply.startsWith(String(error.reply?.code)));
        assert.equal(server.lines.at(-1), 'DELE d');
      },
    );
  }
});
