/**
 * Unix stream sockets over `node:net`.
 *
 * Node before 22 fills an abstract name with NULs up to the 107 bytes of a path. Two of them meet, and so does socat with
 * `unix-tightsocklen=0`; programs that give the length of the name do not.
 */
import { statSync } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import type { Outcome } from '../core/errors.ts';
import { Failure } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import type { Acceptor, UnixEngine } from '../sockets/engine.ts';
import { ServerAcceptor } from './acceptor.ts';
import { drainOnReset } from './drain-on-reset.ts';
import { DuplexIo } from './duplex.ts';
import { race } from './happy-eyeballs.ts';
import { KeptPath } from './kept-path.ts';
import { EarlyServer } from './listen.ts';
import { attempt } from './tcp.ts';

export const unixEngine: UnixEngine = {
  async bind(name) {
    const early = await EarlyServer.open({ path: name });
    if (early instanceof Failure)
      return early.code === 'EACCES' && !hasFolder(name) ? new Failure('ENOENT', early.cause) : early;
    const path = new KeptPath(early.server, name);
    const listen = (backlog: number): Outcome<Acceptor<Io>> => new UnixAcceptor(early.release(), backlog, path);
    return { listen, close: () => path.close(() => early.close()) };
  },

  connect: (path, deadline) => race([{ name: path, start: attempt({}, { path }) }], deadline),
};

/** libuv says EACCES for a path whose folder does not exist (uv_pipe_bind). */
function hasFolder(path: string): boolean {
  if (path.startsWith('\0')) return true;
  try {
    statSync(dirname(path));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
  return true;
}

class UnixAcceptor extends ServerAcceptor<Io> {
  readonly #path: KeptPath;

  constructor(server: Server, backlog: number, path: KeptPath) {
    super(server, backlog, (socket) => new DuplexIo(drainOnReset(socket), socket));
    this.#path = path;
  }

  override close(): void {
    this.#path.close(() => super.close());
  }
}
