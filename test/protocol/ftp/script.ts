/** What tests of sessions have in common: scripts of servers, and tests of them in every way that bytes may come. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ClosedError, Failure, SocketError } from '../../../src/core/errors.ts';
import type { FtpSession } from '../../../src/protocol/ftp/session.ts';
import { type Answer, FakeServer, WAYS } from './fake-server.ts';

export const RESET = new Failure('ECONNRESET');
export const TEN = '0123456789';

export type Script = (verb: string, argument: string, server: FakeServer) => Answer;

/** A server that has one file of ten bytes, and says `last` behind it. */
export const oneFile =
  (last = '226 done', first = '150 here'): Script =>
  (verb, _argument, server) => {
    if (verb !== 'RETR') return undefined;
    server.gives = TEN;
    return `${first}\r\n${last}`;
  };

export function inEveryWay(
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
export function failing(
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

export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail('there was no error');
}
