/** What codecs cost: time in proportion to the bytes whatever they say, and memory that does not grow with a stream. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeWords, encodeWords, type Filter } from '../../src/entry/mime.ts';
import { assertLinear } from '../core/linear.ts';
import { memoryInUse } from '../core/memory.ts';
import { bytes, cut, FILTERS, run } from './support.ts';

const MIB = 2 ** 20;

/** What a codec might stumble over again and again. */
const HOSTILE: Readonly<Record<string, string>> = {
  escapes: '=',
  'escapes of line ends': '=\r',
  'carriage returns': '\r',
  'line feeds': '\n',
  blanks: ' ',
  'blanks before line ends': ' \r\n',
  dots: '\r\n.',
  'what is in no alphabet': '\0',
  'characters of other alphabets': '-_AA',
  'digits far apart': `A${' '.repeat(5000)}`,
  'padding everywhere': 'QQ==',
  'one digit': 'A',
};

/** `assertLinear` over texts that repeat a pattern. */
function assertLinearOver(pattern: string, action: (text: string) => void, size = 2 ** 18): void {
  const text = pattern.repeat(Math.ceil((4 * size) / pattern.length));
  assertLinear((length) => action(text.slice(0, length)), size);
}

describe('time grows as the input does', () => {
  for (const [name, filter] of Object.entries(FILTERS)) {
    it(name, () => {
      for (const pattern of Object.values(HOSTILE)) {
        assertLinearOver(pattern, (text) => void run(filter(), [bytes(text)]));
      }
    });

    it(`${name}, in pieces of one byte`, () => {
      const action = (text: string): void => void run(filter(), cut(bytes(text), 1));
      assertLinearOver('= .\r\nA', action, 2 ** 15);
    });
  }

  it('encoded words', () => {
    const charsets = Array.from({ length: 80_000 }, (_, i) => `=?x${i}?q??=`).join('');
    for (const pattern of [
      '=?',
      '=?u?q?',
      '=?utf-8?q?a?= ',
      '=?utf-8?q?a?= =?latin1?b?YQ==?= ',
      '=?utf-8?b?A-?= ',
      `=?utf-8?q?a?=${' '.repeat(100)}`,
      '=?a*',
      charsets.slice(0, MIB),
    ]) {
      assertLinearOver(pattern, (text) => void decodeWords(text));
    }
    for (const [start, pattern, end] of [
      ['=?', 'a', ''],
      ['=?a*', 'a', ''],
      ['=?utf-8?q?', '_', ''],
      ['=?utf-8?q?', '=41', '?='],
      ['=?utf-8?b?', 'AAAA', '?='],
    ] as const) {
      assertLinearOver(pattern, (text) => void decodeWords(start + text + end));
    }
    for (const pattern of ['€', 'a€', '=?', '\ud800']) {
      assertLinearOver(pattern, (text) => void encodeWords(text));
    }
  });
});

describe('100 MB in chunks of 64 KiB', () => {
  const CHUNK = 65_536;
  const CHUNKS = 1526;
  const line = '.a line of some seventy characters, with = and caf\xe9 and a blank at its end \r\n';
  const chunk = bytes(line.repeat(CHUNK / line.length + 1)).subarray(0, CHUNK);
  const encoded = bytes(`${'QUJD'.repeat(19)}\r\n`.repeat(CHUNK / 78 + 1)).subarray(0, CHUNK);

  for (const [name, make] of Object.entries(FILTERS)) {
    it(`${name} holds nothing of it, and does not slow down`, async () => {
      const filter: Filter = make();
      const input = name === 'decode base64' ? encoded : chunk;
      const quarters: number[] = [];
      const before = await memoryInUse(true);
      for (let quarter = 0; quarter < 4; quarter++) {
        const before = process.cpuUsage();
        for (let i = 0; i < CHUNKS / 4; i++) filter(input);
        quarters.push(process.cpuUsage(before).user / 1000);
      }
      const held = (await memoryInUse(true)) - before;
      assert.ok(filter(null) === null || filter(null) === null);
      assert.ok(held < MIB, `${held} bytes are held`);
      const [first = 0, last = 0] = [quarters[0], quarters[3]];
      assert.ok(last < 4 * first + 50, `quarters took ${quarters.map(Math.round).join(', ')} ms`);
    });
  }
});
