/** Where a download goes: a file, which has its name only when it is complete, or what is no file and takes bytes. */
import { existsSync, openSync, realpathSync, renameSync, statSync } from 'node:fs';
import type { Sink } from '../ltn12/protocol.ts';
import { file as fileSink, writable } from '../ltn12/sink.ts';
import { CommandError } from './errors.ts';

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

/** The standard output. */
export function standardOutput(): Destination {
  return passing(() => writable(process.stdout));
}

/** The file of this name. @throws CommandError if that would be a loss, or is impossible */
export function fileDestination(name: string, { resume, overwrite }: FileOptions): Destination {
  const there = existsSync(name);
  if (there && !statSync(name).isFile()) return special(name, resume);
  // A link to a file stays one.
  const path = there ? realpathSync(name) : name;
  const partial = `${path}.part`;
  const resumable = resume ? [partial, path].find((candidate) => existsSync(candidate)) : undefined;
  if (there && !overwrite && resumable !== path) {
    const hint = resume ? '' : ', -C resumes it';
    throw new CommandError(`${name} is already there: -o ${name} overwrites it${hint}`);
  }
  return partialFile(path, partial, resumable);
}

function partialFile(path: string, partial: string, resumable: string | undefined): Destination {
  const { size, mtime } = resumable === undefined ? { size: 0, mtime: new Date(0) } : statSync(resumable);
  // What is at hand: what -C has found, until something is written.
  let current = resumable;
  return {
    size,
    modified: mtime,
    partial,
    open(resumed) {
      // A file that another program left incomplete is incomplete: from here on that shows.
      if (resumed && current === path) renameSync(path, partial);
      current = partial;
      return fileSink(openSync(partial, resumed ? 'a' : 'w'));
    },
    complete() {
      if (current === partial) renameSync(partial, path);
    },
  };
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
