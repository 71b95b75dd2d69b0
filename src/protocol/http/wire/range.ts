/** A part of a representation: how it is asked for, and what a reply says of it (RFC 9110, section 14). */
import { badArgument, ProtocolError } from '../../../core/errors.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import type { ReplyHead } from './head.ts';

/** Bytes, counted from 0. */
export interface ByteRange {
  /** The first byte, from 0. */
  readonly first: number;
  /** The last byte, itself included; the end without it. */
  readonly last?: number | undefined;
  /** What the rest must belong to, as its ETag or Last-Modified said: if it has changed, all of it comes (code 200). */
  readonly ifRange?: string | undefined;
}

/** What `Content-Range` says; `*` is undefined. */
export interface ContentRange {
  /** The bytes that came, from 0, the last one included. */
  readonly range:
    | {
        /** The first byte, from 0. */
        readonly first: number;
        /** The last byte, itself included. */
        readonly last: number;
      }
    | undefined;
  /** The length of the whole, in bytes. */
  readonly total: number | undefined;
}

/**
 * The value of a `Content-Range`; undefined for one that means nothing.
 *
 * ```text
 *   bytes 500-999/1234    bytes 500-999/*    bytes * /1234 (without the blank)
 * ```
 */
export function parseContentRange(value: string): ContentRange | undefined {
  const match = /^bytes (?:(\d{1,16})-(\d{1,16})|\*)\/(?:(\d{1,16})|\*)$/i.exec(value.trim());
  if (match === null) return undefined;
  const [, first, last, size] = match;
  const total = size === undefined ? undefined : Number(size);
  if (first === undefined) return { range: undefined, total };
  const range = { first: Number(first), last: Number(last) };
  const sound = range.first <= range.last && range.last < (total ?? Number.POSITIVE_INFINITY);
  return sound ? { range, total } : undefined;
}

/** Puts the range into a request's headers. */
export function askForRange(headers: HeaderMap, { first, last, ifRange }: ByteRange): void {
  const sound = Number.isSafeInteger(first) && first >= 0;
  if (!sound || (last !== undefined && !(Number.isSafeInteger(last) && last >= first)))
    throw badArgument(`request: a range is whole numbers from 0, not ${String(first)}-${String(last ?? '')}`);
  headers.set('Range', `bytes=${first}-${last ?? ''}`);
  if (ifRange !== undefined) headers.set('If-Range', ifRange);
}

/**
 * Throws for a part that is not the one that was asked for: gluing it to what is there already would make a file that
 * nobody ever wrote. A server may ignore the range and send all (200), or have no such part (416).
 */
export function checkRange({ first, last = Number.POSITIVE_INFINITY }: ByteRange, { code, headers }: ReplyHead): void {
  if (code !== 206) return;
  const field = headers.get('content-range') ?? '';
  const range = parseContentRange(field)?.range;
  // Of a body without a length, the framing tells whether it came whole; repeated lengths are equal by now.
  const length = Number.parseInt(headers.get('content-length') ?? '', 10);
  if (range !== undefined && range.first === first && range.last <= last) {
    if (Number.isNaN(length) || length === range.last - range.first + 1) return;
    throw new ProtocolError('ERR_HTTP_RANGE', `206 has ${length} bytes, and Content-Range is ${JSON.stringify(field)}`);
  }
  const asked = `${first}-${last === Number.POSITIVE_INFINITY ? '' : last}`;
  throw new ProtocolError('ERR_HTTP_RANGE', `206 is not bytes ${asked}: Content-Range is ${JSON.stringify(field)}`);
}
