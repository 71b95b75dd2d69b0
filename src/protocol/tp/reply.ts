/**
 * Numbered replies (RFC 959, section 4.2; RFC 5321, section 4.2).
 *
 *     220 ready CR LF              one line: the code, a blank, text for people
 *
 *     211-Features: CR LF          several: the first has a "-" behind its code,
 *      MDTM CR LF                  those between say anything, most often with the code and "-", too,
 *     211 End CR LF                the last one has the first one's code, and a blank or nothing
 */
import { shownBytes } from '../../core/data.ts';
import { LimitError, type NumberedReply, ProtocolError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { REPLY_LIMIT, REPLY_LINE_LIMIT, REPLY_LINES } from '../../core/limits.ts';
import type { Stream } from '../../core/stream.ts';
import { wrongProtocol } from './wrong-protocol.ts';

/** A reply, as it came. */
export class Reply {
  /** From 100 to 599. */
  readonly code: number;
  /** Its lines without their ends, codes and separators. Those between the first and the last may have neither. */
  readonly lines: readonly Buffer[];
  /** Its lines with codes and separators, without their ends. */
  readonly written: readonly Buffer[];

  constructor(code: number, lines: readonly Buffer[], written: readonly Buffer[] = lines) {
    this.code = code;
    this.lines = lines;
    this.written = written;
  }

  /** The lines joined by line feeds. Bytes that are no UTF-8 become U+FFFD. */
  get text(): string {
    return this.lines.join('\n');
  }

  /** The enhanced status code at the beginning of its text (RFC 2034, section 4), if it says the same as the code. */
  get enhanced(): string | undefined {
    const [, enhanced] = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(this.lines[0]?.toString('latin1', 0, 12) ?? '') ?? [];
    return enhanced !== undefined && Number(enhanced[0]) === Math.floor(this.code / 100) ? enhanced : undefined;
  }

  /** What errors and results have of it. */
  get numbered(): NumberedReply {
    const { code, enhanced, text } = this;
    return enhanced === undefined ? { code, text } : { code, enhanced, text };
  }
}

/**
 * The next reply.
 *
 * @throws ProtocolError `ERR_REPLY` for what is none, `ERR_TLS_WRONG_PROTOCOL` for what another protocol says,
 * LimitError, and what a receive throws
 */
export function* readReply(stream: Stream, signal?: AbortSignal): Flow<Reply> {
  const first = yield* readLine(stream, signal);
  const code = codeOf(first);
  if (code === undefined) throw wrongProtocol(first) ?? malformed(first);
  const lines = [first.subarray(4)];
  const written = [first];
  if (first[3] !== HYPHEN) return new Reply(code, lines, written);
  const end = String(code);
  for (let size = first.length; ; ) {
    const line = yield* readLine(stream, signal);
    size += line.length;
    if (size > REPLY_LIMIT || lines.length >= REPLY_LINES) throw tooLong(end, size, lines.length);
    const own = line.toString('latin1', 0, 3) === end;
    const isLast = own && (line.length === 3 || line[3] === BLANK);
    lines.push(line.subarray(own && (isLast || line[3] === HYPHEN) ? 4 : 0));
    written.push(line);
    if (isLast) return new Reply(code, lines, written);
  }
}

const HYPHEN = 0x2d;
const BLANK = 0x20;

function* readLine(stream: Stream, signal: AbortSignal | undefined): Flow<Buffer> {
  return (yield* stream.receive('*l', { encoding: 'buffer', limit: REPLY_LINE_LIMIT, signal })) as Buffer;
}

/** RFC 5321, section 4.2: `%x32-35 %x30-35 %x30-39`; FTP has 1yz, too, and servers use more second digits. */
function codeOf(line: Buffer): number | undefined {
  const found = /^([1-5]\d\d)(?:[ -]|$)/.exec(line.toString('latin1', 0, 4));
  return found === null ? undefined : Number(found[1]);
}

function malformed(line: Buffer): ProtocolError {
  return new ProtocolError('ERR_REPLY', `no reply begins with ${shownBytes(line)}: three digits stand there`);
}

function tooLong(code: string, size: number, lines: number): LimitError {
  const what = lines >= REPLY_LINES ? `${lines} lines` : `${size} bytes`;
  const limit = lines >= REPLY_LINES ? `${REPLY_LINES} lines` : `${REPLY_LIMIT} bytes`;
  return new LimitError('ERR_LIMIT', `the reply ${code} has more than ${what}; the limit is ${limit}`);
}
