/** Random replies: chunks however they are cut give the body; garbage ends in a reply or a typed error, under limits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError, SocketError } from '../../../../src/core/errors.ts';
import { runAsync, runBlocking } from '../../../../src/core/flow.ts';
import { HeaderMap } from '../../../../src/headers/map.ts';
import { table } from '../../../../src/ltn12/sources.ts';
import { ReplyBody } from '../../../../src/protocol/http/wire/body.ts';
import { exchange, prepared } from '../../../../src/protocol/http/wire/exchange.ts';
import { framingOf } from '../../../../src/protocol/http/wire/framing.ts';
import { parseStatusLine } from '../../../../src/protocol/http/wire/status-line.ts';
import { assertLinear } from '../../../core/linear.ts';
import { bytes, type ScriptedIo, scripted } from '../../../core/scripted-io.ts';
import { GET, observe } from '../replies.ts';

/** `data` in pieces of these sizes, again and again. */
function cutBy(data: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(data.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 });

it('a body in random chunks, in random pieces, is the body', async () => {
  const extension = fc.constantFrom('', '', ';a', ';a=b', ' ;x="y"');
  await fc.assert(
    fc.asyncProperty(chunks, sizes, extension, fc.boolean(), async (chunks, sizes, extension, upper) => {
      const size = ({ length }: Uint8Array): string => length.toString(16)[upper ? 'toUpperCase' : 'toLowerCase']();
      const parts = chunks.flatMap((chunk) => [bytes(`${size(chunk)}${extension}\r\n`), chunk, bytes('\r\n')]);
      const wire = Buffer.concat([
        bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
        ...parts,
        bytes('0\r\n\r\n'),
      ]);
      const stream = scripted(...cutBy(wire, sizes).map((later, i) => (i % 3 === 0 ? { later } : later)));
      const { body } = await runAsync(exchange(stream, prepared(GET)));
      assert.deepEqual(await runAsync(body.bytes()), Buffer.concat(chunks));
      assert.equal(body.reusable, !extension.startsWith(' ') || chunks.length === 0);
    }),
  );
});

it('what a source gives in chunks is read as what it gave', () => {
  fc.assert(
    fc.property(chunks, sizes, (chunks, sizes) => {
      const stream = scripted('HTTP/1.1 204 No Content\r\n\r\n');
      runBlocking(observe(stream, { ...GET, body: table(chunks) }));
      const [, body] = splitOnce(Buffer.concat((stream.io as ScriptedIo).written), '\r\n\r\n');
      const reader = new ReplyBody(scripted(...cutBy(body, sizes)), 'chunked', true);
      assert.deepEqual(runBlocking(reader.bytes()), Buffer.concat(chunks));
      assert.equal(reader.reusable, true);
    }),
  );
});

function splitOnce(data: Buffer, mark: string): [Buffer, Buffer] {
  const at = data.indexOf(mark);
  return [data.subarray(0, at), data.subarray(at + mark.length)];
}

it('garbage ends in a reply or in a typed error', async () => {
  const words = [
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.0 304 x\r\n',
    'HTTP/1.',
    '204',
    ' ',
    '\r\n',
    '\n',
    '\r',
    '\0',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: ',
    'Connection: close\r\n',
    ':',
    ';',
    'A: b\r\n',
    '\t',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    '0\r\n',
    'ff',
    'fffffffffffff\r\n',
    '-1',
    'hello',
    '\xff',
    '\r\n\r\n',
  ];
  const garbage = fc.array(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...words) }, fc.string({ unit: 'binary-ascii' })),
    { maxLength: 25 },
  );
  const start = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  let replies = 0;
  await fc.assert(
    fc.asyncProperty(
      start,
      garbage,
      sizes,
      fc.constantFrom('GET', 'HEAD', 'CONNECT'),
      async (start, words, sizes, method) => {
        const wire = bytes(start + words.join(''));
        const pieces = cutBy(wire, sizes);
        const request = { ...GET, method };
        const later = await runAsync(observe(scripted(...pieces.map((later) => ({ later }))), request, 1000));
        const atOnce = runBlocking(observe(scripted(wire), request, 1000));
        // However it is cut, it is the same: only what stands behind the end may not have come yet.
        assert.deepEqual([later.code, later.body, later.trailers], [atOnce.code, atOnce.body, atOnce.trailers]);
        assert.equal(later.error?.code, atOnce.error?.code);
        if (later.error === undefined) replies++;
        else assert.ok(later.error instanceof SocketError && later.error.message.length < 300);
        assert.ok((later.body?.length ?? 0) <= wire.length);
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(replies > 100, `only ${replies} were replies`);
});

describe('what is long is read in time that grows with its length', () => {
  const one = (wire: string): void => void runBlocking(observe(scripted(bytes(wire))));
  const OK = 'HTTP/1.1 200 OK\r\n';
  const rows: [title: string, length: number, take: (length: number) => void][] = [
    ['a reason', 200_000, (n) => parseStatusLine(`HTTP/1.1 200 ${'x '.repeat(n)}`)],
    ['a length that is repeated', 20_000, (n) => framed({ 'Content-Length': `${'5, '.repeat(n)}5` })],
    ['a length among blanks', 100_000, (n) => framed({ 'Content-Length': `5${' '.repeat(n)}6` })],
    ['a coding among blanks', 100_000, (n) => framed({ 'Transfer-Encoding': `chunked${' '.repeat(n)}x` })],
    [
      'many small chunks',
      20_000,
      (n) => one(`${OK}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(n)}0\r\n\r\n`),
    ],
    [
      'an extension',
      4000,
      (n) => one(`${OK}Transfer-Encoding: chunked\r\n\r\n1;${' ='.repeat(n / 2)}\r\nx\r\n0\r\n\r\n`),
    ],
    ['blanks behind a size', 4000, (n) => one(`${OK}Transfer-Encoding: chunked\r\n\r\n1${' '.repeat(n)}x\r\n`)],
    ['many headers', 200, (n) => one(`${OK}${'A: b\r\n'.repeat(n)}Content-Length: 0\r\n\r\n`)],
    [
      'a body in single bytes',
      20_000,
      (n) => {
        const head = `${OK}Content-Length: ${n}\r\n\r\n`;
        runBlocking(observe(scripted(head, ...cutBy(Buffer.alloc(n), [1]))));
      },
    ],
  ];
  for (const [title, length, take] of rows) it(title, () => assertLinear(take, length));
});

function framed(headers: Record<string, string>): void {
  try {
    framingOf('GET', { version: '1.1', code: 200, headers: new HeaderMap(headers) });
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
  }
}
