/** Paths: where one stands in a reply, and what is above one. `/` parts them on servers of every system. */
import { ProtocolError } from '../../core/errors.ts';

/**
 * The path in a reply to PWD or MKD, in quotes, each quote within it doubled (RFC 959, section 5.4, and appendix II).
 * Text and path are bytes, a unit for each; a byte FF stands twice in a reply, as in a command (RFC 854).
 *
 * ```text
 *   257 "/with ""quotes""" is the current directory
 * ```
 *
 * @throws ProtocolError `ERR_FTP_ADDRESS` without a path
 */
export function quotedPath(text: string): string {
  const start = text.indexOf('"');
  if (start >= 0) {
    let path = '';
    for (let at = start + 1; ; ) {
      const quote = text.indexOf('"', at);
      if (quote < 0) break;
      path += text.slice(at, quote);
      if (text.charCodeAt(quote + 1) !== 0x22) return path.replaceAll('\xff\xff', '\xff');
      path += '"';
      at = quote + 2;
    }
  }
  throw new ProtocolError('ERR_FTP_ADDRESS', `the reply names no path in quotes: ${JSON.stringify(text.slice(0, 80))}`);
}

/** The directories above a path, and itself, the uppermost first: `a/b/c` gives `a`, `a/b`, `a/b/c`. The root is not among them. */
export function withParents(path: Buffer): Buffer[] {
  const paths: Buffer[] = [];
  for (let at = 1; at <= path.length; at++) {
    if ((at === path.length || path[at] === SLASH) && path[at - 1] !== SLASH) paths.push(path.subarray(0, at));
  }
  return paths;
}

const SLASH = 0x2f;

/** The path of a name in a directory; `''` is the current one. */
export function joined(directory: Buffer, name: Buffer): Buffer {
  if (directory.length === 0) return name;
  return Buffer.concat(directory.at(-1) === SLASH ? [directory, name] : [directory, SLASH_BYTES, name]);
}

const SLASH_BYTES = Buffer.from('/', 'latin1');
