/** Errors carry a stable code, LuaSocket's words and the line that a reader looks for. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbortError,
  badArgument,
  CLOSED_HERE,
  ClosedError,
  ENDED,
  Failure,
  failed,
  LimitError,
  misuse,
  SocketError,
  TIMED_OUT,
  TimeoutError,
  unsupported,
} from '../../src/core/errors.ts';
import { runAsync, settle } from '../../src/core/flow.ts';
import { errorOf, scripted } from './scripted-io.ts';

const table: [failure: Failure, type: typeof SocketError, code: string, reason: string, message: string][] = [
  [TIMED_OUT, TimeoutError, 'ETIMEDOUT', 'timeout', 'read: timeout (ETIMEDOUT)'],
  [ENDED, ClosedError, 'ERR_CLOSED', 'closed', 'read: closed (ERR_CLOSED)'],
  [CLOSED_HERE, ClosedError, 'ERR_CLOSED', 'closed', 'read: the socket was closed on this side'],
  [new Failure('ECONNRESET'), ClosedError, 'ECONNRESET', 'closed', 'read: closed (ECONNRESET)'],
  [new Failure('ECONNABORTED'), ClosedError, 'ECONNABORTED', 'closed', 'read: closed (ECONNABORTED)'],
  [new Failure('EPIPE'), ClosedError, 'EPIPE', 'closed', 'read: closed (EPIPE)'],
  [new Failure('ABORT_ERR', 'why'), AbortError, 'ABORT_ERR', 'aborted', 'read: aborted (ABORT_ERR)'],
  [
    new Failure('ECONNREFUSED'),
    SocketError,
    'ECONNREFUSED',
    'connection refused',
    'read: connection refused (ECONNREFUSED)',
  ],
  [new Failure('ENOTFOUND'), SocketError, 'ENOTFOUND', 'host not found', 'read: host not found (ENOTFOUND)'],
  [
    new Failure('EADDRINUSE'),
    SocketError,
    'EADDRINUSE',
    'address already in use',
    'read: address already in use (EADDRINUSE)',
  ],
  [new Failure('EACCES'), SocketError, 'EACCES', 'permission denied', 'read: permission denied (EACCES)'],
  [new Failure('ENEW'), SocketError, 'ENEW', 'ENEW', 'read: ENEW (ENEW)'],
  [new Failure('ENEW', new Error('so it is')), SocketError, 'ENEW', 'ENEW', 'read: so it is (ENEW)'],
];

for (const [failure, type, code, reason, message] of table) {
  it(`${message} is a ${type.name}`, () => {
    const error = failed('read', failure);
    assert.equal(error.constructor, type);
    assert.ok(error instanceof SocketError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.reason, error.message], [type.name, code, reason, message]);
    assert.equal(error.cause, failure.cause);
    assert.equal('cause' in error, failure.cause !== undefined);
    assert.match(String(error.stack), new RegExp(`^${type.name}: `));
  });
}

it('an error has the details of its operation, and no others', () => {
  const attempts = [{ address: '[::1]:7', milliseconds: 3, code: 'ECONNREFUSED' }];
  const error = failed('connect', new Failure('ECONNREFUSED', undefined, attempts), { target: 'localhost:7', sent: 0 });
  assert.equal(error.message, 'connect localhost:7: connection refused (ECONNREFUSED)');
  assert.deepEqual([error.attempts, error.sent, error.partial], [attempts, 0, undefined]);
  const bare = failed('receive', TIMED_OUT);
  assert.equal('sent' in bare || 'attempts' in bare, false);
});

it('the partial is put together when first read, and once', () => {
  let calls = 0;
  const error = failed('receive', TIMED_OUT, { partial: () => Buffer.from(String(++calls)) });
  assert.equal(calls, 0);
  assert.equal(error.partial?.toString(), '1');
  assert.equal(error.partial?.toString(), '1');
});

it('misuse, bad arguments and what cannot be done have codes of their own', () => {
  const errors = [misuse('ERR_BUSY', 'later'), badArgument('no'), unsupported('flying', 'walk')];
  assert.deepEqual(
    errors.map(({ name, code, reason, message }) => [name, code, reason, message]),
    [
      ['SocketError', 'ERR_BUSY', 'busy', 'later'],
      ['SocketError', 'ERR_INVALID_ARGUMENT', 'invalid argument', 'no'],
      ['SocketError', 'ERR_UNSUPPORTED', 'not supported', 'flying is not possible here: walk'],
    ],
  );
  assert.deepEqual(
    [new LimitError('ERR_LIMIT', 'x').name, new LimitError('ERR_LIMIT', 'x').reason],
    ['LimitError', 'oversized'],
  );
});

describe('the stack', () => {
  const firstFrame = (error: Error): string => /^ +at .*$/m.exec(String(error.stack))?.[0] ?? '';

  it('begins at the line that made the error, not in its maker', () => {
    function here(make: () => Error): Error {
      return make();
    }
    for (const make of [
      () => failed('x', TIMED_OUT),
      () => misuse('ERR_X', 'x'),
      () => badArgument('x'),
      () => unsupported('x', 'y'),
    ]) {
      assert.match(firstFrame(here(make)), /errors\.test\.js/);
    }
  });

  it('begins at the flow that failed, also after a wait', async () => {
    for (const end of [TIMED_OUT, { later: TIMED_OUT }]) {
      const error = await errorOf(() => runAsync(scripted('ab', end).receive()));
      assert.match(firstFrame(error), /core.stream\.js/);
    }
  });

  it('goes through the flows of a protocol', async () => {
    function* greeting(): Generator<PromiseLike<unknown>, string, unknown> {
      yield* settle(Promise.resolve());
      return String(yield* scripted('ab', { later: ENDED }).receive());
    }
    const { stack } = await errorOf(() => runAsync(greeting()));
    assert.match(String(stack), /stream\.js.*at greeting .*errors\.test\.js/s);
  });
});
