/**
 * Receive patterns: what a receive waits for, and what it gives.
 *
 * - `'*l'`: a line, as text without its LF or CRLF. Other CRs stay. (LuaSocket's default.)
 * - a number: exactly so many bytes.
 * - `'*a'`: everything until the peer closes; if nothing comes before the end, that is an error, as in LuaSocket.
 * - `{ until: delimiter }`: what stands before a delimiter, which is dropped, as text.
 */
import type { ReceiveBuffer } from './buffer.ts';
import { Delimiter, LINE_FEED } from './delimiter.ts';
import { badArgument, LimitError } from './errors.ts';
import { LINE_LIMIT, RECEIVE_ALL_LIMIT } from './limits.ts';

export type Pattern = '*l' | '*a' | number | Until;

/** What stands before a delimiter. */
export interface Until {
  readonly until: string | Uint8Array;
}

/** How text is decoded; `'buffer'` leaves it as bytes. */
export type TextEncoding =
  | 'utf8'
  | 'utf-8'
  | 'latin1'
  | 'binary'
  | 'ascii'
  | 'utf16le'
  | 'ucs2'
  | 'base64'
  | 'base64url'
  | 'hex';

export interface ReceiveOptions {
  /** How the result is decoded: text patterns are utf8 without it, counts and `'*a'` are bytes. */
  readonly encoding?: TextEncoding | 'buffer' | undefined;
  /** Already received, and put before the result; a count includes it. */
  readonly prefix?: string | Uint8Array | undefined;
  /** The most bytes to gather for a line (1 MiB without it), a delimiter (1 MiB) or everything (16 MiB). */
  readonly limit?: number | undefined;
  /** Ends the wait; what has arrived stays in the socket. */
  readonly signal?: AbortSignal | undefined;
}

/** A pattern with its options, checked, ready to be matched as often as bytes arrive. */
export interface Matcher {
  readonly encoding: TextEncoding | 'buffer';
  readonly prefix: Buffer | undefined;
  /** The bytes, if they are all there. Consumes them then, and nothing otherwise; `ended` when no more can come. */
  match(buffer: ReceiveBuffer, ended: boolean): Buffer | undefined;
  /** Throws when more is at hand than the pattern may gather. */
  check(buffer: ReceiveBuffer): void;
}

/** Checks a pattern and its options before any I/O. */
export function parsePattern(pattern: Pattern, options: ReceiveOptions): Matcher {
  const { encoding } = options;
  if (encoding !== undefined && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw badArgument(`receive: there is no encoding ${JSON.stringify(encoding)}`);
  }
  const prefix = bytesOf(options.prefix);
  if (typeof pattern === 'number') return countMatcher(pattern, prefix, encoding ?? 'buffer');
  if (pattern === '*a') return allMatcher(prefix, encoding ?? 'buffer', limitOf(options, RECEIVE_ALL_LIMIT));
  if (pattern === '*l') return lineMatcher(prefix, encoding ?? 'utf8', limitOf(options, LINE_LIMIT));
  const until = typeof pattern === 'object' && pattern !== null ? bytesOf(pattern.until) : undefined;
  if (until !== undefined && until.length > 0) {
    return untilMatcher(new Delimiter(until), prefix, encoding ?? 'utf8', limitOf(options, LINE_LIMIT));
  }
  throw badArgument(
    `receive: a pattern is '*l' (a line), '*a' (all), a number of bytes or { until: delimiter }, not ${shown(pattern)}`,
  );
}

function lineMatcher(prefix: Buffer | undefined, encoding: Matcher['encoding'], limit: number): Matcher {
  return {
    encoding,
    prefix,
    match(buffer) {
      const length = buffer.find(LINE_FEED);
      return length < 0 || length > limit ? undefined : buffer.takeLine(length);
    },
    check: (buffer) => checkLimit(buffer.size, limit, 'a line'),
  };
}

function untilMatcher(
  delimiter: Delimiter,
  prefix: Buffer | undefined,
  encoding: Matcher['encoding'],
  limit: number,
): Matcher {
  return {
    encoding,
    prefix,
    match(buffer) {
      const length = buffer.find(delimiter);
      if (length < 0 || length > limit) return undefined;
      const bytes = buffer.take(length);
      buffer.drop(delimiter.bytes.length);
      return bytes;
    },
    // The delimiter itself may be at hand in part.
    check: (buffer) => checkLimit(buffer.size + 1 - delimiter.bytes.length, limit, 'text before a delimiter'),
  };
}

function countMatcher(count: number, prefix: Buffer | undefined, encoding: Matcher['encoding']): Matcher {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw badArgument(`receive: a number of bytes is a whole number, 0 or more, not ${count}`);
  }
  // LuaSocket's: a prefix that is long enough is the whole result.
  const missing = Math.max(0, count - (prefix?.length ?? 0));
  return {
    encoding,
    prefix,
    match: (buffer) => (buffer.size < missing ? undefined : buffer.take(missing)),
    check() {},
  };
}

function allMatcher(prefix: Buffer | undefined, encoding: Matcher['encoding'], limit: number): Matcher {
  return {
    encoding,
    prefix,
    match: (buffer, ended) => (ended && buffer.size > 0 ? buffer.take(buffer.size) : undefined),
    check: (buffer) => checkLimit(buffer.size, limit, 'everything until the end'),
  };
}

function checkLimit(size: number, limit: number, what: string): void {
  if (size <= limit) return;
  throw new LimitError(
    'ERR_LIMIT',
    `receive: ${what} is longer than ${limit} bytes; what came is still in the socket, { limit } asks for more`,
  );
}

function limitOf(options: ReceiveOptions, otherwise: number): number {
  const { limit = otherwise } = options;
  if (typeof limit !== 'number' || !(limit > 0))
    throw badArgument(`receive: limit is a number of bytes above 0, not ${limit}`);
  return limit;
}

function bytesOf(data: string | Uint8Array | undefined): Buffer | undefined {
  if (data === undefined) return undefined;
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw badArgument(`receive: expected a string or bytes, not ${shown(data)}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value);
}
