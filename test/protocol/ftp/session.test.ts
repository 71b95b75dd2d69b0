/** Sessions with servers that do it right, and with those that do not: cases 201 to 233, however the bytes are cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ClosedError,
  ENDED,
  Failure,
  LimitError,
  ProtocolError,
  ReplyError,
  SocketError,
  TimeoutError,
} from '../../../src/core/errors.ts';
import { getOnce, putOnce } from '../../../src/protocol/ftp/calls.ts';
import type { FtpSession } from '../../../src/protocol/ftp/session.ts';
import { type Answer, FakeServer, SERVER, WAYS } from './fake-server.ts';

const RESET = new Failure('ECONNRESET');
const TEN = '0123456789';

type Script = (verb: string, argument: string, server: FakeServer) => Answer;

/** A server that has one file of ten bytes, and says `last` behind it. */
const oneFile =
  (last = '226 done', first = '150 here'): Script =>
  (verb, _argument, server) => {
    if (verb !== 'RETR') return undefined;
    server.gives = TEN;
    return `${first}\r\n${last}`;
  };

function inEveryWay(
  title: string,
  script: Script,
  test: (session: FtpSession<'blocking'>, server: FakeServer) => Promise<void>,
  prepare: (server: FakeServer) => void = () => {},
): void {
  it(title, async () => {
    for (const way of WAYS) {
      const server = new FakeServer(way, script);
      prepare(server);
      const session = await server.connect();
      await test(session, server);
      session.close();
      assert.equal(server.open, 0, 'connections that are left open');
    }
  });
}

/** A get that fails, with its error, and a session that goes on or has ended. */
function failing(
  title: string,
  script: Script,
  expected: { readonly type: unknown; readonly code: string; readonly says: RegExp; readonly goesOn: boolean },
  prepare?: (server: FakeServer) => void,
): void {
  inEveryWay(
    title,
    script,
    async (session, server) => {
      const error = await errorOf(() => session.get('x'));
      assert.ok(error instanceof SocketError);
      assert.deepEqual([error.constructor, error.code], [expected.type, expected.code], error.message);
      assert.match(error.message, expected.says);
      server.say('');
      if (expected.goesOn) {
        assert.equal((await session.quote('TYPE', 'I')).code, 200);
      } else {
        assert.ok((await errorOf(() => session.size('x'))) instanceof ClosedError);
      }
    },
    prepare,
  );
}

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail('there was no error');
}

describe('201 to 217: a file, and what can go wrong with it', () => {
  inEveryWay('201: ten bytes', oneFile(), async (session, server) => {
    assert.equal(String(await session.get('a b')), TEN);
    assert.deepEqual(server.lines, [
      'USER ftp',
      'PASS anonymous@anonymous.org',
      'FEAT',
      'OPTS UTF8 ON',
      'TYPE I',
      'EPSV',
      'RETR a b',
    ]);
    assert.deepEqual(server.dialed, ['ftp.example:21', 'ftp.example:5000']);
    await session.quit();
    assert.equal(server.lines.at(-1), 'QUIT');
  });

  inEveryWay(
    '202, 218, 220: PASV where there is no EPSV, once asked; the address that it names is ignored',
    (verb, argument, server) => {
      if (verb === 'EPSV') return '500 what?';
      if (verb === 'PASV') return '227-Entering\r\n passive mode\r\n227 as =10,9,8,7,19,137 it is';
      return oneFile()(verb, argument, server);
    },
    async (session, server) => {
      assert.equal(String(await session.get('x')), TEN);
      assert.equal(String(await session.get('x')), TEN);
      assert.deepEqual(server.dialed.slice(1), ['ftp.example:5001', 'ftp.example:5001']);
      assert.equal(server.lines.filter((line) => line === 'EPSV').length, 1);
    },
  );

  const LONG = '220-x\r\n'.repeat(20_000);
  for (const [title, greeting, answer, type, code] of [
    ['204: a greeting without an end', LONG, undefined, LimitError, 'ERR_LIMIT'],
    [
      '205: a reply to the login without an end',
      '220 x\r\n',
      `230-${'x\r\n230-'.repeat(20_000)}`,
      LimitError,
      'ERR_LIMIT',
    ],
    ['206: a line without an end', `220 ${'x'.repeat(200_000)}`, undefined, LimitError, 'ERR_LIMIT'],
    ['217: a greeting that sends away', '421 too many\r\n', undefined, ReplyError, 'ERR_FTP_REPLY'],
    ['no greeting', '', undefined, TimeoutError, 'ETIMEDOUT'],
    ['no reply to the login', '220 x\r\n', '', TimeoutError, 'ETIMEDOUT'],
    ['a login that is refused', '220 x\r\n', '530 no', ReplyError, 'ERR_FTP_REPLY'],
    ['a greeting of HTTP', 'HTTP/1.1 400 Bad Request\r\n', undefined, ProtocolError, 'ERR_TLS_WRONG_PROTOCOL'],
    ['a code that is none', '999 x\r\n', undefined, ProtocolError, 'ERR_REPLY'],
  ] as const) {
    it(title, async () => {
      for (const way of WAYS) {
        if (way.size < 7 && greeting.length + (answer?.length ?? 0) > 10_000) continue;
        const server = new FakeServer(way, (verb) => (verb === 'USER' ? answer : undefined));
        server.greeting = greeting;
        const error = await errorOf(() => server.connect());
        assert.ok(error instanceof type && error.code === code, String(error));
        assert.equal(server.open, 0);
      }
    });
  }

  failing(
    '208: 150, and no data',
    (verb) => (verb === 'RETR' ? '150 here' : undefined),
    {
      type: TimeoutError,
      code: 'ETIMEDOUT',
      says: /RETR x timed out after 0 bytes: timeouts\.idle is 60 s/,
      goesOn: false,
    },
    (server) => {
      server.ends = new Failure('ETIMEDOUT');
    },
  );
  failing('209: no reply to RETR', (verb) => (verb === 'RETR' ? '' : undefined), {
    type: TimeoutError,
    code: 'ETIMEDOUT',
    says: /waiting for the reply to RETR x: timeouts\.reply is 60 s/,
    goesOn: false,
  });
  failing(
    '210: all bytes, and no 226',
    (verb, _, server) => {
      if (verb !== 'RETR') return undefined;
      server.gives = TEN;
      return '150 here';
    },
    { type: SocketError, code: 'ERR_UNKNOWN_OUTCOME', says: /behind its 10 bytes/, goesOn: false },
  );
  failing(
    '211, 214: all bytes, and the control connection is gone',
    (verb, _, server) => {
      if (verb !== 'RETR') return undefined;
      server.gives = TEN;
      server.after = RESET;
      return '150 here';
    },
    { type: SocketError, code: 'ERR_UNKNOWN_OUTCOME', says: /behind its 10 bytes/, goesOn: false },
  );
  failing('212: all bytes, and 451', oneFile('451 local error'), {
    type: ReplyError,
    code: 'ERR_FTP_REPLY',
    says: /451 local error to RETR x .*after 10 bytes/,
    goesOn: true,
  });
  failing(
    '213: the data is cut, and 426 says so',
    oneFile('426 aborted'),
    {
      type: ReplyError,
      code: 'ERR_FTP_REPLY',
      says: /426 aborted to RETR x .*after 10 bytes; the data connection: .*ECONNRESET/,
      goesOn: true,
    },
    (server) => {
      server.ends = RESET;
    },
  );
  failing(
    '224: the data is cut, and 226 says it was not',
    oneFile(),
    {
      type: SocketError,
      code: 'ERR_PARTIAL',
      says: /broke off after 10 bytes/,
      goesOn: true,
    },
    (server) => {
      server.ends = RESET;
    },
  );
  failing('225: fewer bytes than were announced', oneFile('226 done', '150 Opening for x (11 bytes).'), {
    type: SocketError,
    code: 'ERR_PARTIAL',
    says: /ended after 10 of 11 bytes/,
    goesOn: true,
  });
  for (const code of [425, 426, 450, 451, 452, 550, 552]) {
    failing(`224: ${code} to RETR`, (verb) => (verb === 'RETR' ? `${code} no` : undefined), {
      type: ReplyError,
      code: 'ERR_FTP_REPLY',
      says: new RegExp(`${code} no to RETR x`),
      goesOn: true,
    });
  }
  for (const [title, reply] of [
    ['215: PASV with numbers that are too large', '227 yes (1,2,3,4,999,999)'],
    ['216: PASV that is cut short', '227 yes (1,2,3'],
  ] as const) {
    failing(title, (verb) => (verb === 'EPSV' ? '502 no' : verb === 'PASV' ? reply : undefined), {
      type: ProtocolError,
      code: 'ERR_FTP_ADDRESS',
      says: /PASV/,
      goesOn: true,
    });
  }
  failing('421 ends the session', (verb) => (verb === 'RETR' ? '421 timeout' : undefined), {
    type: ReplyError,
    code: 'ERR_FTP_REPLY',
    says: /421 timeout/,
    goesOn: false,
  });
});

describe('219, 220: active mode', () => {
  const active: Script = (verb, argument, server) => (verb === 'PORT' ? '200 yes' : oneFile()(verb, argument, server));
  const open = async (way: (typeof WAYS)[number], script: Script, callers: string[], mode?: boolean) => {
    const server = new FakeServer(way, script);
    server.hasAddresses = true;
    server.callers = callers;
    return { server, session: await server.connect({ active: mode }) };
  };
  it('a stranger gets no data, and gives none', async () => {
    for (const way of WAYS) {
      const { server, session } = await open(way, active, ['203.0.113.7', '::1', SERVER], true);
      assert.equal(String(await session.get('x')), TEN);
      assert.deepEqual(server.lines.slice(-2), ['PORT 192,0,2,9,4,210', 'RETR x']);
      assert.ok(!server.lines.includes('EPSV'));
      session.close();
      assert.equal(server.open, 0);
    }
  });
  it('strangers alone are a timeout, and the session goes on', async () => {
    for (const way of WAYS) {
      const { server, session } = await open(
        way,
        (verb, ...rest) => (verb === 'RETR' ? '150 here\r\n425 none' : active(verb, ...rest)),
        ['203.0.113.7'],
        true,
      );
      const error = await errorOf(() => session.get('x'));
      assert.ok(error instanceof ReplyError && error.reply?.code === 425, String(error));
      assert.match(error.message, /the data connection: accept .*ETIMEDOUT/);
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
      session.close();
      assert.equal(server.open, 0);
    }
  });
  it('is what follows where this side cannot connect, unless the caller says no', async () => {
    for (const way of WAYS) {
      const refuse: Script = (verb, ...rest) => (/EPSV|PASV/.test(verb) ? '502 no' : active(verb, ...rest));
      const { session } = await open(way, refuse, [SERVER]);
      assert.equal(String(await session.get('x')), TEN);
      session.close();
      const { session: passive } = await open(way, refuse, [SERVER], false);
      assert.ok((await errorOf(() => passive.get('x'))) instanceof ReplyError);
      passive.close();
    }
  });
});

describe('223, 224: replies', () => {
  inEveryWay(
    "one for each command: another one is an error, and not the next command's",
    oneFile('226 done\r\n226 done'),
    async (session) => {
      // The surplus may have come with the last piece, or be on its way.
      const got = await session.get('x');
      assert.equal(String(got), TEN);
      const error = await errorOf(async () => {
        await session.size('x');
      });
      assert.ok(error instanceof SocketError);
    },
  );
  inEveryWay(
    '226 before the data is read, and no 150: all of it is read',
    (verb, _, server) => {
      if (verb !== 'RETR') return undefined;
      server.gives = TEN;
      return '250 done';
    },
    async (session) => {
      assert.equal(String(await session.get('x')), TEN);
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
    },
  );
  inEveryWay(
    'of several lines, with other codes within',
    (verb) => (verb === 'SITE' ? '214-one\r\n220-two\r\n 214 three\r\n214-four\r\n214 end' : undefined),
    async (session) => {
      const reply = await session.quote('SITE', 'HELP');
      assert.deepEqual([reply.code, reply.text], [214, 'one\n220-two\n 214 three\nfour\nend']);
    },
  );
});

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
});

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

describe('229, 230: the end', () => {
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

describe('231, 233: no password in clear', () => {
  const login = { user: 'joe', password: 'secret' };
  for (const [title, greeting, auth] of [
    ['AUTH TLS that is not known', '220 x\r\n', '502 no'],
    ['AUTH TLS that is refused', '220 x\r\n', '534 no'],
    ['AUTH TLS for later', '220 x\r\n', '431 later'],
    ['a server that has logged in already', '230 welcome\r\n', '234 go on'],
  ] as const) {
    it(title, async () => {
      for (const way of WAYS) {
        for (const options of [
          { ...login, tls: 'required' },
          { ...login, tls: 'auto' },
          { ...login, tls: undefined },
          { tls: 'required' },
        ] as const) {
          const server = new FakeServer(way, (verb) => (verb === 'AUTH' ? auth : undefined));
          server.greeting = greeting;
          const error = await errorOf(() => server.connect(options));
          assert.ok(error instanceof SocketError && error.code === 'ERR_TLS_REQUIRED', String(error));
          assert.ok(!server.lines.some((line) => /USER|PASS/.test(line)), server.lines.join());
          assert.equal(server.open, 0);
        }
      }
    });
  }
  it('an anonymous one goes on in clear by auto alone', async () => {
    for (const way of WAYS) {
      const server = new FakeServer(way, (verb) => (verb === 'AUTH' ? '502 no' : undefined));
      const session = await server.connect({ tls: 'auto' });
      assert.deepEqual(server.lines.slice(0, 2), ['AUTH TLS', 'USER ftp']);
      session.close();
    }
  });
  it('no log and no message has a password or an account', async () => {
    const log: string[] = [];
    const server = new FakeServer(WAYS[0] as (typeof WAYS)[number], (verb) =>
      verb === 'PASS' ? '332 account' : verb === 'ACCT' ? '530 no' : undefined,
    );
    const options = { ...login, account: 'hidden', log: (_: string, line: string) => log.push(line) };
    const error = await errorOf(() => server.connect(options));
    assert.ok(!/secret|hidden/.test([...log, String(error)].join()), log.join());
    assert.deepEqual(server.lines.slice(1), ['PASS secret', 'ACCT hidden']);
  });
});

describe('203, 221: no argument becomes another command', () => {
  it('whatever it is, and wherever it stands', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a', '\r', '\n', '\0', '\r\nDELE x', '\xff', '/', ' ', '-'), { maxLength: 5 })
        .map((parts) => parts.join('')),
    );
    const calls: readonly ((session: FtpSession<'blocking'>, text: string) => unknown)[] = [
      (session, path) => session.get(path),
      (session, path) => session.put(Buffer.from('x'), path),
      (session, path) => session.list(path),
      (session, path) => session.nlst(path),
      (session, path) => session.stat(path),
      (session, path) => session.size(path),
      (session, path) => session.mtime(path),
      (session, path) => session.setmtime(path, new Date(0)),
      (session, path) => session.mkdir(path),
      (session, path) => session.rmdir(path),
      (session, path) => session.remove(path),
      (session, path) => session.rename('a', path),
      (session, path) => session.rename(path, 'b'),
      (session, path) => session.chmod(path, 0o644),
      (session, path) => session.cwd(path),
      (session, path) => session.quote('NOOP', path),
      (session, path) => session.quote(path),
    ];
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...calls), async (path, call) => {
        let commands = 0;
        const server = new FakeServer({ size: 1_000_000, face: 'blocking' }, () => {
          commands++;
          return undefined;
        });
        const session = await server.connect();
        const before = commands;
        try {
          call(session, path);
        } catch (error) {
          assert.ok(error instanceof SocketError, String(error));
          if (error.code === 'ERR_INVALID_ARGUMENT') assert.equal(commands, before, 'nothing was sent');
        }
        for (const line of server.lines) assert.ok(!/[\r\n\0]/.test(line), JSON.stringify(line));
        assert.ok(!server.lines.some((line) => line.startsWith('DELE x')), 'DELE alone is that of remove');
        session.close();
      }),
      { numRuns: 400 },
    );
  });

  it('in a URL neither: nothing is dialed', async () => {
    for (const url of [
      'ftp://ftp.example/a%0D%0ADELE%20x',
      'ftp://ftp.example/a%00',
      'ftp://a%0ab@ftp.example/x',
      'ftp://a:b%0d@ftp.example/x',
      'ftp://ftp.example/x;type=d',
      'ftp://ftp.example/',
      'http://ftp.example/x',
      'ftp:///x',
    ]) {
      for (const way of WAYS) {
        const server = new FakeServer(way);
        const error = await errorOf(() => server.runner.run(getOnce(server.face, url)));
        assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT', `${url}: ${error}`);
        assert.deepEqual(server.dialed, []);
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
      ['ftp://ftp.example/%C3%A9', 'RETR \xc3\xa9', 'TYPE I'],
    ] as const) {
      for (const way of WAYS) {
        const server = new FakeServer(way, oneFile());
        assert.equal(String(await server.runner.run(getOnce(server.face, url))), TEN);
        assert.ok(server.lines.includes(line) && server.lines.includes(type), server.lines.join());
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
