/** What the answers of servers mean to a download that is resumed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandError } from '../../src/cli/errors.ts';
import { answerOf, type ResumeDecision, unlessModified } from '../../src/cli/resume.ts';
import { HeaderMap } from '../../src/headers/map.ts';
import { parseContentRange } from '../../src/protocol/http/wire/range.ts';

function answer(size: number, code: number, headers: Record<string, string> = {}): ResumeDecision {
  return answerOf({ version: '1.1', code, status: `HTTP/1.1 ${code} Reason`, headers: new HeaderMap(headers) }, size);
}

function refused(message: RegExp, size: number, code: number, contentRange?: string): void {
  assert.throws(
    () => answer(size, code, contentRange === undefined ? {} : { 'content-range': contentRange }),
    (error) => error instanceof CommandError && message.test(error.message),
  );
}

describe('Content-Range', () => {
  it('has a range, a total, or both', () => {
    assert.deepEqual(parseContentRange('bytes 5-9/10'), { range: { first: 5, last: 9 }, total: 10 });
    assert.deepEqual(parseContentRange(' Bytes 0-0/* '), { range: { first: 0, last: 0 }, total: undefined });
    assert.deepEqual(parseContentRange('bytes */10'), { range: undefined, total: 10 });
  });

  it('means nothing when it is malformed or contradicts itself', () => {
    for (const value of ['', 'bytes', 'bytes 5-9', 'bytes 9-5/10', 'bytes 5-10/10', 'lines 5-9/10', 'bytes -5/10']) {
      assert.equal(parseContentRange(value), undefined, value);
    }
    assert.equal(parseContentRange('bytes 5-9/10, bytes 5-9/10'), undefined);
    assert.equal(parseContentRange(`bytes 0-${'9'.repeat(17)}/*`), undefined);
  });
});

describe('the request of a download', () => {
  it('is for what has not changed, and never for a compressed form', () => {
    assert.deepEqual(unlessModified(0, new Date(0)), { 'Accept-Encoding': 'identity' });
    assert.deepEqual(unlessModified(5, new Date(1_700_000_000_000)), {
      'Accept-Encoding': 'identity',
      'If-Unmodified-Since': 'Tue, 14 Nov 2023 22:13:20 GMT',
    });
  });
});

describe('the answer', () => {
  it('is the whole file with any 2xx but 206', () => {
    assert.deepEqual(answer(0, 200, { 'content-length': '10' }), { is: 'whole', total: 10 });
    assert.deepEqual(answer(0, 203), { is: 'whole', total: undefined });
    refused(/all of the file instead of its rest: without -C/, 5, 200);
  });

  it('is the rest with a 206 that begins where we are', () => {
    assert.deepEqual(answer(5, 206, { 'content-range': 'bytes 5-9/10' }), { is: 'rest', end: 10, total: 10 });
    assert.deepEqual(answer(5, 206, { 'content-range': 'bytes 5-7/*' }), { is: 'rest', end: 8, total: undefined });
    refused(/was asked for all of it/, 0, 206, 'bytes 0-9/10');
  });

  it('is that there is no more with a 416 of our size', () => {
    assert.deepEqual(answer(10, 416, { 'content-range': 'bytes */10' }), { is: 'complete' });
    refused(/has 9 bytes, and here are 10: without -C/, 10, 416, 'bytes */9');
    refused(/^the server said: HTTP\/1.1 416 Reason$/, 10, 416);
    refused(/^the server said/, 0, 416, 'bytes */0');
  });

  it('is nothing with everything else', () => {
    refused(/has changed on the server: without -C/, 5, 412);
    for (const code of [300, 304, 404, 412, 500]) refused(/^the server said: HTTP\/1.1 \d+ Reason$/, 0, code);
  });
});
