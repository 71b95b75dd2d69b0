/** Values in messages: a string is seen to be one, nothing is too long, nothing throws, and no content of an object is shown. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shown } from '../../src/core/shown.ts';

const table: [value: unknown, text: string][] = [
  ['8080', '"8080"'],
  ['a\n"b"', String.raw`"a\n\"b\""`],
  ['x'.repeat(100), `"${'x'.repeat(80)}"…`],
  [8080, '8080'],
  [8080n, '8080n'],
  [Number.NaN, 'NaN'],
  [undefined, 'undefined'],
  [null, 'null'],
  [Symbol('s'), 'Symbol(s)'],
  [[1], 'an array'],
  [{ password: 'secret' }, 'an object'],
  [Object.create(null), 'an object'],
  [() => 0, 'a function'],
];

for (const [value, text] of table) it(`shows ${text}`, () => assert.equal(shown(value), text));
