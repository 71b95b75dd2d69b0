/** The files and folders of this machine, as each engine has them. */
import type { MaybePromise } from '../../core/flow.ts';
import type { Sink, Source } from '../../ltn12/protocol.ts';
import type { EntryType } from './entry.ts';
import type { MirrorItem } from './mirror-plan.ts';

/** Paths are as Node takes them. Errors are the system's. */
export interface LocalFiles {
  /** What a file has from `offset` on, and its whole size. */
  read(path: string, offset: number): MaybePromise<{ readonly source: Source; readonly size: number }>;
  /** Takes what follows `offset`: 0 makes the file anew. */
  write(path: string, offset: number): MaybePromise<Sink>;
  /** Its size; undefined where there is none. */
  size(path: string): MaybePromise<number | undefined>;
  /** What is in a folder, links as links; undefined where there is no folder. */
  list(path: string): MaybePromise<MirrorItem[] | undefined>;
  /** Makes a folder, and those above it; one that is there stays. */
  makeFolder(path: string): MaybePromise<void>;
  /** Says when a file was changed, in milliseconds since the epoch. */
  setTime(path: string, time: number): MaybePromise<void>;
  /** The path of a name in a folder. */
  join(folder: string, name: string): string;
  /** Whether names that differ in case alone are one file, as a rule. */
  readonly caseless: boolean;
}

/** The kind of a directory's entry, as Node has it. */
export function entryTypeOf(entry: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): EntryType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
