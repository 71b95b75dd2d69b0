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
import { type Contender, race } from './happy-eyeballs.ts';
import { KeptPath } from './kept-path.ts';
import { EarlyServer } from './listen.ts';
import { attempt } from './tcp.ts';
import { clearTimeout, setTimeout } from './timers.ts';

export const unixEngine: UnixEngine = {
  async bind(name) {
    const early = await EarlyServer.open({ path: name });
    if (early instanceof Failure) return early.code === 'EACCES' ? whyNot(name, early) : early;
    const path = new KeptPath(early.server, name);
    const listen = (backlog: number): Outcome<Acceptor<Io>> => new UnixAcceptor(early.release(), backlog, path);
    return { listen, close: () => path.close(() => early.close()) };
  },

  connect: (path, deadline) => race([{ name: path, start: whenThereIsRoom(attempt({}, { path })) }], deadline),
};

/** libuv says EACCES for a folder that is not there (uv_pipe_bind). */
function whyNot(path: string, refusal: Failure): Failure {
  try {
    statSync(dirname(path));
    return refusal;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Failure('ENOENT', refusal.cause) : refusal;
  }
}

/** Milliseconds before a connect to a full queue is tried again: at first, and at most. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 50;

/**
 * Tries again while the server's queue is full. connect(2) waits for room, for a socket that blocks; those of the event
 * loop get EAGAIN, and nothing tells them when there is room.
 */
function whenThereIsRoom(start: Contender<Io>): Contender<Io> {
  return (done) => {
    let pause = FIRST_PAUSE;
    let timer: NodeJS.Timeout | undefined;
    let current = begin();
    return {
      callOff: () => {
        clearTimeout(timer);
        current.callOff();
      },
    };

    function begin(): { callOff(): void } {
      return start((outcome) => {
        if (!(outcome instanceof Failure) || outcome.code !== 'EAGAIN') return done(outcome);
        timer = setTimeout(() => {
          current = begin();
        }, pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      });
    }
  };
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
