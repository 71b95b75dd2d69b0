/** Headers keep their order, their repetitions and their letters, and are found whatever the case. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeaderMap, type HeadersLike } from '../../src/entry/headers.ts';

const PAIRS: [string, string][] = [
  ['Host', 'a'],
  ['X-B', '1'],
  ['x-a', ''],
  ['x-b', '2'],
  ['Set-Cookie', 'c=1, d'],
  ['set-cookie', 'e=2'],
];

describe('a map of headers', () => {
  it('is made of pairs, of a map, of an object, of WHATWG headers, and of nothing', () => {
    const map = new HeaderMap(PAIRS);
    assert.deepEqual([...map], PAIRS);
    assert.deepEqual([...new HeaderMap(map)], PAIRS);
    assert.deepEqual([...new HeaderMap(new Map([['a', 'b']]))], [['a', 'b']]);
    const some = [
      ['Accept', 'a'],
      ['Accept', 'b'],
      ['TE', 'x'],
    ];
    assert.deepEqual([...new HeaderMap({ Accept: ['a', 'b'], None: [], TE: 'x' })], some);
    const cookies = new HeaderMap(new Headers(PAIRS));
    assert.deepEqual(cookies.getSetCookie(), ['c=1, d', 'e=2']);
    assert.equal(cookies.get('x-b'), '1, 2');
    assert.deepEqual([...new HeaderMap(), ...new HeaderMap({})], []);
  });

  it('makes WHATWG headers', () => {
    const headers = new Headers([...new HeaderMap(PAIRS)]);
    assert.equal(headers.get('X-B'), '1, 2');
    assert.deepEqual(headers.getSetCookie(), ['c=1, d', 'e=2']);
  });

  it('finds whatever the case', () => {
    const map = new HeaderMap(PAIRS);
    assert.equal(map.size, 6);
    assert.equal(map.get('HOST'), 'a');
    assert.equal(map.get('x-A'), '');
    assert.equal(map.get('none'), undefined);
    assert.deepEqual([map.has('X-a'), map.has('None')], [true, false]);
    assert.deepEqual(map.getAll('X-B'), ['1', '2']);
    assert.deepEqual(map.getAll('none'), []);
  });

  it('joins what is repeated, but never cookies', () => {
    const map = new HeaderMap(PAIRS);
    assert.equal(map.get('X-B'), '1, 2');
    assert.equal(map.get('Set-Cookie'), 'c=1, d');
    assert.deepEqual(map.getSetCookie(), ['c=1, d', 'e=2']);
    assert.deepEqual(map.toObject(), { host: 'a', 'x-b': '1, 2', 'x-a': '', 'set-cookie': ['c=1, d', 'e=2'] });
  });

  it('sets in the place of the first', () => {
    const map = new HeaderMap(PAIRS);
    map.set('X-b', '3');
    map.set('New', 'n');
    assert.deepEqual(
      [...map].map(([name, value]) => `${name}: ${value}`),
      ['Host: a', 'X-b: 3', 'x-a: ', 'Set-Cookie: c=1, d', 'set-cookie: e=2', 'New: n'],
    );
  });

  it('deletes all of a name', () => {
    const map = new HeaderMap(PAIRS);
    assert.deepEqual([map.delete('SET-COOKIE'), map.delete('set-cookie'), map.size], [true, false, 4]);
    map.append('Set-Cookie', 'f');
    assert.deepEqual([...map.entries()].at(-1), ['Set-Cookie', 'f']);
  });

  it('has no names of its own', () => {
    const map = new HeaderMap();
    for (const name of ['constructor', '__proto__', 'toString']) {
      assert.deepEqual([map.has(name), map.get(name), map.getAll(name)], [false, undefined, []]);
    }
    map.append('__proto__', 'x');
    const object = map.toObject();
    assert.deepEqual(Object.keys(object), ['__proto__']);
    assert.equal(Object.getPrototypeOf(object), Object.prototype);
  });

  it('takes strings', () => {
    const call = (init: unknown) => () => new HeaderMap(init as HeadersLike);
    for (const init of [null, 5, 'a: b', { a: 5 }, { a: undefined }, { a: [null] }, [['a', 5]], [['a']], [[1, 'a']]]) {
      assert.throws(call(init), { code: 'ERR_INVALID_ARGUMENT' });
    }
    assert.throws(() => new HeaderMap().set('a', 5 as unknown as string), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

it('does what a plain list would', () => {
  const name = fc.constantFrom('A', 'a', 'B', 'b', 'C', 'Set-Cookie');
  const step = fc.tuple(fc.constantFrom('append', 'append', 'set', 'delete'), name, fc.constantFrom('1', '2', '3'));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const map = new HeaderMap();
      let list: [string, string][] = [];
      for (const [call, key, value] of steps) {
        const same = ([other]: [string, string]): boolean => other.toLowerCase() === key.toLowerCase();
        const first = list.findIndex(same);
        if (call === 'append') {
          map.append(key, value);
          list.push([key, value]);
        } else if (call === 'set') {
          map.set(key, value);
          if (first < 0) list.push([key, value]);
          else
            list = list
              .map((pair, i) => (i === first ? ([key, value] as [string, string]) : pair))
              .filter((pair, i) => i <= first || !same(pair));
        } else {
          assert.equal(map.delete(key), first >= 0);
          list = list.filter((pair) => !same(pair));
        }
        assert.deepEqual([...map], list);
        assert.equal(map.size, list.length);
        assert.deepEqual(
          map.getAll(key),
          list.filter(same).map(([, each]) => each),
        );
        assert.equal(map.has(key), list.some(same));
      }
    }),
    { numRuns: 1000 },
  );
});
