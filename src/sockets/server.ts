/** A listening socket, as programs see it: what TCP and Unix servers share. */
import { CLOSED_HERE, ClosedError, Failure, failed, misuse, type SocketError } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import { type Io, type Readiness, readinessOver } from '../core/io.ts';
import {
  checkOption,
  checkReadable,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { Timeouts } from '../core/timeout.ts';
import type { Client } from './client.ts';
import type { Acceptor } from './engine.ts';
import type { Face, Iteration, Result, Runner } from './face.ts';
import { SocketObject } from './object.ts';

/** Options of an accept. */
export interface AcceptOptions {
  /** Ends the wait, with AbortError. (The await face; a call that blocks cannot be aborted.) */
  readonly signal?: AbortSignal | undefined;
}

/** How a server of face `F` is iterated over in face `K`: not at all, unless they are one. */
type Iterator<F extends Face, K extends Face, C> = F extends K ? () => Iteration<F, C> : undefined;

export class Server<F extends Face, I extends Io, C extends Client<F>> extends SocketObject<F> {
  readonly #acceptor: Acceptor<I>;
  readonly #client: (io: I) => C;
  readonly #name: () => string | undefined;
  protected readonly timeouts: Timeouts = new Timeouts();
  #accepting = false;
  #closed = false;
  #readiness: Readiness | undefined;

  /** `client` lifts a connection; `name` is where the server listens, as messages have it. */
  constructor(acceptor: Acceptor<I>, runner: Runner<F>, client: (io: I) => C, name: () => string | undefined) {
    super(runner);
    this.#acceptor = acceptor;
    this.#client = client;
    this.#name = name;
  }

  /**
   * Waits for a connection and returns its client. Connections that arrive without an accept wait unread, as many
   * as the backlog; one more is reset and counted in `dropped`. (LuaSocket `server:accept`.)
   *
   * @throws TimeoutError, AbortError, ClosedError after `close`, or SocketError with the system's code (EMFILE, …)
   */
  accept(options: AcceptOptions = {}): Result<F, C> {
    return this.runner.run(this.#accept(options));
  }

  /** `for await (const client of server)`: each connection, until the server is closed. */
  get [Symbol.asyncIterator](): Iterator<F, 'await', C> {
    return this.#iteratorOf('await');
  }

  /** `for (const client of server)`, in the blocking face. */
  get [Symbol.iterator](): Iterator<F, 'blocking', C> {
    return this.#iteratorOf('blocking');
  }

  /**
   * Connections that came while the queue was full. The await face has reset them; in the blocking
   * face the system left them without an answer, and they may have come again.
   */
  get dropped(): number {
    return this.#acceptor.dropped;
  }

  /**
   * Sets an option by LuaSocket's name.
   *
   * @throws SocketError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, or with the system's code
   */
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    if (this.#closed) throw failed('setoption', CLOSED_HERE);
    checkOption(name, value);
    this.#acceptor.setoption(name, value);
  }

  /** The value of an option; `'error'` is the code of the pending error, which reading clears. */
  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    if (this.#closed) throw failed('getoption', CLOSED_HERE);
    checkReadable(name);
    return this.#acceptor.getoption(name);
  }

  /** The descriptor, or -1 where there is none or the runtime does not tell. */
  getfd(): number {
    return this.#closed ? -1 : this.#acceptor.getfd();
  }

  /** Stops listening and resets the connections that were not accepted. A pending accept ends with ClosedError. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptor.close();
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** For `select`. */
  get readiness(): Readiness {
    this.#readiness ??= readinessOver(
      this.#acceptor.readiness,
      () => this.#closed,
      () => false,
    );
    return this.#readiness;
  }

  /** The iterator of that face, which a server of the other does not have. */
  #iteratorOf<K extends Face>(face: K): Iterator<F, K, C> {
    if (this.runner.face !== (face as Face)) return undefined as Iterator<F, K, C>;
    return (() => this.runner.iterate(() => this.#acceptUntilClosed())) as Iterator<F, K, C>;
  }

  *#acceptUntilClosed(): Flow<C | undefined> {
    try {
      return yield* this.#accept({});
    } catch (error) {
      if (this.#closed && error instanceof ClosedError) return undefined;
      throw error;
    }
  }

  *#accept({ signal }: AcceptOptions): Flow<C> {
    if (this.#accepting)
      throw misuse('ERR_BUSY', 'accept: another accept of this server has not ended; await it before the next');
    if (this.#closed) throw this.#failed(CLOSED_HERE);
    if (signal?.aborted) throw this.#failed(new Failure('ABORT_ERR', signal.reason));
    this.#accepting = true;
    try {
      const io = yield* settle(this.#acceptor.accept(this.timeouts.begin(signal)));
      if (io instanceof Failure) throw this.#failed(io);
      return this.#client(io);
    } finally {
      this.#accepting = false;
    }
  }

  #failed(failure: Failure): SocketError {
    return failed('accept', failure, { target: this.#closed ? undefined : this.#name() });
  }
}
