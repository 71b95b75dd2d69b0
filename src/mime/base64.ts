/**
 * Base64 (RFC 2045, section 6.8) in chunks. Every three bytes are four characters of six bits:
 *
 *     bytes        M        a        n
 *     bits     01001101 01100001 01101110
 *     digits   010011 010110 000101 101110
 *     text        T      W      F      u
 *
 * Buffer's native codec does the bulk. What is ours is what it leaves out: the cut between two chunks, and LuaSocket's
 * reading of text that is not quite base64.
 */
import { dataOf } from '../core/data.ts';
import { finished } from './byte-codec.ts';
import { type Bytes, type Coded, EQUALS, joined, LF, nullIfEmpty } from './bytes.ts';

/** How much the native codec is given at once: what is in the cache is fast, and no string is too long. A multiple of 3 and 4. */
const SLICE = 49_152;
/** Below this the native codec's preparations cost more than it saves. */
const FEW = 64;

/** Values above 63: `=` counts as a digit of value 0, all else is no digit. */
const PADDING = 64;
const NO_DIGIT = 255;
const DIGITS = digitTable();

/**
 * LuaSocket's `mime.b64`: encodes `first` and `second`, one behind the other, as base64 without line breaks.
 *
 * With `second`, gives the encoding of the longest part that is a multiple of three bytes, and the 0 to 2 bytes left
 * over, which are the next call's `first`. Without, encodes `first` to its end, padded with `=`; no output is `null`.
 * Where `first` is null, so are both results. Throws `ERR_INVALID_ARGUMENT` for what is neither text nor bytes.
 *
 * ```ts
 * import { b64 } from 'moonsocket/mime';
 * const [output, rest] = b64('', 'diego:password');
 * `${output} ${rest}`; // => 'ZGllZ286cGFzc3dv rd'
 * String(b64(rest)[0]); // => 'cmQ='
 * ```
 */
export function b64(first: Bytes | null, second?: Bytes | null): Coded {
  if (first === null) return [null, null];
  const rest = dataOf('b64', first);
  if (second === undefined || second === null) return [nullIfEmpty(encoded(rest, 0, rest.length)), null];
  const chunk = dataOf('b64', second);
  // The rest is completed by hand, so that the chunk itself is not copied.
  const missing = Math.min((3 - (rest.length % 3)) % 3, chunk.length);
  const head = joined(rest, chunk.subarray(0, missing));
  if (head.length % 3 !== 0) {
    const whole = head.length - (head.length % 3);
    return [encoded(head, 0, whole), Buffer.from(head.subarray(whole))];
  }
  const end = chunk.length - ((chunk.length - missing) % 3);
  return [encoded(chunk, missing, end, head), Buffer.from(chunk.subarray(end))];
}

/** `head`, whose length is a multiple of three, and the bytes from `start` to `end`. */
function encoded(bytes: Buffer, start: number, end: number, head?: Buffer): Buffer {
  const lead = head === undefined || head === bytes ? '' : head.toString('base64');
  const output = Buffer.allocUnsafe(lead.length + Math.ceil((end - start) / 3) * 4);
  let length = output.write(lead, 'latin1');
  for (let at = start; at < end; at += SLICE) {
    length += output.write(bytes.toString('base64', at, Math.min(at + SLICE, end)), length, 'latin1');
  }
  return output;
}

/**
 * LuaSocket's `mime.unb64`: decodes `first` and `second`, one behind the other.
 *
 * With `second`, gives the decoding of all whole groups of four, and the 0 to 3 characters left over, which are the
 * next call's `first`. Without, what is left over is dropped, and no output is `null`. Where `first` is null, so are both
 * results. Throws `ERR_INVALID_ARGUMENT` for what is neither text nor bytes, and never for what the text says:
 *
 * - What is not in the alphabet is skipped, as RFC 2045 wants it: line breaks, blanks, and also `-` and `_`.
 * - `=` is a digit of value 0. In the third place of a group it makes the group one byte, in the fourth two; elsewhere
 *   it is nothing special. So texts with padding may follow one another, and `====` is one NUL.
 * - Padding that is missing is not made up for: a group that the end cuts short is dropped.
 *
 * ```ts
 * import { unb64 } from 'moonsocket/mime';
 * const [output, rest] = unb64('', 'ZGll\r\nZ286cG');
 * `${output} ${rest}`; // => 'diego: cG'
 * String(unb64('YQ==YQ==')[0]); // => 'aa'
 * ```
 */
export function unb64(first: Bytes | null, second?: Bytes | null): Coded {
  if (first === null) return [null, null];
  const rest = dataOf('unb64', first);
  const ends = second === undefined || second === null;
  const text = ends ? rest : joined(rest, dataOf('unb64', second));
  const output = Buffer.allocUnsafe(Math.ceil((text.length * 3) / 4) + 3);
  const bulk = text.length < FEW ? { read: 0, written: 0 } : decodeBulk(text, output);
  const { written, left } = decodeLeniently(text, bulk.read, output, bulk.written);
  const decoded = finished(output, written);
  return ends ? [nullIfEmpty(decoded), null] : [decoded, left];
}

/**
 * Decodes what Node's codec reads as LuaSocket does: everything before the first `=`, `-` and `_`, since Node too skips
 * what is in no alphabet. Ends at the last group that is whole.
 */
function decodeBulk(text: Buffer, output: Buffer): { read: number; written: number } {
  let clean = text.length;
  for (const special of ['=', '-', '_']) {
    const at = text.subarray(0, clean).indexOf(special);
    if (at !== -1) clean = at;
  }
  let read = 0;
  let written = 0;
  while (clean - read >= FEW) {
    let end = Math.min(read + SLICE, clean);
    // A slice that ends with a line most often ends with a group, which saves looking for the last group's digits.
    const line = text.lastIndexOf('\n', end - 1);
    if (line > read) end = line + 1;
    const groups = decodeSlice(text, read, end, output, written);
    if (groups.read === read) break;
    read = groups.read;
    written += groups.written;
  }
  return { read, written };
}

/**
 * Node tells how many bytes it has made, and not how many digits it has seen: k groups, and k groups and a digit, give
 * the same 3k bytes. Two digits behind the text, unlike its last one, tell apart how many digits stand behind its whole groups:
 *
 *     over 0: .... XX     3k + 1 bytes        over 2: .... llXX     3k + 3 bytes, the third digit of the last group is X
 *     over 1: .... lXX    3k + 2 bytes        over 3: .... lllX X   3k + 3 bytes, the third digit is l
 */
function decodeSlice(
  text: Buffer,
  start: number,
  end: number,
  output: Buffer,
  at: number,
): { read: number; written: number } {
  const slice = text.toString('latin1', start, end);
  // Groups and nothing else, as in text without lines: no question is open, and a copy is saved.
  if (text[end - 1] !== LF && slice.length % 4 === 0 && output.write(slice, at, 'base64') * 4 === slice.length * 3) {
    return { read: end, written: (slice.length / 4) * 3 };
  }
  const last = digitBefore(text, end, start);
  if (last < start) return { read: end, written: 0 };
  // 'A' is 0 and 'w' 48: the bits that a cut group drops are zeros, which the fast decoders insist on.
  const extra = DIGITS[text[last]!] === 0 ? 'w' : 'A';
  const made = output.write(`${slice}${extra}${extra}`, at, 'base64');
  const over = made % 3;
  if (over === 1) return { read: end, written: made - 1 };
  if (over === 2) return { read: last, written: made - 2 };
  const third = ((output[at + made - 2]! & 15) << 2) | (output[at + made - 1]! >> 6);
  let left = third === DIGITS[extra.charCodeAt(0)]! ? 2 : 3;
  let read = last;
  while (--left > 0) read = digitBefore(text, read, start);
  return { read, written: made - 3 };
}

/** Where the last digit before `end` is; less than `start` if there is none. */
function digitBefore(text: Buffer, end: number, start: number): number {
  let at = end - 1;
  while (at >= start && DIGITS[text[at]!]! > 63) at--;
  return at;
}

/** Decodes from `start` to the end, digit by digit. */
function decodeLeniently(
  text: Buffer,
  start: number,
  output: Buffer,
  written: number,
): { written: number; left: Buffer } {
  let group = 0;
  let count = 0;
  let length = 3;
  let groupStart = start;
  for (let i = start; i < text.length; i++) {
    const digit = DIGITS[text[i]!]!;
    if (digit === NO_DIGIT) continue;
    group = (group << 6) | (digit & 63);
    count++;
    if (digit === PADDING && count > 2) length = Math.min(length, count - 2);
    if (count < 4) continue;
    output[written] = group >> 16;
    output[written + 1] = group >> 8;
    output[written + 2] = group;
    written += length;
    count = 0;
    length = 3;
    groupStart = i + 1;
  }
  const left = count === 0 ? [] : text.subarray(groupStart).filter((byte) => DIGITS[byte] !== NO_DIGIT);
  return { written, left: Buffer.from(left) };
}

function digitTable(): Uint8Array {
  const table = new Uint8Array(256).fill(NO_DIGIT);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value;
  table[EQUALS] = PADDING;
  return table;
}
