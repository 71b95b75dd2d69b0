/** A receive that fails consumes nothing, says what there is, and leaves the socket as usable as before. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbortError,
  ClosedError,
  ENDED,
  Failure,
  SocketError,
  TIMED_OUT,
  TimeoutError,
} from '../../src/core/errors.ts';
import { runAsync } from '../../src/core/flow.ts';
import type { Pattern } from '../../src/core/pattern.ts';
import { Stream } from '../../src/core/stream.ts';
import { atOnce, bytes, cut, errorOf, inPieces, ScriptedIo, SILENCE, type Step, scripted } from './scripted-io.ts';

const PATTERNS: [name: string, pattern: Pattern][] = [
  ['a line', '*l'],
  ['a count', 10],
  ['everything', '*a'],
  ['a delimiter', { until: '::' }],
];

describe('a failure', () => {
  const failures: [name: string, failure: Failure, type: new (...args: never[]) => Error, reason: string][] = [
    ['a timeout', TIMED_OUT, TimeoutError, 'timeout'],
    ['a reset', new Failure('ECONNRESET'), ClosedError, 'closed'],
    ['an unreachable network', new Failure('ENETUNREACH'), SocketError, 'Network is unreachable'],
    ['an unknown code', new Failure('EWHATEVER'), SocketError, 'EWHATEVER'],
  ];
  for (const [what, failure, type, reason] of failures) {
    for (const [name, pattern] of PATTERNS) {
      it(`by ${what} in ${name} consumes nothing`, async () => {
        for (const size of [1, 2, 7]) {
          for (const later of [false, true]) {
            const pieces: Step[] = cut(bytes('a:b\rc'), size);
            const stream = scripted(
              ...pieces,
              later ? { later: failure } : failure,
              '!::',
              later ? { later: '\n' } : '\n',
              ENDED,
            );
            const error = await errorOf<SocketError>(() => runAsync(stream.receive(pattern)));
            assert.ok(error instanceof type, error.message);
            assert.deepEqual([error.code, error.reason], [failure.code, reason]);
            assert.equal(error.partial?.toString(), 'a:b\rc');
            assert.equal(stream.getstats().received, 0);
            assert.equal(stream.dirty, true);
            // Another pattern goes on where this one stood.
            assert.equal(String(await runAsync(stream.receive(1))), 'a');
            assert.equal(await runAsync(stream.receive({ until: '::' })), ':b\rc!');
            assert.equal(String(await runAsync(stream.receive('*a'))), '\n');
            assert.equal(stream.getstats().received, 9);
          }
        }
      });
    }
  }

  it('many times in a row adds up', async () => {
    const stream = scripted('a', TIMED_OUT, TIMED_OUT, 'b', { later: TIMED_OUT }, '\n');
    const partials: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++)
      partials.push((await errorOf<SocketError>(() => runAsync(stream.receive()))).partial?.toString());
    assert.deepEqual(partials, ['a', 'a', 'ab']);
    assert.equal(await runAsync(stream.receive()), 'ab');
  });

  it('shows what there was when it happened, also when looked at later', async () => {
    const stream = scripted('ab', TIMED_OUT, 'c\n', 'de\n');
    const error = await errorOf<SocketError>(() => atOnce(stream.receive()));
    assert.equal(atOnce(stream.receive()), 'abc');
    assert.equal(atOnce(stream.receive()), 'de');
    assert.equal(error.partial?.toString(), 'ab');
    assert.equal(error.partial, error.partial);
  });
});

describe('the end', () => {
  for (const [name, pattern] of PATTERNS.filter(([, p]) => p !== '*a')) {
    inPieces(`in ${name} is an error that shows what is there, and it stays`, 'abc', async (stream) => {
      for (let i = 0; i < 2; i++) {
        const error = await errorOf<SocketError>(() => runAsync(stream.receive(pattern)));
        assert.ok(error instanceof ClosedError);
        assert.deepEqual([error.code, error.reason, error.partial?.toString()], ['ERR_CLOSED', 'closed', 'abc']);
      }
      assert.equal(String(await runAsync(stream.receive('*a'))), 'abc');
      assert.equal((await errorOf<SocketError>(() => runAsync(stream.receive(pattern)))).partial?.length, 0);
    });
  }
});

describe('an abort', () => {
  it('ends the wait, and what has arrived stays', async () => {
    const stream = scripted('ab', SILENCE, 'c\n');
    const controller = new AbortController();
    const receiving = runAsync(stream.receive('*l', { signal: controller.signal }));
    setImmediate(() => controller.abort(new Error('enough')));
    const error = await errorOf<SocketError>(() => receiving);
    assert.ok(error instanceof AbortError);
    assert.deepEqual([error.code, error.reason, (error.cause as Error).message], ['ABORT_ERR', 'aborted', 'enough']);
    assert.equal(error.partial?.toString(), 'ab');
    assert.equal(atOnce(stream.receive()), 'abc');
  });

  it('that came before reads nothing, even what is at hand', async () => {
    const io = new ScriptedIo(['a\nb\n']);
    const stream = new Stream(io);
    atOnce(stream.receive());
    const error = await errorOf<SocketError>(() => atOnce(stream.receive('*l', { signal: AbortSignal.abort() })));
    assert.ok(error instanceof AbortError);
    assert.equal(stream.getstats().received, 2);
    assert.equal(atOnce(stream.receive()), 'b');
  });
});

describe('one receive at a time', () => {
  it('refuses a second one, which disturbs nothing', async () => {
    const stream = scripted({ later: 'a' }, { later: 'b\n' }, 'c\n');
    const first = runAsync(stream.receive());
    for (const second of [stream.receive(1), stream.receiveSome(1)]) {
      const error = await errorOf<SocketError>(() => atOnce(second));
      assert.equal(error.code, 'ERR_BUSY');
      assert.match(error.message, /^receive: another receive .* await it before the next$/);
    }
    assert.equal(stream.lineAtHand(), undefined);
    assert.equal(await first, 'ab');
    assert.equal(atOnce(stream.receive()), 'c');
  });

  it('gives nobody else the line that stands before what it waits for', async () => {
    const stream = scripted('ab\ncd', { later: 'e' });
    const first = runAsync(stream.receive(6));
    assert.equal(stream.lineAtHand(), undefined);
    assert.equal(String(await first), 'ab\ncde');
  });

  it('does not count a receive that failed', async () => {
    const stream = scripted({ later: TIMED_OUT }, 'a\n');
    await errorOf(() => runAsync(stream.receive()));
    assert.equal(atOnce(stream.receive()), 'a');
  });

  it('leaves sends alone', async () => {
    const stream = scripted({ later: 'a\n' });
    const receiving = runAsync(stream.receive());
    assert.equal(atOnce(stream.send('x')), 1);
    assert.equal(await receiving, 'a');
  });
});

describe('a socket that is closed here', () => {
  it('ends a pending receive, and refuses others', async () => {
    const stream = scripted('ab', SILENCE);
    const receiving = errorOf<SocketError>(() => runAsync(stream.receive()));
    stream.close();
    stream.close();
    const pending = await receiving;
    const later = await errorOf<SocketError>(() => atOnce(stream.receive(1)));
    for (const error of [pending, later]) {
      assert.ok(error instanceof ClosedError);
      assert.deepEqual([error.code, error.message], ['ERR_CLOSED', 'receive: the socket was closed on this side']);
      assert.equal(error.partial?.toString(), 'ab');
    }
    assert.deepEqual((stream.io as ScriptedIo).calls, ['close']);
    assert.equal(stream.lineAtHand(), undefined);
  });

  it('gives no line that is at hand', () => {
    const stream = scripted('a\nb\n');
    atOnce(stream.receive());
    stream.close();
    assert.equal(stream.lineAtHand(), undefined);
  });
});

describe('whatever is there', () => {
  inPieces('comes piece by piece', 'abcdefghi', async (stream) => {
    let all = '';
    for (;;) {
      const some = await runAsync(stream.receiveSome(4));
      if (some === undefined) break;
      assert.ok(some.length >= 1 && some.length <= 4);
      all += some.toString();
    }
    assert.equal(all, 'abcdefghi');
    assert.equal(stream.getstats().received, 9);
  });

  it('is first what a failed receive left', async () => {
    const stream = scripted('ab', TIMED_OUT, 'cd', new Failure('ECONNRESET'));
    await errorOf(() => atOnce(stream.receive()));
    assert.equal(atOnce(stream.receiveSome(9))?.toString(), 'ab');
    assert.equal(atOnce(stream.receiveSome(1))?.toString(), 'c');
    assert.equal(atOnce(stream.receiveSome(9))?.toString(), 'd');
    assert.equal((await errorOf<SocketError>(() => atOnce(stream.receiveSome(9)))).code, 'ECONNRESET');
  });
});

describe('statistics', () => {
  it('count what receives delivered and sends handed over', async () => {
    const stream = scripted('ab\r\ncdef', TIMED_OUT);
    assert.equal(atOnce(stream.receive()), 'ab');
    assert.equal(stream.lineAtHand(), undefined);
    atOnce(stream.receive(1));
    atOnce(stream.send('é'));
    await errorOf(() => atOnce(stream.receive()));
    const { received, sent, age } = stream.getstats();
    assert.deepEqual([received, sent], [5, 2]);
    assert.ok(age >= 0 && age < 60);
  });

  it('can be set, each for itself', () => {
    const stream = scripted('abc');
    atOnce(stream.receive(1));
    stream.setstats({ received: 10 });
    stream.setstats({ sent: 7, age: 100 });
    atOnce(stream.receive(2));
    atOnce(stream.send('xyz'));
    const { received, sent, age } = stream.getstats();
    assert.deepEqual([received, sent], [12, 10]);
    assert.ok(age >= 100 && age < 160);
    assert.throws(() => stream.setstats({ sent: Number.NaN }), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('for select, a stream', () => {
  const state = { readable: () => false, writable: () => false, watch: () => () => {} };

  it('is ready with bytes at hand, and when it is closed', async () => {
    const stream = new Stream(Object.assign(new ScriptedIo(['line\nab', TIMED_OUT]), { readiness: state }));
    assert.deepEqual([stream.readiness?.readable(), stream.readiness?.writable()], [false, false]);
    atOnce(stream.receive());
    assert.deepEqual([stream.readiness?.readable(), stream.readiness?.writable()], [true, false]);
    await errorOf(() => atOnce(stream.receive()));
    assert.equal(stream.readiness?.readable(), false, 'too few for the receive that has just failed');
    atOnce(stream.receive(2));
    assert.equal(stream.readiness?.readable(), false);
    stream.close();
    assert.deepEqual([stream.readiness?.readable(), stream.readiness?.writable()], [true, true]);
  });

  it('over a transport that cannot tell is nothing', () => {
    assert.equal(scripted().readiness, undefined);
  });
});
