/**
 * Accepting over `net.Server`, pulled: Node accepts whatever arrives, so what nobody waits for stands, unread, in a
 * queue as long as the backlog; one more is reset and counted.
 */
import type { Server, Socket } from 'node:net';
import { CLOSED_HERE, type Failure, type Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Io, Readiness } from '../core/io.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Acceptor } from '../sockets/engine.ts';
import { fdOf } from '../sockets/fd.ts';
import { cutOff } from './listen.ts';
import { failureOf } from './node-streams.ts';
import { optionUnsupported } from './tcp-io.ts';
import { Waiter } from './waiter.ts';

export class ServerAcceptor<I extends Io> implements Acceptor<I>, Readiness {
  dropped = 0;
  protected readonly server: Server;
  readonly #lift: (socket: Socket) => I;
  readonly #backlog: number;
  readonly #queue: Socket[] = [];
  readonly #waiter = new Waiter<I>();
  readonly #watchers = new Set<() => void>();
  #failure: Failure | undefined;
  #closed = false;

  /** `server` listens, with `pauseOnConnect` and `allowHalfOpen`; `lift` makes a transport of a connection. */
  constructor(server: Server, backlog: number, lift: (socket: Socket) => I) {
    this.server = server;
    this.#backlog = Math.max(1, backlog);
    this.#lift = lift;
    server.on('connection', this.#onConnection);
    server.on('error', this.#onError);
  }

  accept(deadline: Deadline): MaybePromise<Outcome<I>> {
    if (this.#closed) return CLOSED_HERE;
    const socket = this.#next();
    if (socket !== undefined) return this.#lift(socket);
    return this.#takeFailure() ?? this.#waiter.wait(deadline);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#queue) cutOff(socket);
    this.#queue.length = 0;
    this.server.close();
    this.#waiter.wake(CLOSED_HERE);
    this.#changed();
  }

  getfd(): number {
    return fdOf(this.server);
  }

  setoption<K extends OptionName>(name: K, _value: OptionValues[K]): void {
    throw optionUnsupported(`setting ${name} on a server`);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    if (name !== 'error') throw optionUnsupported(`reading ${name} of a server`);
    return this.#takeFailure()?.code as OptionValue<K>;
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.#queue.length > 0 || this.#failure !== undefined || this.#closed;
  }

  writable(): boolean {
    return false;
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** An error such as EMFILE is thrown once; the socket goes on listening. */
  #takeFailure(): Failure | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** The connection that has waited longest, of those that still stand. */
  #next(): Socket | undefined {
    for (;;) {
      const socket = this.#queue.shift();
      if (socket === undefined) return undefined;
      socket.off('error', ignoreQueued);
      if (!socket.destroyed) return socket;
    }
  }

  readonly #onConnection = (socket: Socket): void => {
    if (this.#closed) {
      cutOff(socket);
    } else if (this.#waiter.waiting) {
      this.#waiter.wake(this.#lift(socket));
    } else if (this.#queue.length < this.#backlog) {
      socket.on('error', ignoreQueued);
      this.#queue.push(socket);
    } else {
      this.dropped++;
      cutOff(socket.on('error', ignoreQueued));
    }
    this.#changed();
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const failure = failureOf(error);
    if (this.#waiter.waiting) this.#waiter.wake(failure);
    else this.#failure = failure;
    this.#changed();
  };

  #changed(): void {
    for (const changed of this.#watchers) changed();
  }
}

/** A queued connection is unread; if it fails meanwhile, its socket is destroyed and `#next` passes over it. */
function ignoreQueued(): void {}
