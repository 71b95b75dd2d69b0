/** Filters cycle and chain: what comes out does not depend on how the bytes come in, and broken ones are found out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Chunk,
  type Filter,
  filter,
  pump,
  type SyncFilter,
  type SyncSource,
  sink,
  source,
} from '../../src/entry/ltn12.ts';
import { add, bytes, drop, failureOf, group, hoard, joined, later, trickle, waiting } from './parts.ts';

const NONE = Buffer.alloc(0);

/** Everything that comes of a text through filters, which get it in these chunks. */
function through(chunks: readonly Uint8Array[], filters: readonly Filter[]): string {
  const [list, taken] = sink.table();
  pump.all(source.table(chunks), sink.chain(filter.chain(...(filters as [Filter])), list));
  return joined(taken);
}

describe('filter.cycle', () => {
  it('keeps the context, and passes the rest on', () => {
    const calls: unknown[][] = [];
    const low = (context: number, chunk: Chunk, ...extra: [string, boolean]): [Chunk, number] => {
      calls.push([context, chunk, ...extra]);
      return [chunk, context + 1];
    };
    const cycled = filter.cycle(low, 5, 'x', true);
    assert.equal(cycled(NONE), NONE);
    assert.equal(cycled(null), null);
    assert.deepEqual(calls, [
      [5, NONE, 'x', true],
      [6, null, 'x', true],
    ]);
  });

  it('waits for a low-level filter that waits', async () => {
    const cycled = filter.cycle(later(group), NONE, 2);
    const first = cycled(bytes('abc'));
    assert.ok(first instanceof Promise);
    assert.equal(String(await first), 'ab|');
    assert.equal(String(await cycled(null)), 'c');
    assert.equal(await cycled(null), null);
  });
});

describe('filter.chain', () => {
  const made: Record<string, () => SyncFilter> = {
    add: () => filter.cycle(add, 0, 3),
    group: () => filter.cycle(group, NONE, 3),
    trickle: () => filter.cycle(trickle, NONE, 2),
    drop: () => filter.cycle(drop, undefined, 3),
    hoard: () => filter.cycle(hoard, NONE, 0),
  };

  it('gives the same for the whole and for chunks, whatever the filters', () => {
    const names = fc.array(fc.constantFrom(...Object.keys(made)), { minLength: 1, maxLength: 5 });
    const text = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(names, text, fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (kinds, whole, cuts) => {
        const filters = (): SyncFilter[] => kinds.map((kind) => made[kind]!());
        const edges = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = edges.slice(1).map((end, i) => whole.subarray(edges[i], end));
        const expected = through([whole], filters());
        assert.equal(through(chunks, filters()), expected);
        const [first, ...more] = filters() as [SyncFilter, ...SyncFilter[]];
        const fromSource = source.chain(source.table(chunks), first, ...more);
        assert.equal(joined(source.iterate(fromSource)), expected);
        const stages = filters().reduce<SyncSource>((from, stage) => source.chain(from, stage), source.table(chunks));
        assert.equal(joined(source.iterate(stages)), expected);
      }),
      { numRuns: 1500, seed: 12 },
    );
  });

  it('drains later filters before earlier ones, and ends them in order', () => {
    const order: string[] = [];
    const noted =
      (name: string, inner: Filter): Filter =>
      (chunk) => {
        order.push(`${name}${chunk === null ? '!' : chunk.length}`);
        return inner(chunk);
      };
    const both = filter.chain(noted('a', filter.cycle(trickle, NONE, 2)), noted('b', filter.cycle(trickle, NONE, 1)));
    const outs: unknown[] = [];
    for (let input: Chunk = bytes('abc'); ; input = NONE) {
      const out = both(input) as Buffer;
      outs.push(String(out));
      if (out.length === 0) break;
    }
    for (let out = both(null); out !== null; out = both(null)) outs.push(String(out));
    assert.deepEqual(outs, ['a', 'b', 'c', '']);
    assert.deepEqual(order, ['a3', 'b2', 'b0', 'b0', 'a0', 'b1', 'b0', 'a0', 'a!', 'b!']);
  });

  it('waits where one of them waits', async () => {
    const waits = (): Filter => filter.cycle(later(trickle), NONE, 2);
    const chain = filter.chain(filter.cycle(group, NONE, 2), waits(), filter.cycle(add, 0, 0));
    const [list, taken] = sink.table();
    await pump.all(source.string('abcde'), sink.chain(chain, list));
    const same = filter.chain(filter.cycle(group, NONE, 2), filter.cycle(add, 0, 0));
    assert.equal(joined(taken), through([bytes('abcde')], [same]));
  });

  it('gives null again after its end', () => {
    const one = filter.chain(made.group!(), made.trickle!());
    assert.equal(one(null), null);
    assert.equal(one(null), null);
  });
});

describe('a filter that breaks the rules', () => {
  const refused = { code: 'ERR_FILTER' };
  const fine = (): Filter => filter.cycle(add, 0, 0);

  it('by a null too early', async () => {
    const early: Filter = (chunk) => (chunk !== null && chunk.length > 0 ? null : chunk);
    for (const place of [
      filter.chain(early, fine()),
      filter.chain(fine(), early),
      filter.chain(fine(), early, fine()),
    ]) {
      assert.throws(() => place(bytes('x')), refused);
    }
    assert.throws(() => pump.all(source.chain(source.string('x'), early), sink.null()), refused);
    assert.throws(() => pump.all(source.string('x'), sink.chain(early, sink.null())), refused);
    assert.equal(
      ((await failureOf(() => pump.all(source.string('x'), sink.chain(waiting(early), sink.null())))) as typeof refused)
        .code,
      'ERR_FILTER',
    );
  });

  it('by something that is no chunk', () => {
    for (const bad of ['x', undefined, 5, [bytes('x')]]) {
      const odd = (() => bad) as unknown as Filter;
      assert.throws(() => pump.all(source.string('x'), sink.chain(odd, sink.null())), refused);
      assert.throws(() => filter.chain(fine(), odd)(bytes('x')), refused);
    }
  });

  it('by never ending its flush', () => {
    const endless: Filter = () => NONE;
    assert.throws(() => pump.all(source.empty(), sink.chain(endless, sink.null())), refused);
    assert.throws(() => pump.all(source.chain(source.empty(), endless), sink.null()), refused);
    assert.throws(() => pump.all(source.chain(source.empty(), fine(), endless, fine()), sink.null()), refused);
  });

  it('is not one that is slow to end', () => {
    let left = 900;
    const slow: Filter = (chunk) => (chunk !== null || left-- > 0 ? NONE : null);
    pump.all(source.string('x'), sink.chain(slow, sink.null()));
  });

  it('by a flush that gives bytes for ever is stopped by whoever takes them', () => {
    const endless: Filter = (chunk) => (chunk === null ? bytes('x') : NONE);
    let taken = 0;
    const limited = (chunk: Chunk): void => {
      if (chunk !== null && ++taken === 10_000) throw new Error('enough');
    };
    assert.throws(() => pump.all(source.empty(), sink.chain(endless, limited)), /enough/);
  });

  it('fed before it was drained, or after the end, loses nothing in silence', () => {
    const chain = filter.chain(fine(), filter.cycle(trickle, NONE, 1));
    assert.equal((chain(bytes('abc')) as Buffer).length, 1);
    assert.throws(() => chain(bytes('d')), { code: 'ERR_FILTER', message: /drained/ });
    while (chain(null) !== null);
    assert.throws(() => chain(bytes('d')), { code: 'ERR_FILTER', message: /after the end/ });
  });
});
