/** Servers that never come to an end (cases 118 to 122, and more): stopped by a limit, with no more memory than that. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LimitError } from '../../../../src/core/errors.ts';
import { type MaybePromise, runAsync, runBlocking } from '../../../../src/core/flow.ts';
import type { Io } from '../../../../src/core/io.ts';
import { BODY_LIMIT } from '../../../../src/core/limits.ts';
import { Stream } from '../../../../src/core/stream.ts';
import { observe } from '../replies.ts';

/** Gives `head`, and then `unit` for ever; in pieces of about `size`. */
class EndlessIo implements Io {
  given = 0;
  readonly #head: Buffer;
  readonly #unit: Buffer;
  readonly #later: boolean;

  constructor(head: string, unit: string, size: number, later: boolean) {
    this.#head = Buffer.from(head, 'latin1');
    this.#unit = Buffer.from(unit.repeat(Math.ceil(size / unit.length)), 'latin1');
    this.#later = later;
  }

  recv(): MaybePromise<Uint8Array> {
    const piece = Buffer.from(this.given === 0 && this.#head.length > 0 ? this.#head : this.#unit);
    this.given += piece.length;
    return this.#later ? Promise.resolve(piece) : piece;
  }

  send(data: Uint8Array): number {
    return data.length;
  }

  shutdown(): void {}
  close(): void {}
  getfd(): number {
    return -1;
  }
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

const rows: [title: string, head: string, unit: string, most: number][] = [
  ['118: 100 Continue', '', 'HTTP/1.1 100 Continue\r\n\r\n', 1000],
  ['118: 103 with headers', '', 'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n', 2000],
  ['119: a status line', 'HTTP/1.1 200 ', 'x', 70_000],
  ['119: a header line', `${OK}A: `, 'x', 70_000],
  ['119: nothing but NUL', '', '\0', 70_000],
  ['120: header fields', OK, 'A: b\r\n', 10_000],
  ['120: folded lines', `${OK}A: b\r\n`, ' b\r\n', 300_000],
  ['121: a chunk extension', `${CHUNKED}5;`, 'x', 20_000],
  ['121: blanks behind a chunk size', `${CHUNKED}5`, ' ', 20_000],
  ['121: small extensions of many chunks', CHUNKED, '1;abcdefgh\r\nx\r\n', 40_000],
  ['121: zeros before a chunk size', CHUNKED, '0', 20_000],
  ['122: trailers', `${CHUNKED}0\r\n`, 'A: b\r\n', 10_000],
  ['122: a trailer', `${CHUNKED}0\r\nA: `, 'x', 70_000],
  ['a body until the end', `${OK}\r\n`, 'x'.repeat(65_536), BODY_LIMIT + 200_000],
  ['a body of small chunks', CHUNKED, '1\r\nx\r\n', 6 * 100_000 + 100_000],
];

for (const [title, head, unit, most] of rows) {
  it(`${title}, without end`, async () => {
    const limit = unit === '1\r\nx\r\n' ? 100_000 : undefined;
    for (const size of [1, 65_536]) {
      for (const later of [false, true]) {
        const io = new EndlessIo(head, unit, size, later);
        const flow = observe(new Stream(io), undefined, limit);
        const { error } = later ? await runAsync(flow) : runBlocking(flow);
        assert.ok(error instanceof LimitError, String(error));
        assert.equal(error?.code, 'ERR_LIMIT');
        assert.ok(io.given < most + 2 * size, `${io.given} bytes were read`);
      }
    }
  });
}

it('a body of small chunks is gathered in memory of its own size', () => {
  const count = 300_000;
  const io = new EndlessIo(CHUNKED, '1\r\nx\r\n', 65_536, false);
  globalThis.gc?.();
  const before = process.memoryUsage();
  const { error } = runBlocking(observe(new Stream(io), undefined, count));
  assert.ok(error instanceof LimitError);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  assert.ok(grown < 20 * count, `${grown} bytes for ${count}`);
});
