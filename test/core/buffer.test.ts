/** The receive buffer gives what was pushed, in order and unchanged, whatever the cuts; and holds no memory it need not. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Filling, ReceiveBuffer } from '../../src/core/buffer.ts';
import { Delimiter, LINE_FEED } from '../../src/core/delimiter.ts';
import { TIMED_OUT } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { memoryInUse } from './memory.ts';
import { bytes, cut } from './scripted-io.ts';

function filled(...pieces: (string | Uint8Array)[]): ReceiveBuffer {
  const buffer = new ReceiveBuffer();
  for (const piece of pieces) buffer.push(typeof piece === 'string' ? bytes(piece) : piece);
  return buffer;
}

/** Bytes that tell their place. */
function numbered(length: number, from = 0): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => ((from + i) * 31 + ((from + i) >> 8) * 7) & 0xff));
}

describe('taking', () => {
  it('spans pieces', () => {
    const buffer = filled('ab', 'cde', 'f');
    assert.equal(buffer.take(4).toString(), 'abcd');
    assert.deepEqual([buffer.size, buffer.taken], [2, 4]);
    buffer.take(0, 1);
    assert.equal(buffer.take(1).toString(), 'f');
    assert.deepEqual([buffer.size, buffer.taken], [0, 6]);
    assert.equal(buffer.take(0).length, 0);
  });

  it('takes lines with and without CR, and only one CR', () => {
    const buffer = filled('a\r\nb\n\n\r\nc\r\r\n\rd\n');
    const lines: string[] = [];
    for (let length = buffer.find(LINE_FEED); length >= 0; length = buffer.find(LINE_FEED))
      lines.push(buffer.takeLine(length).toString());
    assert.deepEqual(lines, ['a', 'b', '', '', 'c\r', '\rd']);
    assert.equal(buffer.size, 0);
  });

  it('accepts any Uint8Array, also a view', () => {
    const memory = new Uint8Array([1, 2, 3, 4, 5]);
    assert.deepEqual([...filled(memory.subarray(1, 4)).take(3)], [2, 3, 4]);
  });
});

describe('finding', () => {
  it('goes on where it stood, and forgets that when bytes are taken or another delimiter is sought', () => {
    const crlf = new Delimiter(bytes('\r\n'));
    const buffer = filled('ab\r');
    assert.equal(buffer.find(crlf), -1);
    buffer.push(bytes('\ncd\r\n'));
    assert.equal(buffer.find(crlf), 2);
    assert.equal(buffer.find(LINE_FEED), 3);
    assert.equal(buffer.find(crlf), 2);
    buffer.take(0, 4);
    assert.equal(buffer.find(crlf), 2);
    assert.equal(buffer.find(new Delimiter(bytes('x'))), -1);
    assert.equal(buffer.find(new Delimiter(bytes('d'))), 1);
  });

  it('does not take for a delimiter what was half taken', () => {
    const buffer = filled('a\r');
    assert.equal(buffer.find(new Delimiter(bytes('\r\n'))), -1);
    buffer.take(0, 2);
    buffer.push(bytes('\nb'));
    assert.equal(buffer.find(new Delimiter(bytes('\r\n'))), -1);
    buffer.push(bytes('\r\n'));
    assert.equal(buffer.find(new Delimiter(bytes('\r\n'))), 2);
  });
});

describe('text lines', () => {
  it('come from a decoded batch, and nothing is consumed where none is there', () => {
    const buffer = filled('one\r\ntwo\n\nthr');
    assert.equal(buffer.takeTextLine('utf8'), 'one');
    assert.deepEqual([buffer.size, buffer.taken], [8, 5]);
    assert.equal(buffer.takeTextLine('utf8'), 'two');
    assert.equal(buffer.takeTextLine('latin1'), '');
    assert.equal(buffer.takeTextLine('utf8'), undefined);
    assert.equal(buffer.take(buffer.size).toString(), 'thr');
  });

  it('leave the rest to bytes, and begin anew behind them', () => {
    const buffer = filled('one\ntwo\nthree\nfour\n');
    assert.equal(buffer.takeTextLine('utf8'), 'one');
    assert.equal(buffer.find(LINE_FEED), 3);
    assert.equal(buffer.take(2).toString(), 'tw');
    assert.equal(buffer.takeTextLine('utf8'), 'o');
    buffer.take(0, 6);
    assert.equal(buffer.takeTextLine('latin1'), 'four');
    assert.equal(buffer.size, 0);
  });

  it('are decoded as their encoding says, also switched on the way', () => {
    const buffer = filled(Buffer.from('é\né\na\n'));
    assert.equal(buffer.takeTextLine('latin1'), 'Ã©');
    for (const expected of ['é', 'a']) {
      const line = buffer.takeTextLine('utf8') ?? buffer.takeLine(buffer.find(LINE_FEED)).toString('utf8');
      assert.equal(line, expected);
    }
    buffer.push(bytes('b\n'));
    assert.equal(buffer.takeTextLine('utf8'), 'b'); // the batch with several units for a character is over
  });
});

describe('a snapshot', () => {
  it('shows what was at hand, whatever happens later', () => {
    const buffer = filled('ab', 'cd');
    buffer.take(0, 1);
    const snapshot = buffer.snapshot();
    buffer.push(bytes('ef'));
    assert.equal(buffer.take(3).toString(), 'bcd');
    buffer.push(bytes('gh'));
    assert.equal(snapshot().toString(), 'bcd');
    assert.equal(buffer.snapshot()().toString(), 'efgh');
  });

  it('consumes nothing, decoded lines included', () => {
    const buffer = filled('a\nb\nc');
    assert.equal(buffer.takeTextLine('utf8'), 'a');
    assert.equal(buffer.snapshot()().toString(), 'b\nc');
    assert.equal(buffer.takeTextLine('utf8'), 'b');
    assert.equal(buffer.snapshot()().toString(), 'c');
  });
});

/** A transport that reads these pieces, each as far as there is room, into its caller's memory. */
function reading(...pieces: Uint8Array[]): Filling & { readonly memories: ArrayBufferLike[] } {
  const memories: ArrayBufferLike[] = [];
  return {
    memories,
    recvInto(memory) {
      const piece = pieces.shift();
      if (piece === undefined) return TIMED_OUT;
      memories.push(memory.buffer);
      const length = Math.min(piece.length, memory.length);
      memory.set(piece.subarray(0, length));
      if (length < piece.length) pieces.unshift(piece.subarray(length));
      return length;
    },
  };
}

/** A line that is at hand, with its end; nothing where none is. */
function lineOf(buffer: ReceiveBuffer): Buffer {
  const before = buffer.taken;
  const line = buffer.takeTextLine('latin1');
  const end = buffer.taken - before - (line?.length ?? 0);
  return Buffer.from(line === undefined ? '' : `${line}${end === 2 ? '\r\n' : '\n'}`, 'latin1');
}

describe('filling', () => {
  it('reads a count into the memory that it is given in', () => {
    const buffer = new ReceiveBuffer();
    const io = reading(numbered(1000), numbered(50_000, 1000));
    assert.equal(buffer.fill(40_000, io, NO_WAIT), 1000);
    assert.equal(buffer.fill(40_000, io, NO_WAIT), 39_000);
    assert.equal(buffer.size, 40_000);
    const taken = buffer.take(40_000);
    assert.deepEqual(taken, numbered(40_000));
    assert.deepEqual(io.memories, [taken.buffer, taken.buffer]);
    assert.equal(buffer.fill(40_000, io, NO_WAIT), 11_000);
    assert.equal(buffer.fill(40_000, io, NO_WAIT), TIMED_OUT);
    assert.equal(buffer.size, 11_000);
  });

  it('is in order with what is pushed, and writes over nothing that was taken', () => {
    const step = fc.tuple(
      fc.constantFrom('push', 'fill', 'gather', 'take', 'leave', 'line'),
      fc.integer({ min: 1, max: 20_000 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const buffer = new ReceiveBuffer();
        const taken: Buffer[] = [];
        let [came, given] = [0, 0];
        for (const [what, length] of steps) {
          if (what === 'push') buffer.push(numbered(length, came));
          else if (what === 'fill')
            came += buffer.fill(buffer.size + length * 2, reading(numbered(length, came)), NO_WAIT) as number;
          else if (what === 'gather') buffer.gather(buffer.size + length * 2, numbered(length, came));
          else if (what === 'leave') buffer.leaveBlock();
          else if (what === 'line') taken.push(lineOf(buffer));
          else taken.push(buffer.take(Math.min(length, buffer.size)));
          if (what === 'push' || what === 'gather') came += length;
          if (what === 'take' || what === 'line') given += (taken.at(-1) as Buffer).length;
          assert.deepEqual([buffer.size, buffer.taken], [came - given, given]);
        }
        taken.push(buffer.take(buffer.size));
        assert.deepEqual(Buffer.concat(taken), numbered(came));
      }),
      { numRuns: 200 },
    );
  });

  it('gathers pieces of a large count where it is given, and copies none that is all of it', () => {
    const buffer = new ReceiveBuffer();
    const whole = numbered(40_000);
    buffer.gather(40_000, whole);
    assert.equal(buffer.take(40_000).buffer, whole.buffer);
    for (let at = 0; at < 48_000; at += 16_000) buffer.gather(40_000, numbered(16_000, at));
    const taken = buffer.take(40_000);
    assert.deepEqual([taken, taken.buffer.byteLength], [numbered(40_000), 40_000]);
    buffer.gather(40_000, numbered(10_000, 48_000));
    assert.deepEqual(buffer.take(18_000), numbered(18_000, 40_000));
  });

  it('gives no slow peer memory for a large count', () => {
    const buffer = new ReceiveBuffer();
    for (let at = 0; at < 100; at++) buffer.gather(1_000_000, numbered(100, at * 100));
    assert.ok(buffer.take(10_000).buffer.byteLength <= 65_536);
  });

  it('that has come to little holds little', () => {
    const few = (after: (buffer: ReceiveBuffer) => void): number => {
      const buffer = new ReceiveBuffer();
      buffer.fill(1_000_000, reading(numbered(1000)), NO_WAIT);
      after(buffer);
      return buffer.take(1000).buffer.byteLength;
    };
    for (const after of [() => {}, (b: ReceiveBuffer) => b.leaveBlock(), (b: ReceiveBuffer) => b.push(numbered(1e6))])
      assert.ok(few(after) < 200_000, String(after)); // a pool of Node is shared
  });
});

describe('memory', () => {
  it('of a large chunk is not held by a small result', async () => {
    const kept: Buffer[] = [];
    const before = await memoryInUse();
    for (let i = 0; i < 200; i++) {
      const chunk = Buffer.from(new ArrayBuffer(65_536));
      const buffer = filled(chunk);
      kept.push(buffer.take(100), buffer.takeLine(200));
      for (const small of kept.slice(-2)) assert.notEqual(small.buffer, chunk.buffer);
    }
    const used = (await memoryInUse()) - before; // 13 MB went through
    assert.ok(used < 1_000_000, `${used} bytes for ${kept.length} results of 100 and 200 bytes`);
  });

  it('of a large chunk of text is not held by one of its lines', async () => {
    const text = `${'a line of text'.padEnd(63, '.')}\n`.repeat(4096);
    const kept: (string | undefined)[] = [];
    const before = await memoryInUse(true);
    for (let i = 0; i < 100; i++) kept.push(filled(Buffer.from(text)).takeTextLine('latin1'));
    const used = (await memoryInUse(true)) - before; // 26 MB went through
    assert.ok(used < 5_000_000, `${used} bytes for ${kept.length} lines of 63 bytes`);
  });

  it('is not copied for a result that is most of its chunk', () => {
    const chunk = Buffer.from(new ArrayBuffer(65_536));
    assert.equal(filled(chunk).take(60_000).buffer, chunk.buffer);
  });

  it('of small pieces that are still being gathered is not written twice', () => {
    const buffer = filled('x');
    const first = numbered(300);
    buffer.push(first); // begins a block
    buffer.take(0, 1);
    const taken = buffer.take(200);
    buffer.push(numbered(300, 300)); // continues it
    assert.deepEqual(taken, first.subarray(0, 200));
    taken.fill(0);
    assert.deepEqual(buffer.take(buffer.size), numbered(400, 200));
  });

  it('of single bytes is gathered into blocks', async () => {
    const before = await memoryInUse();
    const buffer = filled(...cut(numbered(100_000), 1));
    const used = (await memoryInUse()) - before;
    assert.ok(used < 400_000, `${used} bytes for 100,000`);
    assert.deepEqual(buffer.take(100_000), numbered(100_000));
  });

  it('of pieces that are small and large in turn is a small multiple of their bytes', async () => {
    const large = Buffer.alloc(512, 1);
    const small = Buffer.alloc(1, 2);
    const before = await memoryInUse();
    const buffer = new ReceiveBuffer();
    for (let i = 0; i < 2000; i++) buffer.push(i % 2 === 0 ? large : small);
    const used = (await memoryInUse()) - before; // besides the bytes that are pushed
    assert.ok(used < 3 * buffer.size, `${used} bytes for ${buffer.size}`);
    assert.equal(buffer.size, 513_000);
  });
});

type Action =
  | { readonly do: 'push'; readonly bytes: Uint8Array }
  | { readonly do: 'line' }
  | { readonly do: 'find' | 'until'; readonly delimiter: number }
  | { readonly do: 'take' | 'drop'; readonly share: number }
  | { readonly do: 'text'; readonly encoding: 'utf8' | 'latin1' }
  | { readonly do: 'snapshot' };

const DELIMITERS = ['\n', '\r\n', 'aab', 'aa', '\n\n', '\0'].map((text) => bytes(text));
/** Few values, so that delimiters, CRLF and sequences of UTF-8 come about. */
const byte = fc.constantFrom(...bytes('aaab\r\n\n\0\xc3\xa9\xe2\x82\xac\xff'));
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.array(byte, { minLength: 1, maxLength: 12 }) },
  { weight: 2, arbitrary: fc.array(byte, { minLength: 1, maxLength: 700 }) },
  // Pages of text, for batches and blocks.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(byte, { minLength: 3, maxLength: 40 }), fc.integer({ min: 1, max: 400 }))
      .map(([page, times]) => Array.from({ length: times }, () => page).flat()),
  },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: piece.map((values) => ({ do: 'push', bytes: Uint8Array.from(values) }) as const) },
  { weight: 4, arbitrary: fc.constantFrom('utf8', 'latin1').map((encoding) => ({ do: 'text', encoding }) as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('find', 'until'),
      delimiter: fc.nat(DELIMITERS.length - 1),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'line' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('take', 'drop'), share: fc.constantFrom(0, 0.01, 0.1, 0.5, 0.9, 1) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'snapshot' } as const) },
);

it('does what a plain array of bytes would do, and what it gave does not change afterwards', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const buffer = new ReceiveBuffer();
      let rest = Buffer.alloc(0);
      let taken = 0;
      const given: { now: () => Buffer; before: Buffer }[] = [];
      const gives = (result: Buffer, expected: Buffer): void => {
        assert.deepEqual(result, Buffer.from(expected));
        given.push({ now: () => result, before: Buffer.from(expected) });
      };
      const advance = (length: number): void => {
        rest = rest.subarray(length);
        taken += length;
      };
      for (const step of actions) {
        if (step.do === 'push') {
          buffer.push(Uint8Array.from(step.bytes));
          rest = Buffer.concat([rest, step.bytes]);
        } else if ('share' in step) {
          const length = Math.floor(rest.length * step.share);
          if (step.do === 'take') gives(buffer.take(length), rest.subarray(0, length));
          else buffer.take(0, length);
          advance(length);
        } else if (step.do === 'text') {
          const line = buffer.takeTextLine(step.encoding);
          const end = rest.indexOf('\n');
          if (line !== undefined) {
            assert.ok(end >= 0);
            assert.equal(line, withoutCr(rest.subarray(0, end)).toString(step.encoding));
            advance(end + 1);
          }
        } else if (step.do === 'snapshot') {
          given.push({ now: buffer.snapshot(), before: Buffer.from(rest) });
        } else if (step.do === 'line') {
          const length = buffer.find(LINE_FEED);
          assert.equal(length, rest.indexOf('\n'));
          if (length >= 0) {
            gives(buffer.takeLine(length), withoutCr(rest.subarray(0, length)));
            advance(length + 1);
          }
        } else {
          const delimiter = DELIMITERS[step.delimiter]!;
          // A new object each time: equal delimiters are the same delimiter.
          const length = buffer.find(new Delimiter(delimiter));
          assert.equal(length, rest.indexOf(delimiter));
          if (length >= 0 && step.do === 'until') {
            gives(buffer.take(length), rest.subarray(0, length));
            buffer.take(0, delimiter.length);
            advance(length + delimiter.length);
          }
        }
        assert.deepEqual([buffer.size, buffer.taken], [rest.length, taken]);
      }
      for (const { now, before } of given) assert.deepEqual(now(), before);
    }),
    { numRuns: 1500 },
  );
});

function withoutCr(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
