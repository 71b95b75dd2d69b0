/** Whatever the text, its time is in proportion to its length: nobody makes a parser busy with a megabyte. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as url from '../../src/entry/url.ts';
import { assertLinear } from '../core/linear.ts';

const FILLERS = [
  'a',
  '/',
  '.',
  '../',
  './',
  '/..',
  '/a/..',
  ':',
  ';',
  '?',
  '#',
  '@',
  '[',
  ']',
  '%',
  '%4',
  '%41',
  '//',
  'é',
  '\n',
];
const CALLS: [name: string, call: (text: string) => unknown][] = [
  ['parse and build', (text) => url.build(url.parse(text))],
  ['parse of an authority', (text) => url.parse(`//${text}`)],
  ['absolute', (text) => url.absolute('http://a/b/c', text)],
  ['absolute with such a base', (text) => url.absolute(text, 'a')],
  ['removeDots', url.removeDots],
  ['escape', url.escape],
  ['unescape', url.unescape],
  ['parsePath and buildPath', (text) => url.buildPath(url.parsePath(text))],
];

describe('time grows with the length, not with its square', () => {
  for (const [name, call] of CALLS) {
    it(`in ${name}`, () => {
      const texts = new Map<number, string[]>();
      assertLinear((length) => {
        let all = texts.get(length);
        if (all === undefined) {
          all = FILLERS.map((filler) => filler.repeat(length / filler.length));
          texts.set(length, all);
        }
        for (const text of all) call(text);
      }, 60_000);
    });
  }
});

describe('a megabyte is read at once', () => {
  for (const [name, call] of CALLS) {
    it(`by ${name}`, () => {
      for (const filler of FILLERS) {
        const text = filler.repeat(1_000_000 / filler.length);
        call(text);
        const before = process.cpuUsage();
        call(text);
        // Some ten milliseconds; in square growth it would take minutes.
        const milliseconds = process.cpuUsage(before).user / 1000;
        assert.ok(milliseconds < 1000, `${JSON.stringify(filler)} takes ${milliseconds} ms`);
      }
    });
  }
});
