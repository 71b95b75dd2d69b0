/**
 * Replies of servers that are wrong, broken or hostile, by their numbers in the list of cases: each ends in the reply
 * that the RFC means or in a typed error, however its bytes are cut, in either face.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, Failure, LimitError, ProtocolError } from '../../../../src/core/errors.ts';
import type { ExchangeRequest } from '../../../../src/protocol/http/wire/exchange.ts';
import { GET, inEveryWay, type Seen } from '../replies.ts';

interface Case {
  readonly number: number;
  readonly title: string;
  readonly reply: string;
  /** The code of the error, or what is seen of the reply. */
  readonly expected: string | Seen;
  readonly request?: Partial<ExchangeRequest>;
  readonly end?: Failure;
  /** What the error must say, and the bytes of the body that it carries. */
  readonly says?: RegExp;
  readonly partial?: string;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const EMPTY = 'Content-Length: 0\r\n\r\n';
const STATUS = 'ERR_HTTP_STATUS';
const FRAMING = 'ERR_HTTP_FRAMING';
const CHUNK = 'ERR_HTTP_CHUNK';
const HEADERS = 'ERR_MALFORMED_HEADERS';
const RESET = new Failure('ECONNRESET');

const rows: Case[] = [
  {
    number: 101,
    title: 'close before Content-Length',
    reply: `${OK}Content-Length: 10\r\n\r\nhello`,
    expected: 'ERR_CLOSED',
    says: /cut off after 5 of 10 bytes/,
    partial: 'hello',
  },
  {
    number: 102,
    title: 'reset in the body',
    reply: `${OK}Content-Length: 10\r\n\r\nhello`,
    end: RESET,
    expected: 'ECONNRESET',
    says: /cut off after 5 of 10 bytes: closed \(ECONNRESET\)/,
    partial: 'hello',
  },
  {
    number: 102,
    title: 'reset in a body until the end',
    reply: `${OK}\r\nhello`,
    end: RESET,
    expected: 'ECONNRESET',
    says: /after 5 bytes/,
    partial: 'hello',
  },
  {
    number: 103,
    title: 'close inside a chunk',
    reply: `${CHUNKED}a\r\nhello`,
    expected: 'ERR_CLOSED',
    says: /after 5 bytes, before the last chunk/,
    partial: 'hello',
  },
  {
    number: 104,
    title: 'close before the last chunk',
    reply: `${CHUNKED}5\r\nhello\r\n`,
    expected: 'ERR_CLOSED',
    says: /before the last chunk/,
    partial: 'hello',
  },
  {
    number: 104,
    title: 'close inside the trailers',
    reply: `${CHUNKED}5\r\nhello\r\n0\r\nA: b\r\n`,
    expected: 'ERR_CLOSED',
    partial: 'hello',
  },
  { number: 105, title: 'chunk size overflow', reply: `${CHUNKED}FFFFFFFFFFFFFFFFF\r\nhello`, expected: CHUNK },
  { number: 106, title: 'chunk size -5', reply: `${CHUNKED}-5\r\nhello\r\n0\r\n\r\n`, expected: CHUNK },
  { number: 107, title: 'chunk size 0x5', reply: `${CHUNKED}0x5\r\nhello\r\n0\r\n\r\n`, expected: CHUNK },
  { number: 108, title: 'no CRLF behind a chunk', reply: `${CHUNKED}5\r\nhelloworld0\r\n\r\n`, expected: CHUNK },
  {
    number: 109,
    title: 'two lengths',
    reply: `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
    expected: FRAMING,
  },
  ...['5, 6', '+5', '-1', '0x5', '5 5', '99999999999999999999', ''].map((length, i) => ({
    number: [110, 111, 112][i] ?? 141,
    title: `Content-Length: ${length}`,
    reply: `${OK}Content-Length: ${length}\r\n\r\nhello`,
    expected: FRAMING,
  })),
  { number: 113, title: 'NUL in a value', reply: `${OK}A: b\0c\r\n${EMPTY}`, expected: HEADERS },
  { number: 114, title: 'a blank before the colon', reply: `${OK}A : b\r\n${EMPTY}`, expected: HEADERS },
  { number: 115, title: 'garbage for a status line', reply: `HTTP/banana\r\n${EMPTY}`, expected: STATUS },
  { number: 116, title: 'no HTTP at all', reply: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', expected: STATUS },
  { number: 117, title: 'close without a reply', reply: '', expected: 'ERR_NO_REPLY', says: /ERR_CLOSED/ },
  { number: 117, title: 'reset without a reply', reply: '', end: RESET, expected: 'ERR_NO_REPLY', says: /ECONNRESET/ },
  { number: 117, title: 'close in the status line', reply: 'HTTP/1', expected: 'ERR_CLOSED', partial: 'HTTP/1' },
  { number: 117, title: 'close in the headers', reply: `${OK}A: b\r\n`, expected: 'ERR_CLOSED' },
  { number: 117, title: 'close after 100', reply: 'HTTP/1.1 100 Continue\r\n\r\n', expected: 'ERR_CLOSED' },
  { number: 118, title: '21 times 100', reply: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(21), expected: 'ERR_LIMIT' },
  {
    number: 118,
    title: '20 times 100',
    reply: `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20)}${OK}${EMPTY}`,
    expected: { code: 200, informed: Array<number>(20).fill(100) },
  },
  {
    number: 125,
    title: 'LF ends the lines of the head',
    reply: 'HTTP/1.1 200 OK\nA: b\nContent-Length: 5\n\nhello',
    expected: { code: 200, headers: 'A=b&Content-Length=5', body: 'hello', reusable: true },
  },
  {
    number: 126,
    title: '103, then 200',
    reply: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    expected: { code: 200, informed: [103], headers: 'Content-Length=5', body: 'hello', reusable: true },
  },
  {
    number: 127,
    title: '204',
    reply: 'HTTP/1.1 204 No Content\r\n\r\n',
    expected: { code: 204, body: '', reusable: true },
  },
  {
    number: 128,
    title: 'chunks and a length',
    reply: `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: FRAMING,
  },
  ...['chunked, identity', 'xchunked', 'chunked\v', 'chunked\r\nTransfer-Encoding: chunked'].map((coding) => ({
    number: 140,
    title: `Transfer-Encoding: ${JSON.stringify(coding)}`,
    reply: `${OK}Transfer-Encoding: ${coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: FRAMING,
  })),
  {
    number: 140,
    title: 'chunks in HTTP/1.0',
    reply: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    expected: FRAMING,
  },
  {
    number: 140,
    title: 'Transfer-Encoding: Chunked',
    reply: `${OK}Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: { body: 'hello', reusable: true },
  },
  ...[
    '+5',
    ' 5',
    '\t5',
    '0X5',
    '5_0',
    '00000000000005',
    '5 5',
    '5x',
    '5 x',
    '',
    ';a',
    '5\r',
    '5\n',
    '5;a\rb',
    '5;a\nb',
    '5;\0',
  ].map((size) => ({
    number: 140,
    title: `chunk size ${JSON.stringify(size)}`,
    reply: `${CHUNKED}${size}\r\nhello\r\n0\r\n\r\n`,
    expected: CHUNK,
  })),
  ...['5 ', '5\t ', '5  ;a=b', '05 '].map((size) => ({
    number: 140,
    title: `chunk size ${JSON.stringify(size)}, and never again`,
    reply: `${CHUNKED}${size}\r\nhello\r\n0\r\n\r\n`,
    expected: { body: 'hello', reusable: false },
  })),
  ...['5;a', '5;a=b;c="d e\xff"', '0000000000005', '5;'].map((size) => ({
    number: 140,
    title: `chunk size ${JSON.stringify(size)}`,
    reply: `${CHUNKED}${size}\r\nhello\r\n0;x\r\n\r\n`,
    expected: { body: 'hello', reusable: true },
  })),
  { number: 140, title: 'chunk lines with LF', reply: `${CHUNKED}5\nhello\n0\n\n`, expected: CHUNK },
  { number: 140, title: 'LF behind a chunk', reply: `${CHUNKED}5\r\nhello\n0\r\n\r\n`, expected: CHUNK },
  { number: 140, title: 'LF ends the trailers', reply: `${CHUNKED}0\r\n\n`, expected: CHUNK },
  { number: 140, title: 'the last CRLF is missing', reply: `${CHUNKED}5\r\nhello\r\n0\r\n`, expected: 'ERR_CLOSED' },
  {
    number: 141,
    title: 'Content-Length: 5, 5',
    reply: `${OK}Content-Length: 5, 5\r\n\r\nhello`,
    expected: { body: 'hello', reusable: true },
  },
  {
    number: 145,
    title: 'closed for sending, and answered',
    reply: 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!',
    expected: { code: 413, body: 'no!' },
  },
  {
    number: 147,
    title: '101',
    reply: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    expected: 'ERR_HTTP_UNASKED',
  },
  {
    number: 149,
    title: 'a line of 100 KB',
    reply: `${OK}A: ${'b'.repeat(100_000)}\r\n${EMPTY}`,
    expected: 'ERR_LIMIT',
  },
  {
    number: 149,
    title: '300 KB of headers',
    reply: `${OK}${`A: ${'b'.repeat(10_000)}\r\n`.repeat(30)}${EMPTY}`,
    expected: 'ERR_LIMIT',
  },
  { number: 149, title: '5,000 fields', reply: `${OK}${'A: b\r\n'.repeat(5000)}${EMPTY}`, expected: 'ERR_LIMIT' },
  {
    number: 149,
    title: 'a folded line',
    reply: `${OK}A: b\r\n\tc\r\n${EMPTY}`,
    expected: { headers: 'A=b c&Content-Length=0', reusable: true },
  },
  { number: 149, title: 'the first line is folded', reply: `${OK} A: b\r\n${EMPTY}`, expected: HEADERS },
  { number: 149, title: 'no colon', reply: `${OK}A\r\n${EMPTY}`, expected: HEADERS },
  { number: 149, title: 'an empty name', reply: `${OK}: b\r\n${EMPTY}`, expected: HEADERS },
  { number: 149, title: 'a CR too many', reply: `${OK}A: b\rC: d\r\n${EMPTY}`, expected: HEADERS },
  { number: 149, title: 'CR CR LF', reply: `${OK}A: b\r\r\n${EMPTY}`, expected: HEADERS },
  { number: 149, title: 'NUL in a trailer', reply: `${CHUNKED}0\r\nA: \0\r\n\r\n`, expected: HEADERS },
  {
    number: 149,
    title: 'trailers',
    reply: `${CHUNKED}5\r\nhello\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n`,
    expected: { body: 'hello', headers: 'Transfer-Encoding=chunked', trailers: 'A=b&Content-Length=7', reusable: true },
  },
  {
    number: 150,
    title: 'no reason',
    reply: `HTTP/1.1 200\r\n${EMPTY}`,
    expected: { code: 200, status: 'HTTP/1.1 200' },
  },
  ...[
    'HTTP/2 200',
    'HTTP/1.2 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 99 x',
    'HTTP/1.1 1000 x',
    'HTTP/1.1 -200 x',
    `HTTP/1.1 ${'2'.repeat(100)}`,
    'ICY 200 OK',
    '<html>',
    '',
  ].map((line) => ({
    number: 150,
    title: JSON.stringify(line.slice(0, 20)),
    reply: `${line}\r\n${EMPTY}`,
    expected: STATUS,
  })),
  {
    number: 159,
    title: 'HEAD, answered without a body',
    request: { method: 'HEAD' },
    reply: `${OK}Content-Length: 5\r\n\r\n`,
    expected: { code: 200, body: '', reusable: true },
  },
  {
    number: 159,
    title: 'HEAD, answered with a body',
    request: { method: 'HEAD' },
    reply: `${OK}Content-Length: 5\r\n\r\nhello`,
    expected: { code: 200, body: '' },
  },
  {
    number: 159,
    title: '304 with a length',
    reply: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    expected: { code: 304, body: '', reusable: true },
  },
  {
    number: 159,
    title: '204 in chunks',
    reply: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n',
    expected: { code: 204, body: '', reusable: true },
  },
  {
    number: 159,
    title: 'HTTP/1.0',
    reply: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    expected: { body: 'hello', reusable: false },
  },
  {
    number: 159,
    title: 'HTTP/1.0 with keep-alive',
    reply: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello',
    expected: { body: 'hello', reusable: true },
  },
  {
    number: 159,
    title: 'Connection: close, x',
    reply: `${OK}Connection: close, x\r\n${EMPTY}`,
    expected: { body: '', reusable: false },
  },
  { number: 159, title: 'a body until the end', reply: `${OK}\r\nhello`, expected: { body: 'hello', reusable: false } },
];

/** Which class an error with this code is of. */
function typeOf(code: string): typeof ClosedError {
  if (code === 'ERR_LIMIT') return LimitError;
  return ['ERR_CLOSED', 'ERR_NO_REPLY', 'ECONNRESET'].includes(code) ? ClosedError : ProtocolError;
}

describe('a reply that is hard to read', () => {
  for (const { number, title, reply, expected, request, end, says, partial } of rows) {
    const result = typeof expected === 'string' ? expected : JSON.stringify(expected).slice(0, 60);
    it(`${number}: ${title}: ${result}`, async () => {
      for await (const { way, seen } of inEveryWay(reply, { ...GET, ...request }, end)) {
        const { error } = seen;
        if (typeof expected !== 'string') {
          assert.equal(error, undefined, `${way}: ${error?.message}`);
          for (const [name, value] of Object.entries(expected)) assert.deepEqual(seen[name as keyof Seen], value, way);
          continue;
        }
        assert.ok(error instanceof typeOf(expected), `${way}: ${error ?? JSON.stringify(seen)}`);
        assert.equal(error.code, expected, way);
        assert.ok(error.message.length < 300, error.message);
        assert.notEqual(seen.reusable, true);
        if (says !== undefined) assert.match(error.message, says, way);
        if (partial !== undefined && error instanceof ClosedError) assert.equal(String(error.partial), partial, way);
      }
    });
  }
});
