/** Breaking text into lines of a bounded length, in chunks: plainly, for base64, and by soft breaks, for quoted-printable. */
import { type Bytes, bytesOf, type Counted, CR, EQUALS, finished, grown, LF, NOTHING, wholeOf } from './bytes.ts';

/** RFC 2045, sections 6.7 and 6.8: no encoded line is longer. */
export const LINE_LENGTH = 76;

/** What one byte may become: a soft break of three bytes, and itself. */
const ROOM = 4;

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
  let room = wholeOf('wrp', 'left', left);
  if (text === undefined || text === null) return [room < full ? Buffer.from('\r\n') : null, full];
  const input = bytesOf('wrp', text);
  if (input.length === 0) return [NOTHING, room];
  let output: Buffer = Buffer.allocUnsafe(input.length + (input.length >> 4) + ROOM);
  let at = 0;
  for (let i = 0; i < input.length; i++) {
    const byte = input[i]!;
    if (byte === CR) continue;
    if (at + ROOM > output.length) output = grown(output, ROOM);
    if (byte === LF || room <= 0) {
      output[at] = CR;
      output[at + 1] = LF;
      at += 2;
      room = full;
      if (byte === LF) continue;
    }
    output[at++] = byte;
    room--;
  }
  return [finished(output, at), room];
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
  let room = wholeOf('qpwrp', 'left', left);
  if (text === undefined || text === null) return [room < full ? Buffer.from('=\r\n') : null, full];
  const input = bytesOf('qpwrp', text);
  if (input.length === 0) return [NOTHING, room];
  let output: Buffer = Buffer.allocUnsafe(input.length + (input.length >> 4) + ROOM);
  let at = 0;
  for (let i = 0; i < input.length; i++) {
    const byte = input[i]!;
    if (byte === CR) continue;
    if (at + ROOM > output.length) output = grown(output, ROOM);
    if (byte === LF) {
      output[at] = CR;
      output[at + 1] = LF;
      at += 2;
      room = full;
      continue;
    }
    // The last column is the soft break's; an escape must end before it.
    if (room <= (byte === EQUALS ? 3 : 1)) {
      output[at] = EQUALS;
      output[at + 1] = CR;
      output[at + 2] = LF;
      at += 3;
      room = full;
    }
    output[at++] = byte;
    room--;
  }
  return [finished(output, at), room];
}
