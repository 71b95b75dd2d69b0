/**
 * Finding a delimiter in bytes that arrive in pieces: Knuth, Morris and Pratt's search, which carries its state across
 * any cut and reads each byte once. Where no part of the delimiter is pending, the native search for its first byte
 * skips ahead.
 */

export class Delimiter {
  readonly bytes: Uint8Array;
  /** For each count of matched bytes, how many still match after a mismatch behind them. */
  readonly #fallback: readonly number[];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const fallback = [0];
    for (let i = 1, matched = 0; i < bytes.length; i++) {
      while (matched > 0 && bytes[i] !== bytes[matched]) matched = fallback[matched - 1] as number;
      if (bytes[i] === bytes[matched]) matched++;
      fallback.push(matched);
    }
    this.#fallback = fallback;
  }

  /**
   * Searches `chunk` from `from` on, with `matched` bytes of the delimiter found right before it.
   * `end` is the index behind the delimiter, or -1; `matched` is then what the next chunk begins with.
   */
  search(chunk: Uint8Array, from: number, matched: number): { end: number; matched: number } {
    const { bytes } = this;
    const first = bytes[0] as number;
    let state = matched;
    for (let i = from; i < chunk.length; i++) {
      if (state === 0) {
        i = chunk.indexOf(first, i);
        if (i < 0) return { end: -1, matched: 0 };
      }
      while (state > 0 && chunk[i] !== bytes[state]) state = this.#fallback[state - 1] as number;
      if (chunk[i] === bytes[state]) state++;
      if (state === bytes.length) return { end: i + 1, matched: 0 };
    }
    return { end: -1, matched: state };
  }

  equals(other: Delimiter): boolean {
    return (
      this === other || (this.bytes.length === other.bytes.length && this.bytes.every((b, i) => b === other.bytes[i]))
    );
  }
}

/** The end of a line. */
export const LINE_FEED: Delimiter = new Delimiter(Uint8Array.of(0x0a));
