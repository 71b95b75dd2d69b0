/**
 * Quoted-printable (RFC 2045, section 6.7) in chunks, without the soft line breaks, which are {@link qpwrp}'s:
 *
 *     bytes   caf E9 SP = SP 1 TAB CR LF
 *     text    caf=E9 =3D 1=09 CR LF
 *
 * Blanks are quoted only at the end of a line, so that encoding looks two bytes ahead. Decoding looks ahead as far, for `=XX`.
 */
import { dataOf } from '../core/data.ts';
import { outputOf, type Pass, runInBlocks } from './byte-codec.ts';
import { type Bytes, type Coded, CR, EQUALS, joined, LF, nullIfEmpty, SPACE, TAB } from './bytes.ts';

const SOFT_BREAK = '=\r\n';
const HEX_DIGITS = '0123456789ABCDEF';
const HEX = Buffer.from(HEX_DIGITS);

/** What encoding does with a byte. */
const [QUOTED, PLAIN, BLANK, RETURN] = [0, 1, 2, 3] as const;
const ENCODING = table([
  [SPACE, 126, PLAIN],
  [SPACE, SPACE, BLANK],
  [TAB, TAB, BLANK],
  [CR, CR, RETURN],
  [EQUALS, EQUALS, QUOTED],
]);

/** What decoding does with a byte. */
const [DROPPED, KEPT, ESCAPE, LINE_END] = [0, 1, 2, 3] as const;
const DECODING = table([
  [SPACE, 126, KEPT],
  [TAB, TAB, KEPT],
  [EQUALS, EQUALS, ESCAPE],
  [CR, CR, LINE_END],
]);

/** Values of hexadecimal digits, of either case; 16 for all else. */
export const NO_HEX = 16;
export const HEX_VALUES: Uint8Array = hexTable();

/**
 * LuaSocket's `mime.qp`: encodes `first` and `second`, one behind the other, as quoted-printable with lines as long as they are.
 *
 * Each CR LF becomes `marker`; pass `'=0D=0A'` for data that is no text. A CR or LF alone, `=`, other control characters and bytes
 * above 126 become `=XX`; a blank only where it ends a line. With `second`, up to two bytes are left over, which are the
 * next call's `first`. Without, what is left over is quoted, and a soft line break is put behind it, so that
 * the text ends with a line; no output is `null`. Where `first` is null, so are both results.
 *
 * ```ts
 * import { qp } from 'moonsocket/mime';
 * const [output, rest] = qp('', 'a=b \r\nsee ');
 * `${output}|${rest}`; // => 'a=3Db=20\r\nsee| '
 * String(qp(rest)[0]); // => '=20=\r\n'
 * ```
 */
export function qp(first: Bytes | null, second?: Bytes | null, marker: Bytes = '\r\n'): Coded {
  if (first === null) return [null, null];
  const rest = dataOf('qp', first);
  const ends = second === undefined || second === null;
  const input = ends ? rest : joined(rest, dataOf('qp', second));
  const lineEnd = dataOf('qp', marker);
  const work = runInBlocks(input, Math.max(lineEnd.length, 3), 0, (work, end) => encodeBlock(work, end, lineEnd));
  const output = outputOf(work);
  const left = Buffer.from(input.subarray(work.read));
  if (!ends) return [output, left];
  return [nullIfEmpty(left.length === 0 ? output : Buffer.concat([output, closed(left)])), null];
}

function encodeBlock(work: Pass, end: number, marker: Buffer): void {
  const { input, output } = work;
  const size = input.length;
  let { read, written } = work;
  while (read < end) {
    const byte = input[read]!;
    const kind = ENCODING[byte]!;
    if (kind === PLAIN) {
      output[written++] = byte;
      read++;
      continue;
    }
    if (kind === BLANK) {
      if (read + 2 >= size) break;
      if (input[read + 1] !== CR || input[read + 2] !== LF) {
        output[written++] = byte;
        read++;
        continue;
      }
    } else if (kind === RETURN) {
      if (read + 1 >= size) break;
      if (input[read + 1] === LF) {
        for (let i = 0; i < marker.length; i++) output[written++] = marker[i]!;
        read += 2;
        continue;
      }
    }
    written = quote(byte, output, written);
    read++;
  }
  work.read = read;
  work.written = written;
}

/** What is left at the end, quoted, since no line goes on behind it; and a soft break. */
function closed(left: Buffer): Buffer {
  const output = Buffer.alloc(left.length * 3 + SOFT_BREAK.length);
  let written = 0;
  for (const byte of left) {
    if (ENCODING[byte] === PLAIN) output[written++] = byte;
    else written = quote(byte, output, written);
  }
  written += output.write(SOFT_BREAK, written, 'latin1');
  return output.subarray(0, written);
}

function quote(byte: number, output: Buffer, at: number): number {
  output[at] = EQUALS;
  output[at + 1] = HEX[byte >> 4]!;
  output[at + 2] = HEX[byte & 15]!;
  return at + 3;
}

/**
 * LuaSocket's `mime.unqp`: decodes `first` and `second`, one behind the other.
 *
 * With `second`, up to two characters are left over, the beginning of an escape or a line end, which are the next
 * call's `first`. Without, they are dropped, and no output is `null`. Where `first` is null, so are both results.
 * Throws `ERR_INVALID_ARGUMENT` for what is neither text nor bytes, and never for what the text says:
 *
 * - `=XX` is a byte, also with small letters. `=` before anything else stays, with the two characters behind it.
 * - A soft line break is `=` and CR LF; blanks between them make it no soft break (`= ` stays).
 * - CR LF stays, also behind blanks. Another CR is dropped, and the byte behind it too.
 * - LF alone, control characters but TAB, and bytes above 126 are dropped: no encoder writes them.
 *
 * ```ts
 * import { unqp } from 'moonsocket/mime';
 * const [output, rest] = unqp('', 'caf=c3=A9 =\r\nau lait=2');
 * `${output}|${rest}`; // => 'café au lait|=2'
 * ```
 */
export function unqp(first: Bytes | null, second?: Bytes | null): Coded {
  if (first === null) return [null, null];
  const rest = dataOf('unqp', first);
  const ends = second === undefined || second === null;
  const input = ends ? rest : joined(rest, dataOf('unqp', second));
  const work = runInBlocks(input, 1, 0, decodeBlock);
  const output = outputOf(work);
  return ends ? [nullIfEmpty(output), null] : [output, Buffer.from(input.subarray(work.read))];
}

function decodeBlock(work: Pass, end: number): void {
  const { input, output } = work;
  const size = input.length;
  let { read, written } = work;
  while (read < end) {
    const byte = input[read]!;
    const kind = DECODING[byte]!;
    if (kind === KEPT) {
      output[written++] = byte;
      read++;
    } else if (kind === DROPPED) {
      read++;
    } else if (kind === ESCAPE) {
      if (read + 2 >= size) break;
      written = unquote(input, read, output, written);
      read += 3;
    } else {
      if (read + 1 >= size) break;
      if (input[read + 1] === LF) {
        output[written] = CR;
        output[written + 1] = LF;
        written += 2;
      }
      read += 2;
    }
  }
  work.read = read;
  work.written = written;
}

/** Decodes the three bytes at `i`, of which the first is `=`. */
function unquote(input: Buffer, i: number, output: Buffer, at: number): number {
  const second = input[i + 1]!;
  const third = input[i + 2]!;
  if (second === CR && third === LF) return at;
  const high = HEX_VALUES[second]!;
  const low = HEX_VALUES[third]!;
  if ((high | low) < NO_HEX) {
    output[at] = (high << 4) | low;
    return at + 1;
  }
  output[at] = EQUALS;
  output[at + 1] = second;
  output[at + 2] = third;
  return at + 3;
}

/** A table of 256 kinds: later ranges win. */
function table(ranges: readonly (readonly [from: number, to: number, kind: number])[]): Uint8Array {
  const kinds = new Uint8Array(256);
  for (const [from, to, kind] of ranges) kinds.fill(kind, from, to + 1);
  return kinds;
}

function hexTable(): Uint8Array {
  const values = new Uint8Array(256).fill(NO_HEX);
  for (let value = 0; value < 16; value++) {
    values[HEX_DIGITS.charCodeAt(value)] = value;
    values[HEX_DIGITS.toLowerCase().charCodeAt(value)] = value;
  }
  return values;
}
