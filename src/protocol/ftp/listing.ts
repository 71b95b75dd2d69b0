/**
 * Listings of directories, piece by piece as they come: lines of MLSD, of `ls -l` or of `dir`, into entries.
 *
 * Lines end with CRLF (RFC 959, section 3.1.1.5.2). A server that ends them so may have an LF within a name; of one
 * whose first line ends with LF alone, each LF is an end.
 */
import { LimitError, ProtocolError } from '../../core/errors.ts';
import { LISTING_ENTRIES, LISTING_LIMIT, LISTING_LINE_LIMIT } from '../../core/limits.ts';
import { parseDosLine } from './dos-list.ts';
import type { FtpEntry, NameEncoding } from './entry.ts';
import { parseFacts } from './facts.ts';
import { type ListClock, listClock } from './list-dates.ts';
import { parseUnixLine } from './unix-list.ts';

/** The command that the lines answer. */
export type ListCommand = 'MLSD' | 'LIST';

/** How much a listing may be. */
export interface ListingLimits {
  /** Bytes: 64 MiB without it. */
  readonly bytes?: number | undefined;
  /** Entries: 1,000,000 without it. */
  readonly entries?: number | undefined;
}

/** Lines of LIST that are no entries: `total 12` in some languages, and ls's own errors. */
const NOISE = /^(?:\S{1,24} \d+ ?[KMG]?|(?:\/usr)?(?:\/bin\/)?ls: .*)$/;

const NOT_ASCII = /[^\0-\x7f]/;

export class ListingParser {
  readonly #command: ListCommand;
  readonly #encoding: NameEncoding;
  readonly #clock: ListClock;
  readonly #limits: { readonly bytes: number; readonly entries: number };
  readonly #entries: FtpEntry[] = [];
  /** The beginning of a line whose end has not come. */
  #rest = '';
  #received = 0;
  /** How lines end, once the first one has. */
  #end: '\r\n' | '\n' | '' = '';

  /** `clock` is the time now, in milliseconds since the epoch. */
  constructor(command: ListCommand, encoding: NameEncoding, clock: number, limits: ListingLimits = {}) {
    this.#command = command;
    this.#encoding = encoding;
    this.#clock = listClock(clock);
    this.#limits = { bytes: limits.bytes ?? LISTING_LIMIT, entries: limits.entries ?? LISTING_ENTRIES };
  }

  /**
   * Takes the next bytes.
   *
   * @throws LimitError naming the limit, ProtocolError `ERR_FTP_LISTING` for a line in no known format
   */
  push(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#received > this.#limits.bytes) throw oversized('bytes', this.#limits.bytes);
    // Text of each piece for itself: an entry that a program keeps holds its piece alone in memory.
    const text = this.#rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    // Bytes of ASCII alone are text already; asked once for all the names.
    const encoding = NOT_ASCII.test(text) ? this.#encoding : 'latin1';
    let at = 0;
    // Where the beginning of a line was searched already, but for a CR that may be half of an end.
    let from = Math.max(0, this.#rest.length - 1);
    while (this.#knowsEnd(text, from)) {
      const end = text.indexOf(this.#end, from);
      if (end < 0) break;
      this.#take(text.slice(at, end), encoding);
      at = end + this.#end.length;
      from = at;
    }
    this.#rest = at === 0 ? text : text.slice(at);
    if (this.#rest.length > LISTING_LINE_LIMIT) throw oversized('bytes in a line', LISTING_LINE_LIMIT);
  }

  /** The entries, when the last byte has come. @throws as {@link push} */
  finish(): FtpEntry[] {
    const last = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
    this.#rest = '';
    this.#take(last, this.#encoding);
    return this.#entries;
  }

  /** Whether it is known how lines end, which the first one tells. */
  #knowsEnd(text: string, from: number): boolean {
    if (this.#end !== '') return true;
    const lf = text.indexOf('\n', from);
    if (lf >= 0) this.#end = text.charCodeAt(lf - 1) === 0x0d ? '\r\n' : '\n';
    return lf >= 0;
  }

  #parse(line: string, encoding: NameEncoding): FtpEntry | null | undefined {
    if (this.#command === 'MLSD') return parseFacts(line, encoding);
    const first = line.charCodeAt(0);
    // `dir` begins with a date.
    if (first >= 0x30 && first <= 0x39) return parseDosLine(line, encoding);
    return parseUnixLine(line, encoding, this.#clock);
  }

  #take(line: string, encoding: NameEncoding): void {
    if (line.length > LISTING_LINE_LIMIT) throw oversized('bytes in a line', LISTING_LINE_LIMIT);
    const entry = this.#parse(line, encoding);
    if (entry === undefined && line !== '' && (this.#command === 'MLSD' || !NOISE.test(line))) {
      throw new ProtocolError(
        'ERR_FTP_LISTING',
        `a line of the listing is in no known format: ${JSON.stringify(line.slice(0, 80))}; nlst gives the names alone`,
      );
    }
    if (!entry) return;
    if (this.#entries.length >= this.#limits.entries) throw oversized('entries', this.#limits.entries);
    this.#entries.push(entry);
  }
}

function oversized(what: string, limit: number): LimitError {
  return new LimitError('ERR_LIMIT', `more than ${limit} ${what} of a listing`);
}
