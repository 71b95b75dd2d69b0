/** A send hands over all of its bytes in order, and one that fails says how many. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbortError,
  ClosedError,
  Failure,
  type SocketError,
  TakenLate,
  TIMED_OUT,
  TimeoutError,
} from '../../src/core/errors.ts';
import { runAsync } from '../../src/core/flow.ts';
import { WRITE_SLICE } from '../../src/core/limits.ts';
import { Stream } from '../../src/core/stream.ts';
import { atOnce, bytes, errorOf, ScriptedIo, SILENCE, type Take } from './scripted-io.ts';

function sending(...takes: Take[]): { io: ScriptedIo; stream: Stream; written: () => Buffer } {
  const io = new ScriptedIo([], takes);
  return { io, stream: new Stream(io), written: () => Buffer.concat(io.written) };
}

describe('the bytes', () => {
  const cases: [data: string | Uint8Array, start: number | undefined, end: number | undefined, sent: string][] = [
    ['hello', undefined, undefined, 'hello'],
    ['', undefined, undefined, ''],
    ['hé', undefined, undefined, 'h\xc3\xa9'],
    ['hé', 1, 2, '\xc3'], // bytes are counted, not characters
    [bytes('hello'), 1, undefined, 'ello'],
    [bytes('hello'), 1, 3, 'el'],
    [bytes('hello'), -2, undefined, 'lo'],
    [bytes('hello'), undefined, -1, 'hell'],
    [bytes('hello'), 3, 1, ''],
    [bytes('hello'), 9, 99, ''],
    [bytes('xhellox').subarray(1, 6), 1, 3, 'el'],
    [new Uint8Array([1, 2, 3]), 1, undefined, '\x02\x03'],
    ['a\0b', undefined, undefined, 'a\0b'],
  ];
  for (const [data, start, end, expected] of cases) {
    it(`of ${JSON.stringify(String(data))} from ${start} to ${end}`, async () => {
      for (const take of [1, 2, 7, { later: 1 }]) {
        const { stream, written } = sending(...Array.from({ length: 9 }, () => take));
        assert.equal(await runAsync(stream.send(data, start, end)), expected.length);
        assert.equal(written().toString('latin1'), expected);
        assert.equal(stream.getstats().sent, expected.length);
      }
    });
  }

  it('go out in slices', () => {
    const { io, stream, written } = sending();
    const data = Buffer.alloc(2 * WRITE_SLICE + 5, 'abc');
    assert.equal(atOnce(stream.send(data)), data.length);
    assert.deepEqual(
      io.written.map((slice) => slice.length),
      [WRITE_SLICE, WRITE_SLICE, 5],
    );
    assert.ok(written().equals(data));
  });

  for (const [name, data, start] of [
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['an array', [1]],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['half an index', 'abc', 0.5],
    ['an index that is no number', 'abc', '1'],
  ] as [string, unknown, unknown?][]) {
    it(`cannot be ${name}`, async () => {
      const { stream, io } = sending();
      const error = await errorOf<SocketError>(() => atOnce(stream.send(data as string, start as number)));
      assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
      assert.match(error.message, /^send: /);
      assert.equal(io.written.length, 0);
    });
  }
});

describe('a failure', () => {
  it('says how many bytes were taken', async () => {
    for (const failure of [TIMED_OUT, new Failure('EPIPE'), new Failure('ENOBUFS')]) {
      for (const take of [failure, { later: failure }]) {
        const { stream, written } = sending(2, { later: 1 }, take);
        const error = await errorOf<SocketError>(() => runAsync(stream.send('abcdef')));
        assert.deepEqual([error.code, error.sent], [failure.code, 3]);
        assert.equal(written().toString(), 'abc');
        assert.equal(stream.getstats().sent, 3);
        assert.equal(atOnce(stream.send('abcdef', 3)), 3); // and the program may go on
        assert.equal(written().toString(), 'abcdef');
      }
    }
  });

  it('counts what was taken before the time was over, and cannot be taken back', async () => {
    for (const late of [new TakenLate(2), { later: new TakenLate(2) }]) {
      const { stream } = sending(1, late);
      const error = await errorOf<SocketError>(() => runAsync(stream.send('abcdef')));
      assert.deepEqual([error.code, error.sent, stream.getstats().sent], ['ETIMEDOUT', 3, 3]);
    }
  });

  it('has the class that its code says', async () => {
    for (const [failure, type] of [
      [TIMED_OUT, TimeoutError],
      [new Failure('EPIPE'), ClosedError],
      [new Failure('ECONNRESET'), ClosedError],
    ] as const) {
      assert.ok((await errorOf(() => atOnce(sending(failure).stream.send('a')))) instanceof type);
    }
  });
});

describe('sends that overlap', () => {
  it('are refused where nothing can wait, which disturbs nothing', async () => {
    const { stream, written } = sending({ later: 1 }, { later: 2 });
    const first = runAsync(stream.send('abc'));
    const error = await errorOf<SocketError>(() => atOnce(stream.send('x')));
    assert.equal(error.code, 'ERR_BUSY');
    assert.match(error.message, /^send: another send .* await it before the next$/);
    assert.equal(await first, 3);
    assert.equal(atOnce(stream.send('d')), 1);
    assert.equal(written().toString(), 'abcd');
  });
});

/** A gate that waits until it is opened, its signal aborts, or `expire` is called; all of them in the order of their making. */
class TestGate {
  static made: TestGate[] = [];
  #resolve: ((outcome: Failure | undefined) => void) | undefined;

  wait(): Promise<Failure | undefined> {
    TestGate.made.push(this);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get waiting(): boolean {
    return this.#resolve !== undefined;
  }

  wake(value?: Failure | undefined | void): void {
    this.#resolve?.(value ?? undefined);
    this.#resolve = undefined;
  }
}

function inLine(...takes: Take[]): ReturnType<typeof sending> {
  TestGate.made = [];
  const all = sending(...takes);
  all.stream.lineUp(() => new TestGate());
  return all;
}

describe('sends in line', () => {
  const results = (sends: Promise<number>[]): Promise<(string | number)[]> =>
    Promise.all(sends.map((one) => one.catch((error: SocketError) => `${error.code} ${error.sent}`)));

  it('go out one behind the other, each whole', async () => {
    const { stream, written } = inLine({ later: 1 }, { later: 2 }, { later: 1 }, 1, { later: 9 });
    const sends = ['abc', 'de', 'f'].map((text) => runAsync(stream.send(text)));
    assert.deepEqual(await results(sends), [3, 2, 1]);
    assert.equal(written().toString(), 'abcdef');
    assert.equal(atOnce(stream.send('g')), 1);
  });

  it('fail behind one that fails, and the next send begins anew', async () => {
    const { stream, written } = inLine(1, { later: TIMED_OUT }, { later: 1 });
    const sends = ['abc', 'de', 'f'].map((text) => runAsync(stream.send(text)));
    const behind = await errorOf<SocketError>(() => sends[1]);
    assert.equal(behind.reason, 'a send before it failed');
    assert.ok(behind.cause instanceof TimeoutError);
    assert.deepEqual(await results(sends), ['ETIMEDOUT 1', 'ERR_NOT_SENT 0', 'ERR_NOT_SENT 0']);
    assert.equal(await runAsync(stream.send('g')), 1);
    assert.equal(written().toString(), 'ag');
  });

  it('fail alike when the connection is gone', async () => {
    const { stream } = inLine({ later: new Failure('EPIPE') });
    const sends = ['abc', 'de', 'f'].map((text) => runAsync(stream.send(text)));
    assert.deepEqual(await results(sends), ['EPIPE 0', 'EPIPE 0', 'EPIPE 0']);
  });

  it('fail behind one whose own time is over, and those before it go on', async () => {
    const { stream, written } = inLine({ later: 1 }, { later: 2 }, 1);
    const sends = ['abc', 'de', 'f'].map((text) => runAsync(stream.send(text)));
    TestGate.made[0]?.wake(TIMED_OUT);
    assert.deepEqual(await results(sends), [3, 'ETIMEDOUT 0', 'ERR_NOT_SENT 0']);
    assert.equal(atOnce(stream.send('g')), 1);
    assert.equal(written().toString(), 'abcg');
  });

  it('learn at once that one before them has failed, and not when the first ends', async () => {
    const { stream } = inLine(SILENCE);
    const sends = ['abc', 'de', 'f'].map((text) => runAsync(stream.send(text)));
    TestGate.made[0]?.wake(TIMED_OUT);
    assert.deepEqual(await results(sends.slice(1)), ['ETIMEDOUT 0', 'ERR_NOT_SENT 0']);
    stream.close();
    assert.deepEqual(await results(sends.slice(0, 1)), ['ERR_CLOSED 0']);
  });

  it('leave the socket free when the time of the next is over in the moment of its turn', async () => {
    let end = (_taken: number): void => {};
    const io = new ScriptedIo();
    io.send = () => new Promise<number>((resolve) => (end = resolve));
    TestGate.made = [];
    const stream = new Stream(io);
    stream.lineUp(() => new TestGate());
    const sends = ['a', 'b', 'c'].map((text) => runAsync(stream.send(text)));
    end(1);
    TestGate.made[0]?.wake(TIMED_OUT); // the first will have ended before this is noticed
    assert.deepEqual(await results(sends), [1, 'ETIMEDOUT 0', 'ERR_NOT_SENT 0']);
    const last = runAsync(stream.send('d'));
    end(1);
    assert.equal(await last, 1);
  });
});

describe('what ends a send', () => {
  it('is a signal', async () => {
    const { stream } = sending(2, SILENCE);
    const controller = new AbortController();
    const pending = errorOf<SocketError>(() =>
      runAsync(stream.send('abc', undefined, undefined, { signal: controller.signal })),
    );
    controller.abort('enough');
    const error = await pending;
    assert.ok(error instanceof AbortError);
    assert.deepEqual([error.code, error.sent, error.cause], ['ABORT_ERR', 2, 'enough']);
  });

  it('is a signal that came before: nothing is sent', async () => {
    const { stream, io } = sending();
    const signal = AbortSignal.abort();
    const error = await errorOf<SocketError>(() => atOnce(stream.send('abc', 0, 3, { signal })));
    assert.deepEqual([error.code, error.sent, io.written.length], ['ABORT_ERR', 0, 0]);
  });

  it('is close, before which others are refused', async () => {
    const { stream } = sending(2, SILENCE);
    const pending = errorOf<SocketError>(() => runAsync(stream.send('abc')));
    stream.close();
    const errors = [await pending, await errorOf<SocketError>(() => atOnce(stream.send('abc')))];
    assert.ok(errors.every((error) => error instanceof ClosedError));
    assert.deepEqual(
      errors.map((error) => [error.code, error.sent, error.message]),
      [
        ['ERR_CLOSED', 2, 'send: the socket was closed on this side'],
        ['ERR_CLOSED', 0, 'send: the socket was closed on this side'],
      ],
    );
  });
});

describe('shutdown', () => {
  it('goes to the transport, unless the socket is closed', () => {
    const { stream, io } = sending();
    stream.shutdown('send');
    stream.shutdown();
    stream.close();
    stream.shutdown('receive');
    assert.deepEqual(io.calls, ['shutdown send', 'shutdown both', 'close']);
    assert.throws(() => stream.shutdown('write' as 'send'), { code: 'ERR_INVALID_ARGUMENT' });
  });
});
