/** Which of the host's files a machine's paths name: all as they are, or none. Those with walls around them are in `walls.ts`. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SystemFailure } from './errno.ts';

/** Paths are bytes. Each throws an error with a system's `code`. */
export interface Files {
  /** Whether a script has any files. */
  readonly any: boolean;
  /** Whether a script may make links. */
  readonly links: boolean;
  /** Where paths that are not absolute begin. */
  readonly current: Buffer;
  /** Makes them begin in another folder. */
  enter(name: Buffer): void;
  /** Gives `use` a path of the host's for what a path names, to open it with flags of open(2). It is good only meanwhile. */
  opening<T>(name: Buffer, flags: number, use: (place: Buffer, flags: number) => T): T;
  /** The same for an entry of a folder, whatever it leads to: to remove, rename or look at it. */
  entry<T>(name: Buffer, changes: boolean, use: (place: Buffer) => T): T;
  /** A name that nothing has, for a temporary file. */
  temporary(): Buffer;
}

/** The host's paths, as they are. */
export class AllFiles implements Files {
  readonly any = true;
  readonly links = true;

  /** The process's, so that commands begin there, too. */
  get current(): Buffer {
    return Buffer.from(process.cwd());
  }

  enter(name: Buffer): void {
    process.chdir(String(name));
  }

  opening<T>(name: Buffer, flags: number, use: (place: Buffer, flags: number) => T): T {
    return use(name, flags);
  }

  entry<T>(name: Buffer, _changes: boolean, use: (place: Buffer) => T): T {
    return use(name);
  }

  temporary(): Buffer {
    return Buffer.from(temporaryPath());
  }
}

export class NoFiles implements Files {
  readonly any = false;
  readonly links = false;

  get current(): never {
    return denied();
  }

  enter(): never {
    return denied();
  }

  opening(): never {
    return denied();
  }

  entry(): never {
    return denied();
  }

  temporary(): never {
    return denied();
  }
}

/** A name for a temporary file. */
export function randomName(): string {
  return `lua_${Math.random().toString(36).slice(2, 12)}`;
}

export function temporaryPath(): string {
  return path.join(tmpdir(), randomName());
}

export function denied(): never {
  throw new SystemFailure('EACCES');
}
