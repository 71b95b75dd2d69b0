/** The challenges of WWW-Authenticate: how several stand in one field, and what is no challenge. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HEADER_LINE_LIMIT } from '../../../src/core/limits.ts';
import { parseChallenges } from '../../../src/protocol/auth/challenges.ts';
import { assertLinear } from '../../core/linear.ts';

type Plain = [scheme: string, params?: Record<string, string>];

function parsed(...fields: string[]): Plain[] {
  return parseChallenges(fields).map(({ scheme, params }) =>
    params.size === 0 ? [scheme] : [scheme, Object.fromEntries(params)],
  );
}

const rows: [field: string, challenges: Plain[]][] = [
  ['', []],
  [' , ,\t', []],
  ['Negotiate', [['negotiate']]],
  ['Negotiate, NTLM', [['negotiate'], ['ntlm']]],
  ['Negotiate oRQwEqADCgEB==', [['negotiate']]],
  ['Negotiate a=, Basic realm=x', [['negotiate'], ['basic', { realm: 'x' }]]],
  ['Basic realm="a zone"', [['basic', { realm: 'a zone' }]]],
  ['BASIC Realm=a', [['basic', { realm: 'a' }]]],
  ['Basic  realm \t= \t"a"', [['basic', { realm: 'a' }]]],
  ['Basic realm=""', [['basic', { realm: '' }]]],
  [String.raw`Basic realm="a \"b\" \\ \c, d=e"`, [['basic', { realm: String.raw`a "b" \ c, d=e` }]]],
  ['Basic realm="caf\xe9\t\x80"', [['basic', { realm: 'caf\xe9\t\x80' }]]],
  ['Digest realm="a",nonce="b",,stale=TRUE', [['digest', { realm: 'a', nonce: 'b', stale: 'TRUE' }]]],
  // RFC 9110, section 11.6.1, its example
  [
    String.raw`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`,
    [
      ['basic', { realm: 'simple' }],
      ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
    ],
  ],
  ['A , B x=1 , y=2 , C', [['a'], ['b', { x: '1', y: '2' }], ['c']]],
  ['Digest qop="auth,auth-int", Basic', [['digest', { qop: 'auth,auth-int' }], ['basic']]],
  [
    'Basic __proto__=a, constructor=b',
    [
      [
        'basic',
        Object.fromEntries([
          ['__proto__', 'a'],
          ['constructor', 'b'],
        ]),
      ],
    ],
  ],
];

const malformed: [field: string, rest: Plain[]][] = [
  ['realm="a"', []],
  ['=, "a", Basic', [['basic']]],
  ['Basic realm=a b', []],
  ['Basic realm=a b, x=y, Digest z=1', [['digest', { z: '1' }]]],
  ['Basic realm="a" nonce="b"', []],
  ['Basic realm="a', []],
  ['Basic realm="a\\', []],
  ['Digest z=1, x="a\\', []],
  ['Digest z=1, "', []],
  ['Basic realm="a"b', []],
  ['Basic realm=a"b', []],
  ['Basic realm="a"b"c"', []],
  ['Basic realm=a\xe9', []],
  ['Basic realm="a\x01"', []],
  ['Basic realm="a\x7f"', []],
  ['Basic realm="a\\\r\nb"', []],
  ['Basic realm="\u010d"', []],
  ['Basic realm=a, x=', []],
  ['Basic realm=a, REALM=a', []],
  ['Basic\trealm=a', []],
  ["Basic realm='a b'", []],
  ['B\xe9 realm=a', []],
  ['Negotiate abc=d=', []],
  ['Negotiate abc def', []],
  ['Negotiate, Basic realm=a b, c, Digest z=1', [['negotiate'], ['c'], ['digest', { z: '1' }]]],
];

describe('challenges', () => {
  for (const [field, challenges] of [...rows, ...malformed]) {
    it(JSON.stringify(field), () => assert.deepEqual(parsed(field), challenges));
  }

  it('of several fields, whose parameters do not go on in the next one', () => {
    assert.deepEqual(parsed('Negotiate', 'Digest a=1', 'b=2, Basic realm=c'), [
      ['negotiate'],
      ['digest', { a: '1' }],
      ['basic', { realm: 'c' }],
    ]);
  });

  it('of any scheme and any parameters, as they were written', () => {
    const token = fc.stringMatching(/^[\w!#$%&'*+\-.^`|~]{1,10}$/);
    const text = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/);
    const pair = fc.tuple(token, text, fc.boolean());
    const challenge = fc.tuple(token, fc.uniqueArray(pair, { maxLength: 5, selector: ([name]) => name.toLowerCase() }));
    const gap = fc.constantFrom(',', ', ', ' ,\t', ',,');
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 5 }), gap, (challenges, comma) => {
        const field = challenges
          .map(([scheme, params]) => {
            const list = params.map(([name, value, escaped]) => {
              const inside = escaped ? value.replace(/./gs, '\\$&') : value.replace(/["\\]/g, '\\$&');
              return `${name}="${inside}"`;
            });
            return `${scheme} ${list.join(comma)}`;
          })
          .join(comma);
        const expected = challenges.map(([scheme, params]) => ({
          scheme: scheme.toLowerCase(),
          params: new Map(params.map(([name, value]) => [name.toLowerCase(), value])),
        }));
        assert.deepEqual(parseChallenges([field]), expected);
      }),
    );
  });

  it('hold nothing that could end a line, whatever comes', () => {
    const part = fc.constantFrom(
      'Digest ',
      'a=',
      '"',
      '\\',
      ',',
      ' ',
      '=',
      'b',
      '\r',
      '\n',
      '\0',
      '\xe9',
      '\u010d',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        for (const { scheme, params } of parseChallenges([parts.join('')])) {
          assert.match([scheme, ...params.keys()].join(''), /^[\x21-\x7e]*$/);
          for (const value of params.values()) assert.match(value, /^[\t\x20-\x7e\x80-\xff]*$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  for (const piece of [
    ',',
    ' ',
    '"',
    '\\',
    '\\"',
    '"\\',
    'a',
    'a=',
    'a=,',
    'a ',
    '\t',
    'a,',
    'a=b,',
    'a=""',
    '= ',
    '"",',
    'a b,',
  ]) {
    for (const start of ['', 'Digest a="']) {
      it(`take linear time: ${JSON.stringify(start)} and many ${JSON.stringify(piece)}`, () => {
        assertLinear((length) => parseChallenges([start + piece.repeat(length / piece.length)]), HEADER_LINE_LIMIT);
      });
    }
  }
});
