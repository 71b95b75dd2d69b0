/** Quoted-printable, wrapping, line ends and dots: the examples of RFC 2045, and tables of LuaSocket's results. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dot, eol, qp, qpwrp, unqp, wrp } from '../../src/entry/mime.ts';
import { bytes } from './support.ts';

type Text = string | null;

/** Results as Latin-1 text, and numbers. */
function shown(results: readonly (Buffer | number | null)[]): (string | number | null)[] {
  return results.map((result) => (Buffer.isBuffer(result) ? result.toString('latin1') : result));
}

const given = (text: Text | undefined): Buffer | null => (text === null || text === undefined ? null : bytes(text));

describe('quoted-printable', () => {
  // RFC 2045, section 6.7: the example of soft line breaks.
  const FOLK = "Now's the time for all folk to come to the aid of their country.";
  const SOFT = "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.";

  it('reads the example of RFC 2045', () => assert.deepEqual(shown(unqp('', SOFT)), [FOLK, '']));

  it('encodes', () => {
    const table: [first: Text, second: Text, output: Text, rest: Text, marker?: string][] = [
      ['', 'caf\xe9 = 1\x0c', 'caf=E9 =3D 1=0C', ''],
      ['', 'a b', 'a', ' b'],
      ['a b', null, 'a=20b=\r\n', null],
      ['a=b', null, 'a=3Db', null],
      ['', 'a \r\nb\t\r\n', 'a=20\r\nb=09\r\n', ''],
      ['', 'a  \r\n', 'a =20\r\n', ''],
      ['', 'a\rb\nc', 'a=0Db=0Ac', ''],
      ['', 'a\r', 'a', '\r'],
      ['\r', '\nb', '\r\nb', ''],
      ['\r', 'b', '=0Db', ''],
      [' \r', null, '=20=0D=\r\n', null],
      [' \r', '\n', '=20\r\n', ''],
      ['a\r\nb', null, 'a=0D=0Ab', null, '=0D=0A'],
      ['~\x7f\x80\xff\0', null, '~=7F=80=FF=00', null],
      ['', null, null, null],
      [null, 'a', null, null],
    ];
    for (const [first, second, output, rest, marker] of table) {
      assert.deepEqual(shown(qp(given(first), given(second), marker)), [output, rest], JSON.stringify([first, second]));
    }
  });

  it('decodes, and does with the rest what LuaSocket does', () => {
    const table: [first: Text, second: Text, output: Text, rest: Text][] = [
      ['', 'caf=E9=e9', 'caf\xe9\xe9', ''],
      ['', 'a=\r\nb', 'ab', ''],
      ['', 'a \r\nb', 'a \r\nb', ''],
      ['', 'a= \r\nb', 'a= \rb', ''],
      ['', 'a=XYb=4', 'a=XYb', '=4'],
      ['=4', '1', 'A', ''],
      ['', 'a==41', 'a==41', ''],
      ['', 'a=\nbc', 'a=\nbc', ''],
      ['', 'a\rbc', 'ac', ''],
      ['', 'a\nb\0c\x7fd\x80e\tf', 'abcde\tf', ''],
      ['', 'a\r', 'a', '\r'],
      ['\r', '\n', '\r\n', ''],
      ['a=4', null, 'a', null],
      ['=00a', null, '\0a', null],
      ['=', null, null, null],
      ['', null, null, null],
      [null, 'a', null, null],
    ];
    for (const [first, second, ...expected] of table) {
      assert.deepEqual(shown(unqp(given(first), given(second))), expected, JSON.stringify([first, second]));
    }
  });
});

describe('wrapping', () => {
  it('of text', () => {
    const table: [left: number, text: Text | undefined, length: number, output: Text, next: number][] = [
      [4, 'abcdefghi', 4, 'abcd\r\nefgh\r\ni', 3],
      [4, 'abcd', 4, 'abcd', 0],
      [0, 'e', 4, '\r\ne', 3],
      [4, 'a\nb\r\nc\rd', 4, 'a\r\nb\r\ncd', 2],
      [0, '\n', 4, '\r\n', 4],
      [2, '', 4, '', 2],
      [2, null, 4, '\r\n', 4],
      [4, undefined, 4, null, 4],
      [-3, 'ab', 0, '\r\na\r\nb', -1],
    ];
    for (const [left, text, length, ...expected] of table) {
      assert.deepEqual(shown(wrp(left, text, length)), expected, JSON.stringify([left, text, length]));
    }
    assert.deepEqual(shown(wrp(76, 'a'.repeat(80))), [`${'a'.repeat(76)}\r\n${'a'.repeat(4)}`, 72]);
  });

  it('of text without an end, whatever the cuts, as byte by byte', () => {
    const text = bytes(Array.from({ length: 300 }, (_, i) => String.fromCharCode(33 + (i % 90))).join(''));
    for (const length of [31, 32, 33, 76, 100]) {
      for (const left of [-1, 0, 1, length - 1, length, length + 1, 250]) {
        for (const size of [length, length + 1, 2 * length, 2 * length + 1, 300]) {
          const pieces: Buffer[] = [];
          const bytewise: Buffer[] = [];
          let [here, there] = [left, left];
          for (let at = 0; at < text.length; at += size) {
            const [output, next] = wrp(here, text.subarray(at, at + size), length);
            pieces.push(output as Buffer);
            here = next;
          }
          for (const byte of text) {
            const [output, next] = wrp(there, Buffer.of(byte), length);
            bytewise.push(output as Buffer);
            there = next;
          }
          const label = `${length}, ${left}, ${size}`;
          assert.equal(Buffer.concat(pieces).toString(), Buffer.concat(bytewise).toString(), label);
          assert.equal(here, there, label);
        }
      }
    }
  });

  it('of quoted-printable, and never within an escape', () => {
    const table: [left: number, text: Text | undefined, length: number, output: Text, next: number][] = [
      [5, 'abcdefgh', 5, 'abcd=\r\nefgh', 1],
      [5, 'a=3Db', 5, 'a=3D=\r\nb', 4],
      [5, 'ab=3Db', 5, 'ab=\r\n=3Db', 1],
      [5, 'abc\r\nd\n', 5, 'abc\r\nd\r\n', 5],
      [5, null, 5, null, 5],
      [4, undefined, 5, '=\r\n', 5],
    ];
    for (const [left, text, length, ...expected] of table) {
      assert.deepEqual(shown(qpwrp(left, text, length)), expected, JSON.stringify([left, text, length]));
    }
  });

  it('refuses numbers that are not whole', () => {
    for (const wrapping of [wrp, qpwrp]) {
      assert.throws(() => wrapping(1.5, 'a'), {
        code: 'ERR_INVALID_ARGUMENT',
        message: /left is a whole number, not 1.5/,
      });
      assert.throws(() => wrapping(1, 'a', Number.NaN), { message: /length is a whole number, not NaN/ });
    }
  });
});

describe('line ends', () => {
  it('of every kind become one', () => {
    const table: [context: number, text: Text | undefined, output: Text, next: number, marker?: string][] = [
      [0, 'a\nb\rc\r\nd\n\re', 'a|b|c|d|e', 0, '|'],
      [0, '\r\r\n', '|||', 10, '|'],
      [0, '\n\n', '||', 0, '|'],
      [0, 'a\r', 'a\r\n', 13],
      [13, '\nb', 'b', 0],
      [13, '\rb', '\r\nb', 0],
      [65, '\n', '\r\n', 10],
      [13, '', '', 13],
      [13, null, null, 0],
      [0, 'a\n', 'a', 10, ''],
    ];
    for (const [context, text, output, next, marker] of table) {
      assert.deepEqual(shown(eol(context, text, marker)), [output, next], JSON.stringify([context, text]));
    }
  });
});

describe('dots', () => {
  it('at the beginning of a line are doubled', () => {
    const table: [state: number, text: Text | undefined, output: Text, next: number][] = [
      [2, '.', '..', 0],
      [2, '..\r\n.', '...\r\n..', 0],
      [0, '.\r', '.\r', 1],
      [1, '\n', '\n', 2],
      [1, '.', '.', 0],
      [0, '\n.', '\n.', 0],
      [1, '\r\n.', '\r\n..', 0],
      [2, '', '', 2],
      [0, null, null, 2],
    ];
    for (const [state, text, ...expected] of table) {
      assert.deepEqual(shown(dot(state, text)), expected, JSON.stringify([state, text]));
    }
  });
});
