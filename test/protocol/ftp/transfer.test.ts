/** Transfers and replies, of servers that do it right and of those that do not: cases 201 to 217, 223 to 225. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure, LimitError, ProtocolError, ReplyError, SocketError, TimeoutError } from '../../../src/core/errors.ts';
import { FakeServer, SERVER, WAYS } from './fake-server.ts';
import { errorOf, failing, inEveryWay, oneFile, RESET, TEN } from './script.ts';

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

  inEveryWay(
    '202, 218: data comes from the address of the control connection, and its name is not looked up again',
    (verb, argument, server) => {
      if (verb === 'EPSV') return server.lines.includes('RETR x') ? '500 what?' : undefined;
      return verb === 'PASV' ? '227 yes (10,9,8,7,19,137)' : oneFile()(verb, argument, server);
    },
    async (session, server) => {
      for (const _ of [1, 2]) assert.equal(String(await session.get('x')), TEN);
      assert.deepEqual(server.dialed, ['ftp.example:21', `${SERVER}:5000`, `${SERVER}:5001`]);
    },
    (server) => {
      server.hasAddresses = true;
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
    '207: the data port is closed',
    oneFile(),
    { type: SocketError, code: 'ECONNREFUSED', says: /connect ftp\.example:5000/, goesOn: true },
    (server) => {
      server.refuses = true;
    },
  );
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
  for (const code of [500, 501, 502, 522]) {
    inEveryWay(
      `220: ${code} to EPSV`,
      (verb, argument, server) =>
        verb === 'EPSV' ? `${code} no` : verb === 'PASV' ? '227 (1,2,3,4,19,136)' : oneFile()(verb, argument, server),
      async (session, server) => {
        assert.equal(String(await session.get('x')), TEN);
        assert.deepEqual(server.dialed.slice(1), ['ftp.example:5000']);
      },
    );
  }
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
