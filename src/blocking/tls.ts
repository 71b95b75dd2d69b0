/** TLS by OpenSSL: the engine of the blocking face. */
import { deadlineAt, now } from '../core/timeout.ts';
import { Context } from '../posix/openssl/context.ts';
import type { TlsEngine } from '../sockets/engine.ts';
import { HandshakeAcceptor } from './tls-acceptor.ts';
import { OpenSslIo } from './tls-io.ts';

export const tlsEngine: TlsEngine = {
  context: (settings) => new Context(settings),

  wrap(below, how, deadline) {
    let io: OpenSslIo | undefined;
    try {
      const made = new OpenSslIo(below, how);
      // It ends as a whole: a block timeout would begin again with every piece that a peer sends.
      const why = made.handshake(deadlineAt(now() + deadline.remaining(), deadline.signal));
      if (why !== undefined) return why;
      io = made;
      return io;
    } finally {
      if (io === undefined) below.close();
    }
  },

  listen: (acceptor, how) => new HandshakeAcceptor(acceptor, how),
};
