/**
 * How many whole records have come, by their headers (RFC 8446, section 5.1): OpenSSL is asked to read only where one may be
 * there, since a call for nothing costs as much as one for something.
 *
 *     +------+---------+--------+----------------
 *     | type | version | length | `length` bytes
 *     |  1   |  3, x   |   2    |
 */
const HEADER = 5;
/** RFC 5246, section 6.2.3: the most that a record of TLS 1.2 has, and TLS 1.3 has less. */
export const LONGEST_RECORD: number = 16_384 + 2048;

export class RecordCounter {
  /** Whole records that OpenSSL has not read yet, as far as is known: it may have read some along with others. */
  waiting = 0;
  readonly #header = Buffer.alloc(HEADER);
  /** How much of the header, and how much of the record behind it, is still to come. */
  #missingHeader = HEADER;
  #missing = 0;

  /** Counts what is fed to OpenSSL. */
  count(bytes: Uint8Array, length: number = bytes.length): void {
    for (let at = 0; at < length; ) {
      if (this.#missingHeader > 0) {
        this.#header[HEADER - this.#missingHeader] = bytes[at++] as number;
        this.#missingHeader--;
        if (this.#missingHeader > 0) continue;
        this.#missing = this.#header.readUInt16BE(3);
        // What is no record is for OpenSSL to say, and at once.
        if (this.#header[1] !== 3 || this.#missing > LONGEST_RECORD) this.#missing = 0;
      }
      const taken = Math.min(this.#missing, length - at);
      this.#missing -= taken;
      at += taken;
      if (this.#missing > 0) return;
      this.waiting++;
      this.#missingHeader = HEADER;
    }
  }
}
