/** Files that go, going on with a part, and text. Cases 226, 227 and 232. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { LimitError, ReplyError, SocketError } from '../../../src/core/errors.ts';
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
  inEveryWay(
    '225: the size in the first reply is that of the whole file: no part and no text is measured by it',
    (verb, ...rest) =>
      verb === 'REST' ? '350 go on' : oneFile('226 done', '150 Opening for x (11 bytes).')(verb, ...rest),
    async (session, server) => {
      for (const offset of [1, 4]) {
        assert.equal(String(await session.get('x', undefined, { offset })), TEN);
        assert.equal(server.lines.at(-2), `REST ${offset}`);
      }
      assert.equal(String(await session.get('x', undefined, { ascii: true })), TEN);
    },
  );
  inEveryWay(
    'progress counts what was there before, and the whole where that is known',
    (verb, ...rest) => {
      if (verb === 'REST') return '350 go on';
      return store(verb, ...rest) ?? oneFile('226 done', '150 Opening for x (10 bytes).')(verb, ...rest);
    },
    async (session) => {
      let last: unknown[] = [];
      const progress = (...told: unknown[]): void => {
        last = told;
      };
      await session.get('x', undefined, { progress });
      assert.deepEqual(last, [10, 10]);
      await session.get('x', undefined, { progress, offset: 4 });
      assert.deepEqual(last, [14, undefined]);
      await session.put(Buffer.from(TEN), 'x', { progress, offset: 4 });
      assert.deepEqual(last, [10, 10]);
    },
  );
  inEveryWay('a limit is the most that is gathered', oneFile(), async (session) => {
    assert.equal(String(await session.get('x', undefined, { limit: 10 })), TEN);
    const error = await errorOf(() => session.get('x', undefined, { limit: 9 }));
    assert.ok(error instanceof LimitError, String(error));
    assert.equal((await session.quote('TYPE', 'I')).code, 200);
  });
  inEveryWay(
    'resume where the size is not told, for another reason than 550, stores nothing',
    (verb, ...rest) => (verb === 'SIZE' ? '502 no' : store(verb, ...rest)),
    async (session, server) => {
      const error = await errorOf(() => session.put(Buffer.from(TEN), 'x', { resume: true }));
      assert.ok(error instanceof ReplyError && error.reply?.code === 502, String(error));
      assert.deepEqual(
        server.lines.filter((line) => /^(?:SIZE|STOR|APPE)/.test(line)),
        ['SIZE x'],
      );
    },
  );
  inEveryWay(
    'resume that leaves a file of another size is partial',
    (verb, argument, server) => {
      if (verb !== 'SIZE') return store(verb, argument, server);
      return server.lines.includes('APPE x') ? '213 9' : '213 4';
    },
    async (session) => {
      const error = await errorOf(() => session.put(Buffer.from(TEN), 'x', { resume: true }));
      assert.ok(error instanceof SocketError && error.code === 'ERR_PARTIAL', String(error));
      assert.match(error.message, /has 9 bytes now, and should have 10/);
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
    },
  );
  inEveryWay('text that comes in pieces: a CR and its LF may be parted', store, async (session, server) => {
    const pieces = ['a\r', '\nb', '\n', '\nc\r', 'd'].map((piece) => Buffer.from(piece));
    await session.put(() => pieces.shift() ?? null, 'x', { ascii: true });
    assert.equal(String(server.stored), 'a\r\nb\r\n\r\nc\rd');
  });
  inEveryWay('options that contradict each other are refused, and nothing is sent', store, async (session, server) => {
    const before = server.lines.length;
    const ten = Buffer.from(TEN);
    const calls: readonly (readonly [call: () => unknown, says: RegExp])[] = [
      [() => session.get('x', undefined, { offset: -1 }), /get: offset is a number of bytes/],
      [() => session.put(ten, 'x', { offset: 1.5 }), /put: offset is a number of bytes/],
      [() => session.get('x', undefined, { offset: 4, ascii: true }), /lines of text have no offset/],
      [() => session.put(ten, 'x', { resume: true, ascii: true }), /lines of text have no offset/],
      [() => session.get('x', 'here', { resume: true, offset: 4 }), /resume finds the offset/],
      [() => session.get('x', () => {}, { resume: true }), /resume needs a file/],
      [() => session.put(ten, 'x', { append: true, resume: true }), /append adds all/],
      [() => session.put(ten, 'x', { append: true, offset: 4 }), /append adds all/],
      [() => session.put(() => null, 'x', { offset: 4 }), /a source gives what follows/],
      [() => session.put(5 as never, 'x'), /the first argument is the path/],
    ];
    for (const [call, says] of calls) {
      const error = await errorOf(call);
      assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT', String(error));
      assert.match(error.message, says);
    }
    assert.equal(server.lines.length, before);
  });
});
