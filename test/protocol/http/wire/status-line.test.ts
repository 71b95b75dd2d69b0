/** Status lines: what is one, and what only looks like it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ProtocolError } from '../../../../src/core/errors.ts';
import { parseStatusLine } from '../../../../src/protocol/http/wire/status-line.ts';

const lines: [line: string, version: string, code: number, reason: string][] = [
  ['HTTP/1.1 200 OK', '1.1', 200, 'OK'],
  ['HTTP/1.0 404 Not Found', '1.0', 404, 'Not Found'],
  ['HTTP/1.1 200 ', '1.1', 200, ''],
  ['HTTP/1.1 200', '1.1', 200, ''],
  ['HTTP/1.1 200  two blanks', '1.1', 200, ' two blanks'],
  ['HTTP/1.1 200 Gr\xfc\xdfe\t!', '1.1', 200, 'Gr\xfc\xdfe\t!'],
  ['HTTP/1.1 999 Denied', '1.1', 999, 'Denied'],
  ['HTTP/1.1 100 Continue', '1.1', 100, 'Continue'],
];

for (const [line, version, code, reason] of lines) {
  it(`reads ${JSON.stringify(line)}`, () => {
    assert.deepEqual(parseStatusLine(line), { version, code, reason });
  });
}

const refused = [
  '',
  'HTTP/2 200',
  'HTTP/1.2 200 OK',
  'HTTP/0.9 200 OK',
  'HTTP/3.0 200 OK',
  'HTTP/11 200 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1\t200 OK',
  'HTTP/1.1 99 x',
  'HTTP/1.1 1000 x',
  'HTTP/1.1 -200 x',
  'HTTP/1.1 +20 x',
  'HTTP/1.1 2 0 x',
  'HTTP/1.1 0x1 x',
  'HTTP/1.1 000 x',
  `HTTP/1.1 ${'2'.repeat(100)} x`,
  'HTTP/1.1 200OK',
  'HTTP/1.1200 OK',
  'HTTP/1.1 \u0662\u0660\u0660 OK',
  ' HTTP/1.1 200 OK',
  'http/1.1 200 OK',
  'HTTP/1.1 200 O\0K',
  'HTTP/1.1 200 O\rK',
  'HTTP/1.1 200 OK\r',
  'HTTP/1.1 200 OK\n',
  'HTTP/1.1',
  'HTTP/1.1 ',
  'ICY 200 OK',
  '<html>',
  'SSH-2.0-OpenSSH_9.2',
  '220 mail.example.org ESMTP',
];

for (const line of refused) {
  it(`refuses ${JSON.stringify(line.slice(0, 30))}`, () => {
    assert.throws(
      () => parseStatusLine(line),
      (error) => {
        assert.ok(error instanceof ProtocolError);
        assert.deepEqual([error.code, error.reason], ['ERR_HTTP_STATUS', 'malformed status line']);
        assert.ok(error.message.length < 200);
        return true;
      },
    );
  });
}
