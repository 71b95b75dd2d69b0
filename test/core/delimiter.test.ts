/** The search finds what a naive one finds, whatever the cuts. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Delimiter, LINE_FEED } from '../../src/core/delimiter.ts';
import { bytes, cut } from './scripted-io.ts';

/** Where the delimiter ends in the concatenation of the pieces, or -1. */
function search(delimiter: Delimiter, pieces: readonly Uint8Array[]): number {
  let matched = 0;
  let begin = 0;
  for (const piece of pieces) {
    const found = delimiter.search(piece, 0, matched);
    if (found.end >= 0) return begin + found.end;
    matched = found.matched;
    begin += piece.length;
  }
  return -1;
}

const cases: [delimiter: string, text: string, before: number][] = [
  ['\n', 'abc\n', 3],
  ['\n', '\n', 0],
  ['\r\n', 'a\r\r\nb', 2],
  ['\r\n.\r\n', 'x\r\n..\r\n\r\n.\r\n', 7],
  ['aaaab', 'aaaaaaaaab', 5],
  ['abcabd', 'abcabcabd', 3],
  ['abab', 'aabaabab', 4],
  ['aab', 'aaab', 1],
  ['\0\xff', '\0\0\xff', 1],
  ['--boundary', '--bound--boundary', 7],
  ['x', 'abc', -1],
  ['abc', 'ababab', -1],
  ['aabaaac', 'aabaaabaaac', 4],
];

for (const [delimiter, text, before] of cases) {
  it(`finds ${JSON.stringify(delimiter)} in ${JSON.stringify(text)}`, () => {
    for (const size of [1, 2, 7, text.length]) {
      const end = search(new Delimiter(bytes(delimiter)), cut(bytes(text), size));
      assert.equal(end, before < 0 ? -1 : before + delimiter.length, `pieces of ${size}`);
    }
  });
}

it('agrees with a naive search over random cuts', () => {
  const letter = fc.constantFrom(0x61, 0x61, 0x62);
  const text = fc.array(letter, { maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(letter, { minLength: 1, maxLength: 12 }),
      fc.array(text, { maxLength: 8 }),
      (delimiter, pieces) => {
        const whole = Buffer.from(pieces.flat());
        const before = whole.indexOf(Buffer.from(delimiter));
        const end = search(
          new Delimiter(Uint8Array.from(delimiter)),
          pieces.map((piece) => Uint8Array.from(piece)),
        );
        assert.equal(end, before < 0 ? -1 : before + delimiter.length);
      },
    ),
    { numRuns: 3000 },
  );
});

it('begins anywhere in a chunk, with what was matched before', () => {
  const delimiter = new Delimiter(bytes('abc'));
  assert.deepEqual(delimiter.search(bytes('abcabc'), 1, 0), { end: 6, matched: 0 });
  assert.deepEqual(delimiter.search(bytes('xc'), 1, 2), { end: 2, matched: 0 });
  assert.deepEqual(delimiter.search(bytes('xab'), 0, 0), { end: -1, matched: 2 });
});

it('compares delimiters by their bytes', () => {
  assert.ok(LINE_FEED.equals(new Delimiter(bytes('\n'))));
  assert.ok(!LINE_FEED.equals(new Delimiter(bytes('\n\n'))));
  assert.ok(!LINE_FEED.equals(new Delimiter(bytes('\r'))));
});
