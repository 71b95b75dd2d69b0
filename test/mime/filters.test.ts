/** Filters: the same output wherever the input is cut, round trips, and names that are not there. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decode,
  type EncodingMode,
  type EncodingName,
  encode,
  normalize,
  stuff,
  type WrapName,
  wrap,
} from '../../src/entry/mime.ts';
import { ALPHABETS, bytes, cut, cutAt, FILTERS, fromAlphabet, random, run } from './support.ts';

const data = fc
  .tuple(fc.constantFrom(...Object.values(ALPHABETS)), fc.oneof(fc.nat(300), fc.nat(9000)), fc.integer({ min: 1 }))
  .map(([alphabet, length, seed]) => fromAlphabet(alphabet, length, random(seed)));
const sizes = fc.array(fc.oneof(fc.nat(8), fc.nat(3000)), { maxLength: 12 });

describe('whole and chunked are the same', () => {
  for (const [name, filter] of Object.entries(FILTERS)) {
    it(`${name}, at every cut`, () => {
      for (const alphabet of Object.values(ALPHABETS)) {
        const input = fromAlphabet(alphabet, 200, random(401));
        const whole = run(filter(), [input]);
        for (let at = 0; at <= input.length; at++) {
          assert.deepEqual(run(filter(), cutAt(input, [at])), whole, `cut at ${at} of ${input.toString('latin1')}`);
        }
        for (const size of [1, 2, 7]) assert.deepEqual(run(filter(), cut(input, size)), whole, `pieces of ${size}`);
      }
    });

    it(`${name}, at random cuts`, () => {
      fc.assert(
        fc.property(data, sizes, (input, lengths) => {
          assert.deepEqual(run(filter(), cutAt(input, lengths)), run(filter(), [input]));
        }),
        { numRuns: 150 },
      );
    });
  }
});

describe('round trips', () => {
  it('of base64, in lines too', () => {
    fc.assert(
      fc.property(data, sizes, (input, lengths) => {
        const encoded = run(encode('base64'), cutAt(input, lengths));
        assert.equal(encoded.toString(), input.toString('base64'));
        assert.deepEqual(run(decode('base64'), cutAt(encoded, lengths)), input);
        const lines = run(wrap('base64'), cutAt(encoded, lengths));
        assert.deepEqual(run(decode('base64'), cutAt(lines, lengths)), input);
        if (input.length > 0) assert.match(lines.toString(), /^(?:.{76}\r\n)*.{1,76}\r\n$/);
      }),
    );
  });

  it('of quoted-printable, in lines of 76 without blanks at their ends', () => {
    const modes: EncodingMode[] = ['text', 'binary'];
    fc.assert(
      fc.property(data, sizes, fc.constantFrom(...modes), (input, lengths, mode) => {
        const encoded = run(encode('quoted-printable', mode), cutAt(input, lengths));
        const lines = run(wrap('quoted-printable'), cutAt(encoded, lengths));
        for (const line of lines.toString('latin1').split('\r\n')) assert.match(line, /^(?:[\t -~]{0,75}[!-~])?$/);
        assert.deepEqual(run(decode('quoted-printable'), cutAt(lines, lengths)), input);
      }),
    );
  });

  it('over every byte, alone and in each place of a group', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const input of [Buffer.of(byte), Buffer.of(65, byte), Buffer.of(65, 66, byte), Buffer.of(byte, 13, 10)]) {
        for (const name of ['base64', 'quoted-printable'] as const) {
          assert.deepEqual(run(decode(name), [run(encode(name), [input])]), input);
        }
      }
    }
  });

  it('of a dialogue: normalized and stuffed, no line is a dot alone, and nothing is lost', () => {
    fc.assert(
      fc.property(data, (input) => {
        const lines = run(normalize(), [input]);
        const text = run(stuff(), [lines]).toString('latin1');
        assert.doesNotMatch(text, /(?:^|\r\n)\.\r\n/);
        assert.equal(text.replace(/(^|\r\n)\.\./g, '$1.'), lines.toString('latin1'));
      }),
    );
  });
});

describe('a filter', () => {
  it('leaves its input alone, and shares no memory with it', () => {
    for (const [name, filter] of Object.entries(FILTERS)) {
      const input = bytes('.QUJD\r\nREVG '.repeat(20));
      const before = Buffer.from(input);
      const make = filter();
      const output = make(input) as Buffer;
      assert.deepEqual(input, before, name);
      const kept = Buffer.from(output);
      input.fill(0);
      assert.deepEqual(output, kept, name);
      const rest = bytes(`${'.QUJD\r\nREVG '.repeat(20)}`);
      const other = filter();
      const expected = run(other, [rest, rest]).subarray(kept.length);
      assert.deepEqual(run(make, [rest]), expected, `${name}: what it keeps is its own`);
    }
  });

  it('takes any Uint8Array, also a view', () => {
    const memory = new Uint8Array(Buffer.from('xxManxx')).subarray(2, 5);
    assert.equal(run(encode('base64'), [memory]).toString(), 'TWFu');
  });

  it('gives an empty chunk for one, and null only at the end', () => {
    for (const [name, filter] of Object.entries(FILTERS)) {
      assert.equal(filter()(Buffer.alloc(0))?.length, 0, name);
      assert.equal(filter()(null), null, name);
    }
  });
});

describe('names', () => {
  const refuses = (action: () => unknown, message: RegExp): void =>
    assert.throws(action, { name: 'SocketError', code: 'ERR_INVALID_ARGUMENT', message });

  it('that are not there are refused, with those that are', () => {
    const wrong = 'quoted' as EncodingName;
    refuses(() => encode(wrong), /no encoding quoted; there are base64, quoted-printable/);
    refuses(() => decode('toString' as EncodingName), /no encoding toString; there are base64, quoted-printable/);
    refuses(() => encode(undefined as unknown as EncodingName), /no encoding undefined; there are base64/);
    refuses(() => wrap('html' as WrapName), /no wrapping for html; there are text, base64, quoted-printable/);
    refuses(() => encode('base64', 'mixed' as EncodingMode), /no mode mixed; there are text, binary/);
  });

  it('and so are lengths and markers that are none', () => {
    for (const length of [0, -1, 1.5, Number.NaN]) refuses(() => wrap(length), /length is a whole number above 0/);
    refuses(() => normalize(7 as unknown as string), /normalize: data is a string or bytes/);
    refuses(() => stuff()(7 as unknown as Uint8Array), /dot: data is a string or bytes/);
  });
});
