/**
 * Closing a Unix server of the runtime, which removes whatever is at the path then, and at the end of the process, too (libuv's
 * uv_close). What is not the server's own steps aside for that moment.
 */
import { linkSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { SocketFile } from '../sockets/socket-file.ts';

/** Those whose servers are open. */
const open = new Set<KeptPath>();
let atExit = false;

export class KeptPath {
  readonly #server: Server;
  readonly #file: SocketFile;

  /** `server` has just been bound to the path. */
  constructor(server: Server, path: string) {
    this.#server = server;
    this.#file = new SocketFile(path);
    open.add(this);
    if (!atExit) process.on('exit', closeAll);
    atExit = true;
  }

  /** Calls `close`, by which the runtime removes what has the path, and leaves there what is not the server's. */
  close(close: () => unknown = () => this.#server.close()): void {
    const { path, isReplaced } = this.#file;
    if (!open.delete(this)) return;
    const aside = isReplaced ? steppedAside(path) : undefined;
    close();
    if (aside !== undefined) back(aside, path);
  }
}

function closeAll(): void {
  for (const path of open) path.close();
}

/** Where it is for the moment; undefined if it may not be moved, which the runtime then may not remove either. */
function steppedAside(path: string): string | undefined {
  const aside = `${path}.${process.pid}-aside`;
  try {
    renameSync(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

function back(aside: string, path: string): void {
  try {
    linkSync(aside, path); // unlike a rename it replaces nothing that has come meanwhile
    unlinkSync(aside);
  } catch (error) {
    // Not everybody may link, and not every file system can.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(aside, path);
  }
}
