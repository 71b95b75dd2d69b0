/** The plan of a mirror, one folder at a time: what is to be copied, from which byte on, what to enter, and what is left out. */
import type { EntryType } from './entry.ts';
import { problemOfName } from './local-name.ts';

/** One name in a folder, on either side. */
export interface MirrorItem {
  readonly name: string;
  readonly type: EntryType;
  /** Bytes; undefined where a server does not tell. */
  readonly size: number | undefined;
  /** Milliseconds since the epoch; undefined where a server does not tell. */
  readonly time: number | undefined;
}

/** A file to be copied. */
export interface MirrorCopy<T extends MirrorItem> {
  readonly item: T;
  /** Bytes that are there already: what is copied begins behind them. */
  readonly offset: number;
}

/** What is to be done in one folder. */
export interface MirrorPlan<T extends MirrorItem> {
  readonly copies: readonly MirrorCopy<T>[];
  /** Folders to go on in; those that are not there yet are made. */
  readonly folders: readonly { readonly item: T; readonly exists: boolean }[];
  /** Files that are the same on both sides. */
  readonly same: readonly T[];
  /** What is not copied, and why. */
  readonly leftOut: readonly { readonly item: T; readonly why: string }[];
}

/** How two sides are compared. */
export interface MirrorRules {
  /** Whether a file that is shorter, and not older, is gone on with: it was cut off by an earlier run. */
  readonly resume: boolean;
  /** Seconds that times of the same file differ by: LIST has minutes, and a server's zone. */
  readonly tolerance: number;
  /** Whether names that differ in case alone are one file there. */
  readonly caseless: boolean;
}

/**
 * What makes `there` of a folder like `here`. Nothing is removed. Of two names that are one file there the second one is
 * left out.
 */
export function planMirror<T extends MirrorItem>(
  here: readonly T[],
  there: readonly MirrorItem[],
  { resume, tolerance, caseless }: MirrorRules,
): MirrorPlan<T> {
  const key = caseless ? fold : (name: string) => name;
  const existing = new Map(there.map((item) => [key(item.name), item]));
  const seen = new Set<string>();
  const copies: MirrorCopy<T>[] = [];
  const folders: { item: T; exists: boolean }[] = [];
  const same: T[] = [];
  const leftOut: { item: T; why: string }[] = [];
  for (const item of here) {
    const other = existing.get(key(item.name));
    const why = whyNot(item, other, seen.has(key(item.name)));
    seen.add(key(item.name));
    if (why !== undefined) leftOut.push({ item, why });
    else if (item.type === 'directory') folders.push({ item, exists: other !== undefined });
    else if (other === undefined) copies.push({ item, offset: 0 });
    else if (isSame(item, other, tolerance)) same.push(item);
    else copies.push({ item, offset: resume ? offsetOf(item, other, tolerance) : 0 });
  }
  return { copies, folders, same, leftOut };
}

function whyNot(item: MirrorItem, other: MirrorItem | undefined, twice: boolean): string | undefined {
  const problem = problemOfName(item.name);
  if (problem !== undefined) return problem;
  if (item.type !== 'file' && item.type !== 'directory') return 'it is neither a file nor a folder';
  if (other !== undefined && other.type !== item.type) return `it is a ${item.type}, and a ${other.type} there`;
  if (twice) return 'it is one file there with a name before it';
  return undefined;
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function isSame(item: MirrorItem, other: MirrorItem, tolerance: number): boolean {
  if (item.size === undefined || item.size !== other.size) return false;
  // A copy is younger than its original, unless its time was set.
  return item.time === undefined || other.time === undefined || other.time >= item.time - tolerance * 1000;
}

function offsetOf(item: MirrorItem, other: MirrorItem, tolerance: number): number {
  if (item.size === undefined || other.size === undefined || other.size >= item.size) return 0;
  // What was changed since is not what was begun.
  if (item.time === undefined || other.time === undefined) return 0;
  return other.time >= item.time - tolerance * 1000 ? other.size : 0;
}
