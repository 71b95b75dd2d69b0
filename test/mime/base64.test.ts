/** Base64: the examples of RFC 4648, the calling form of LuaSocket, and what it makes of text that is not clean. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Bytes, b64, unb64 } from '../../src/entry/mime.ts';
import { bytes, cutAt, fromAlphabet, random } from './support.ts';

/** Results as Latin-1 text. */
function shown(results: readonly (Buffer | null)[]): (string | null)[] {
  return results.map((result) => result?.toString('latin1') ?? null);
}

// RFC 4648, section 10.
const EXAMPLES: [plain: string, encoded: string][] = [
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
  ['\x14\xfb\x9c\x03\xd9\x7e', 'FPucA9l+'],
];

it('encodes and decodes the examples of RFC 4648', () => {
  for (const [plain, encoded] of EXAMPLES) {
    assert.deepEqual(shown(b64(bytes(plain))), [encoded, null]);
    assert.deepEqual(shown(unb64(encoded)), [plain, null]);
  }
});

describe('encoding', () => {
  it('keeps what is no multiple of three bytes', () => {
    const table: [first: Bytes | null, second: Bytes | null | undefined, output: string | null, rest: string | null][] =
      [
        ['', '', '', ''],
        ['', 'ab', '', 'ab'],
        ['ab', 'c', 'YWJj', ''],
        ['a', 'bcdefg', 'YWJjZGVm', 'g'],
        ['abcdefg', 'h', 'YWJjZGVm', 'gh'],
        ['abcdefg', '', 'YWJjZGVm', 'g'],
        ['a', null, 'YQ==', null],
        ['', undefined, null, null],
        [null, 'abc', null, null],
        ['€', null, '4oKs', null],
      ];
    for (const [first, second, ...expected] of table) assert.deepEqual(shown(b64(first, second)), expected);
  });
});

describe('decoding', () => {
  it('keeps what is no whole group, and drops it at the end', () => {
    const table: [first: Bytes | null, second: Bytes | null | undefined, output: string | null, rest: string | null][] =
      [
        ['', 'YWJjZG', 'abc', 'ZG'],
        ['ZG', 'Vm', 'def', ''],
        ['Y', '\r\n', '', 'Y'],
        ['YWJjZG', null, 'abc', null],
        ['YW', undefined, null, null],
        [null, 'YWJj', null, null],
      ];
    for (const [first, second, ...expected] of table) assert.deepEqual(shown(unb64(first, second)), expected);
  });

  it('skips what is in no alphabet, and reads padding wherever it stands', () => {
    const table: [encoded: string, plain: string, rest?: string][] = [
      ['Y W\tJ\r\nj', 'abc'],
      ['\xff\0Y!W"J#j', 'abc'],
      ['Y-W_Jj', 'abc'],
      ['YQ==YQ==', 'aa'],
      ['YWI=YWI=', 'abab'],
      ['====', '\0'],
      ['=AAA', '\0\0\0'],
      ['A=AA', '\0\0\0'],
      ['AA=A', '\0'],
      ['YQ=', '', 'YQ='],
      ['YQ', '', 'YQ'],
    ];
    for (const [encoded, ...expected] of table) {
      const [plain, rest = ''] = expected;
      assert.deepEqual(shown(unb64('', bytes(encoded))), [plain, rest], encoded);
    }
  });

  it('is the same in bulk, whatever stands where', () => {
    const next = random(402);
    const plain = fromAlphabet(Buffer.from([0, 0, 0, 1, 255, 65]), 150_000, next);
    const encoded = plain.toString('base64');
    const noises = ['\r\n', '\n', ' ', '-', '_', '\0', '\xff', '!!'];
    for (const noise of noises) {
      for (const every of [4, 64, 75, 76, 77, 1000, 49_151]) {
        const dirty = bytes(encoded.replace(new RegExp(`.{${every}}`, 'g'), `$&${noise}`));
        const pieces = cutAt(dirty, [next(5), next(70_000), next(70_000)]);
        let rest: Buffer | null = Buffer.alloc(0);
        const outputs = pieces.map((piece) => {
          const [output, left]: (Buffer | null)[] = unb64(rest, piece);
          rest = left as Buffer;
          return output as Buffer;
        });
        assert.ok(Buffer.concat(outputs).equals(plain), `${JSON.stringify(noise)} after each ${every}`);
      }
    }
  });

  it('takes groups of one digit for what they are', () => {
    for (const digit of ['A', '/', 'w', 'Q']) {
      for (let length = 60; length < 80; length++) {
        const [output, rest] = unb64('', digit.repeat(length));
        assert.deepEqual(output, Buffer.from(digit.repeat(length - (length % 4)), 'base64'));
        assert.equal(String(rest), digit.repeat(length % 4));
      }
    }
  });
});

it('refuses what is neither text nor bytes', () => {
  for (const codec of [b64, unb64]) {
    const error = {
      code: 'ERR_INVALID_ARGUMENT',
      message: `${codec.name}: data is a string or bytes (Uint8Array, Buffer), not 1`,
    };
    assert.throws(() => codec(1 as unknown as string), error);
    assert.throws(() => codec('', 1 as unknown as string), error);
  }
});
