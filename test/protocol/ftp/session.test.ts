/** A session as a whole: calls at once, its end, and single calls. Cases 222, 229 and 230. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';

import { ClosedError, ENDED, ReplyError, SocketError, TimeoutError } from '../../../src/core/errors.ts';
import { commandOnce, getOnce, putOnce } from '../../../src/protocol/ftp/calls.ts';
import type { CommandEvent } from '../../../src/protocol/tp/events.ts';
import { FakeServer, WAYS } from './fake-server.ts';
import { errorOf, inEveryWay, oneFile, TEN } from './script.ts';

describe('calls that are made at once', () => {
  it('are done one after the other, whenever they are made', async () => {
    const server = new FakeServer({ size: 7, face: 'await' }, (verb, argument) =>
      verb === 'RNFR' ? '350 to what?' : verb === 'RNTO' ? `250 ${argument}` : undefined,
    );
    const session = await server.connect();
    const calls: unknown[] = [];
    // A call in every turn: one of them begins just when another one hands over.
    for (let i = 0; i < 60; i++) {
      calls.push(session.rename(`a${i}`, `b${i}`));
      await Promise.resolve();
    }
    await Promise.all(calls);
    assert.deepEqual(
      server.lines.filter((line) => line.startsWith('RN')),
      calls.flatMap((_, i) => [`RNFR a${i}`, `RNTO b${i}`]),
    );
    session.close();
  });
  it('within another one of the blocking face are refused', async () => {
    const server = new FakeServer({ size: 7, face: 'blocking' }, oneFile('426 broken'));
    const session = await server.connect();
    const error = await errorOf(() => session.get('x', () => void session.pwd()));
    assert.ok(error instanceof SocketError && error.code === 'ERR_BUSY', String(error));
    assert.equal((await session.quote('TYPE', 'I')).code, 200);
    session.close();
  });
});

describe('TYPE', () => {
  inEveryWay('is said where it changes, and behind a command of the caller', oneFile(), async (session, server) => {
    const types = (): string[] => server.lines.filter((line) => line.startsWith('TYPE'));
    await session.get('x');
    await session.get('x');
    assert.deepEqual(types(), ['TYPE I']);
    await session.get('x', undefined, { ascii: true });
    await session.get('x');
    assert.deepEqual(types(), ['TYPE I', 'TYPE A', 'TYPE I']);
    await session.quote('OPTS', 'x');
    await session.get('x');
    assert.equal(types().length, 4);
  });
});

describe('229, 230: the end', () => {
  inEveryWay(
    '229: 421 in the place of 226 is no success; what has come was given, and the session has ended',
    oneFile('421 idle for too long'),
    async (session) => {
      const came: string[] = [];
      const error = await errorOf(() =>
        session.get('x', (chunk) => {
          if (chunk !== null) came.push(String(chunk));
        }),
      );
      assert.ok(error instanceof ReplyError && error.reply?.code === 421, String(error));
      assert.match(error.message, /421 idle for too long to RETR x .*after 10 bytes/);
      assert.equal(came.join(''), TEN);
      assert.ok((await errorOf(() => session.pwd())) instanceof ClosedError);
    },
  );
  inEveryWay(
    '230: QUIT without a reply',
    (verb) => (verb === 'QUIT' ? '' : undefined),
    async (session, server) => {
      await session.quit();
      assert.equal(server.open, 0);
      assert.ok((await errorOf(() => session.pwd())) instanceof ClosedError);
    },
  );
  it('230: a file that has come is a success, whatever becomes of QUIT', async () => {
    for (const way of WAYS) {
      for (const quit of ['', '500 no', '221-never ending', 'nonsense']) {
        const server = new FakeServer(way, (verb, argument, it) =>
          verb === 'QUIT' ? quit : oneFile()(verb, argument, it),
        );
        assert.equal(String(await server.runner.run(getOnce(server.face, 'ftp://ftp.example/x'))), TEN);
        assert.equal(server.open, 0);
      }
    }
  });
});

describe("222: LuaSocket's get and put", () => {
  it('a path is relative to the login, and absolute by %2F', async () => {
    for (const [url, line, type] of [
      ['ftp://u:p%40@ftp.example/a/b%20c', 'RETR a/b c', 'TYPE I'],
      ['ftp://ftp.example/%2Fetc/x;type=a', 'RETR /etc/x', 'TYPE A'],
      ['ftp://ftp.example/x?y', 'RETR x?y', 'TYPE I'],
      ['ftp://ftp.example/x?y;type=a', 'RETR x?y', 'TYPE A'],
      ['ftp://ftp.example/x%3Btype=a;type=i', 'RETR x;type=a', 'TYPE I'],
      ['ftp://ftp.example/%C3%A9', 'RETR \xc3\xa9', 'TYPE I'],
    ] as const) {
      for (const way of WAYS) {
        const server = new FakeServer(way, oneFile());
        assert.equal(String(await server.runner.run(getOnce(server.face, url))), TEN);
        assert.ok(server.lines.includes(line) && server.lines.includes(type), server.lines.join());
      }
    }
  });
  it('names are UTF-8, and by option Latin-1', async () => {
    for (const way of WAYS) {
      for (const [encoding, bytes] of [
        ['utf8', '\xc3\xa9'],
        ['latin1', '\xe9'],
      ] as const) {
        const server = new FakeServer(way, (verb, argument, it) =>
          verb === 'PWD' ? `257 "/${bytes}"` : oneFile()(verb, argument, it),
        );
        const session = await server.connect({ encoding });
        assert.equal(String(await session.get('é')), TEN);
        assert.ok(server.lines.includes(`RETR ${bytes}`), server.lines.join());
        assert.equal(await session.pwd(), '/é');
        assert.equal(server.lines.includes('OPTS UTF8 ON'), encoding === 'utf8');
        session.close();
      }
    }
  });
  it('put gives the number of bytes', async () => {
    for (const way of WAYS) {
      const server = new FakeServer(way, (verb) => (verb === 'STOR' ? '150 go on\r\n226 done' : undefined));
      assert.equal(await server.runner.run(putOnce(server.face, 'ftp://ftp.example/x', 'é')), 2);
      assert.deepEqual([...server.stored], [0xc3, 0xa9]);
    }
  });
});

describe("LuaSocket's tables", () => {
  it('path and type stand instead of those of the URL; the end is QUIT', async () => {
    for (const way of WAYS) {
      for (const [table, line, type] of [
        [{ url: 'ftp://ftp.example/a;type=a', type: 'i' }, 'RETR a', 'TYPE I'],
        [{ url: 'ftp://ftp.example/a;type=i', path: '/b%20c', type: 'a' }, 'RETR b c', 'TYPE A'],
        [{ url: 'ftp://ftp.example/a', path: '/%2Fb' }, 'RETR /b', 'TYPE I'],
        [{ url: 'ftp://ftp.example/a', argument: '/b%20c' }, 'RETR /b%20c', 'TYPE I'],
      ] as const) {
        const server = new FakeServer(way, oneFile());
        assert.equal(String(await server.runner.run(getOnce(server.face, table))), TEN);
        assert.ok(server.lines.includes(line) && server.lines.includes(type), server.lines.join());
        assert.equal(server.lines.at(-1), 'QUIT');
      }
    }
  });
  it('a list of checks has one for each command', async () => {
    const host = 'ftp.example';
    const how = { host, tls: 'never', command: ['RNFR', 'RNTO'], argument: ['a', 'b'] } as const;
    for (const way of WAYS) {
      const make = (): FakeServer =>
        new FakeServer(way, (verb) => (verb === 'RNFR' ? '350 to what?' : verb === 'RNTO' ? '250 done' : undefined));
      const server = make();
      const reply = await server.runner.run(commandOnce(server.face, { ...how, check: ['350', '2..'] }));
      assert.equal(reply.code, 250);
      for (const check of [['2..', '350'], '350']) {
        const other = make();
        assert.ok(
          (await errorOf(() => other.runner.run(commandOnce(other.face, { ...how, check })))) instanceof ReplyError,
        );
        assert.equal(other.open, 0);
      }
    }
  });
});

describe('a connection that dies at any byte', () => {
  it('gives an error, and leaves nothing open', async () => {
    const whole = new FakeServer({ size: 1, face: 'blocking' }, oneFile());
    await whole.runner.run(getOnce(whole.face, 'ftp://ftp.example/x'));
    const text = [
      '220 ready',
      '331 password',
      '230 welcome',
      '211 none',
      '200 yes',
      '229 (|||1|)',
      '150 here',
      '226 done',
    ].join('\r\n');
    for (let length = 0; length < text.length; length++) {
      let left = length;
      const cutTo = (reply: string): string => {
        const part = `${reply}\r\n`.slice(0, left);
        left -= part.length;
        return part;
      };
      const server = new FakeServer({ size: 1_000_000, face: 'blocking' }, (verb, _, it) => {
        if (verb === 'RETR') it.gives = TEN;
        const replies: Record<string, string> = {
          USER: '331 password',
          PASS: '230 welcome',
          FEAT: '211 none',
          TYPE: '200 yes',
          EPSV: '229 (|||1|)',
          RETR: '150 here\r\n226 done',
        };
        it.say(cutTo(replies[verb] ?? '502 no'));
        return '';
      });
      server.greeting = cutTo('220 ready');
      server.after = ENDED;
      const error = await errorOf(() => server.runner.run(getOnce(server.face, 'ftp://ftp.example/x')));
      assert.ok(error instanceof SocketError, `${length}: ${error}`);
      assert.equal(server.open, 0, String(length));
    }
  });
});

describe('channels of diagnostics', () => {
  it('tell of each command, its reply or its error, and of no password', async () => {
    const told: string[] = [];
    const open = new Set<unknown>();
    const names = ['start', 'end', 'error'].map((when) => `moonsocket:ftp:command:${when}`);
    const listen = (message: unknown, name: string | symbol): void => {
      const { server, command, reply, error } = message as CommandEvent;
      const when = String(name).split(':').at(-1);
      if (when === 'start') open.add(message);
      else assert.ok(open.delete(message), 'the same object');
      if (server.startsWith('ftp told.example'))
        told.push([when, command, reply?.code, (error as SocketError | undefined)?.code].filter(Boolean).join(' '));
    };
    for (const name of names) subscribe(name, listen);
    try {
      for (const way of WAYS) {
        told.length = 0;
        const server = new FakeServer(way, (verb) => (verb === 'FEAT' ? '502 no' : verb === 'SIZE' ? '' : undefined));
        const session = await server.connect({ host: 'told.example' });
        assert.ok((await errorOf(() => session.size('x'))) instanceof TimeoutError);
        session.close();
        assert.deepEqual(told, [
          'start USER ftp',
          'end USER ftp 331',
          'start PASS ****',
          'end PASS **** 230',
          'start FEAT',
          'end FEAT 502',
          'start TYPE I',
          'end TYPE I 200',
          'start SIZE x',
          'error SIZE x ETIMEDOUT',
        ]);
      }
      assert.equal(open.size, 0);
    } finally {
      for (const name of names) unsubscribe(name, listen);
    }
  });
});
