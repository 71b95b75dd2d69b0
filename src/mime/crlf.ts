/**
 * Line ends for the wire. Mail has CR LF and nothing else (RFC 5321, section 2.3.8); receivers that take a bare CR or LF for a
 * line end too would see other dots and other ends than those that are meant ("SMTP smuggling").
 */
import { dataOf } from '../core/data.ts';
import { outputOf, type Pass, runInBlocks } from './byte-codec.ts';
import { CR, LF } from './bytes.ts';
import type { SyncFilter } from './filters.ts';

/** The counter of a pass: the line end behind a CR is written, and an LF that follows is part of it. */
const AFTER_CR = 1;

/**
 * A filter after which each line ends with CR LF: a bare CR and a bare LF become one, CR LF stays, and everything else is
 * kept byte for byte. Chunks that are right already are passed on, not copied.
 *
 * Unlike LuaSocket's `mime.normalize`, LF CR is two line ends here, and CR CR LF, too: a CR never belongs to what is before it.
 *
 * ```ts
 * import { crlf } from 'moonsocket/mime';
 * String(crlf()(Buffer.from('a\nb\rc\r\nd'))); // => 'a\r\nb\r\nc\r\nd'
 * ```
 */
export function crlf(): SyncFilter {
  let state = 0;
  return (chunk) => {
    if (chunk === null) return null;
    const bytes = dataOf('crlf', chunk);
    if (state === 0 && isRight(bytes)) return bytes;
    const work = runInBlocks(bytes, 2, state, endLines);
    state = work.counter;
    return outputOf(work);
  };
}

/** Whether each CR has its LF, and each LF its CR, within the chunk. */
function isRight(bytes: Buffer): boolean {
  let pairs = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 || bytes[at - 1] !== CR) return false;
    pairs++;
  }
  for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) pairs--;
  return pairs === 0;
}

function endLines(work: Pass, end: number): void {
  const { input, output } = work;
  let { read, written, counter: state } = work;
  while (read < end) {
    const byte = input[read++]!;
    if (byte !== CR && byte !== LF) {
      output[written++] = byte;
    } else if (byte === CR || state !== AFTER_CR) {
      output[written] = CR;
      output[written + 1] = LF;
      written += 2;
    }
    state = byte === CR ? AFTER_CR : 0;
  }
  work.read = read;
  work.written = written;
  work.counter = state;
}
