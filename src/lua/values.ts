/** Values between an embedding program and its scripts: which there are, and what one conversion may take. */

/**
 * A value that goes into Lua. A whole number becomes an integer, a string UTF-8, and null and undefined nil, which a table does not
 * keep. Arrays and plain objects become tables; one that is met twice is one table, also within itself.
 */
export type ToLua =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | null
  | undefined
  | readonly ToLua[]
  | { readonly [name: string]: ToLua };

/**
 * A value that comes out of Lua. An integer beyond 2^53 is a bigint; a string that is no UTF-8 a Buffer. A table is an array if
 * its keys are 1 to n, and else an object, whose names are its keys: strings, and numbers as JavaScript writes them. A table that
 * is met twice is one object, also within itself.
 */
export type FromLua = string | number | bigint | boolean | Buffer | null | FromLua[] | { [name: string]: FromLua };

/** Bytes that the values of one conversion may count, by default: 64 MiB. */
export const TRANSFER_LIMIT = 67_108_864;

/** Tables within tables. */
export const DEPTH_LIMIT = 200;

/** Bytes that count for each value and each key, for a table besides, and for each byte of a string one more. */
export const VALUE_BYTES = 16;
export const TABLE_BYTES = 64;

/** One conversion: what it may still take, and where it is. */
export class Crossing {
  /** The value that is being converted, in words: `argument 1`. */
  subject = '';
  readonly #limit: number;
  readonly #fail: (message: string) => unknown;
  readonly #path: (string | number | bigint)[] = [];
  #left: number;

  constructor(limit: number, fail: (message: string) => unknown) {
    this.#limit = limit;
    this.#left = limit;
    this.#fail = fail;
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.refuse(`more than ${this.#limit} bytes of values at once (limit 'transfer')`);
  }

  /** Goes on with what is under a key. */
  enter(key: string | number | bigint): void {
    this.#path.push(key);
    if (this.#path.length > DEPTH_LIMIT) this.refuse(`more than ${DEPTH_LIMIT} levels of tables`);
  }

  leave(): void {
    this.#path.pop();
  }

  refuse(why: string): never {
    throw this.#fail(`${why}, at ${this.#where()}`);
  }

  #where(): string {
    if (this.#path.length === 0) return this.subject;
    const shown = this.#path.length > SHOWN ? this.#path.slice(0, SHOWN) : this.#path;
    return `${shown.map(step).join('')}${shown === this.#path ? '' : '...'} of ${this.subject}`;
  }
}

/** Keys of a path that a message shows. */
const SHOWN = 10;
const LONGEST_KEY = 40;

function step(key: string | number | bigint): string {
  if (typeof key !== 'string') return `[${key}]`;
  if (/^[A-Za-z_]\w{0,39}$/.test(key)) return `.${key}`;
  return `[${JSON.stringify(key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}...` : key)}]`;
}
