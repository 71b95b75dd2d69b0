/** Sources out of loops, and loops over sources: at once or awaited, left early, and for node:stream/iter. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { pump, type Source, sink, source } from '../../src/entry/ltn12.ts';
import { bytes, type Ends, failureOf, joined, waiting, watchedSource } from './parts.ts';

const TO_STREAMABLE = Symbol.for('Stream.toStreamable');
const TO_ASYNC_STREAMABLE = Symbol.for('Stream.toAsyncStreamable');

async function taken(from: Source): Promise<string> {
  const [list, chunks] = sink.table();
  await pump.all(from, list);
  return joined(chunks);
}

/** A generator that notes how it was left. */
function* noted(left: string[], ...items: (string | string[])[]): Generator<string | string[]> {
  try {
    yield* items;
    left.push('end');
  } finally {
    left.push('left');
  }
}

describe('source.iterable', () => {
  it('of a loop that does not wait does not wait', () => {
    const from = source.iterable(noted([], 'a', ['b', 'c'], [], 'd'));
    const texts = ['a', 'b', 'c', 'd'].map(() => String(from()));
    assert.equal(texts.join(''), 'abcd');
    assert.equal(from(), null);
    assert.equal(from(), null);
    assert.equal(String(source.iterable([bytes('x')])()), 'x');
  });

  it('of a loop that waits', async () => {
    const from = source.iterable(
      (async function* () {
        yield 'a';
        yield [bytes('b'), 'c'];
      })(),
    );
    assert.equal(await taken(from), 'abc');
    assert.equal(await from(), null);
  });

  it('asks for nothing ahead', async () => {
    let asked = 0;
    const from = source.iterable({
      [Symbol.iterator]: () => ({
        next() {
          asked++;
          return { done: false, value: 'x' };
        },
      }),
    });
    assert.equal(asked, 0);
    from();
    assert.equal(asked, 1);
  });

  it('leaves the loop when it is given up, at whatever point', async () => {
    const left: string[] = [];
    const failure = new Error('other');
    assert.throws(() => pump.all(source.iterable(noted(left, ['a', 'b'])), sink.error(failure)), failure);
    assert.deepEqual(left, ['left']);
    const whole = source.iterable(noted(left, 'a'));
    pump.all(whole, sink.null());
    assert.deepEqual(left, ['left', 'end', 'left']);
    await whole.close?.();
    assert.deepEqual(left, ['left', 'end', 'left']);

    const reasons: unknown[] = [];
    const waitsToo = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: 'x' }),
        return: async (reason: unknown) => {
          reasons.push(reason);
          return { done: true as const, value: undefined };
        },
      }),
    };
    assert.equal(await failureOf(() => pump.all(source.iterable(waitsToo), sink.error(failure))), failure);
    assert.deepEqual(reasons, [failure]);
  });

  it('passes the errors of the loop on, and stays failed', () => {
    const failure = new Error('loop');
    const from = source.iterable(
      (function* () {
        yield 'a';
        throw failure;
      })(),
    );
    assert.equal(String(from()), 'a');
    for (let i = 0; i < 2; i++) assert.throws(from, failure);
  });

  it('refuses what is none', async () => {
    const refused = { code: 'ERR_INVALID_ARGUMENT' };
    for (const bad of ['text', bytes('x'), undefined, 5]) {
      assert.throws(() => source.iterable(bad as unknown as string[]), refused);
    }
    for (const bad of [{}, [5]]) assert.throws(source.iterable(bad as unknown as string[]), refused);
  });

  it("of Node's readable streams destroys them when it is given up", async () => {
    assert.equal(await taken(source.iterable(Readable.from(['a', bytes('b')]))), 'ab');
    const failure = new Error('other');
    const stream = Readable.from(noted([], 'a', 'b'));
    assert.equal(await failureOf(() => pump.all(source.iterable(stream), sink.error(failure))), failure);
    assert.equal(stream.destroyed, true);
    const never = Readable.from(noted([], 'a'));
    const both = source.cat(source.error(failure), source.iterable(never));
    assert.equal(await failureOf(() => pump.all(both, sink.null())), failure);
    assert.equal(never.destroyed, true);
    const broken = new Readable({
      read() {
        this.destroy(failure);
      },
    });
    assert.equal(await failureOf(() => taken(source.iterable(broken))), failure);
  });
});

describe('source.iterate', () => {
  it('loops over a source, at once or awaited', async () => {
    const chunks = (): ReturnType<typeof source.table> => source.table(['a', '', 'b']);
    assert.deepEqual([...source.iterate(chunks())].map(String), ['a', '', 'b']);
    const waited: string[] = [];
    for await (const chunk of source.iterate(chunks())) waited.push(String(chunk));
    for await (const chunk of source.iterate(waiting(chunks()))) waited.push(String(chunk));
    assert.deepEqual(waited, ['a', '', 'b', 'a', '', 'b']);
    const over = source.iterate(chunks());
    assert.equal([...over].length, 3);
    assert.equal([...over].length, 0);
  });

  it('closes the source when the loop is left, and when it fails', async () => {
    const ends: Ends = { closed: [], told: [] };
    for await (const _ of source.iterate(watchedSource(['a', 'b'], ends))) break;
    assert.deepEqual(ends.closed, [undefined]);
    const failure = new Error('source');
    const loop = async (): Promise<void> => {
      for await (const chunk of source.iterate(watchedSource(['a'], ends, failure))) assert.equal(String(chunk), 'a');
    };
    assert.equal(await failureOf(loop), failure);
    assert.deepEqual(ends.closed, [undefined, failure]);
    for await (const _ of source.iterate(watchedSource(['a', 'b'], ends)));
    assert.equal(ends.closed.length, 2);
    // Before the first chunk as well, which a generator would not see.
    await source
      .iterate(watchedSource(['a'], ends))
      [Symbol.asyncIterator]()
      .return?.();
    assert.equal(ends.closed.length, 3);
  });

  it('says so when a loop that does not wait meets a promise, and closes', async () => {
    const ends: Ends = { closed: [], told: [] };
    const slow = waiting(watchedSource(['a'], ends)) as unknown as () => Uint8Array;
    assert.throws(() => [...source.iterate(slow)], { code: 'ERR_PROMISE', message: /for await/ });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(ends.closed, [undefined]);
  });

  it('does not answer two questions at once', async () => {
    const loop = source.iterate(waiting(source.table(['a', 'b'])))[Symbol.asyncIterator]();
    const first = loop.next();
    assert.equal(((await failureOf(() => loop.next())) as { code: string }).code, 'ERR_BUSY');
    assert.equal(String((await first).value), 'a');
    assert.equal(String((await loop.next()).value), 'b');
  });

  it("is what Node's Readable.from takes", async () => {
    const stream = Readable.from(source.iterate(source.string('x'.repeat(5000))), { objectMode: false });
    assert.equal(await taken(source.iterable(stream)), 'x'.repeat(5000));
    const ends: Ends = { closed: [], told: [] };
    const left = Readable.from(source.iterate(watchedSource(['a', 'b'], ends)));
    for await (const _ of left) break;
    assert.deepEqual(ends.closed, [undefined]);
  });
});

describe('the protocol of node:stream/iter', () => {
  it('is spoken by its symbols', async () => {
    const chunks = source.iterate(source.table(['a', 'b'])) as unknown as Record<symbol, () => Iterable<Uint8Array>>;
    assert.deepEqual([...chunks[TO_STREAMABLE]!()].map(String), ['a', 'b']);
    const waited = source.iterate(waiting(source.string('c'))) as unknown as Record<
      symbol,
      () => AsyncIterable<Buffer>
    >;
    for await (const chunk of waited[TO_ASYNC_STREAMABLE]!()) assert.equal(String(chunk), 'c');
  });

  it('is understood by its symbols', async () => {
    const atOnce = { [TO_STREAMABLE]: () => [bytes('a'), [bytes('b')]] };
    assert.equal(String(source.iterable(atOnce as never)()), 'a');
    assert.equal(await taken(source.iterable(atOnce as never)), 'ab');
    assert.equal(await taken(source.iterable({ [TO_STREAMABLE]: () => 'text' } as never)), 'text');
    const later = { [TO_ASYNC_STREAMABLE]: async () => source.iterate(waiting(source.string('c'))) };
    assert.equal(await taken(source.iterable(later as never)), 'c');
  });

  // The module itself is in Node 24 and 26, behind a flag.
  if (process.allowedNodeEnvironmentFlags.has('--experimental-stream-iter')) {
    it('is that of the module', async () => {
      const program = `
        import assert from 'node:assert/strict';
        import * as iter from 'node:stream/iter';
        import { pump, sink, source } from ${JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'entry', 'ltn12.js'))};
        const table = () => source.table(['a', 'b']);
        const only = (object, name) => ({ [iter[name]]: () => object[iter[name]]() });
        assert.equal(await iter.text(source.iterate(table())), 'ab');
        assert.equal(iter.textSync(source.iterate(table())), 'ab');
        assert.equal(await iter.text(only(source.iterate(async () => null), 'toAsyncStreamable')), '');
        assert.equal(await iter.text(only(source.iterate(table()), 'toAsyncStreamable')), 'ab');
        assert.equal(iter.textSync(only(source.iterate(table()), 'toStreamable')), 'ab');
        const taken = async (from) => {
          const [list, chunks] = sink.table();
          await pump.all(from, list);
          return Buffer.concat(chunks).toString();
        };
        assert.equal(await taken(source.iterable(iter.from('text'))), 'text');
        assert.equal(await taken(source.iterable(iter.fromSync(['te', 'xt']))), 'text');
        const { writer, readable } = iter.push();
        const reading = taken(source.iterable(readable));
        await writer.write('pushed');
        await writer.end();
        assert.equal(await reading, 'pushed');
        let closed = 0;
        const endless = Object.assign(async () => Buffer.from('x'), { close() { closed++; } });
        for await (const batch of iter.pull(source.iterate(endless))) break;
        assert.equal(closed, 1);
      `;
      const flags = ['--experimental-stream-iter', '--no-warnings', '--input-type=module', '-e', program];
      await promisify(execFile)(process.execPath, flags, { timeout: 20_000 });
    });
  }
});
