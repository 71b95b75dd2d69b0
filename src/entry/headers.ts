/** moonsocket/headers: the headers of HTTP, mail and MIME: kept, parsed and written (RFC 9110, RFC 9112). */

export { canonic } from '../headers/canonic.ts';
export { formatHeaders } from '../headers/format.ts';
export { HeaderMap, type HeadersLike } from '../headers/map.ts';
export { type HeaderOptions, HeaderParser, parseHeaders } from '../headers/parser.ts';
