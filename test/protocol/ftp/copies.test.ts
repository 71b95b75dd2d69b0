/** Files that go, going on with a part, and text. Cases 226, 227 and 232. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { ReplyError, SocketError } from '../../../src/core/errors.ts';
import { errorOf, inEveryWay, oneFile, RESET, type Script, TEN } from './script.ts';

describe('226, 227, 232: what goes, and going on', () => {
  const store: Script = (verb) => (verb === 'STOR' || verb === 'APPE' ? '150 go on\r\n226 done' : undefined);

  inEveryWay('bytes, nothing, and text', store, async (session, server) => {
    assert.equal(await session.put(Buffer.from(TEN), 'x'), 10);
    assert.equal(String(server.stored), TEN);
    assert.equal(await session.put(Buffer.alloc(0), 'x'), 0);
    await session.put(Buffer.from('a\nb\r\nc\r'), 'x', { ascii: true });
    assert.equal(String(server.stored), `${TEN}a\r\nb\r\nc\r`);
    assert.ok(server.lines.includes('TYPE A'));
  });
  inEveryWay(
    'APPE, and REST',
    (verb, ...rest) => (verb === 'REST' ? '350 go on' : store(verb, ...rest)),
    async (session, server) => {
      await session.put(Buffer.from(TEN), 'x', { append: true });
      await session.put(Buffer.from(TEN), 'x', { offset: 4 });
      assert.equal(String(server.stored), `${TEN}456789`);
      assert.deepEqual(
        server.lines.filter((line) => /^(?:APPE|REST|STOR)/.test(line)),
        ['APPE x', 'REST 4', 'STOR x'],
      );
    },
  );
  inEveryWay(
    'resume adds what is missing; 550 to SIZE is a new file',
    (verb, argument, server) => {
      if (verb === 'SIZE')
        return server.stored.length > 0 || argument !== 'new' ? `213 ${server.stored.length}` : '550 none';
      return store(verb, argument, server);
    },
    async (session, server) => {
      assert.equal(await session.put(Buffer.from(TEN), 'new', { resume: true }), 10);
      server.stored = server.stored.subarray(0, 4);
      assert.equal(await session.put(Buffer.from(TEN), 'new', { resume: true }), 6);
      assert.equal(String(server.stored), TEN);
      assert.equal(await session.put(Buffer.from(TEN), 'new', { resume: true }), 0, 'it is complete');
      assert.deepEqual(
        server.lines.filter((line) => /^(?:APPE|STOR)/.test(line)),
        ['STOR new', 'APPE new'],
      );
      server.stored = Buffer.from(`${TEN}x`);
      assert.equal(
        ((await errorOf(() => session.put(Buffer.from(TEN), 'new', { resume: true }))) as SocketError).code,
        'ERR_PARTIAL',
      );
    },
  );
  inEveryWay(
    '552 in the middle says both',
    (verb) => (verb === 'STOR' ? '150 go on\r\n552 disk full' : undefined),
    async (session) => {
      const error = await errorOf(() => session.put(Buffer.from(TEN), 'x'));
      assert.ok(error instanceof ReplyError && error.reply?.code === 552);
      assert.match(error.message, /after 0 bytes; the data connection: /);
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
    },
    (server) => {
      server.takes = 4;
    },
  );
  for (const code of [425, 426, 450, 451, 452, 532, 550, 552, 553]) {
    inEveryWay(
      `224: ${code} to STOR, and behind all bytes`,
      (verb, argument) =>
        verb !== 'STOR' ? undefined : argument === 'late' ? `150 go on\r\n${code} no` : `${code} no`,
      async (session, server) => {
        for (const name of ['at once', 'late']) {
          const error = await errorOf(() => session.put(Buffer.from(TEN), name));
          assert.ok(error instanceof ReplyError && error.reply?.code === code, String(error));
          assert.equal(error.permanent, code >= 500);
        }
        assert.equal(String(server.stored), TEN);
        assert.equal((await session.quote('TYPE', 'I')).code, 200);
      },
    );
  }
  inEveryWay(
    '227: a control connection that dies behind all bytes: nobody knows whether they are stored',
    (verb) => (verb === 'STOR' ? '150 go on' : undefined),
    async (session) => {
      const error = await errorOf(() => session.put(Buffer.from(TEN), 'x'));
      assert.ok(error instanceof SocketError && error.code === 'ERR_UNKNOWN_OUTCOME', String(error));
      assert.equal(error.sent, 10);
    },
    (server) => {
      server.after = RESET;
    },
  );
  inEveryWay('a source that fails: its error, and a session that goes on', store, async (session, server) => {
    const mine = new Error('mine');
    const error = await errorOf(() =>
      session.put(() => {
        throw mine;
      }, 'x'),
    );
    assert.equal(error, mine);
    assert.equal((await session.quote('TYPE', 'I')).code, 200);
    assert.equal(server.open, 1);
  });
  inEveryWay('a sink that fails: its error, and a session that goes on', oneFile('426 broken'), async (session) => {
    const mine = new Error('mine');
    const error = await errorOf(() =>
      session.get('x', () => {
        throw mine;
      }),
    );
    assert.equal(error, mine);
    assert.equal((await session.quote('TYPE', 'I')).code, 200);
  });
  inEveryWay(
    '226: REST that is refused begins nothing',
    (verb, ...rest) => (verb === 'REST' ? '502 no' : oneFile()(verb, ...rest)),
    async (session, server) => {
      const error = await errorOf(() => session.get('x', undefined, { offset: 4 }));
      assert.ok(error instanceof ReplyError && error.reply?.code === 502);
      assert.ok(!server.lines.includes('RETR x'));
    },
  );
  inEveryWay(
    '232: text comes with LF',
    (verb, _, server) => {
      if (verb !== 'RETR') return undefined;
      server.gives = 'a\r\nb\rc\r\n\r';
      return '150 here\r\n226 done';
    },
    async (session) => {
      assert.equal(String(await session.get('x', undefined, { ascii: true })), 'a\nb\rc\n\r');
    },
  );
});
