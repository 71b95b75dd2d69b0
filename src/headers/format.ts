/** Headers as they are sent: the one place where their lines are made, and where what could forge a line is refused. */
import { badArgument } from '../core/errors.ts';
import { HeaderMap, type HeadersLike } from './map.ts';

/** RFC 9110, section 5.6.2: letters, digits and what no format uses as a mark. */
export const TOKEN: RegExp = /^[\w!#$%&'*+\-.^`|~]+$/;

/** RFC 9110, section 5.5: no control character but the tab. CR and LF end the line; some programs take others for its end. */
const CONTROL = /[\0-\x08\n-\x1f\x7f]/;
/** Characters that are no byte: written as one, `č` would be a CR. */
const WIDE = /[^\0-\xff]/;

/**
 * The lines of a header block, `Name: value` CRLF for each; the empty line that ends the block is not among them.
 * One character is one byte: send it as `latin1`.
 *
 * ```ts
 * import { formatHeaders } from 'moonsocket/headers';
 *
 * formatHeaders({ Host: 'localhost', Accept: 'text/html' }); // => 'Host: localhost\r\nAccept: text/html\r\n'
 * formatHeaders([]); // => ''
 * ```
 *
 * Names stand as in the map; `canonic` writes them as people do.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` before anything is sent, for a name that is no token, and for a value with
 * a control character other than the tab (RFC 9110, section 5.5) or a character above U+00FF. Text belongs into RFC 2047's or RFC 8187's encoding.
 */
export function formatHeaders(headers: HeadersLike): string {
  let block = '';
  for (const [name, value] of headers instanceof HeaderMap ? headers : new HeaderMap(headers)) {
    if (!TOKEN.test(name)) {
      throw badArgument(`formatHeaders: ${JSON.stringify(name.slice(0, 80))} is no name for a header`);
    }
    // The value may be a password, which belongs in no message.
    if (CONTROL.test(value)) throw badArgument(`formatHeaders: the value of ${name} has a control character`);
    if (WIDE.test(value)) {
      throw badArgument(
        `formatHeaders: the value of ${name} has a character above U+00FF; encode it (RFC 2047, RFC 8187)`,
      );
    }
    block += `${name}: ${value}\r\n`;
  }
  return block;
}
