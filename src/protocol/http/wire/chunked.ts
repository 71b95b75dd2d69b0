/**
 * Bodies in chunks (RFC 9112, section 7.1), read strictly: here lengths are told by the peer and line ends by bytes
 * inside the stream, and a reader that understands them otherwise than its neighbour can be smuggled to.
 *
 * ```text
 *   chunked-body = *chunk last-chunk trailer-section CRLF
 *   chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *   last-chunk   = 1*("0") [ chunk-ext ] CRLF
 *   chunk-ext    = *( BWS ";" BWS name [ BWS "=" BWS value ] )
 *
 *   4;name=value\r\n  Wiki\r\n  0\r\n  Expires: 0\r\n  \r\n
 * ```
 */
import { ENDED, failed, LimitError, ProtocolError } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import { BODY_PIECE, CHUNK_EXTENSION_LIMIT, HEADER_LINE_LIMIT } from '../../../core/limits.ts';
import type { Stream } from '../../../core/stream.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { HeaderParser } from '../../../headers/parser.ts';

/** 13 hexadecimal digits hold no number that JavaScript cannot count to. */
const SIZE_DIGITS = 13;
/** The size; the blanks behind it; an extension, whose text means nothing here. */
const SIZE_LINE = /^([\da-f]{1,13})([\t ]*)(;.*)?$/i;
/** What no line of text has inside: above all the CR and the LF that another reader might take for its end. */
const CONTROL = /[\0-\x08\n-\x1f\x7f]/;

export class ChunkedReader {
  readonly #stream: Stream;
  readonly #signal: AbortSignal | undefined;
  readonly #trailers = new HeaderParser();
  /** What comes next. Changed after each receive, so that one that fails is simply repeated. */
  #next: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size';
  #left = 0;
  #extensions = CHUNK_EXTENSION_LIMIT;
  #lenient = false;

  constructor(stream: Stream, signal: AbortSignal | undefined) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /**
   * Whether something was read that the grammar does not have: blanks between the size and the line's end, with which
   * Apache 1.3 filled the line up. No second message is read from a connection after that.
   */
  get lenient(): boolean {
    return this.#lenient;
  }

  get trailers(): HeaderMap {
    return this.#trailers.headers;
  }

  /** The next piece of the data; undefined when the trailers are read, too. */
  *read(): Flow<Buffer | undefined> {
    while (this.#next !== 'nothing') {
      if (this.#next === 'data') {
        const piece = yield* this.#stream.receiveSome(Math.min(this.#left, BODY_PIECE), this.#signal);
        if (piece === undefined) throw failed('receive', ENDED);
        this.#left -= piece.length;
        if (this.#left === 0) this.#next = 'end of data';
        return piece;
      }
      if (this.#next === 'end of data') yield* this.endChunk();
      else {
        let line: string;
        try {
          line = (yield* this.#line()) as string;
        } catch (error) {
          throw error instanceof LimitError ? this.#tooLong() : error;
        }
        this.#take(line);
      }
    }
    return undefined;
  }

  /** Where the data of a chunk has been read, reads the CRLF behind it, as `read` does otherwise when it goes on. */
  *endChunk(): Flow<void> {
    if (this.#next !== 'end of data') return;
    const end = yield* this.#stream.receive(2, { encoding: 'latin1', signal: this.#signal });
    if (end !== '\r\n') throw malformed('no CRLF behind the data of a chunk, but', end as string);
    this.#next = 'size';
  }

  /** Up to the LF, and not up to CRLF, or a peer that ends its lines with LF alone would be waited for in vain. */
  #line(): Flow<string | Buffer> {
    const limit = this.#next === 'trailer' ? HEADER_LINE_LIMIT : SIZE_DIGITS + this.#extensions;
    return this.#stream.receive({ until: '\n' }, { encoding: 'latin1', limit: limit + 1, signal: this.#signal });
  }

  #take(text: string): void {
    if (!text.endsWith('\r')) throw malformed('a line that does not end with CRLF:', text);
    const line = text.slice(0, -1);
    if (this.#next === 'size') this.#begin(line);
    else if (this.#trailers.push(line)) this.#next = 'nothing';
  }

  #begin(line: string): void {
    const match = CONTROL.test(line) ? null : SIZE_LINE.exec(line);
    if (match === null) throw malformed('no size of a chunk, but', line);
    const digits = (match[1] as string).length;
    this.#extensions -= line.length - digits;
    if (this.#extensions < 0) throw this.#tooLong();
    if (match[2] !== '') this.#lenient = true;
    this.#left = Number.parseInt(line, 16);
    this.#next = this.#left === 0 ? 'trailer' : 'data';
  }

  #tooLong(): LimitError {
    const what =
      this.#next === 'trailer'
        ? `a trailer is longer than ${HEADER_LINE_LIMIT} bytes`
        : `the chunks have more than ${CHUNK_EXTENSION_LIMIT} bytes of extensions`;
    return new LimitError('ERR_LIMIT', what);
  }
}

function malformed(what: string, text: string): ProtocolError {
  return new ProtocolError('ERR_HTTP_CHUNK', `malformed chunks: ${what} ${JSON.stringify(text.slice(0, 40))}`);
}
