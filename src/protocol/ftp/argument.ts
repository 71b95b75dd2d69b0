/**
 * Arguments of commands as bytes: paths, names of users, passwords. They are made, and refused, before the first byte of a
 * dialogue is sent.
 *
 * A CR or an LF would begin a command that the program did not mean, and a NUL ends a name in C. The control connection
 * is Telnet's (RFC 959, section 5.3.1), where the byte FF begins a command: in a name it is doubled (RFC 854). UTF-8 has
 * no such byte (RFC 2640). ProFTPD takes two for one, as it should; vsftpd and Pure-FTPd take two for two.
 */
import { isBytes, viewOf } from '../../core/data.ts';
import { badArgument } from '../../core/errors.ts';
import { FTP_ARGUMENT_LIMIT } from '../../core/limits.ts';
import { shown } from '../../core/shown.ts';
import type { NameEncoding } from './entry.ts';

/** A path, or another argument: text in the encoding of names, or the bytes themselves. */
export type Argument = string | Uint8Array;

const IAC = 0xff;

/**
 * The bytes of an argument as they stand in a command's line. `what` names the argument in messages, which do not repeat
 * it: it may be a password.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for what no line can hold
 */
export function argumentBytes(what: string, argument: Argument, encoding: NameEncoding = 'utf8'): Buffer {
  const bytes = encoded(what, argument, encoding);
  if (bytes.includes(0x0d) || bytes.includes(0x0a) || bytes.includes(0))
    throw badArgument(`${what} has a CR, LF or NUL, which no line of a command can hold`);
  if (bytes.length > FTP_ARGUMENT_LIMIT)
    throw badArgument(`${what} is too long: ${bytes.length} bytes, and ${FTP_ARGUMENT_LIMIT} are possible`);
  return bytes.includes(IAC) ? withDoubledIac(bytes) : bytes;
}

function encoded(what: string, argument: Argument, encoding: NameEncoding): Buffer {
  if (typeof argument !== 'string') {
    if (isBytes(argument)) return viewOf(argument);
    throw badArgument(`${what} is a string or bytes, not ${shown(argument)}`);
  }
  if (encoding === 'latin1') {
    if (/[^\0-\xff]/.test(argument))
      throw badArgument(`${what} has characters that are not in Latin-1; give its bytes instead`);
    return Buffer.from(argument, 'latin1');
  }
  // A surrogate alone has no bytes in UTF-8: another name would be meant.
  if (/\p{Cs}/u.test(argument)) throw badArgument(`${what} has half a character (a surrogate alone)`);
  return Buffer.from(argument, 'utf8');
}

function withDoubledIac(bytes: Buffer): Buffer {
  const doubled = Buffer.allocUnsafe(2 * bytes.length);
  let length = 0;
  for (const byte of bytes) {
    doubled[length++] = byte;
    if (byte === IAC) doubled[length++] = IAC;
  }
  return doubled.subarray(0, length);
}
