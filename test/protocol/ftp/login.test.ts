/** The beginning of a session: greetings, names, and what the server says that it can. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplyError, SocketError } from '../../../src/core/errors.ts';
import { type FtpOptions, targetOf } from '../../../src/protocol/ftp/options.ts';
import { FakeServer, WAYS } from './fake-server.ts';
import { errorOf, inEveryWay, type Script } from './script.ts';

describe('the greeting', () => {
  for (const [greeting, first] of [
    ['220 ready\r\n', 'USER ftp'],
    ['120 in two minutes\r\n120 in a minute\r\n220 ready\r\n', 'USER ftp'],
    ['230 welcome\r\n', 'FEAT'],
    ['120 in a minute\r\n230 welcome\r\n', 'FEAT'],
  ] as const) {
    it(`${JSON.stringify(greeting)} is followed by ${first}`, async () => {
      for (const way of WAYS) {
        const server = new FakeServer(way);
        server.greeting = greeting;
        const session = await server.connect();
        assert.equal(server.lines[0], first);
        session.close();
      }
    });
  }
});

describe('the login', () => {
  const account: Script = (verb) => (verb === 'USER' ? '332 account' : verb === 'ACCT' ? '230 welcome' : undefined);
  const lines = async (way: (typeof WAYS)[number], script: Script, options: Partial<FtpOptions<'blocking'>>) => {
    const server = new FakeServer(way, script);
    const session = await server.connect(options);
    session.close();
    return server.lines.slice(0, server.lines.indexOf('FEAT'));
  };
  it('says no password and no account that is not asked for', async () => {
    const all = { user: 'joe', password: 'secret', account: 'a' };
    for (const way of WAYS) {
      const welcome: Script = (verb) => (verb === 'USER' ? '230 welcome' : undefined);
      assert.deepEqual(await lines(way, welcome, all), ['USER joe']);
      assert.deepEqual(await lines(way, () => undefined, all), ['USER joe', 'PASS secret']);
      assert.deepEqual(await lines(way, account, all), ['USER joe', 'ACCT a']);
    }
  });
  it('fails where an account is asked for, and none was given', async () => {
    for (const way of WAYS) {
      const error = await errorOf(() => new FakeServer(way, account).connect());
      assert.ok(error instanceof ReplyError && error.reply?.code === 332, String(error));
    }
  });
  it('of anonymous goes on in clear where AUTH is not known, and not where it is put off, or has an account', async () => {
    for (const way of WAYS) {
      for (const [auth, options] of [
        ['431 later', {}],
        ['421 too many', {}],
        ['502 no', { account: 'a' }],
      ] as const) {
        const server = new FakeServer(way, (verb) => (verb === 'AUTH' ? auth : undefined));
        const error = await errorOf(() => server.connect({ tls: 'auto', ...options }));
        assert.ok(error instanceof SocketError && error.code === 'ERR_TLS_REQUIRED', String(error));
        assert.deepEqual(server.lines, ['AUTH TLS']);
      }
    }
  });
  it('is at port 21, and at 990 where TLS begins with the first byte', () => {
    const portOf = (options: Partial<FtpOptions>): number => targetOf('connect', options as FtpOptions).place.port;
    assert.deepEqual([portOf({ host: 'x' }), portOf({ url: 'ftp://x/' })], [21, 21]);
    assert.deepEqual([portOf({ host: 'x', tls: 'implicit' }), portOf({ url: 'ftps://x/' })], [990, 990]);
  });
});

describe('FEAT', () => {
  inEveryWay(
    'names features in any case, with what stands behind them, and not its own first and last line',
    (verb) =>
      verb === 'FEAT' ? '211-Extensions:\r\n mlst type*;size*;\r\n  REST   STREAM \r\n Tvfs\r\n211 End' : undefined,
    async (session) => {
      assert.deepEqual(
        [...session.features],
        [
          ['MLST', 'type*;size*;'],
          ['REST', 'STREAM'],
          ['TVFS', ''],
        ],
      );
    },
  );
  it('that is put off is an error; one that is not known is no feature', async () => {
    for (const way of WAYS) {
      const putOff = await errorOf(() =>
        new FakeServer(way, (verb) => (verb === 'FEAT' ? '450 later' : undefined)).connect(),
      );
      assert.ok(putOff instanceof ReplyError && putOff.reply?.code === 450, String(putOff));
      const session = await new FakeServer(way, (verb) => (verb === 'FEAT' ? '500 what?' : undefined)).connect();
      assert.equal(session.features.size, 0);
      session.close();
    }
  });
});
