/** What text goes through on its way into a mail dialogue, in chunks: proper line ends, and dots doubled where a line begins with one. */
import { dataOf } from '../core/data.ts';
import { outputOf, type Pass, runInBlocks } from './byte-codec.ts';
import { type Bytes, type Counted, CR, DOT, LF, wholeOf } from './bytes.ts';

/**
 * LuaSocket's `mime.eol`: makes each line end a `marker`: CR LF, LF, CR and LF CR alike.
 *
 * `context` is 0 at first, and then what the last call returned: the code of a CR or LF at the end of the last chunk whose
 * second half may follow, or 0. Without `text` gives `null` and 0. Throws `ERR_INVALID_ARGUMENT` for a context that is no whole number.
 *
 * ```ts
 * import { eol } from 'moonsocket/mime';
 * const [lines, context] = eol(0, 'a\nb\r');
 * `${lines} ${context}`; // => 'a\r\nb\r\n 13'
 * String(eol(context, '\nc')[0]); // => 'c'
 * ```
 */
export function eol(context: number, text?: Bytes | null, marker: Bytes = '\r\n'): Counted {
  const last = wholeOf('eol', 'context', context);
  if (text === undefined || text === null) return [null, 0];
  const lineEnd = dataOf('eol', marker);
  const most = Math.max(lineEnd.length, 1);
  const work = runInBlocks(dataOf('eol', text), most, last, (work, end) => markLines(work, end, lineEnd));
  return [outputOf(work), work.counter];
}

function markLines(work: Pass, end: number, marker: Buffer): void {
  const { input, output } = work;
  let { read, written, counter: last } = work;
  while (read < end) {
    const byte = input[read++]!;
    if (byte !== CR && byte !== LF) {
      output[written++] = byte;
      last = 0;
      continue;
    }
    const second = last === CR || last === LF;
    // The other half of a pair is no line end of its own; the same byte again is one, which nothing can follow up.
    if (!second || last === byte) for (let i = 0; i < marker.length; i++) output[written++] = marker[i]!;
    last = second ? 0 : byte;
  }
  work.read = read;
  work.written = written;
  work.counter = last;
}

/**
 * LuaSocket's `mime.dot`: doubles each dot that begins a line, as a message that SMTP ends with a line of one dot wants it
 * (RFC 5321, section 4.5.2). Lines end with CR LF, and with nothing less.
 *
 * `state` is 2 where a line begins, as at first, 1 behind a CR, else 0; it is returned for the next call. Without `text` gives
 * `null` and 2. Throws `ERR_INVALID_ARGUMENT` for a state that is no whole number.
 *
 * ```ts
 * import { dot } from 'moonsocket/mime';
 * const [lines, state] = dot(2, '.\r\n.end\r\n');
 * `${lines}${state}`; // => '..\r\n..end\r\n2'
 * ```
 */
export function dot(state: number, text?: Bytes | null): Counted {
  const now = wholeOf('dot', 'state', state);
  if (text === undefined || text === null) return [null, 2];
  const work = runInBlocks(dataOf('dot', text), 2, now, doubleDots);
  return [outputOf(work), work.counter];
}

const LF_DOT = Buffer.from('\n.');

/** The state behind bytes in which no line begins with a dot; undefined where one may, and for less than two bytes. */
export function dotless(bytes: Buffer, state: number): number | undefined {
  if (bytes.length < 2 || (state === 2 && bytes[0] === DOT) || bytes.includes(LF_DOT)) return undefined;
  const last = bytes[bytes.length - 1];
  if (last === CR) return 1;
  return last === LF && bytes[bytes.length - 2] === CR ? 2 : 0;
}

function doubleDots(work: Pass, end: number): void {
  const { input, output } = work;
  let { read, written, counter: state } = work;
  while (read < end) {
    let byte = input[read++]!;
    output[written++] = byte;
    if (byte === DOT && state === 2) output[written++] = DOT;
    state = byte === LF && state === 1 ? 2 : 0;
    // Up to the next CR nothing can happen.
    while (byte !== CR && state === 0 && read < end) {
      byte = input[read++]!;
      output[written++] = byte;
    }
    if (byte === CR) state = 1;
  }
  work.read = read;
  work.written = written;
  work.counter = state;
}
