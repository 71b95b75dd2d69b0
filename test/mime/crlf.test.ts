/** Line ends for the wire: what becomes one, and that every cut gives the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crlf, stuff } from '../../src/entry/mime.ts';
import { bytes, cut, run } from './support.ts';

/** The rule, said in another way. */
function expected(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

describe('crlf', () => {
  it('ends each line with CR LF, whatever ended it, and keeps the rest', () => {
    for (const text of [
      '',
      'a',
      'a\r\n',
      '\n',
      '\r',
      '\n\r',
      '\r\r\n',
      '\r\n\n',
      'a\nb\rc\r\nd\0\xff',
      '\r\n.\n.\r.\r\n',
    ]) {
      for (const size of [1, 2, 7, 100]) {
        assert.equal(run(crlf(), cut(bytes(text), size)).toString('latin1'), expected(text), JSON.stringify(text));
      }
    }
  });

  it('does so for any text in any pieces', () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('\r', '\n', '.', 'a'), maxLength: 6 }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(pieces, (texts) => {
        assert.equal(run(crlf(), texts.map(bytes)).toString(), expected(texts.join('')));
      }),
    );
  });

  it('passes on what is right already, without a copy', () => {
    const chunk = bytes('one\r\ntwo\r\n');
    assert.equal((crlf()(chunk) as Buffer).buffer, chunk.buffer);
    assert.equal((crlf()(chunk) as Buffer).byteOffset, chunk.byteOffset);
  });

  it('leaves nothing to smuggle: after it and the dots, no line is a dot alone', () => {
    const text = fc.string({ unit: fc.constantFrom('\r', '\n', '.', 'a', '\r\n.\r\n'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (original, size) => {
        const lines = run(crlf(), cut(bytes(original), size));
        const wire = run(stuff(), cut(lines, size)).toString();
        assert.doesNotMatch(`\r\n${wire}`, /\r\n\.(?!\.)/);
        assert.doesNotMatch(wire, /\r(?!\n)|(?<!\r)\n/);
      }),
    );
  });
});
