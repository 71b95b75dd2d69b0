/**
 * The headers of HTTP, mail and MIME: kept as they came, parsed with limits, written so that no line can be forged
 * (RFC 9110, RFC 9112, RFC 5322).
 *
 * ```ts
 * import { formatHeaders, parseHeaders } from 'moonsocket/headers';
 *
 * const headers = parseHeaders(['Subject: hello']);
 * headers.get('subject'); // => 'hello'
 * formatHeaders(headers); // => 'Subject: hello\r\n'
 * ```
 *
 * @module moonsocket/headers
 */
/// <reference types="node" preserve="true" />

export { canonic } from '../headers/canonic.ts';
export { foldHeaders, formatHeaders } from '../headers/format.ts';
export { HeaderMap, type HeadersLike } from '../headers/map.ts';
export { type HeaderOptions, HeaderParser, parseHeaders } from '../headers/parser.ts';
