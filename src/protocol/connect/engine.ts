/** What a face gives to its protocols: connections, TLS over them, and ways to wait. */
import type { Failure, Outcome } from '../../core/errors.ts';
import type { Flow, MaybePromise } from '../../core/flow.ts';
import type { Deadline } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { MailFiles } from '../../mail/files.ts';
import type { Client } from '../../sockets/client.ts';
import type { TlsWrapping } from '../../sockets/engine.ts';
import type { Face } from '../../sockets/face.ts';
import type { ConnectOptions, Listening } from '../../sockets/tcp.ts';
import type { TlsClient } from '../../sockets/tls.ts';
import type { TlsContexts } from './tls-contexts.ts';

/** An engine of the protocols: each face has one. */
export interface ProtocolEngine<F extends Face> {
  /** Opens a TCP connection. */
  dial(host: string, port: number, options: ConnectOptions): Flow<Client<F>>;
  /** Opens a connection to a Unix socket. Absent where none can. */
  readonly local?: (path: string, deadline: Deadline) => Flow<Client<F>>;
  /** Listens on a free port of a local address, for connections that a server makes to this side. Absent where none can. */
  readonly listen?: (address: string) => Flow<Listening<F>>;
  /** Undefined where only a caller's own `create` makes connections through TLS. */
  readonly tls?: ProtocolTls<F> | undefined;
  /** Waits until the deadline passes, or its signal aborts. */
  sleep(deadline: Deadline): MaybePromise<Failure>;
  /** A new gate. */
  gate<T>(): Gate<T>;
  /** Calls after this many seconds, if the program still runs then for other reasons. Absent without an event loop. */
  readonly later?: (seconds: number, call: () => void) => void;
  /** The value of a caller's promise, if it comes before the deadline; a later one is handed to `late`. */
  bounded<T>(promise: PromiseLike<T>, deadline: Deadline, late: (value: T) => void): MaybePromise<Outcome<T>>;
  /** How the files of mails are read: at once, without it. */
  readonly mailFiles?: MailFiles;
  /** The blob that a `blob:` URL of this thread was made for. Absent where there are none. */
  readonly blobAt?: (url: string) => Blob | undefined;
}

/** The TLS of a face. */
export interface ProtocolTls<F extends Face> {
  /** The contexts that its requests share. */
  readonly contexts: TlsContexts;
  /**
   * The handshake over the client's connection, which is spent. `belongs`: whether bytes that have arrived on it are the
   * handshake's; others are refused. `call` is the one that goes on with the connection, as messages name it.
   */
  secure(
    call: string,
    client: Client<F>,
    how: Omit<TlsWrapping, 'unread'>,
    deadline: Deadline,
    belongs: boolean,
  ): Flow<Outcome<TlsClient<F>>>;
}
