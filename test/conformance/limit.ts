/** What a limit is: how a case ends that a face or a runtime cannot do, and why. */

/** A case that ends in an error. */
export interface Fails {
  /** The code of the error that comes instead; several where it is the machine's matter. */
  readonly code: string | readonly string[];
  /** What its message says. */
  readonly says: RegExp;
  readonly reason: string;
}

/** A case that does not end: it waits for what never comes here. */
export interface Waits {
  readonly waits: true;
  readonly reason: string;
}

export type Limit = Fails | Waits;

/** By the names of cases. Undefined lifts the limit of the face on one runtime. */
export type Limits = Readonly<Record<string, Limit | undefined>>;

/** Cases that end in the same error. */
export function fails(limit: Fails, ...names: readonly string[]): Limits {
  return Object.fromEntries(names.map((name) => [name, limit]));
}

/** Cases that never end. */
export function waits(reason: string, ...names: readonly string[]): Limits {
  return Object.fromEntries(names.map((name) => [name, { waits: true, reason }]));
}
