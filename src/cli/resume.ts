/** What a server's answer means to a download that has some bytes already: the rules of RFC 9110, section 14. */
import type { ReplyHead } from '../protocol/http/wire/head.ts';
import { type ContentRange, parseContentRange } from '../protocol/http/wire/range.ts';
import { CommandError } from './errors.ts';

/** The body is the whole file; its rest, up to the byte before `end`; or there is nothing left to get. */
export type ResumeDecision =
  | { readonly is: 'whole'; readonly total: number | undefined }
  | { readonly is: 'rest'; readonly end: number; readonly total: number | undefined }
  | { readonly is: 'complete' };

/** Asks for the bytes as they are, not compressed, and for no others than those of which `size` were had at `modified`. */
export function unlessModified(size: number, modified: Date): Record<string, string> {
  const identity = { 'Accept-Encoding': 'identity' };
  // No validator outlives the first run, but time does: a file that has changed since must not be glued to the old one.
  return size === 0 ? identity : { ...identity, 'If-Unmodified-Since': modified.toUTCString() };
}

/**
 * What the reply gives to whom has the first `size` bytes.
 *
 * @throws CommandError where it gives nothing, or what does not fit
 */
export function answerOf({ code, status, headers }: ReplyHead, size: number): ResumeDecision {
  const contentRange = parseContentRange(headers.get('content-range') ?? '');
  if (code === 206) return restOf(contentRange, size);
  if (code >= 200 && code < 300) {
    // What is here is worth more than what may come of a second beginning.
    if (size > 0) throw new CommandError(`the server has sent all of the file instead of its rest: ${ANEW}`);
    const length = /^\d+/.exec(headers.get('content-length') ?? '')?.[0];
    return { is: 'whole', total: length === undefined ? undefined : Number(length) };
  }
  if (size > 0 && code === 412) throw new CommandError(`the file has changed on the server: ${ANEW}`);
  if (size > 0 && code === 416 && contentRange?.total !== undefined) {
    const { total } = contentRange;
    if (total === size) return { is: 'complete' };
    throw new CommandError(`the server has ${total} bytes, and here are ${size}: ${ANEW}`);
  }
  throw new CommandError(`the server said: ${status}`);
}

export const ANEW = 'without -C it is downloaded anew';

/** The request has seen to it that it is the part which was asked for. */
function restOf(contentRange: ContentRange | undefined, size: number): ResumeDecision {
  if (size === 0 || contentRange?.range === undefined)
    throw new CommandError('the server sent a part of the file, and was asked for all of it');
  return { is: 'rest', end: contentRange.range.last + 1, total: contentRange.total };
}
