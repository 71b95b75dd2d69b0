/** Percent-encoding: bytes that may not stand in a URL, as `%xx` (RFC 3986, section 2.1), and back. */
import { dataOf } from '../core/data.ts';

const PERCENT = 0x25;

/** A function that escapes all bytes but the ASCII characters of a class, written as within a pattern's brackets. */
export function escaper(
  safeClass: string,
  digits: '0123456789abcdef' | '0123456789ABCDEF',
): (data: BytesOrText) => string {
  const safe = new RegExp(`^[${safeClass}]*$`);
  const isSafe = Array.from({ length: 256 }, (_, byte) => byte < 0x80 && safe.test(String.fromCharCode(byte)));
  return (data) => {
    if (typeof data === 'string' && safe.test(data)) return data;
    const bytes = dataOf('escape', data);
    const escaped = Buffer.allocUnsafe(3 * bytes.length);
    let length = 0;
    for (const byte of bytes) {
      if (isSafe[byte] === true) {
        escaped[length++] = byte;
      } else {
        escaped[length++] = PERCENT;
        escaped[length++] = digits.charCodeAt(byte >> 4);
        escaped[length++] = digits.charCodeAt(byte & 15);
      }
    }
    return escaped.toString('latin1', 0, length);
  };
}

type BytesOrText = string | Uint8Array;

const escapeAll: (data: BytesOrText) => string = escaper('\\w', '0123456789abcdef');

/**
 * Text or bytes with everything but letters, digits and `_` escaped: safe as any part of a URL (LuaSocket's
 * `url.escape`). Text is UTF-8. The hexadecimal digits are lower-case, as LuaSocket's; they mean the same as upper-case
 * ones, which RFC 3986 prefers and `buildPath` writes.
 *
 * ```ts
 * import { escape } from 'moonsocket/url';
 *
 * escape('/a b/é'); // => '%2fa%20b%2f%c3%a9'
 * escape(Uint8Array.of(0, 0x41, 0xff)); // => '%00A%ff'
 * ```
 */
export function escapeText(data: string | Uint8Array): string {
  return escapeAll(data);
}

/**
 * Text with its escapes replaced by the UTF-8 characters that they mean (LuaSocket's `url.unescape`). A `%` that begins
 * no escape stays, and so does `+`, which means a blank in forms only. Bytes that are no UTF-8 become U+FFFD: where any
 * byte may come, as in a password or a path of FTP, use {@link unescapeBytes}.
 *
 * ```ts
 * import { unescape } from 'moonsocket/url';
 *
 * unescape('%2fa%20b+%C3%a9'); // => '/a b+é'
 * unescape('100%, %zz'); // => '100%, %zz'
 * ```
 */
export function unescapeText(text: string): string {
  // Most segments of most paths have none, and a call of Buffer's costs more than looking.
  return text.includes('%') ? unescapeBytes(text).toString('utf8') : text;
}

/**
 * The bytes that a text with escapes means, all 256 of them; its other characters are UTF-8.
 *
 * ```ts
 * import { escape, unescapeBytes } from 'moonsocket/url';
 *
 * unescapeBytes('caf%e9').toString('latin1'); // => 'café'
 * escape(unescapeBytes('%00%ff')); // => '%00%ff'
 * ```
 */
export function unescapeBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at]!;
    if (byte === PERCENT) {
      const high = digit(bytes[at + 1]);
      const low = digit(bytes[at + 2]);
      if (high >= 0 && low >= 0) {
        byte = 16 * high + low;
        at += 2;
      }
    }
    bytes[length++] = byte; // never ahead of what is read
  }
  return bytes.subarray(0, length);
}

/** The value of a hexadecimal digit; -1 for anything else. */
function digit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20; // lower case
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
