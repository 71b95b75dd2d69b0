/** The heads of messages: the one place where a request's is written, and where those of replies are read. */
import { badArgument, ClosedError, Failure, LimitError, ProtocolError, TimeoutError } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import { CONTINUE_WAIT, EMPTY_LINES, HEADER_LINE_LIMIT, INTERIM_LIMIT } from '../../../core/limits.ts';
import type { Stream } from '../../../core/stream.ts';
import { formatHeaders, TOKEN } from '../../../headers/format.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { HeaderParser } from '../../../headers/parser.ts';
import { checkPlain, type HttpVersion, parseStatusLine, type StatusLine } from './status-line.ts';

export const USER_AGENT = 'moonsocket';

/** The first status code of a final reply (RFC 9110, section 15.2). */
const FIRST_FINAL = 200;

/** A reply up to its body. */
export interface ReplyHead {
  /** The version that the server speaks. */
  readonly version: HttpVersion;
  /** The status code, from 100 to 999 (RFC 9110, section 15). */
  readonly code: number;
  /** The status line, whole, as LuaSocket gives it. */
  readonly status: string;
  /** The header fields, each character a byte (latin1). */
  readonly headers: HeaderMap;
}

/** Called with each reply that is not final: 100, 102, 103, … What it throws ends the exchange. */
export type InformationalCallback = (head: ReplyHead) => void;

/**
 * The head of a request (RFC 9112, sections 3 and 5). Whatever a program was given by a user passes through here, and
 * nothing that could end a line, or the request, gets through.
 *
 * `body` is how many bytes it has, if it has one.
 *
 * ```text
 *   method SP request-target SP HTTP/1.1 CRLF *( field-line CRLF ) CRLF
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`
 */
export function formatRequestHead(
  method: string,
  target: string,
  headers: HeaderMap,
  body: number | 'chunked' | undefined,
): Buffer {
  const line = formatRequestLine(method, target);
  // Section 3.2: with two of them a proxy might ask one server for what belongs to another.
  if (headers.getAll('host').length !== 1) throw badArgument('request: there is exactly one header Host');
  const framing =
    body === undefined ? '' : body === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${body}\r\n`;
  return Buffer.from(`${line}${formatHeaders(headers)}${framing}\r\n`, 'latin1');
}

/**
 * The line that a request begins with, and its CRLF.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`
 */
export function formatRequestLine(method: string, target: string): string {
  if (typeof method !== 'string' || !TOKEN.test(method)) {
    throw badArgument(`request: ${shown(method)} is no method, which is a token such as GET`);
  }
  if (typeof target !== 'string' || !/^[\x21-\x7e]+$/.test(target)) {
    throw badArgument(`request: the target ${shown(target)} is empty, or has blanks or bytes that a URL escapes by %`);
  }
  return `${method} ${target} HTTP/1.1\r\n`;
}

/** A head whose first line is there. */
interface Begun extends StatusLine {
  readonly status: string;
  readonly parser: HeaderParser;
}

/**
 * Reads the heads of the replies to one request: any informational ones, and the final one. A head that has come in part
 * when a read fails is what the next one goes on with.
 */
export class ReplyHeads {
  readonly #stream: Stream;
  readonly #inform: InformationalCallback | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #watch: { replied(): void } | undefined;
  #heads = 0;
  /** Empty lines that came before a status line. */
  #empty = 0;
  #begun: Begun | undefined;
  #final: ReplyHead | undefined;

  constructor(stream: Stream, inform?: InformationalCallback, signal?: AbortSignal, watch?: { replied(): void }) {
    this.#stream = stream;
    this.#inform = inform;
    this.#signal = signal;
    this.#watch = watch;
  }

  /** The final reply's. The others are handed to the callback. */
  *final(): Flow<ReplyHead> {
    while (this.#final === undefined) yield* this.#read();
    return this.#final;
  }

  /** Takes in what has come by now, without waiting for more: whether the final reply's is there. */
  *arrived(): Flow<boolean> {
    const stream = this.#stream;
    const { block } = stream.timeouts.get();
    stream.timeouts.set(0);
    try {
      yield* this.final();
      return true;
    } catch (error) {
      if (error instanceof TimeoutError && error === stream.failure) return false;
      throw error;
    } finally {
      stream.timeouts.set(block);
    }
  }

  /**
   * After a request with `Expect: 100-continue`: undefined when its body may go, since the server said so or nothing
   * in time, or the final reply, which needs no body any more. (RFC 9110, section 10.1.1.)
   */
  *permission(): Flow<ReplyHead | undefined> {
    for (;;) {
      const head = yield* this.#read(CONTINUE_WAIT);
      if (head === undefined || head.code === 100) return undefined;
      if (this.#final !== undefined) return head;
    }
  }

  /** The next head, whether or not it is final; undefined if `patience` seconds pass before its first line is there. */
  *#read(patience?: number): Flow<ReplyHead | undefined> {
    if (this.#begun === undefined) {
      let status: string | undefined;
      // Some servers send the line end of a body that they have not sent (seen in aiohttp's).
      do status = yield* this.#statusLine(patience);
      while (status === '' && this.#empty++ < EMPTY_LINES);
      if (status === undefined) return undefined;
      if (this.#heads++ === 0) this.#watch?.replied();
      this.#begun = { status, ...parseStatusLine(status), parser: new HeaderParser() };
    }
    const { version, code, status, parser } = this.#begun;
    let headers: HeaderMap;
    try {
      headers = yield* receiveHeaderBlock(this.#stream, parser, this.#signal);
    } catch (error) {
      throw this.#cutOff(error, status);
    }
    this.#begun = undefined;
    const head = { version, code, status, headers };
    if (code >= FIRST_FINAL) this.#final = head;
    else this.#informed(head);
    return head;
  }

  *#statusLine(patience: number | undefined): Flow<string | undefined> {
    // A line that has come in part is still in the socket when this gives up: the next read begins with it.
    const restore = patience === undefined ? undefined : this.#stream.timeouts.within(patience);
    try {
      return yield* receiveHeadLine(this.#stream, this.#signal);
    } catch (error) {
      if (restore !== undefined && error instanceof TimeoutError) return undefined;
      throw this.#unanswered(error);
    } finally {
      restore?.();
    }
  }

  #informed(head: ReplyHead): void {
    // RFC 9110, section 15.2.2: what follows 101 is another protocol, and no request of ours asks for one.
    if (head.code === 101) throw new ProtocolError('ERR_HTTP_UNASKED', '101: the server changed to another protocol');
    if (this.#heads > INTERIM_LIMIT) {
      throw new LimitError('ERR_LIMIT', `more than ${INTERIM_LIMIT} informational replies before the final one`);
    }
    this.#inform?.(head);
  }

  /** The error of a head that has begun and does not end: its status may be all that says why. */
  #cutOff(error: unknown, status: string): unknown {
    if (!(error instanceof ClosedError) || this.#stream.closed) return error;
    const message = `the reply ${shown(status)} was cut off in its headers: ${error.reason} (${error.code})`;
    const partial = (): Buffer => error.partial ?? Buffer.alloc(0);
    return new ClosedError(error.code, message, { partial }, new Failure(error.code, error));
  }

  /** A separate code for the end before the first byte of a reply: only then may a request be repeated. */
  #unanswered(error: unknown): unknown {
    if (error instanceof ClosedError && this.#heads + this.#empty === 0) checkPlain(error.partial ?? Buffer.alloc(0));
    const silent = this.#heads + this.#empty === 0 && !this.#stream.dirty && !this.#stream.closed;
    if (!(error instanceof ClosedError) || !silent) return error;
    const message = `the server closed the connection without a reply (${error.code})`;
    return new ClosedError('ERR_NO_REPLY', message, {}, new Failure('ERR_NO_REPLY', error));
  }
}

/**
 * Receives a line of a reply's head, `prefix` its beginning where that has been read. Lines end with CRLF, or LF alone
 * (RFC 9112, section 2.2: "MAY recognize"); some embedded servers send those.
 *
 * @throws LimitError for a line above {@link HEADER_LINE_LIMIT}, and what `receive` throws
 */
export function* receiveHeadLine(stream: Stream, signal?: AbortSignal, prefix = ''): Flow<string> {
  try {
    const line = prefix === '' ? stream.lineAtHand('latin1') : undefined;
    const options = { encoding: 'latin1', prefix, limit: HEADER_LINE_LIMIT, signal } as const;
    return line ?? ((yield* stream.receive('*l', options)) as string);
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    throw new LimitError('ERR_LIMIT', `a line of the reply's head is longer than ${HEADER_LINE_LIMIT} bytes`);
  }
}

/**
 * Receives header lines up to the empty one. After an error the same parser goes on where this one stood.
 *
 * @throws what {@link receiveHeadLine} and `HeaderParser.push` throw
 */
export function* receiveHeaderBlock(stream: Stream, parser: HeaderParser, signal?: AbortSignal): Flow<HeaderMap> {
  while (!parser.push(yield* receiveHeadLine(stream, signal)));
  return parser.headers;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;
}
