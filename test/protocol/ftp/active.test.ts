/** Active mode: who may connect, and when it is used. Cases 219 and 220. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplyError, TimeoutError } from '../../../src/core/errors.ts';
import { FakeServer, SERVER, WAYS } from './fake-server.ts';
import { errorOf, oneFile, type Script, TEN } from './script.ts';

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
  it('over IPv6, PASV is not asked, whose reply has no room for the address: EPRT is, unless the caller says no', async () => {
    const script: Script = (verb, ...rest) =>
      verb === 'EPSV' ? '522 not here' : verb === 'EPRT' ? '200 yes' : oneFile()(verb, ...rest);
    for (const way of WAYS) {
      for (const active of [undefined, false]) {
        const server = new FakeServer(way, script);
        server.hasAddresses = true;
        server.family = 'inet6';
        server.callers = [SERVER];
        const session = await server.connect({ active });
        if (active === undefined) {
          assert.equal(String(await session.get('x')), TEN);
          assert.ok(server.lines.includes('EPRT |2|2001:db8::9|1234|'), server.lines.join());
        } else {
          const error = await errorOf(() => session.get('x'));
          assert.ok(error instanceof ReplyError && error.reply?.code === 522, String(error));
          assert.match(error.message, /522 not here to EPSV/);
        }
        assert.ok(!server.lines.includes('PASV'));
        session.close();
        assert.equal(server.open, 0);
      }
    }
  });
  it('a last reply instead of a first one is not waited for again where nobody connects', async () => {
    const script: Script = (verb, ...rest) => (verb === 'RETR' ? '226 done' : active(verb, ...rest));
    for (const way of WAYS) {
      const { server, session } = await open(way, script, [], true);
      const error = await errorOf(() => session.get('x'));
      assert.ok(error instanceof TimeoutError && /accept/.test(error.message), String(error));
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
      session.close();
      assert.equal(server.open, 0);
    }
  });
  it('is not what follows where a signal has ended the connecting', async () => {
    for (const way of WAYS) {
      const abort = new AbortController();
      const { server, session } = await open(
        way,
        (verb, ...rest) => {
          if (verb === 'EPSV') abort.abort();
          return active(verb, ...rest);
        },
        [SERVER],
      );
      server.refuses = true;
      assert.ok((await errorOf(() => session.get('x', undefined, { signal: abort.signal }))) instanceof Error);
      assert.equal(server.lines.at(-1), 'EPSV');
      assert.equal((await session.quote('TYPE', 'I')).code, 200);
      session.close();
      assert.equal(server.open, 0);
    }
  });
});
