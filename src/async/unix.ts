/**
 * Unix stream sockets over `node:net`.
 *
 * Node before 22 fills an abstract name with NULs up to the 107 bytes of a path. Two of them meet, and so does socat with
 * `unix-tightsocklen=0`; programs that give the length of the name do not.
 */
import type { Outcome } from '../core/errors.ts';
import { Failure } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import type { Acceptor, UnixEngine } from '../sockets/engine.ts';
import { ServerAcceptor } from './acceptor.ts';
import { DuplexIo } from './duplex.ts';
import { keepLastWords } from './last-words.ts';
import { EarlyServer } from './listening.ts';
import { race } from './race.ts';
import { attempt } from './tcp.ts';

export const unixEngine: UnixEngine = {
  async bind(path) {
    const early = await EarlyServer.open({ path });
    if (early instanceof Failure) return early;
    const listen = (backlog: number): Outcome<Acceptor<Io>> =>
      new ServerAcceptor<Io>(early.release(), backlog, (socket) => new DuplexIo(keepLastWords(socket), socket));
    return { listen, close: () => early.close() };
  },

  connect: (path, deadline) => race([{ name: path, start: attempt({}, { path }) }], deadline),
};
