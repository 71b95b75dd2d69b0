/** What a face gives to its HTTP requests: connections, and ways to wait. */
import type { Failure, Outcome } from '../../core/errors.ts';
import type { Flow, MaybePromise } from '../../core/flow.ts';
import type { Deadline } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { ConnectOptions } from '../../sockets/tcp.ts';

export interface ProtocolEngine<F extends Face> {
  /** Opens a TCP connection. */
  dial(host: string, port: number, options: ConnectOptions): Flow<Client<F>>;
  /** Waits until the deadline passes, or its signal aborts. */
  sleep(deadline: Deadline): MaybePromise<Failure>;
  gate<T>(): Gate<T>;
  /** Calls so many seconds from now, if the program still runs then for other reasons. Without an event loop nothing could. */
  readonly later?: (seconds: number, call: () => void) => void;
  /** What the promise of a caller gives before the deadline; what it gives later is handed to `late`. */
  bounded<T>(promise: PromiseLike<T>, deadline: Deadline, late: (value: T) => void): MaybePromise<Outcome<T>>;
}
