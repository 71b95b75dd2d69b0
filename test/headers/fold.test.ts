/** Header fields of mail: folded so that unfolding gives them back, and refused where they could forge a line. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldHeaders } from '../../src/entry/headers.ts';

const CODE = { code: 'ERR_INVALID_ARGUMENT' };

describe('foldHeaders', () => {
  it('folds at blanks, in front of what would pass column 76', () => {
    const words = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ');
    const block = foldHeaders({ Subject: words, To: 'joe' });
    assert.ok(block.endsWith('\r\nTo: joe\r\n'));
    for (const line of block.split('\r\n')) assert.ok(line.length <= 76, line);
    assert.equal(block.split('\r\n').length, 5);
  });

  it('keeps a long word whole, on the first line too', () => {
    const word = 'x'.repeat(200);
    assert.equal(foldHeaders({ A: `${word} b` }), `A: ${word}\r\n b\r\n`);
    assert.equal(foldHeaders({ A: '' }), 'A: \r\n');
  });

  it('gives any value back when it is unfolded, with no line of blanks alone', () => {
    const value = fc.string({ unit: fc.constantFrom(' ', '\t', 'word', 'é', '=?x?Q?y?='), maxLength: 80 });
    fc.assert(
      fc.property(value, (text) => {
        const block = foldHeaders({ Name: text });
        assert.equal(block.replace(/\r\n(?=[ \t])/g, ''), `Name: ${text}\r\n`);
        for (const line of block.split('\r\n').slice(1, -1)) assert.match(line, /[^ \t]/);
      }),
    );
  });

  it('refuses names and values that could forge a line, and words that no line takes', () => {
    for (const character of ['\r', '\n', '\r\n', '\0', '\x0b', '\x7f']) {
      assert.throws(() => foldHeaders({ A: `b${character}c` }), CODE);
      assert.throws(() => foldHeaders({ [`A${character}`]: 'b' }), CODE);
    }
    for (const name of ['', 'a b', 'a:b', 'é', '<a>']) assert.throws(() => foldHeaders({ [name]: 'b' }), CODE);
    assert.throws(() => foldHeaders({ A: 'x'.repeat(999) }), CODE);
    assert.throws(() => foldHeaders({ A: `b ${'é'.repeat(500)}` }), CODE);
    assert.ok(foldHeaders({ A: `b ${'é'.repeat(498)}` }).length > 0);
  });
});
