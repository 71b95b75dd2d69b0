/** Encoded words: the examples of RFC 2047, and what senders make of them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeWords, encodeWords } from '../../src/entry/mime.ts';

describe('decoding', () => {
  // RFC 2047, section 8.
  const EXAMPLES: [encoded: string, text: string][] = [
    ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore <moore@cs.utk.edu>'],
    ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>', 'Keld Jørn Simonsen <keld@dkuug.dk>'],
    ['=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>', 'André Pirard <PIRARD@vm1.ulg.ac.be>'],
    [
      '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
      'If you can read this you understand the example.',
    ],
    ['=?ISO-8859-1?Q?Olle_J=E4rnefors?= <ojarnef@admin.kth.se>', 'Olle Järnefors <ojarnef@admin.kth.se>'],
    [
      'Nathaniel Borenstein <nsb@thumper.bellcore.com>\r\n (=?iso-8859-8?b?7eXs+SDv4SDs6Pr0?=)',
      'Nathaniel Borenstein <nsb@thumper.bellcore.com>\r\n (םולש ןב לטתפ)',
    ],
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
  ];
  it('reads the examples of RFC 2047', () => {
    for (const [encoded, text] of EXAMPLES) assert.equal(decodeWords(encoded), text);
  });

  it('reads what senders write', () => {
    const table: [encoded: string, text: string][] = [
      ['=?utf-8?B?4oI=?= =?UTF-8?b?rA==?=', '€'],
      ['=?utf-8?Q?=E2=82?= =?UTF-8?B?rA?=', '€'],
      ['=?utf-8?Q?=E2=82?= x =?UTF-8?Q?=AC?=', '\ufffd x \ufffd'],
      [`=?utf-8?Q?${'a'.repeat(500)}?=`, 'a'.repeat(500)],
      ['=?utf-8*en?Q?colour?=', 'colour'],
      ['a=?utf-8?Q?b?=c', 'abc'],
      ['=?utf-8?Q?a?==?utf-8?Q?b?=', 'ab'],
      ['=?utf-8?Q??=', ''],
      ['=?utf-8?Q?=c3=A9=?=', 'é='],
      ['=?utf-8?Q?=GG=4?=', '=GG=4'],
      ['=?utf-8?Q?a=0D=0Ab?=', 'a\r\nb'],
      ['=?windows-1251?B?z/Do4uXy?=', 'Привет'],
      ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
      ['=?utf-8?B?77u/YQ==?=', '\ufeffa'],
    ];
    for (const [encoded, text] of table) assert.equal(decodeWords(encoded), text, encoded);
  });

  it('leaves the rest as it is', () => {
    for (const text of [
      'plain',
      '=?x-klingon?Q?a?=',
      '=?x-klingon?Q?a?= =?x-klingon?Q?b?=',
      '=?utf-8?X?a?=',
      '=?utf-8?Q?a b?=',
      '=?utf-8?Q?a',
      '=?utf-8?B?a-b?=',
      '=?utf-8?B?YQ=Y?=',
      '=??Q?a?=',
      '=?utf-8?Qé?=',
      'é ünd \ud800',
    ]) {
      assert.equal(decodeWords(text), text);
    }
    assert.equal(decodeWords('=?utf-8?Q?a?= =?none?Q?b?= =?utf-8?Q?c?='), 'a =?none?Q?b?= c');
  });

  it('looks up sixteen charsets for a text, known or not', () => {
    const unknown = Array.from({ length: 16 }, (_, i) => `=?x${i}?Q?a?= `).join('');
    assert.equal(decodeWords(`=?utf-8?Q?a?= ${unknown}=?utf-8?Q?b?==?latin1?Q?c?=`), `a ${unknown}b=?latin1?Q?c?=`);
  });
});

describe('encoding', () => {
  it('takes what is shorter, and leaves printable ASCII as it is', () => {
    const table: [text: string, encoded: string][] = [
      ['', ''],
      ['plain text, = and ?', 'plain text, = and ?'],
      ['=?utf-8?Q?a?=', '=?UTF-8?B?PT91dGYtOD9RP2E/PQ==?='],
      ['André_(?)', '=?UTF-8?B?QW5kcsOpXyg/KQ==?='],
      ['Keld Jørn Simonsen', '=?UTF-8?Q?Keld_J=C3=B8rn_Simonsen?='],
      ['日本', '=?UTF-8?B?5pel5pys?='],
      ['a\r\nBcc: b', '=?UTF-8?B?YQ0KQmNjOiBi?='],
      ['tab\t', '=?UTF-8?Q?tab=09?='],
    ];
    for (const [text, encoded] of table) assert.equal(encodeWords(text), encoded);
  });

  it('makes words of 75 characters of ASCII, each of whole characters, which can be read again', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('a', ' ', 'é', '€', '😀', '=', '?', '_'), maxLength: 300 }),
    );
    fc.assert(
      fc.property(text, (original) => {
        const encoded = encodeWords(original);
        assert.equal(decodeWords(encoded), Buffer.from(original).toString());
        if (encoded === original) return;
        for (const word of encoded.split(' ')) {
          assert.match(word, /^=\?UTF-8\?(?:Q\?[A-Za-z0-9!*+\-/=_]+|B\?[A-Za-z0-9+/=]+)\?=$/);
          assert.ok(word.length <= 75, word);
          assert.doesNotMatch(decodeWords(word), /\ufffd/);
        }
      }),
    );
  });
});
