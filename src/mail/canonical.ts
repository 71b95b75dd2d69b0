/**
 * Canonical forms of DKIM (RFC 6376, section 3.4): what of a message may change on its way without breaking a signature.
 *
 *     simple    nothing but empty lines at the end of the body
 *     relaxed   besides, the case of field names, folds, and how many blanks there are
 */
import type { Hash } from './signing.ts';

/** How much may change. */
export type Canonicalization = 'simple' | 'relaxed';

const [TAB, LF, CR, SPACE] = [9, 10, 13, 32] as const;
const LINE_ENDS = Buffer.from('\r\n'.repeat(512));

/** A header field, `Name: value` with its folds and its CR LF, in its canonical form (section 3.4.1, 3.4.2). */
export function canonicalField(line: string, form: Canonicalization): string {
  if (form === 'simple') return line;
  const colon = line.indexOf(':');
  const value = line
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ');
  return `${line.slice(0, colon).toLowerCase()}:${value.trim()}\r\n`;
}

/** The hash of a body in its canonical form (section 3.4.3, 3.4.4), which is fed in pieces with proper line ends. */
export class BodyHash {
  readonly #hash: Hash;
  readonly #relaxed: boolean;
  /** Line ends that belong to the body only if something follows. */
  #lineEnds = 0;
  #blank = false;
  #return = false;
  #any = false;

  constructor(form: Canonicalization, hash: Hash) {
    this.#relaxed = form === 'relaxed';
    this.#hash = hash;
  }

  push(chunk: Uint8Array): void {
    // A byte becomes two at most: a blank, or a CR that was held back, and itself.
    let output = Buffer.allocUnsafe(chunk.length * 2);
    let written = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (byte === LF && this.#return) {
        this.#return = false;
        this.#blank = false;
        this.#lineEnds++;
        continue;
      }
      if (byte === CR && !this.#return) {
        this.#return = true;
        continue;
      }
      if (this.#relaxed && (byte === SPACE || byte === TAB) && !this.#return) {
        this.#blank = true;
        continue;
      }
      if (this.#lineEnds > 0) {
        this.#hash.update(output.subarray(0, written));
        output = output.subarray(written);
        written = 0;
        this.#writeLineEnds();
      }
      if (this.#blank) output[written++] = SPACE;
      if (this.#return) output[written++] = CR;
      output[written++] = byte;
      this.#blank = false;
      this.#return = false;
      this.#any = true;
    }
    this.#hash.update(output.subarray(0, written));
  }

  /** The hash, in base64. A body that does not end with a line end gets one, and of several, one is left. */
  digest(): string {
    if (this.#any || !this.#relaxed) this.#hash.update(LINE_ENDS.subarray(0, 2));
    return this.#hash.digest('base64');
  }

  #writeLineEnds(): void {
    for (let left = this.#lineEnds * 2; left > 0; left -= LINE_ENDS.length)
      this.#hash.update(LINE_ENDS.subarray(0, Math.min(left, LINE_ENDS.length)));
    this.#lineEnds = 0;
  }
}
