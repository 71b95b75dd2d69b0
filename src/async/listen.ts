/** Starting a `net.Server`, also one that must not accept yet. */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Failure } from '../core/errors.ts';
import { DEFAULT_BACKLOG } from '../core/limits.ts';
import { failureOf } from './node-streams.ts';

/** A server whose connections are not read before somebody asks. */
export function newServer(): Server {
  return createServer({ pauseOnConnect: true, allowHalfOpen: true });
}

/** Runs `listen`, and waits until the server does or fails to. */
export function untilListening(server: Server, listen: () => void): Promise<Failure | undefined> {
  return new Promise((done) => {
    const onError = (error: NodeJS.ErrnoException): void => done(failureOf(error));
    server.once('error', onError);
    server.once('listening', () => {
      server.off('error', onError);
      done(undefined);
    });
    try {
      listen();
    } catch (error) {
      onError(error as NodeJS.ErrnoException);
    }
  });
}

/**
 * A socket that is bound where the runtime can only bind and listen at once: it listens, and resets what connects
 * until it is to accept, as nobody could connect to a socket that is merely bound.
 */
export class EarlyServer {
  readonly server: Server;
  #released = false;

  static async open(options: ListenOptions): Promise<EarlyServer | Failure> {
    const early = new EarlyServer();
    return (
      (await untilListening(early.server, () => early.server.listen({ ...options, backlog: DEFAULT_BACKLOG }))) ?? early
    );
  }

  private constructor() {
    this.server = newServer().on('connection', refuse);
  }

  /** Hands the server over, to accept from now on. */
  release(): Server {
    this.#released = true;
    return this.server.off('connection', refuse);
  }

  close(): void {
    if (!this.#released) this.server.close();
    this.#released = true;
  }
}

function refuse(socket: Socket): void {
  cutOff(socket.on('error', () => {}));
}

/** Ends a connection that nobody wants: by a reset in TCP, by a close where there is no such thing. */
export function cutOff(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy(); // Node throws for a Unix socket
  }
}
