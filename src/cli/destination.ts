/** Where a download goes: a file, which has its name only when it is complete, or what is no file and takes bytes. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { null as discard, file as fileSink } from '../ltn12/names/sink.ts';
import type { Sink } from '../ltn12/protocol.ts';
import { CommandError } from './errors.ts';
import { say } from './say.ts';

/** The ending of a file that is not complete. */
const PART = '.part';

export interface Destination {
  /** Bytes that are there already, and since when. */
  readonly size: number;
  readonly modified: Date;
  /** What keeps the bytes of a download that fails. */
  readonly partial: string | undefined;
  /** Opens it, at its beginning or behind the bytes that are there. */
  open(resumed: boolean): Sink;
  /** All is there. */
  complete(): void;
}

export interface FileOptions {
  readonly resume: boolean;
  /** Whether a file of the name may be replaced. */
  readonly overwrite: boolean;
}

/** The standard output, for one download after the other. */
export function standardOutput(): Destination {
  return passing(() => (chunk) => (chunk === null ? undefined : say(chunk)));
}

/** For replies without a body. */
export function nowhere(): Destination {
  return passing(discard);
}

/** The file of this name. @throws CommandError if that would be a loss, or is impossible */
export function fileDestination(name: string, { resume, overwrite }: FileOptions): Destination {
  const there = existsSync(name);
  if (there && !statSync(name).isFile()) return special(name, resume);
  // A link to a file stays one. What -C goes on with has to be what its name says.
  const path = there && !resume ? realpathSync(name) : name;
  const partial = partialName(path);
  const resumable = resume ? [partial, path].find((candidate) => plainFile(candidate) !== undefined) : undefined;
  if (there && !overwrite && resumable !== path) {
    const hint = resume ? '' : ', -C resumes it';
    throw new CommandError(`${name} is already there: -o ${name} overwrites it${hint}`);
  }
  return partialFile(path, partial, resumable);
}

/** The longest name of a file, in bytes (Linux' NAME_MAX). */
const NAME_LIMIT = 255;

/** The name of the part beside the file; of a name with no room for the ending, its beginning and a hash of it. */
function partialName(path: string): string {
  const name = basename(path);
  if (Buffer.byteLength(name) + PART.length <= NAME_LIMIT) return `${path}${PART}`;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  // A character that is cut in two would become one of three bytes.
  const begin = Buffer.from(name)
    .subarray(0, NAME_LIMIT - PART.length - hash.length - 4)
    .toString()
    .replace(/\ufffd+$/, '');
  return join(dirname(path), `${begin}-${hash}${PART}`);
}

function partialFile(path: string, partial: string, resumable: string | undefined): Destination {
  const before = resumable === undefined ? undefined : plainFile(resumable);
  // What is at hand: what -C has found, until something is written.
  let current = resumable;
  return {
    size: before?.size ?? 0,
    modified: before?.mtime ?? new Date(0),
    partial,
    open(resumed) {
      // A file that another program left incomplete is incomplete: from here on that shows.
      if (resumed && current === path) renameSync(path, partial);
      current = partial;
      return fileSink(resumed && before !== undefined ? openAgain(partial, before) : openAnew(partial));
    },
    complete() {
      if (current === partial) renameSync(partial, path);
    },
  };
}

/** The file of this name; undefined where there is none. @throws CommandError for a link, a pipe and the like */
function plainFile(name: string): Stats | undefined {
  const found = lstatSync(name, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return found;
  const what = found.isSymbolicLink() ? 'a link' : 'no file';
  throw new CommandError(`${name} is ${what}, and would be written through: remove it, or name another FILE by -o`);
}

/** A file that nobody else has: an earlier one is not written to, since it may have other names. */
function openAnew(name: string): number {
  if (plainFile(name) !== undefined) unlinkSync(name);
  return openSync(name, 'wx');
}

/** The same file as before, at its end. */
function openAgain(name: string, before: Stats): number {
  const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
  // For want of O_NONBLOCK the open of a pipe would wait for its reader.
  const file = openSync(name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  const now = fstatSync(file);
  if (now.dev === before.dev && now.ino === before.ino && now.size === before.size) return file;
  closeSync(file);
  throw new CommandError(`${name} has changed meanwhile: another program writes to it`);
}

/** A device or a pipe, such as /dev/null, is written to: a file in its place is not what is meant. */
function special(name: string, resume: boolean): Destination {
  if (statSync(name).isDirectory()) throw new CommandError(`${name} is a directory: -o FILE names a file`);
  if (resume) throw new CommandError(`${name} is no file, which -C could resume`);
  return passing(() => fileSink(openSync(name, 'w')));
}

function passing(open: () => Sink): Destination {
  return { size: 0, modified: new Date(0), partial: undefined, open, complete() {} };
}
