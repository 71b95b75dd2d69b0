/** Header blocks, line by line as `receive()` gives them, into a {@link HeaderMap}. */
import { LimitError, misuse, ProtocolError } from '../core/errors.ts';
import { HEADER_BLOCK_LIMIT, HEADER_COUNT_LIMIT, HEADER_LINE_LIMIT } from '../core/limits.ts';
import { TOKEN } from './format.ts';
import { HeaderMap } from './map.ts';

/** How headers are parsed: what is refused, and the limits. */
export interface HeaderOptions {
  /** What becomes of a header that goes on in the next line: `'join'` (by a blank) without it, or `'refuse'`. */
  readonly obsFold?: 'join' | 'refuse' | undefined;
  /** The longest line: 64 KiB without it. */
  readonly lineLimit?: number | undefined;
  /** The most headers: 1000 without it. */
  readonly countLimit?: number | undefined;
  /** The longest block, all lines together: 256 KiB without it. */
  readonly blockLimit?: number | undefined;
}

/**
 * Takes the lines of a header block, without their CRLF, until the empty one (RFC 9112, section 5).
 *
 * ```text
 *   field-line = field-name ":" OWS field-value OWS
 *   obs-fold   = OWS CRLF RWS                         ; the value goes on in a line that begins with a blank
 * ```
 *
 * ```ts
 * import { HeaderParser } from 'moonsocket/headers';
 *
 * const parser = new HeaderParser();
 * parser.push('Content-Type: text/html;'); // => false
 * parser.push('  charset=utf-8'); // => false
 * parser.push(''); // => true
 * parser.headers.get('content-type'); // => 'text/html; charset=utf-8'
 * ```
 *
 * Read the lines as `latin1`: one character is one byte then, in the values as in the limits.
 */
export class HeaderParser {
  /** What has been parsed; complete when `push` has given true. */
  readonly headers: HeaderMap = new HeaderMap();
  readonly #joins: boolean;
  readonly #lineLimit: number;
  readonly #countLimit: number;
  readonly #blockLimit: number;
  /** The last header, which the next line may continue. */
  #name: string | undefined;
  #value = '';
  #size = 0;
  #ended = false;

  constructor(options: HeaderOptions = {}) {
    this.#joins = options.obsFold !== 'refuse';
    this.#lineLimit = options.lineLimit ?? HEADER_LINE_LIMIT;
    this.#countLimit = options.countLimit ?? HEADER_COUNT_LIMIT;
    this.#blockLimit = options.blockLimit ?? HEADER_BLOCK_LIMIT;
  }

  /**
   * Takes the next line; true at the empty one, which ends the block.
   *
   * @throws ProtocolError `ERR_MALFORMED_HEADERS` for what is no header: no colon, a blank before the colon, a name that is
   * no token, a CR, LF or NUL inside. Another program might read such a line in another way, which is how requests are
   * smuggled.
   * @throws LimitError `ERR_LIMIT`, naming the limit.
   */
  push(line: string): boolean {
    if (this.#ended) throw misuse('ERR_SPENT', 'push: this block has ended; use a new HeaderParser for the next one');
    this.#measure(line);
    if (line === '') {
      this.#finish();
      this.#ended = true;
      return true;
    }
    if (/[\r\n\0]/.test(line)) throw malformed('a CR, LF or NUL in', line);
    if (isBlank(line.charCodeAt(0))) this.#continue(line);
    else this.#begin(line);
    return false;
  }

  #begin(line: string): void {
    this.#finish();
    const colon = line.indexOf(':');
    if (colon < 0) throw malformed('no colon in', line);
    const name = line.slice(0, colon);
    // RFC 9112, section 5.1: a blank before the colon is refused by this, too.
    if (!TOKEN.test(name)) throw malformed('no name before the colon of', line);
    if (this.headers.size >= this.#countLimit) throw oversized('headers', 'countLimit', this.#countLimit);
    this.#name = name;
    this.#value = trimmed(line.slice(colon + 1));
  }

  /** RFC 9112, section 5.2: the line end and the blanks around it become one blank. */
  #continue(line: string): void {
    // Section 2.2: in front of the first header, a server might take it for something that a proxy did not see.
    if (this.#name === undefined) throw malformed('no header before the continuation', line);
    if (!this.#joins) throw malformed('a continuation, which is obsolete,', line);
    const more = trimmed(line);
    this.#value += this.#value === '' || more === '' ? more : ` ${more}`;
  }

  #finish(): void {
    if (this.#name === undefined) return;
    this.headers.append(this.#name, this.#value);
    this.#name = undefined;
  }

  #measure(line: string): void {
    if (line.length > this.#lineLimit) throw oversized('bytes in a line of the headers', 'lineLimit', this.#lineLimit);
    this.#size += line.length + 2; // with its CRLF
    if (this.#size > this.#blockLimit) throw oversized('bytes of headers', 'blockLimit', this.#blockLimit);
  }
}

/**
 * The headers in these lines, up to the first empty one or the end.
 *
 * ```ts
 * import { parseHeaders } from 'moonsocket/headers';
 *
 * parseHeaders('Subject: hello\r\nTo: joe'.split('\r\n')).get('to'); // => 'joe'
 * ```
 *
 * @throws ProtocolError and LimitError as {@link HeaderParser.push} does.
 */
export function parseHeaders(lines: Iterable<string>, options: HeaderOptions = {}): HeaderMap {
  const parser = new HeaderParser(options);
  for (const line of lines) if (parser.push(line)) return parser.headers;
  parser.push('');
  return parser.headers;
}

/** Without blanks and tabs at both ends. Not `trim`, which takes bytes such as 0xA0 with it; not a pattern, which takes its time. */
function trimmed(text: string): string {
  let begin = 0;
  let end = text.length;
  while (begin < end && isBlank(text.charCodeAt(begin))) begin++;
  while (end > begin && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(begin, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function malformed(what: string, line: string): ProtocolError {
  // As much as tells the line; what follows may be long, or nobody's business.
  return new ProtocolError('ERR_MALFORMED_HEADERS', `malformed headers: ${what} ${JSON.stringify(line.slice(0, 40))}`);
}

function oversized(what: string, option: string, limit: number): LimitError {
  return new LimitError('ERR_LIMIT', `more than ${limit} ${what}; { ${option} } allows more`);
}
