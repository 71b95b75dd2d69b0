/** Pumps move everything, one chunk at a time, in the manner of their parts, and leave nothing open when that fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Filter,
  filter,
  pump,
  type Sink,
  type Source,
  type SyncFilter,
  sink,
  source,
} from '../../src/entry/ltn12.ts';
import { add, bytes, type Ends, failureOf, joined, waiting, watchedSink, watchedSource } from './parts.ts';

const CHUNKS = ['one ', 'two ', 'three'];
const shifted = (): SyncFilter => filter.cycle(add, 0, 7);

describe('pump.all', () => {
  it('is done at once when all parts answer at once, and makes no promise', () => {
    const [list, chunks] = sink.table();
    const then = Object.getOwnPropertyDescriptor(Promise.prototype, 'then')!;
    const { Promise: original } = globalThis;
    let made = 0;
    globalThis.Promise = new Proxy(original, {
      construct(target, args) {
        made++;
        return Reflect.construct(target, args);
      },
    });
    Object.defineProperty(original.prototype, 'then', {
      ...then,
      value() {
        made++;
      },
    });
    let result: unknown;
    try {
      const through = source.chain(source.table(CHUNKS), shifted(), shifted());
      result = pump.all(source.cat(through, source.string('!')), sink.chain(shifted(), shifted(), list));
    } finally {
      globalThis.Promise = original;
      Object.defineProperty(original.prototype, 'then', then);
    }
    assert.equal(result, undefined);
    assert.equal(made, 0);
    assert.equal(joined(chunks).length, 14);
  });

  const plain = (): Source => source.table(CHUNKS);
  const expected = (): string => joined(source.iterate(source.chain(source.table(CHUNKS), filter.cycle(add, 0, 7))));
  for (const which of ['source', 'filter', 'sink', 'all']) {
    const mixed = <P extends Source | Filter | Sink>(name: string, part: P): P =>
      (which === name || which === 'all' ? waiting(part) : part) as P;
    it(`waits where ${which === 'all' ? 'all parts wait' : `the ${which} waits`}`, async () => {
      for (const side of ['source', 'sink']) {
        const [list, chunks] = sink.table();
        const filtering = mixed<Filter>('filter', shifted());
        const from = mixed('source', plain());
        const into = mixed('sink', list as Sink);
        const moving =
          side === 'source'
            ? pump.all(source.chain(from, filtering), into)
            : pump.all(from, sink.chain(filtering, into));
        assert.ok(moving instanceof Promise);
        assert.equal(await moving, undefined);
        assert.equal(joined(chunks), expected());
      }
    });
  }

  it('asks for the next chunk when the sink has taken the last one', async () => {
    let asked = 0;
    let taking = 0;
    const from: Source = () => {
      assert.equal(taking, 0);
      asked++;
      return asked > 5 ? null : bytes('x');
    };
    const slow: Sink = async (chunk) => {
      taking++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      taking--;
      if (chunk !== null) assert.ok(asked <= 5);
    };
    await pump.all(source.chain(from, shifted()), sink.chain(shifted(), slow));
    assert.equal(asked, 6);
  });

  it('uses the step it is given, which sees the very source and sink', () => {
    const words = source.rewind(source.table(CHUNKS));
    const [list, chunks] = sink.table();
    let turns = 0;
    const result = pump.all(words, list, (from, to) => {
      turns++;
      if (turns === 1) from(bytes('zero '));
      return pump.step(from, to);
    });
    assert.equal(result, undefined);
    assert.equal(turns, 5);
    assert.equal(joined(chunks), 'zero one two three');
  });

  it('leaves source and sink as they are when the step says that it is done', () => {
    const ends: Ends = { closed: [], told: [] };
    const taken: Uint8Array[] = [];
    const from = watchedSource(CHUNKS, ends);
    const to = watchedSink(ends, taken);
    pump.all(from, to, (a, b) => {
      b(a() as Uint8Array);
      return false;
    });
    assert.deepEqual(ends, { closed: [], told: [] });
    pump.all(from, to);
    assert.equal(joined(taken), CHUNKS.join(''));
    assert.deepEqual(ends, { closed: [], told: [undefined] });
  });

  it('does not grow the stack, nor keep timers waiting', async () => {
    const empties = (): (() => Uint8Array | null) => {
      let left = 300_000;
      return () => (left-- > 0 ? Buffer.alloc(0) : null);
    };
    pump.all(empties(), sink.null());
    pump.all(source.chain(empties(), shifted()), sink.null());
    pump.all(empties(), sink.chain(shifted(), sink.null()));

    for (const chain of [(from: Source) => from, (from: Source) => source.chain(from, shifted())]) {
      let over = false;
      setTimeout(() => {
        over = true;
      }, 5);
      await pump.all(
        chain(() => Promise.resolve(over ? null : Buffer.alloc(0))),
        sink.null(),
      );
    }
  });

  it('refuses chunks that are none', () => {
    const text = (() => 'text') as unknown as Source;
    assert.throws(() => pump.all(text, sink.null()), { code: 'ERR_SOURCE', message: /this one gave string/ });
    assert.throws(() => pump.all((() => undefined) as unknown as Source, sink.null()), { code: 'ERR_SOURCE' });
  });
});

describe('pump.step', () => {
  it('moves one chunk, and says whether there is more', async () => {
    for (const wait of [false, true]) {
      const taken: Uint8Array[] = [];
      const ends: Ends = { closed: [], told: [] };
      const plain = watchedSource(['a', 'b'], ends);
      const from: Source = wait ? waiting(plain) : plain;
      const results: unknown[] = [];
      for (let i = 0; i < 3; i++) results.push(await pump.step(from, watchedSink(ends, taken)));
      assert.deepEqual(results, [true, true, false]);
      assert.equal(joined(taken), 'ab');
      assert.deepEqual(ends, { closed: [], told: [undefined] });
    }
    assert.equal(pump.step(source.empty(), sink.null()), false);
  });

  it('tells the sink what the source throws, and throws it', () => {
    const ends: Ends = { closed: [], told: [] };
    const failure = new Error('source');
    assert.throws(() => pump.step(source.error(failure), watchedSink(ends)), failure);
    assert.deepEqual(ends.told, [failure]);
    assert.throws(() => pump.step(source.error(failure), sink.error(new Error('sink'))), failure);
    assert.throws(
      () => pump.step(source.error(undefined), watchedSink(ends)),
      (error) => error === undefined,
    );
    assert.match(String(ends.told[1]), /threw undefined/);
  });
});

describe('an error', () => {
  const failure = new Error('it');
  const failing = (at: number, calls = { count: 0 }) => {
    return (chunk: Uint8Array | null) => {
      if (chunk === null ? at === -1 : chunk.length > 0 && calls.count++ === at) throw failure;
      return chunk;
    };
  };
  type Case = (ends: Ends, taken: Uint8Array[], wrap: <P>(part: P) => P) => unknown;
  /** How each begins, and who is closed, and told, once. The sink is not told of its own errors. */
  const cases: [name: string, start: Case, closed: unknown[], told: unknown[]][] = [
    [
      'of the source',
      (ends, taken, wrap) => pump.all(wrap(watchedSource(['a'], ends, failure)), wrap(watchedSink(ends, taken))),
      [failure],
      [failure],
    ],
    [
      'of the source, with chains on both sides',
      (ends, taken, wrap) =>
        pump.all(
          source.chain(wrap(watchedSource(['a'], ends, failure)), wrap(shifted()), wrap(shifted())),
          sink.chain(wrap(shifted()), wrap(shifted()), wrap(watchedSink(ends, taken))),
        ),
      [failure],
      [failure],
    ],
    ...[0, 1, -1].flatMap((at): [string, Case, unknown[], unknown[]][] => [
      [
        `of the source's filter at ${at}`,
        (ends, taken, wrap) =>
          pump.all(source.chain(wrap(watchedSource(CHUNKS, ends)), wrap(failing(at))), wrap(watchedSink(ends, taken))),
        [failure],
        [failure],
      ],
      [
        `of the source's second filter at ${at}`,
        (ends, taken, wrap) =>
          pump.all(
            source.chain(wrap(watchedSource(CHUNKS, ends)), wrap(shifted()), wrap(failing(at)), wrap(shifted())),
            wrap(watchedSink(ends, taken)),
          ),
        [failure],
        [failure],
      ],
      [
        `of the sink's filter at ${at}`,
        (ends, taken, wrap) =>
          pump.all(wrap(watchedSource(CHUNKS, ends)), sink.chain(wrap(failing(at)), wrap(watchedSink(ends, taken)))),
        at === -1 ? [] : [failure],
        [failure],
      ],
      [
        `of the sink's second filter at ${at}`,
        (ends, taken, wrap) =>
          pump.all(
            wrap(watchedSource(CHUNKS, ends)),
            sink.chain(wrap(shifted()), wrap(failing(at)), wrap(watchedSink(ends, taken))),
          ),
        at === -1 ? [] : [failure],
        [failure],
      ],
    ]),
    [
      'of the sink',
      (ends, taken, wrap) => pump.all(wrap(watchedSource(CHUNKS, ends)), wrap(watchedSink(ends, taken, 1, failure))),
      [failure],
      [],
    ],
    [
      'of the sink, behind filters',
      (ends, taken, wrap) =>
        pump.all(
          source.cat(wrap(watchedSource(CHUNKS, ends)), wrap(watchedSource(CHUNKS, ends))),
          sink.chain(wrap(shifted()), wrap(watchedSink(ends, taken, 1, failure))),
        ),
      [failure, failure],
      [],
    ],
    [
      'of the first of several sources',
      (ends, taken, wrap) =>
        pump.all(
          source.cat(
            wrap(watchedSource(['a'], ends)),
            wrap(watchedSource(['a'], ends, failure)),
            wrap(watchedSource(['a'], ends)),
          ),
          wrap(watchedSink(ends, taken)),
        ),
      [failure, failure],
      [failure],
    ],
    [
      'of the step',
      (ends, taken, wrap) => {
        let turns = 0;
        const step = (from: Source, to: Sink) => {
          if (++turns === 3) throw failure;
          return pump.step(from, to);
        };
        return pump.all(wrap(watchedSource(CHUNKS, ends)), wrap(watchedSink(ends, taken)), step);
      },
      [failure],
      [failure],
    ],
    [
      'of the sink at its end, when the source has ended',
      (ends, _, wrap) =>
        pump.all(
          wrap(watchedSource(CHUNKS, ends)),
          wrap((chunk: Uint8Array | null) => {
            if (chunk === null) throw failure;
          }),
        ),
      [],
      [],
    ],
  ];
  for (const [name, start, closed, told] of cases) {
    it(`${name} closes everything once`, async () => {
      for (const wait of [false, true]) {
        const ends: Ends = { closed: [], told: [] };
        const wrap = (<P extends Source>(part: P): unknown => (wait ? waiting(part) : part)) as <P>(part: P) => P;
        const run = (): unknown => start(ends, [], wrap);
        if (wait) assert.equal(await failureOf(run), failure);
        else assert.throws(run, failure);
        assert.deepEqual(ends, { closed, told });
      }
    });
  }

  it('of closing does not hide the first one', async () => {
    const from: Source = source.chain(
      Object.assign(() => bytes('x'), {
        close() {
          throw new Error('close');
        },
      }),
      shifted(),
    );
    assert.throws(() => pump.all(from, sink.error(failure)), failure);
    const slow = Object.assign(() => bytes('x'), { close: async () => Promise.reject(new Error('close')) });
    assert.equal(await failureOf(() => pump.all(slow, sink.error(failure))), failure);
  });

  it('closes the filters, which may hold something too', () => {
    const closed: unknown[] = [];
    const holding = () =>
      Object.assign((chunk: Uint8Array | null) => chunk, { close: (error: unknown) => void closed.push(error) });
    const run = (): unknown =>
      pump.all(
        source.chain(source.string('x'), holding(), holding()),
        sink.chain(holding(), holding(), sink.error(failure)),
      );
    assert.throws(run, failure);
    assert.deepEqual(closed, [failure, failure, failure, failure]);
    closed.length = 0;
    assert.throws(() => pump.all(source.error(failure), sink.chain(holding(), sink.null())), failure);
    assert.deepEqual(closed, [failure]);
  });
});
