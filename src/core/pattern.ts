/**
 * Receive patterns: what a receive waits for, and what it gives.
 *
 * - `'*l'`: a line, as text without its LF or CRLF. Other CRs stay. (LuaSocket's default.)
 * - a number: exactly that many bytes.
 * - `'*a'`: everything until the peer closes; if nothing comes before the end, that is an error, as in LuaSocket.
 * - `{ until: delimiter }`: what stands before a delimiter, which is dropped, as text.
 */
import type { ReceiveBuffer } from './buffer.ts';
import { copyOf, dataOf } from './data.ts';
import { Delimiter, LINE_FEED } from './delimiter.ts';
import { badArgument, LimitError } from './errors.ts';
import type { Flow } from './flow.ts';
import { LINE_LIMIT, RECEIVE_ALL_LIMIT } from './limits.ts';
import { shown } from './shown.ts';

/** The end that a receive waits for: a line, everything, a number of bytes, or what stands before a delimiter. (LuaSocket `client:receive`.) */
export type Pattern = '*l' | '*a' | number | Until;

/** Everything before a delimiter. */
export interface Until {
  /** The delimiter, at least one byte; a string stands for its UTF-8. */
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

/** How a receive gives its result, and what bounds it. */
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

/** The options of a receive that has none. */
export const NO_OPTIONS: ReceiveOptions = {};

/** A pattern with its options, checked, ready to be matched as often as bytes arrive. */
export abstract class Matcher {
  readonly encoding: TextEncoding | 'buffer';
  readonly prefix: Buffer | undefined;
  /** A count that is worth reading into memory of its own, or 0. */
  readonly large: number;

  constructor(encoding: TextEncoding | 'buffer', prefix: Buffer | undefined, large = 0) {
    this.encoding = encoding;
    this.large = large;
    this.prefix = prefix;
  }

  /** The bytes, if they are all there. Consumes them then, and nothing otherwise; `ended` when no more can come. */
  abstract match(buffer: ReceiveBuffer, ended: boolean): Buffer | undefined;
  /** The bytes as the caller gets them: behind the prefix, and decoded. */
  result(bytes: Buffer): string | Buffer {
    const whole = this.prefix === undefined ? bytes : Buffer.concat([this.prefix, bytes]);
    return this.encoding === 'buffer' ? whole : whole.toString(this.encoding);
  }

  /** Throws when more is at hand than the pattern may gather. */
  abstract check(buffer: ReceiveBuffer): void;
}

/** Checks a pattern and its options before any I/O. */
export function parsePattern(pattern: Pattern, options: ReceiveOptions): Matcher {
  if (pattern === '*l' && options === NO_OPTIONS) return ANY_LINE;
  const { encoding } = options;
  if (encoding !== undefined && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw badArgument(`receive: there is no encoding ${shown(encoding)}`);
  }
  const prefix = options.prefix === undefined ? undefined : dataOf('receive', options.prefix);
  if (typeof pattern === 'number') return new CountMatcher(pattern, encoding ?? 'buffer', prefix);
  if (pattern === '*a') return new AllMatcher(limitOf(options, RECEIVE_ALL_LIMIT), encoding ?? 'buffer', prefix);
  const limit = limitOf(options, LINE_LIMIT);
  if (pattern === '*l') return new LineMatcher(limit, encoding ?? 'utf8', prefix);
  if (typeof pattern === 'object' && pattern?.until !== undefined) {
    const until = copyOf('receive', pattern.until);
    if (until.length > 0) return new UntilMatcher(new Delimiter(until), limit, encoding ?? 'utf8', prefix);
  }
  throw badArgument(
    `receive: a pattern is '*l' (a line), '*a' (all), a number of bytes or { until: delimiter }, not ${shown(pattern)}`,
  );
}

class LineMatcher extends Matcher {
  readonly #limit: number;

  constructor(limit: number, encoding: Matcher['encoding'], prefix: Buffer | undefined) {
    super(encoding, prefix);
    this.#limit = limit;
  }

  match(buffer: ReceiveBuffer): Buffer | undefined {
    const length = buffer.find(LINE_FEED);
    return length < 0 || length > this.#limit ? undefined : buffer.takeLine(length);
  }

  check(buffer: ReceiveBuffer): void {
    checkLimit(buffer.size, this.#limit, 'a line');
  }
}

/** The pattern of most receives. Matchers have no state, so one does for all. */
const ANY_LINE: Matcher = new LineMatcher(LINE_LIMIT, 'utf8', undefined);

class UntilMatcher extends Matcher {
  readonly #delimiter: Delimiter;
  readonly #limit: number;

  constructor(delimiter: Delimiter, limit: number, encoding: Matcher['encoding'], prefix: Buffer | undefined) {
    super(encoding, prefix);
    this.#delimiter = delimiter;
    this.#limit = limit;
  }

  match(buffer: ReceiveBuffer): Buffer | undefined {
    const length = buffer.find(this.#delimiter);
    if (length < 0 || length > this.#limit) return undefined;
    return buffer.take(length, this.#delimiter.bytes.length);
  }

  check(buffer: ReceiveBuffer): void {
    // The delimiter itself may be at hand in part.
    checkLimit(buffer.size + 1 - this.#delimiter.bytes.length, this.#limit, 'text before a delimiter');
  }
}

/** Below, a read of all that is there is shared by several counts; above, the memory may never be filled. */
const LEAST_LARGE = 32_768;
const MOST_LARGE = 1_048_576;

class CountMatcher extends Matcher {
  readonly #missing: number;

  constructor(count: number, encoding: Matcher['encoding'], prefix: Buffer | undefined) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw badArgument(`receive: a number of bytes is a whole number, 0 or more, not ${shown(count)}`);
    }
    // LuaSocket's: a prefix that is long enough is the whole result.
    const missing = Math.max(0, count - (prefix?.length ?? 0));
    super(encoding, prefix, missing >= LEAST_LARGE && missing <= MOST_LARGE ? missing : 0);
    this.#missing = missing;
  }

  match(buffer: ReceiveBuffer): Buffer | undefined {
    return buffer.size < this.#missing ? undefined : buffer.take(this.#missing);
  }

  check(): void {}
}

class AllMatcher extends Matcher {
  readonly #limit: number;

  constructor(limit: number, encoding: Matcher['encoding'], prefix: Buffer | undefined) {
    super(encoding, prefix);
    this.#limit = limit;
  }

  match(buffer: ReceiveBuffer, ended: boolean): Buffer | undefined {
    return ended && buffer.size > 0 ? buffer.take(buffer.size) : undefined;
  }

  check(buffer: ReceiveBuffer): void {
    checkLimit(buffer.size, this.#limit, 'everything until the end');
  }
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
    throw badArgument(`receive: limit is a number of bytes above 0, not ${shown(limit)}`);
  return limit;
}

/** Whether a receive has ended, and did not have to wait. */
export function isReceived(begun: string | Buffer | Flow<string | Buffer>): begun is string | Buffer {
  return typeof begun === 'string' || Buffer.isBuffer(begun);
}
