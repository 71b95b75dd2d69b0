/** The file of a Unix socket: closing the socket removes this one, and no other that has its path by then. */
import { lstatSync, unlinkSync } from 'node:fs';

export class SocketFile {
  readonly path: string;
  readonly #made: string | undefined;

  /** The file that a bind has just made; an abstract name has none. The socket keeps it in the system, so its number is not given again. */
  constructor(path: string) {
    this.path = path;
    this.#made = identityOf(path);
  }

  /** Whether something else has the path now. */
  get isReplaced(): boolean {
    const now = identityOf(this.path);
    return now !== undefined && now !== this.#made;
  }

  /** Removes the file, if it is still there. */
  remove(): void {
    if (this.#made === undefined || identityOf(this.path) !== this.#made) return;
    try {
      unlinkSync(this.path);
    } catch {
      // it was removed by others, or its directory is read-only now
    }
  }
}

/** Device and number of what has the path itself, and not of what it links to. */
function identityOf(path: string): string | undefined {
  if (path.startsWith('\0')) return undefined;
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // it is gone, or its directory is
  }
}
