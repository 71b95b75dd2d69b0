/**
 * How a part travels (RFC 2045, section 6), found out by looking at it:
 *
 *     7bit               ASCII, lines up to 998 octets
 *     8bit               the same with other bytes, where the server takes it (RFC 6152)
 *     quoted-printable   text in which few bytes have to be quoted
 *     base64             everything else
 */
import type { Flow } from '../core/flow.ts';
import { chain as chainFilters } from '../ltn12/filters.ts';
import { abandon, type SyncFilter, sourced } from '../ltn12/protocol.ts';
import { chain, table } from '../ltn12/sources.ts';
import { crlf } from '../mime/crlf.ts';
import { encode, wrap } from '../mime/filters.ts';
import type { Content } from './content.ts';
import type { MailFiles } from './files.ts';

/** A content transfer encoding; `raw` is what its maker has encoded, and says so in a header field or not at all. */
export type TransferEncoding = '7bit' | '8bit' | 'quoted-printable' | 'base64' | 'raw';

const CR = 13;
const LF = 10;
/** RFC 5322, section 2.1.1: octets of a line, without its CR LF. */
const LONGEST_LINE = 998;
/** A quoted byte takes three; base64 four for three. From one in six on, base64 is shorter. */
const QUOTED_SHARE = 6;

/** What matters of a text. */
export class Look {
  /** Bytes in all, those above 127, and those that quoted-printable quotes. */
  total = 0;
  high = 0;
  quoted = 0;
  longest = 0;
  /** NUL and other control characters that no text has. */
  controls = 0;
  #line = 0;

  push(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (byte === LF || byte === CR) {
        this.#line = 0;
        continue;
      }
      this.#line++;
      if (this.#line > this.longest) this.longest = this.#line;
      if (byte > 126) {
        this.quoted++;
        if (byte > 127) this.high++;
        else this.controls++;
      } else if (byte < 32 && byte !== 9 && byte !== 12) {
        this.quoted++;
        this.controls++;
      } else if (byte === 61) {
        this.quoted++;
      }
    }
    this.total += chunk.length;
  }

  /** The encoding for it, to be sent where `eightBit` is taken or not. */
  encoding(eightBit: boolean): TransferEncoding {
    if (this.longest <= LONGEST_LINE && this.controls === 0) {
      if (this.high === 0) return '7bit';
      if (eightBit) return '8bit';
    }
    return this.quoted * QUOTED_SHARE <= this.total ? 'quoted-printable' : 'base64';
  }
}

/** Looks at all of it. */
export function* looked(content: Content, files?: MailFiles): Flow<Look> {
  const look = new Look();
  if (content.bytes !== undefined) {
    look.push(content.bytes);
    return look;
  }
  const source = content.open(files);
  try {
    for (let chunk = yield* sourced(source); chunk !== null; chunk = yield* sourced(source)) look.push(chunk);
  } catch (error) {
    yield* abandon(source, error);
    throw error;
  }
  return look;
}

/** The filter from content to what is sent, or undefined where that is the same. Text has proper line ends then; data is kept. */
export function transferFilter(encoding: TransferEncoding, isText: boolean): SyncFilter | undefined {
  switch (encoding) {
    case 'raw':
      return undefined;
    case '7bit':
    case '8bit':
      return crlf();
    case 'quoted-printable':
      return chainFilters(crlf(), encode('quoted-printable'), wrap('quoted-printable'));
    case 'base64':
      return isText
        ? chainFilters(crlf(), encode('base64'), wrap('base64'))
        : chainFilters(encode('base64'), wrap('base64'));
  }
}

/** A text at hand, as it is sent. */
export function encoded(bytes: Buffer, encoding: TransferEncoding): Buffer {
  const filter = transferFilter(encoding, true);
  if (filter === undefined) return bytes;
  const pieces: Uint8Array[] = [];
  const source = chain(table([bytes]), filter);
  for (let piece = source(); piece !== null; piece = source()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** RFC 2045, section 6.8: four characters for three bytes, in lines of 76. */
export function base64Size(bytes: number): number {
  const characters = Math.ceil(bytes / 3) * 4;
  return characters + 2 * Math.ceil(characters / 76);
}
