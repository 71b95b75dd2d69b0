/** Each source gives what it says, then its end again and again, and closes what it holds once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BLOCKSIZE, type FancySource, pump, type Source, sink, source } from '../../src/entry/ltn12.ts';
import { bytes, type Ends, failureOf, joined, waiting, watchedSource } from './parts.ts';

/** All that a source gives, and that it stays at its end. */
function all(from: () => Uint8Array | null): string[] {
  const texts: string[] = [];
  for (let chunk = from(); chunk !== null; chunk = from()) texts.push(Buffer.from(chunk).toString('latin1'));
  assert.equal(from(), null);
  assert.equal(from(), null);
  return texts;
}

describe('source', () => {
  it('empty is at its end', () => assert.deepEqual(all(source.empty()), []));

  it('error throws its error each time', () => {
    const failure = new Error('always');
    const from = source.error(failure);
    for (let i = 0; i < 2; i++) assert.throws(from, failure);
  });

  it('string gives blocks of bytes', () => {
    assert.equal(source.bytes, source.string);
    assert.deepEqual(all(source.string('')), []);
    assert.deepEqual(all(source.string('é')), ['\xc3\xa9']);
    for (const length of [1, BLOCKSIZE - 1, BLOCKSIZE, BLOCKSIZE + 1, 3 * BLOCKSIZE]) {
      const data = Buffer.alloc(length, 'abc');
      const chunks = [...source.iterate(source.string(data))];
      assert.deepEqual(
        chunks.map((chunk) => chunk.length),
        [...Array(Math.floor(length / BLOCKSIZE)).fill(BLOCKSIZE), length % BLOCKSIZE].filter((size) => size > 0),
      );
      assert.ok(Buffer.concat(chunks).equals(data));
      assert.equal(chunks[0]!.buffer, data.buffer);
    }
    assert.throws(() => source.string(undefined as unknown as string), { code: 'ERR_INVALID_ARGUMENT' });
  });

  it('table gives what is in the array, as long as there is more', () => {
    assert.equal(source.array, source.table);
    const list = ['a', Buffer.alloc(0), bytes('b')];
    const from = source.table(list);
    assert.deepEqual(all(from), ['a', '', 'b']);
    list.push('c');
    assert.equal(String(from()), 'c');
    assert.throws(() => source.table('ab' as unknown as string[]), { code: 'ERR_INVALID_ARGUMENT' });
    assert.throws(source.table([5 as unknown as string]), { code: 'ERR_INVALID_ARGUMENT' });
  });

  it('simplify goes on with the source it is given', async () => {
    const second: FancySource = () => [bytes('b'), source.table(['c', 'd'])];
    assert.deepEqual(all(source.simplify(() => [bytes('a'), second] as const) as () => Uint8Array | null), [
      'a',
      'b',
      'c',
      'd',
    ]);
    let count = 0;
    const alone = source.simplify(() => (count++ < 2 ? ([bytes('x')] as const) : null));
    assert.deepEqual(all(alone), ['x', 'x']);
    const slow = source.simplify(async () => [bytes('a'), second] as const);
    assert.equal(joined([(await slow())!, (await slow())!, (await slow())!]), 'abc');

    const ends: Ends = { closed: [], told: [] };
    const closing = source.simplify(() => [bytes('a'), watchedSource(['b'], ends)] as const);
    await closing();
    await closing.close?.('why');
    assert.deepEqual(ends.closed, ['why']);
  });

  it('rewind takes chunks back, the last one first', async () => {
    const ends: Ends = { closed: [], told: [] };
    const from = source.rewind(watchedSource(['c'], ends));
    from(bytes('b'));
    from(bytes('a'));
    assert.equal(String(await from()), 'a');
    assert.equal(String(await from()), 'b');
    assert.equal(String(await from()), 'c');
    assert.equal(await from(), null);
    from(bytes('more'));
    assert.equal(String(await from()), 'more');
    assert.equal(await from(), null);
    await from.close?.();
    assert.deepEqual(ends.closed, [undefined]);
  });

  it('cat gives one after the other, and closes those that are left', async () => {
    assert.deepEqual(all(source.cat()), []);
    const some = source.cat(source.table(['a', 'b']), source.empty(), source.table(['', 'c']));
    assert.deepEqual(all(some), ['a', 'b', '', 'c']);
    assert.equal(all(source.cat(...Array.from({ length: 20_000 }, () => source.empty()))).length, 0);
    const ends: Ends = { closed: [], told: [] };
    const three = source.cat(...['a', 'b', 'c'].map((text) => watchedSource([text], ends)));
    await three();
    await three();
    await three.close?.('left');
    assert.deepEqual(ends.closed, ['left', 'left']);
  });

  it('cat closes all, whatever comes of each', async () => {
    const ends: Ends = { closed: [], told: [] };
    const bad: Source = Object.assign(() => null, { close: () => Promise.reject(new Error('close')) });
    const three = source.cat(bad, watchedSource([], ends), bad);
    assert.equal(((await failureOf(() => three.close?.())) as Error).message, 'close');
    assert.deepEqual(ends.closed, [undefined]);
  });

  it('cat and chain go on after an error that passes', () => {
    let turn = 0;
    const shaky = (): Buffer | null => {
      turn++;
      if (turn % 2 === 1) throw new Error(`no ${turn}`);
      return turn > 5 ? null : bytes(String(turn));
    };
    const from = source.chain(source.cat(shaky, source.string('end')), (chunk) => chunk);
    const texts: string[] = [];
    for (let i = 0; i < 6; i++) {
      try {
        texts.push(String(from()));
      } catch (error) {
        texts.push((error as Error).message);
      }
    }
    assert.deepEqual(texts, ['no 1', '2', 'no 3', '4', 'no 5', 'end']);
  });

  it('chain waits where a part waits, and only there', async () => {
    const same = (chunk: Uint8Array | null): Uint8Array | null => chunk;
    assert.deepEqual(all(source.chain(source.table(['a', '', 'b']), same, same)), ['a', 'b']);
    const first = source.chain(waiting(source.table(['a'])), same)();
    assert.ok(first instanceof Promise);
    assert.equal(String(await first), 'a');
  });
});

describe('sink', () => {
  it('table appends', () => {
    assert.equal(sink.array, sink.table);
    const mine = [bytes('a')] as Uint8Array[];
    const [into, same] = sink.table(mine);
    assert.equal(same, mine);
    into(Buffer.alloc(0));
    into(bytes('b'));
    into(null);
    assert.deepEqual(mine.map(String), ['a', '', 'b']);
  });

  it('null takes everything', () => assert.equal(pump.all(source.string('x'.repeat(9000)), sink.null()), undefined));

  it('error throws its error each time', () => {
    const failure = new Error('always');
    const into = sink.error(failure);
    assert.throws(() => into(bytes('x')), failure);
    assert.throws(() => into(null), failure);
  });

  it('simplify goes on with the sink it is given', async () => {
    const [list, chunks] = sink.table();
    const heads: string[] = [];
    const head = (chunk: Uint8Array | null): typeof list | undefined => {
      heads.push(String(chunk));
      return heads.length === 2 ? list : undefined;
    };
    pump.all(source.table(['a', 'b', 'c', 'd']), sink.simplify(head));
    assert.deepEqual(
      [heads, chunks.map(String)],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    );
    const slow = sink.simplify(async () => list);
    await pump.all(source.table(['x', 'e']), slow);
    assert.deepEqual(chunks.map(String), ['c', 'd', 'e']);
  });

  it('chain passes no empty chunks on, and the end once', () => {
    const seen: (string | null)[] = [];
    const into = sink.chain(
      (chunk) => chunk,
      (chunk) => {
        seen.push(chunk && String(chunk));
      },
    );
    pump.all(source.table(['a', '', 'b']), into);
    assert.deepEqual(seen, ['a', 'b', null]);
  });
});
