/** Where a body ends (RFC 9112, section 6.3), and whether the connection lasts longer (9.3). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../../src/core/errors.ts';
import { HeaderMap, type HeadersLike } from '../../../../src/headers/map.ts';
import { type Framing, framingOf, keepsAlive } from '../../../../src/protocol/http/wire/framing.ts';
import type { HttpVersion } from '../../../../src/protocol/http/wire/status-line.ts';

const TE = 'Transfer-Encoding';
const CL = 'Content-Length';

type Case = [method: string, code: number, headers: HeadersLike, framing: Framing | 'refused', version?: HttpVersion];

const cases: Case[] = [
  ['GET', 200, {}, 'close'],
  ['GET', 200, {}, 'close', '1.0'],
  ['GET', 200, { [CL]: '5' }, { length: 5 }],
  ['GET', 200, { [CL]: '5' }, { length: 5 }, '1.0'],
  ['GET', 200, { [TE]: 'chunked' }, 'chunked'],
  ['POST', 500, { [TE]: 'chunked' }, 'chunked'],
  // whatever the fields say
  ['HEAD', 200, { [CL]: '5' }, 'none'],
  ['HEAD', 200, { [CL]: 'x', [TE]: 'y' }, 'none'],
  ['GET', 100, { [CL]: '5' }, 'none'],
  ['GET', 103, { [TE]: 'chunked' }, 'none'],
  ['GET', 204, { [TE]: 'chunked' }, 'none'],
  ['GET', 204, { [CL]: '5' }, 'none'],
  ['GET', 304, { [CL]: '5' }, 'none'],
  ['GET', 304, { [CL]: '-1', [TE]: 'gzip' }, 'none', '1.0'],
  ['CONNECT', 200, { [CL]: '5' }, 'none'],
  ['CONNECT', 407, { [CL]: '5' }, { length: 5 }],
  ['GET', 205, { [CL]: '0' }, { length: 0 }],
  ['head', 200, { [CL]: '5' }, { length: 5 }],
  // two ways to read it
  ['GET', 200, { [TE]: 'chunked', [CL]: '5' }, 'refused'],
  ['GET', 200, { [TE]: 'identity', [CL]: '5' }, 'refused'],
  ['GET', 200, { [TE]: 'chunked' }, 'refused', '1.0'],
  ...['', 'identity', 'gzip', 'chunked, identity', 'gzip, chunked', 'chunked, chunked', 'xchunked', 'chunked\v'].map(
    (value): Case => ['GET', 200, { [TE]: value }, 'refused'],
  ),
  ...['chunked;q=1', '"chunked"', 'chun ked', 'chunked,', ',chunked', '\xa0chunked', 'chunke\u212a'].map(
    (value): Case => ['GET', 200, { [TE]: value }, 'refused'],
  ),
  ['GET', 200, { [TE]: ['chunked', 'chunked'] }, 'refused'],
  ['GET', 200, { [TE]: ['gzip', 'chunked'] }, 'refused'],
  ...['Chunked', 'CHUNKED', ' chunked\t '].map((value): Case => ['GET', 200, { [TE]: value }, 'chunked']),
  // lengths
  ...['0', '00', '5', ' 5 ', '\t5', '5, 5', '5,5 , 5'].map(
    (value): Case => ['GET', 200, { [CL]: value }, { length: Number(value.trim().charAt(0)) }],
  ),
  ['GET', 200, { [CL]: ['5', '5'] }, { length: 5 }],
  ['GET', 200, { [CL]: '9007199254740991' }, { length: Number.MAX_SAFE_INTEGER }],
  ['GET', 200, { [CL]: '9007199254740992' }, 'refused'],
  ['GET', 200, { [CL]: '00000000000000005' }, 'refused'],
  ['GET', 200, { [CL]: '99999999999999999999' }, 'refused'],
  ['GET', 200, { [CL]: ['5', '6'] }, 'refused'],
  ...['5, 6', '5, 05', '5,', ',5', '', '+5', '-1', '-0', '0x5', '5 5', '5\v', '\xa05', '1e3', '5.0', '5_0', 'five'].map(
    (value): Case => ['GET', 200, { [CL]: value }, 'refused'],
  ),
  ['GET', 200, { [CL]: '\u0665' }, 'refused'],
];

describe('framingOf', () => {
  for (const [method, code, headers, framing, version = '1.1'] of cases) {
    const title = `${method} ${code} HTTP/${version} ${JSON.stringify(headers)}`;
    it(`${title}: ${typeof framing === 'object' ? framing.length : framing}`, () => {
      const decide = (): Framing => framingOf(method, { version, code, headers: new HeaderMap(headers) });
      if (framing !== 'refused') assert.deepEqual(decide(), framing);
      else
        assert.throws(decide, (error) => {
          assert.ok(error instanceof ProtocolError && error.code === 'ERR_HTTP_FRAMING');
          return error.reason === 'malformed body length' && error.message.length < 200;
        });
    });
  }
});

describe('keepsAlive', () => {
  const table: [version: HttpVersion, connection: string | string[] | undefined, keeps: boolean][] = [
    ['1.1', undefined, true],
    ['1.1', 'close', false],
    ['1.1', 'Close', false],
    ['1.1', 'close, x', false],
    ['1.1', 'x ,\tclose', false],
    ['1.1', ['keep-alive', 'close'], false],
    ['1.1', 'closed', true],
    ['1.1', 'keep-alive', true],
    ['1.1', 'upgrade', true],
    ['1.0', undefined, false],
    ['1.0', 'keep-alive', true],
    ['1.0', 'Keep-Alive, x', true],
    ['1.0', 'keep-alive, close', false],
    ['1.0', 'x', false],
  ];
  for (const [version, connection, keeps] of table) {
    it(`HTTP/${version} ${JSON.stringify(connection)}: ${keeps}`, () => {
      const headers = new HeaderMap(connection === undefined ? {} : { Connection: connection });
      assert.equal(keepsAlive(version, headers), keeps);
    });
  }
});
