/** Headers as they are sent, in HTTP and in mail: the one place where their lines are made, and where what could forge a line is refused. */
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
    check('formatHeaders', name, value);
    if (WIDE.test(value)) {
      throw badArgument(
        `formatHeaders: the value of ${name} has a character above U+00FF; encode it (RFC 2047, RFC 8187)`,
      );
    }
    block += `${name}: ${value}\r\n`;
  }
  return block;
}

/** A line end in front of a blank belongs to the value (RFC 5322, section 2.2.3). */
const FOLD = /\r\n(?=[ \t])/g;

/** The lines of a mail's header block whose values are folded already, and stay so; a CR LF is refused where it is no fold. */
export function formatFolded(headers: HeadersLike): string {
  const folded = headers instanceof HeaderMap ? headers : new HeaderMap(headers);
  formatHeaders([...folded].map(([name, value]) => [name, value.replace(FOLD, '')] as const));
  return [...folded].map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** RFC 5322, section 2.1.1, and RFC 2047, section 2: lines should be no longer than 78, and with encoded words than 76. */
const LINE_LENGTH = 76;
/** RFC 5322, section 2.1.1: no line is longer, in octets. */
const LONGEST_LINE = 998;

/**
 * The lines of a mail's header block (RFC 5322), folded at blanks so that they have 76 characters where that can be; the
 * empty line that ends the block is not among them. The text is UTF-8: ASCII where the values are, else RFC 6532.
 *
 * ```ts
 * import { foldHeaders } from 'moonsocket/headers';
 *
 * foldHeaders({ Subject: 'short' }); // => 'Subject: short\r\n'
 * foldHeaders({ References: `<${'a'.repeat(40)}@x> <${'b'.repeat(40)}@x>` }).split('\r\n').length; // => 3
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for a name that is no token, a value with a control character other than the tab,
 * and one that cannot be folded into lines of 998 octets.
 */
export function foldHeaders(headers: HeadersLike): string {
  let block = '';
  for (const [name, value] of headers instanceof HeaderMap ? headers : new HeaderMap(headers)) {
    check('foldHeaders', name, value);
    block += `${folded(name, value)}\r\n`;
  }
  return block;
}

/** A fold is a line end in front of blanks, which stay; so unfolding gives the value back. */
function folded(name: string, value: string): string {
  const lines: string[] = [];
  let line = `${name}:`;
  // The blanks at the end belong to the last word: a line of nothing else would end the block for some.
  for (const [word] of ` ${value}`.matchAll(/[ \t]+[^ \t]+(?:[ \t]+$)?|[ \t]+$/g)) {
    if (line.length + word.length > LINE_LENGTH && (lines.length > 0 || line.length > name.length + 1)) {
      lines.push(line);
      line = word;
    } else {
      line += word;
    }
  }
  lines.push(line);
  if (lines.some((text) => Buffer.byteLength(text) > LONGEST_LINE)) {
    throw badArgument(
      `foldHeaders: ${name} has more than ${LONGEST_LINE} octets without a blank; encode it (RFC 2047)`,
    );
  }
  return lines.join('\r\n');
}

function check(call: string, name: string, value: string): void {
  if (!TOKEN.test(name)) throw badArgument(`${call}: ${JSON.stringify(name.slice(0, 80))} is no name for a header`);
  // The value may be a password, which belongs in no message.
  if (CONTROL.test(value)) throw badArgument(`${call}: the value of ${name} has a control character`);
}
