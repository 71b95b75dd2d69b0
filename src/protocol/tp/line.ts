/**
 * Command lines of FTP, SMTP and the like, and no other place writes one: a name, a blank, an argument, CR LF.
 *
 *     RETR notes.txt CR LF        (RFC 959, section 5.3; RFC 5321, section 4.1.1)
 */
import { dataOf } from '../../core/data.ts';
import { badArgument } from '../../core/errors.ts';
import { COMMAND_LINE_LIMIT } from '../../core/limits.ts';
import { shown } from '../../core/shown.ts';

/** One command, as it will stand on the wire. */
export interface CommandLine {
  readonly bytes: Buffer;
  /** As a log and a message have it: without its end, and without what is secret. */
  readonly shown: string;
}

/** How an argument is written. */
export interface LineOptions {
  /** Of an argument that is text: `'utf8'` without it. */
  readonly encoding?: 'utf8' | 'latin1' | undefined;
  /** Whether logs and messages leave the argument out. */
  readonly secret?: boolean | undefined;
}

/** Stands for a secret. */
const COVERED = '****';

/**
 * A command with its argument. Neither can end the line, or begin another one.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for CR, LF and NUL, for text that its encoding does not have, and for a line
 * that is too long
 */
export function commandLine(name: string, argument?: string | Uint8Array, options: LineOptions = {}): CommandLine {
  // One word, or several such as "SITE CHMOD" and "AUTH PLAIN".
  if (typeof name !== 'string' || !/^[!-~]+(?: [!-~]+)*$/.test(name))
    throw badArgument(`command: a command is a word of printable ASCII, not ${shown(name)}`);
  return line(argument === undefined ? [name] : [name, argument], options);
}

/** A line without a command: an answer to what the server asked (RFC 4954, section 4). */
export function answerLine(answer: string | Uint8Array, options: LineOptions = {}): CommandLine {
  return line([answer], options);
}

function line(
  words: readonly (string | Uint8Array)[],
  { encoding = 'utf8', secret = false }: LineOptions,
): CommandLine {
  const bytes = words.map((word) => written(word, encoding));
  const whole = Buffer.concat(bytes.flatMap((word, i) => (i === 0 ? [word] : [BLANK, word])));
  if (whole.length + END.length > COMMAND_LINE_LIMIT)
    throw badArgument(
      `command: a line of ${whole.length} bytes is too long: ${COMMAND_LINE_LIMIT - END.length} are possible`,
    );
  const open = secret ? [...bytes.slice(0, -1).map(String), COVERED] : bytes.map((word) => word.toString(encoding));
  return { bytes: Buffer.concat([whole, END]), shown: open.join(' ') };
}

const BLANK = Buffer.from(' ');
const END = Buffer.from('\r\n');

/** The message does not repeat the argument: it may be a password. */
function written(word: string | Uint8Array, encoding: 'utf8' | 'latin1'): Buffer {
  if (typeof word === 'string' && encoding === 'latin1' && /[^\0-\xff]/.test(word))
    throw badArgument('command: the argument has letters that Latin-1 does not have');
  const bytes =
    typeof word === 'string' && encoding === 'latin1' ? Buffer.from(word, 'latin1') : dataOf('command', word);
  if (bytes.some((byte) => byte === 0 || byte === 0x0a || byte === 0x0d))
    throw badArgument('command: CR, LF and NUL would end the line, and cannot be in an argument');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
