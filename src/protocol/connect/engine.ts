/** What a face gives to its protocols: connections, and ways to wait. */
import type { Failure, Outcome } from '../../core/errors.ts';
import type { Flow, MaybePromise } from '../../core/flow.ts';
import type { Deadline } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { ConnectOptions } from '../../sockets/tcp.ts';

/** An engine of the protocols: each face has one. */
export interface ProtocolEngine<F extends Face> {
  /** Opens a TCP connection. */
  dial(host: string, port: number, options: ConnectOptions): Flow<Client<F>>;
  /** Waits until the deadline passes, or its signal aborts. */
  sleep(deadline: Deadline): MaybePromise<Failure>;
  /** A new gate. */
  gate<T>(): Gate<T>;
  /** Calls after this many seconds, if the program still runs then for other reasons. Absent without an event loop. */
  readonly later?: (seconds: number, call: () => void) => void;
  /** The value of a caller's promise, if it comes before the deadline; a later one is handed to `late`. */
  bounded<T>(promise: PromiseLike<T>, deadline: Deadline, late: (value: T) => void): MaybePromise<Outcome<T>>;
}
