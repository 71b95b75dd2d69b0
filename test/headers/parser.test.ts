/** Header blocks, line by line: what RFC 9112 allows, what it refuses, and how much of it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LimitError } from '../../src/core/errors.ts';
import { HEADER_BLOCK_LIMIT, HEADER_COUNT_LIMIT, HEADER_LINE_LIMIT } from '../../src/core/limits.ts';
import { formatHeaders, type HeaderOptions, HeaderParser, parseHeaders } from '../../src/entry/headers.ts';
import { assertLinear } from '../core/linear.ts';

const good: [block: string, headers: [string, string][]][] = [
  ['', []],
  ['\n', []],
  ['Host: a', [['Host', 'a']]],
  ['Host:a\n\nafter: it', [['Host', 'a']]],
  ['a:', [['a', '']]],
  ['a: \t ', [['a', '']]],
  ['a:\t b c\t \n', [['a', 'b c']]],
  ['a: b: c', [['a', 'b: c']]],
  ["!#$%&'*+-.^_`|~09azAZ: x", [["!#$%&'*+-.^_`|~09azAZ", 'x']]],
  [
    'a: 1\nA: 2\na: 3',
    [
      ['a', '1'],
      ['A', '2'],
      ['a', '3'],
    ],
  ],
  ['a: \xa0caf\xe9\x85\x01', [['a', '\xa0caf\xe9\x85\x01']]],
  // RFC 9112, section 5.2
  ['a: b\n c', [['a', 'b c']]],
  [
    'a: b \t\n\t \tc \n d\nx: y',
    [
      ['a', 'b c d'],
      ['x', 'y'],
    ],
  ],
  ['a:\n b', [['a', 'b']]],
  ['a: b\n \n\t\n c\n ', [['a', 'b c']]],
  ['a: b\n c: d', [['a', 'b c: d']]],
];

const bad: [line: string, message: RegExp][] = [
  ['no colon', /no colon in "no colon"/],
  [': no name', /no name before the colon/],
  ['a : b', /no name before the colon/],
  ['a\t: b', /no name before the colon/],
  ['a b: c', /no name before the colon/],
  ['(a): b', /no name before the colon/],
  ['caf\xe9: b', /no name before the colon/],
  [' a: b', /no header before the continuation/],
  ['\ta: b', /no header before the continuation/],
  [' ', /no header before the continuation/],
  ['a: b\r', /a CR, LF or NUL/],
  ['\r', /a CR, LF or NUL/],
  ['a: b\rc: d', /a CR, LF or NUL/],
  ['a: b\nc: d', /a CR, LF or NUL/],
  ['a: \0', /a CR, LF or NUL/],
];

describe('the parser', () => {
  for (const [block, headers] of good) {
    it(`takes ${JSON.stringify(block)}`, () => {
      const lines = block.split('\n');
      assert.deepEqual([...parseHeaders(lines)], headers);
      const parser = new HeaderParser();
      const end = lines.indexOf('');
      const pushed = lines.slice(0, end < 0 ? undefined : end).map((line) => parser.push(line));
      assert.ok(!pushed.includes(true));
      assert.equal(parser.push(''), true);
      assert.deepEqual([...parser.headers], headers);
    });
  }

  for (const [line, message] of bad) {
    it(`refuses ${JSON.stringify(line)}`, () => {
      const refusal = { name: 'ProtocolError', code: 'ERR_MALFORMED_HEADERS', reason: 'malformed headers', message };
      assert.throws(() => new HeaderParser().push(line), refusal);
    });
  }

  it('refuses a continuation where it is told to', () => {
    const parser = new HeaderParser({ obsFold: 'refuse' });
    parser.push('a: b');
    assert.throws(() => parser.push(' c'), { code: 'ERR_MALFORMED_HEADERS', message: /obsolete/ });
  });

  it('is for one block', () => {
    const parser = new HeaderParser();
    parser.push('');
    assert.throws(() => parser.push('a: b'), { code: 'ERR_SPENT' });
  });

  it('gives back what was formatted', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aB-_.'), minLength: 1, maxLength: 8 });
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
    const value = fc
      .string({ unit: byte })
      .map((text) => text.replace(/[\0-\x08\n-\x1f\x7f]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (headers) => {
        const block = formatHeaders(headers);
        assert.deepEqual([...parseHeaders(block.split('\r\n'))], headers);
      }),
    );
  });

  it('fails in no other way, whatever comes', () => {
    const line = fc.string({ unit: fc.constantFrom(...'aZ0 :\t\r\n\0\xe9-;='), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        try {
          for (const [name, value] of parseHeaders(lines)) {
            assert.match(name, /^[\w!#$%&'*+.^`|~-]+$/);
            assert.doesNotMatch(value, /^[ \t]|[ \t]$|[\r\n\0]/);
          }
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_MALFORMED_HEADERS', String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('limits', () => {
  const value = (length: number): string => `a: ${'x'.repeat(length - 3)}`;
  const table: [name: string, most: string[], one: string, options: HeaderOptions][] = [
    ['lineLimit', [value(HEADER_LINE_LIMIT)], value(HEADER_LINE_LIMIT + 1), {}],
    ['countLimit', Array(HEADER_COUNT_LIMIT).fill('a:'), 'a:', {}],
    ['blockLimit', Array(16).fill(value(HEADER_BLOCK_LIMIT / 16 - 2)), '', {}],
    ['lineLimit', ['abc:'], 'abcd:', { lineLimit: 4 }],
    ['countLimit', ['a:', ' b'], 'c:', { countLimit: 1 }],
    ['blockLimit', ['a:', ' b'], ' ', { blockLimit: 8 }],
  ];
  for (const [name, most, one, options] of table) {
    it(`${name} ${JSON.stringify(options)}`, () => {
      const parser = new HeaderParser(options);
      for (const line of most) assert.equal(parser.push(line), false);
      assert.throws(
        () => parser.push(one),
        (error: Error) => error instanceof LimitError && error.code === 'ERR_LIMIT' && error.message.includes(name),
      );
    });
  }

  it('hold continuations too', () => {
    const parser = new HeaderParser();
    parser.push('a:');
    assert.throws(() => {
      for (;;) parser.push(' x');
    }, LimitError);
  });
});

describe('time grows with the length, not with its square', () => {
  const roomy = { lineLimit: 1e9, countLimit: 1e9, blockLimit: 1e9 };
  const blocks: [name: string, lines: (length: number) => string[]][] = [
    ['a long value', (n) => [`a: ${'x'.repeat(n)}`]],
    ['a long name', (n) => [`${'x'.repeat(n)}:`]],
    ['blanks', (n) => [`a:${' '.repeat(n)}x${' \t'.repeat(n / 2)}`]],
    ['blanks inside', (n) => [`a: x${' '.repeat(n)}x`]],
    ['continuations', (n) => ['a:', ...Array<string>(n / 10).fill(' x')]],
    ['empty continuations', (n) => ['a:', ...Array<string>(n / 10).fill(' ')]],
    ['repetitions', (n) => Array<string>(n / 10).fill('a: b')],
    ['other names', (n) => Array.from({ length: n / 10 }, (_, i) => `a${i}: b`)],
  ];
  for (const [name, lines] of blocks) {
    it(`for ${name}`, () => {
      assertLinear((length) => {
        const headers = parseHeaders(lines(length), roomy);
        headers.toObject();
        formatHeaders(headers);
        for (const [each] of headers) headers.delete(each);
        assert.equal(headers.size, 0);
      }, 250_000);
    });
  }
});
