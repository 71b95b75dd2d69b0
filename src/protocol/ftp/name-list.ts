/** Lists of names (NLST; RFC 959, section 4.1.3): a line each, and nothing else. */
import { LimitError } from '../../core/errors.ts';
import { LISTING_ENTRIES, LISTING_LIMIT } from '../../core/limits.ts';
import type { ListingLimits } from './listing.ts';

export class NameList {
  readonly #pieces: Uint8Array[] = [];
  readonly #bytes: number;
  readonly #entries: number;
  #size = 0;

  constructor({ bytes = LISTING_LIMIT, entries = LISTING_ENTRIES }: ListingLimits = {}) {
    this.#bytes = bytes;
    this.#entries = entries;
  }

  /** @throws LimitError */
  push(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size > this.#bytes) throw oversized('bytes', this.#bytes);
    this.#pieces.push(piece);
  }

  /** The names. @throws LimitError */
  finish(): Buffer[] {
    const all = Buffer.concat(this.#pieces, this.#size);
    const names: Buffer[] = [];
    for (let at = 0; at < all.length; ) {
      const lf = all.indexOf(0x0a, at);
      const end = lf < 0 ? all.length : lf;
      const name = all.subarray(at, all[end - 1] === 0x0d ? Math.max(at, end - 1) : end);
      at = end + 1;
      if (name.length === 0) continue;
      if (names.length >= this.#entries) throw oversized('names', this.#entries);
      names.push(name);
    }
    return names;
  }
}

function oversized(what: string, limit: number): LimitError {
  return new LimitError('ERR_LIMIT', `more than ${limit} ${what} of a listing`);
}
