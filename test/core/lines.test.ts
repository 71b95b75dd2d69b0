/** Lines decoded by the batch are the lines decoded one by one: for any bytes, cuts and change of encoding. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TextEncoding } from '../../src/core/pattern.ts';
import { Stream } from '../../src/core/stream.ts';
import { atOnce, inPieces, ScriptedIo } from './scripted-io.ts';

const ENCODINGS: readonly (TextEncoding | 'buffer' | undefined)[] = [
  undefined,
  'utf8',
  'latin1',
  'ascii',
  'hex',
  'buffer',
];

/** Text that is ASCII for long stretches, UTF-8 in others and invalid in some, with LF and CRLF. */
const snippet = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('abc', 'line', '', 'x'.repeat(500), 'y'.repeat(5000)).map(Buffer.from) },
  { weight: 3, arbitrary: fc.constantFrom('é', '€uro', '😀', 'ÿ', '\ufeffBOM').map((s) => Buffer.from(s)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 6 }).map((b) => Buffer.from(b)) },
  { weight: 2, arbitrary: fc.constantFrom([0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f], [0xff]).map(Buffer.from) },
  { weight: 6, arbitrary: fc.constantFrom('\n', '\r\n', '\r', '\r\r\n').map((s) => Buffer.from(s)) },
);
const text = fc.array(snippet, { maxLength: 80 }).map((parts) => Buffer.concat([...parts, Buffer.from('\n')]));

it('equal each line decoded alone', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 20 }),
      fc.array(fc.constantFrom(...ENCODINGS), { minLength: 1, maxLength: 8 }),
      (whole, sizes, encodings) => {
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          if (at < whole.length) pieces.push(whole.subarray(at, at + size));
          at += size;
        }
        if (at < whole.length) pieces.push(whole.subarray(at));
        const stream = new Stream(new ScriptedIo(pieces));
        let rest = whole;
        for (let i = 0; rest.length > 0; i++) {
          const end = rest.indexOf('\n');
          const line = rest.subarray(0, rest[end - 1] === 0x0d ? end - 1 : end);
          const encoding = encodings[i % encodings.length];
          // As Client.receive does: what is decoded already needs no flow.
          const ready = encoding === undefined ? stream.lineAtHand() : undefined;
          const got = ready ?? atOnce(stream.receive('*l', { encoding }));
          const expected = encoding === 'buffer' ? Buffer.from(line) : line.toString(encoding ?? 'utf8');
          assert.deepEqual(got, expected);
          rest = rest.subarray(end + 1);
          assert.equal(stream.getstats().received, whole.length - rest.length);
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('a character that is cut', () => {
  const lines = ['é€😀', '\ufeffkeeps its mark', 'plain', ''];
  inPieces('is put together', Buffer.from(`${lines.join('\r\n')}\n`), async (stream) => {
    for (const line of lines) {
      const flow = stream.receive('*l');
      let step = flow.next();
      while (!step.done) step = flow.next(await step.value);
      assert.equal(step.value, line);
    }
  });
});
