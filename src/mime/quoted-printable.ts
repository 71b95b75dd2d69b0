/**
 * Quoted-printable (RFC 2045, section 6.7) in chunks, without the soft line breaks, which are {@link qpwrp}'s:
 *
 *     bytes   caf E9 SP = SP 1 TAB CR LF
 *     text    caf=E9 =3D 1=09 CR LF
 *
 * Blanks are quoted only at the end of a line, so that encoding looks two bytes ahead. Decoding looks ahead as far, for `=XX`.
 */
import {
  type Bytes,
  bytesOf,
  type Coded,
  CR,
  EQUALS,
  finished,
  grown,
  joined,
  LF,
  nullIfEmpty,
  SPACE,
  TAB,
} from './bytes.ts';

const SOFT_BREAK = '=\r\n';
const HEX = Buffer.from('0123456789ABCDEF');

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
const NO_HEX = 16;
const HEX_VALUES = hexTable();

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
  const rest = bytesOf('qp', first);
  const ends = second === undefined || second === null;
  const input = ends ? rest : joined(rest, bytesOf('qp', second));
  const lineEnd = bytesOf('qp', marker);
  const room = lineEnd.length + 3;
  const size = input.length;
  let output: Buffer = Buffer.allocUnsafe(size + (size >> 3) + room);
  let at = 0;
  let i = 0;
  while (i < size) {
    if (at + room > output.length) output = grown(output, room);
    const byte = input[i]!;
    let kind = ENCODING[byte]!;
    if (kind === BLANK) {
      if (i + 2 >= size) break;
      kind = input[i + 1] === CR && input[i + 2] === LF ? QUOTED : PLAIN;
    } else if (kind === RETURN) {
      if (i + 1 >= size) break;
      if (input[i + 1] === LF) {
        for (let j = 0; j < lineEnd.length; j++) output[at++] = lineEnd[j]!;
        i += 2;
        continue;
      }
    }
    if (kind === PLAIN) output[at++] = byte;
    else at = quote(byte, output, at);
    i++;
  }
  if (!ends) return [finished(output, at), Buffer.from(input.subarray(i))];
  if (i === size) return [nullIfEmpty(finished(output, at)), null];
  output = grown(output, 2 * room);
  for (; i < size; i++) {
    if (ENCODING[input[i]!] === PLAIN) output[at++] = input[i]!;
    else at = quote(input[i]!, output, at);
  }
  at += output.write(SOFT_BREAK, at, 'latin1');
  return [finished(output, at), null];
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
  const rest = bytesOf('unqp', first);
  const ends = second === undefined || second === null;
  const input = ends ? rest : joined(rest, bytesOf('unqp', second));
  const size = input.length;
  const output = Buffer.allocUnsafe(size);
  let at = 0;
  let i = 0;
  while (i < size) {
    const byte = input[i]!;
    const kind = DECODING[byte]!;
    if (kind === KEPT) {
      output[at++] = byte;
      i++;
    } else if (kind === DROPPED) {
      i++;
    } else if (kind === ESCAPE) {
      if (i + 2 >= size) break;
      at = unquote(input, i, output, at);
      i += 3;
    } else {
      if (i + 1 >= size) break;
      if (input[i + 1] === LF) {
        output[at] = CR;
        output[at + 1] = LF;
        at += 2;
      }
      i += 2;
    }
  }
  const decoded = finished(output, at);
  return ends ? [nullIfEmpty(decoded), null] : [decoded, Buffer.from(input.subarray(i))];
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
    values[HEX[value]!] = value;
    values[String.fromCharCode(HEX[value]!).toLowerCase().charCodeAt(0)] = value;
  }
  return values;
}
