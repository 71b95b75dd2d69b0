/** Breaking text into lines of a bounded length, in chunks: plainly, for base64, and by soft breaks, for quoted-printable. */
import { dataOf } from '../core/data.ts';
import { outputOf, type Pass, runInBlocks } from './byte-codec.ts';
import { type Bytes, type Counted, CR, EQUALS, LF, wholeOf } from './bytes.ts';

/** RFC 2045, sections 6.7 and 6.8: no encoded line is longer. */
export const LINE_LENGTH = 76;

const LINE_END = '\r\n';
const SOFT_BREAK = '=\r\n';

/** From here on moving a line costs less than looking at its bytes. */
const LONG = 32;

/** The most that one byte becomes: a soft break of three bytes, and itself. */
const MOST = 4;

/**
 * LuaSocket's `mime.wrp`: puts a CR LF wherever a line has got `length` bytes and goes on.
 *
 * `left` is how many bytes the current line has room for, at first `length`; it is returned for the next call. A LF ends a line, as
 * CR LF, and each CR is dropped, so that text comes out with proper line ends. Without `text` gives the CR LF that the last line
 * lacks, or `null`. Throws `ERR_INVALID_ARGUMENT` for numbers that are not whole.
 *
 * ```ts
 * import { wrp } from 'moonsocket/mime';
 * const [lines, left] = wrp(4, 'abcdefg', 4);
 * `${lines} ${left}`; // => 'abcd\r\nefg 1'
 * String(wrp(left, null, 4)[0]); // => '\r\n'
 * ```
 */
export function wrp(left: number, text?: Bytes | null, length: number = LINE_LENGTH): Counted {
  const full = wholeOf('wrp', 'length', length);
  const room = wholeOf('wrp', 'left', left);
  if (text === undefined || text === null) return [room < full ? Buffer.from(LINE_END) : null, full];
  const bytes = dataOf('wrp', text);
  if (full >= LONG && bytes.length > Math.max(room, full) && !bytes.includes(LF) && !bytes.includes(CR))
    return wrapUnbroken(bytes, Math.max(room, 0), full);
  const work = runInBlocks(bytes, MOST, room, (work, end) => wrapPlainly(work, end, full));
  return [outputOf(work), work.counter];
}

/** One line that has no end, such as base64: behind where it will stand at first, and then moved there line by line. */
function wrapUnbroken(bytes: Buffer, room: number, length: number): [Buffer, number] {
  const breaks = Math.ceil((bytes.length - room) / length);
  const output = Buffer.allocUnsafe(bytes.length + breaks * LINE_END.length);
  let read = output.length - bytes.length;
  output.set(bytes, read);
  output.copyWithin(0, read, read + room);
  read += room;
  let written = room;
  while (read < output.length) {
    output[written] = CR;
    output[written + 1] = LF;
    output.copyWithin(written + 2, read, read + length);
    written += length + 2;
    read += length;
  }
  return [output, length - (bytes.length - room - (breaks - 1) * length)];
}

function wrapPlainly(work: Pass, end: number, length: number): void {
  const { input, output } = work;
  let { read, written, counter: room } = work;
  while (read < end) {
    // As far as the line has room, or to the next line end.
    const stop = Math.min(end, read + Math.max(room, 0));
    const start = read;
    let byte = 0;
    while (read < stop) {
      byte = input[read]!;
      if (byte === LF || byte === CR) break;
      output[written++] = byte;
      read++;
    }
    room -= read - start;
    if (read === end) break;
    byte = input[read]!;
    if (byte === CR) {
      read++;
      continue;
    }
    output[written] = CR;
    output[written + 1] = LF;
    written += 2;
    room = length;
    if (byte !== LF) {
      output[written++] = byte;
      room--;
    }
    read++;
  }
  work.read = read;
  work.written = written;
  work.counter = room;
}

/**
 * LuaSocket's `mime.qpwrp`: breaks quoted-printable text by soft breaks (`=` and CR LF), so that no line is longer than `length`.
 * A `=XX` is never cut.
 *
 * `left` is how many bytes the current line has room for, at first `length`; it is returned for the next call. A LF ends a line, as
 * CR LF, and each CR is dropped. Without `text` gives a soft break where the last line has not ended, or `null`.
 * Throws `ERR_INVALID_ARGUMENT` for numbers that are not whole.
 *
 * ```ts
 * import { qpwrp } from 'moonsocket/mime';
 * String(qpwrp(8, 'caf=C3=A9', 8)[0]); // => 'caf=C3=\r\n=A9'
 * ```
 */
export function qpwrp(left: number, text?: Bytes | null, length: number = LINE_LENGTH): Counted {
  const full = wholeOf('qpwrp', 'length', length);
  const room = wholeOf('qpwrp', 'left', left);
  if (text === undefined || text === null) return [room < full ? Buffer.from(SOFT_BREAK) : null, full];
  const work = runInBlocks(dataOf('qpwrp', text), MOST, room, (work, end) => wrapSoftly(work, end, full));
  return [outputOf(work), work.counter];
}

function wrapSoftly(work: Pass, end: number, length: number): void {
  const { input, output } = work;
  let { read, written, counter: room } = work;
  while (read < end) {
    const byte = input[read++]!;
    if (byte === CR) continue;
    if (byte === LF) {
      output[written] = CR;
      output[written + 1] = LF;
      written += 2;
      room = length;
      continue;
    }
    // The last column is the soft break's; an escape must end before it.
    if (room <= (byte === EQUALS ? 3 : 1)) {
      output[written] = EQUALS;
      output[written + 1] = CR;
      output[written + 2] = LF;
      written += 3;
      room = length;
    }
    output[written++] = byte;
    room--;
  }
  work.read = read;
  work.written = written;
  work.counter = room;
}
