/**
 * The loop around codecs that go byte by byte. They are called for one block after the other, and each time there is room for
 * the most that the block can become, so that their own loops look at bytes and at nothing else. Besides, V8 compiles a
 * function that is called often better than one that is called once and loops for long.
 */

/** The state of a codec on its way through `input`. */
export interface Pass {
  readonly input: Buffer;
  output: Buffer;
  /** How much of `input` was read, and of `output` written. */
  read: number;
  written: number;
  /** What LuaSocket's codecs carry from chunk to chunk, where it is a number. */
  counter: number;
}

/**
 * Reads on from `work.read` to `end`, or beyond it by what belongs together, and writes. Reads nothing where it wants more
 * than there is.
 */
export type BlockStep = (work: Pass, end: number) => void;

const BLOCK = 4096;

/** Runs `step` until all is read that it wants to read. A byte that is read becomes no more than `most` bytes. */
export function runInBlocks(input: Buffer, most: number, counter: number, step: BlockStep): Pass {
  const size = input.length;
  const expected = size < BLOCK ? size * most : size + (size >> 3) + BLOCK * most;
  const work: Pass = { input, output: Buffer.allocUnsafe(expected), read: 0, written: 0, counter };
  for (let before = -1; work.read < size && work.read > before; ) {
    before = work.read;
    const end = Math.min(before + BLOCK, size);
    // Two bytes of look-ahead may be read with the block.
    const room = (end - before + 2) * most;
    if (work.output.length - work.written < room) work.output = grown(work.output, work.written, room);
    step(work, end);
  }
  return work;
}

/** What was written, in memory that is not mostly waste: the caller may keep it. */
export function outputOf({ output, written }: Pass): Buffer {
  return finished(output, written);
}

/** The first `length` bytes of `output`. */
export function finished(output: Buffer, length: number): Buffer {
  const used = output.subarray(0, length);
  return length * 2 < output.length ? Buffer.from(used) : used;
}

/** Doubling keeps the copying linear. */
function grown(output: Buffer, written: number, room: number): Buffer {
  const larger = Buffer.allocUnsafe(output.length * 2 + room);
  larger.set(output.subarray(0, written));
  return larger;
}
