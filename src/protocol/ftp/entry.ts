/** One entry of a directory, as servers list it. */

/** The kinds of entries: `'other'` is a device, a socket, a pipe, or what the server does not say. */
export type EntryType = 'file' | 'directory' | 'link' | 'other';

/** How the bytes of names become text. */
export type NameEncoding = 'utf8' | 'latin1';

/** The facts of an entry besides its name; undefined where the server does not tell. */
export interface EntryFacts {
  readonly type: EntryType;
  readonly size: number | undefined;
  readonly time: number | undefined;
  readonly permissions: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** Bytes, a unit for each. */
  readonly link: string | undefined;
}

/** A file, a directory, a link: what stands in a listing. */
export class FtpEntry {
  /** As text. Bytes that are not of the encoding become U+FFFD: such a name is used by its {@link rawName}. */
  readonly name: string;
  /** `'other'` also where a server does not tell. */
  readonly type: EntryType;
  /** In bytes; undefined where the server does not tell. */
  readonly size: number | undefined;
  /** Permissions as chmod(2) has them, such as `0o644`. */
  readonly permissions: number | undefined;
  /** A name or a number. */
  readonly owner: string | undefined;
  /** A name or a number. */
  readonly group: string | undefined;
  /** What a link leads to, as text. */
  readonly link: string | undefined;
  readonly #time: number | undefined;
  /** A unit for each byte: a Buffer for each of 100,000 entries would cost more than their parsing. */
  readonly #bytes: string;

  constructor(bytes: string, encoding: NameEncoding, facts: EntryFacts) {
    this.#bytes = bytes;
    this.name = decoded(bytes, encoding);
    this.type = facts.type;
    this.size = facts.size;
    this.permissions = facts.permissions;
    this.owner = facts.owner === undefined ? undefined : decoded(facts.owner, encoding);
    this.group = facts.group === undefined ? undefined : decoded(facts.group, encoding);
    this.link = facts.link === undefined ? undefined : decoded(facts.link, encoding);
    this.#time = facts.time;
  }

  /** The bytes of the name. Every call that takes a path takes them, too. */
  get rawName(): Buffer {
    return Buffer.from(this.#bytes, 'latin1');
  }

  /**
   * When it was changed. Of MLSD it is exact; of LIST it is in the server's own zone, which no server tells, and read as
   * UTC. Undefined where the server does not tell.
   */
  get mtime(): Date | undefined {
    return this.#time === undefined ? undefined : new Date(this.#time);
  }
}

/** Text of bytes that stand as a unit each. */
export function decoded(bytes: string, encoding: NameEncoding): string {
  return encoding === 'latin1' || isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
