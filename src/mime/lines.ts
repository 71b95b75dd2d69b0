/** What text goes through on its way into a mail dialogue, in chunks: proper line ends, and dots doubled where a line begins with one. */
import { type Bytes, bytesOf, type Counted, CR, DOT, finished, grown, LF, NOTHING, wholeOf } from './bytes.ts';

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
  let last = wholeOf('eol', 'context', context);
  if (text === undefined || text === null) return [null, 0];
  const input = bytesOf('eol', text);
  const lineEnd = bytesOf('eol', marker);
  if (input.length === 0) return [NOTHING, last];
  const room = lineEnd.length + 1;
  let output: Buffer = Buffer.allocUnsafe(input.length + (input.length >> 4) + room);
  let at = 0;
  for (let i = 0; i < input.length; i++) {
    if (at + room > output.length) output = grown(output, room);
    const byte = input[i]!;
    if (byte !== CR && byte !== LF) {
      output[at++] = byte;
      last = 0;
      continue;
    }
    const second = last === CR || last === LF;
    // The other half of a pair is no line end of its own; the same byte again is one, which nothing can follow up.
    if (!second || last === byte) for (let j = 0; j < lineEnd.length; j++) output[at++] = lineEnd[j]!;
    last = second ? 0 : byte;
  }
  return [finished(output, at), last];
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
  let now = wholeOf('dot', 'state', state);
  if (text === undefined || text === null) return [null, 2];
  const input = bytesOf('dot', text);
  if (input.length === 0) return [NOTHING, now];
  let output: Buffer = Buffer.allocUnsafe(input.length + (input.length >> 4) + 2);
  let at = 0;
  for (let i = 0; i < input.length; i++) {
    if (at + 2 > output.length) output = grown(output, 2);
    const byte = input[i]!;
    output[at++] = byte;
    if (byte === DOT && now === 2) output[at++] = DOT;
    now = byte === CR ? 1 : byte === LF && now === 1 ? 2 : 0;
  }
  return [finished(output, at), now];
}
