/** No password in clear, and no argument that becomes a command. Cases 203, 221, 231 and 233. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SocketError } from '../../../src/core/errors.ts';
import { commandOnce, getOnce, putOnce } from '../../../src/protocol/ftp/calls.ts';
import { Mirror } from '../../../src/protocol/ftp/mirror.ts';
import type { FtpSession } from '../../../src/protocol/ftp/session.ts';
import { FakeServer, WAYS } from './fake-server.ts';
import { errorOf } from './script.ts';

describe('231, 233: no password in clear', () => {
  const login = { user: 'joe', password: 'secret' };
  for (const [title, greeting, auth] of [
    ['AUTH TLS that is not known', '220 x\r\n', '502 no'],
    ['AUTH TLS that is refused', '220 x\r\n', '534 no'],
    ['AUTH TLS that is a syntax error', '220 x\r\n', '500 no'],
    ['AUTH TLS before a login', '220 x\r\n', '530 no'],
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

  it('of the login and of single calls: nothing is dialed', async () => {
    const bad = fc
      .tuple(fc.string({ unit: 'binary' }), fc.constantFrom('\r', '\n', '\0', '\r\nDELE x', '\ud800'), fc.string())
      .map((parts) => parts.join(''));
    const host = 'ftp.example';
    const calls: readonly ((server: FakeServer, text: string) => unknown)[] = [
      (server, user) => server.connect({ user }),
      (server, password) => server.connect({ user: 'joe', password }),
      (server, account) => server.connect({ account }),
      (server, argument) => server.runner.run(getOnce(server.face, { host, argument })),
      (server, command) => server.runner.run(getOnce(server.face, { host, argument: 'x', command })),
      (server, argument) => server.runner.run(putOnce(server.face, { host, argument, source: () => null }, undefined)),
      (server, argument) => server.runner.run(commandOnce(server.face, { host, command: 'NOOP', argument })),
      (server, command) => server.runner.run(commandOnce(server.face, { host, command })),
      (server, remote) => new Mirror(server.face, { host, direction: 'up', local: 'x', remote }),
    ];
    await fc.assert(
      fc.asyncProperty(bad, fc.constantFrom(...calls), async (text, call) => {
        const server = new FakeServer({ size: 1_000_000, face: 'blocking' });
        const error = await errorOf(() => call(server, text));
        assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT', String(error));
        assert.deepEqual(server.dialed, []);
      }),
      { numRuns: 300 },
    );
  });

  it('in a URL neither: nothing is dialed', async () => {
    for (const url of [
      'ftp://ftp.example/a%0D%0ADELE%20x',
      'ftp://ftp.example/a%00',
      'ftp://a%0ab@ftp.example/x',
      'ftp://a:b%0d@ftp.example/x',
      'ftp://ftp.example/x;type=d',
      'ftp://ftp.example/x;type=a?y',
      'ftp://ftp.example/x;',
      'ftp://ftp.example/x;y;type=a',
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
