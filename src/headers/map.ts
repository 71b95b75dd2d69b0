/** The headers of a message, in their order, with their repetitions, as they were written. */
import { badArgument } from '../core/errors.ts';

/** What a {@link HeaderMap} is made of: pairs (another map, WHATWG `Headers`, `Map`) or an object; an array repeats the header. */
export type HeadersLike =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[]>>;

interface HeaderField {
  name: string;
  value: string;
}

/**
 * The headers of a message. Names are found whatever their case and kept as they were written; what is repeated stays
 * apart, in order. Unlike WHATWG `Headers`, nothing is lower-cased, sorted or forbidden; `new Headers(map)` makes those.
 *
 * ```ts
 * import { HeaderMap } from 'moonsocket/headers';
 *
 * const headers = new HeaderMap({ Host: 'localhost', Accept: ['text/html', 'text/plain'] });
 * headers.append('Set-Cookie', 'a=1');
 * headers.append('Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT');
 * headers.get('accept'); // => 'text/html, text/plain'
 * headers.getSetCookie().length; // => 2
 * [...headers].length; // => 5
 * ```
 *
 * What is put in is not checked before it is written: `formatHeaders` does that, whoever made the map.
 */
export class HeaderMap implements Iterable<[name: string, value: string]> {
  // A set keeps the order, and whatever is deleted costs the same.
  readonly #entries = new Set<HeaderField>();
  readonly #byName = new Map<string, HeaderField[]>();

  /** @throws SocketError `ERR_INVALID_ARGUMENT` if a name or a value is no string. */
  constructor(init: HeadersLike = []) {
    if (typeof init !== 'object' || init === null) {
      throw badArgument(`HeaderMap: headers are pairs or an object, not ${init === null ? 'null' : typeof init}`);
    }
    if (Symbol.iterator in init) {
      for (const [name, value] of init as Iterable<readonly [string, string]>) this.append(name, value);
      return;
    }
    for (const [name, values] of Object.entries<string | readonly string[]>(init)) {
      for (const value of Array.isArray(values) ? (values as readonly string[]) : [values as string]) {
        this.append(name, value);
      }
    }
  }

  /** How many there are, each repetition counted. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Adds one at the end, whether or not there are others of the name.
   *
   * @throws SocketError `ERR_INVALID_ARGUMENT` if the name or the value is no string.
   */
  append(name: string, value: string): void {
    const key = keyOf('append', name, value);
    const entry = { name, value };
    const others = this.#byName.get(key);
    if (others === undefined) this.#byName.set(key, [entry]);
    else others.push(entry);
    this.#entries.add(entry);
  }

  /**
   * Puts this one in the place of the first of the name, and of all others; at the end if there is none.
   *
   * @throws SocketError `ERR_INVALID_ARGUMENT` if the name or the value is no string.
   */
  set(name: string, value: string): void {
    const key = keyOf('set', name, value);
    const [first, ...others] = this.#byName.get(key) ?? [];
    if (first === undefined) {
      this.append(name, value);
      return;
    }
    first.name = name;
    first.value = value;
    for (const entry of others) this.#entries.delete(entry);
    this.#byName.set(key, [first]);
  }

  /** Removes all of the name; whether there were any. */
  delete(name: string): boolean {
    const key = name.toLowerCase();
    for (const entry of this.#byName.get(key) ?? []) this.#entries.delete(entry);
    return this.#byName.delete(key);
  }

  /** Whether there is a header of this name, in any case. */
  has(name: string): boolean {
    return this.#byName.has(name.toLowerCase());
  }

  /**
   * The value, joined by `', '` where it is repeated, which means the same (RFC 9110, section 5.3). Only of
   * `Set-Cookie`, whose values have commas of their own, this is the first; {@link getSetCookie} has them all.
   */
  get(name: string): string | undefined {
    const entries = this.#byName.get(name.toLowerCase());
    if (entries === undefined || entries.length === 1 || name.toLowerCase() === 'set-cookie')
      return entries?.[0]?.value;
    return entries.map(({ value }) => value).join(', ');
  }

  /** The values, each as it stands; none if there are none. */
  getAll(name: string): string[] {
    return (this.#byName.get(name.toLowerCase()) ?? []).map(({ value }) => value);
  }

  /** The values of `Set-Cookie`, as WHATWG `Headers` have them. */
  getSetCookie(): string[] {
    return this.getAll('set-cookie');
  }

  /** Name and value of each, in order. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (const { name, value } of this.#entries) yield [name, value];
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.entries();
  }

  /** An object by lower-case names, of what {@link get} gives; `set-cookie` is an array, as in `node:http`. */
  toObject(): Record<string, string | string[]> {
    // fromEntries defines properties: a header named __proto__ is one like any other.
    return Object.fromEntries(
      Array.from(this.#byName.keys(), (key) => [
        key,
        key === 'set-cookie' ? this.getSetCookie() : (this.get(key) ?? ''),
      ]),
    );
  }
}

function keyOf(call: string, name: string, value: string): string {
  if (typeof name !== 'string' || typeof value !== 'string') {
    throw badArgument(`${call}: a header is a name and a value, both strings, not ${typeof name} and ${typeof value}`);
  }
  return name.toLowerCase();
}
