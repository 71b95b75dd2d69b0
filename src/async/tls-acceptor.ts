/**
 * Accepting TLS: handshakes go on behind the queue of those that are done, side by side, each with its own limit. One that
 * fails goes to `onrejected`, and does not come out of `accept`.
 */
import type { Endpoint } from '../core/address.ts';
import { CLOSED_HERE, Failure, type Outcome } from '../core/errors.ts';
import { isPromise, type MaybePromise } from '../core/flow.ts';
import type { Io, Readiness } from '../core/io.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import { type Deadline, deadlineAt, NO_DEADLINE, now } from '../core/timeout.ts';
import type { TcpAcceptor, TcpIo, TlsAcceptor, TlsIo, TlsListening, TlsWrapping } from '../sockets/engine.ts';
import { Waiter } from './waiter.ts';

type Wrap = (io: Io, how: TlsWrapping, deadline: Deadline) => Promise<Outcome<TlsIo>>;

export class TlsServerAcceptor implements TlsAcceptor, Readiness {
  readonly #below: TcpAcceptor;
  readonly #how: TlsListening;
  readonly #wrap: Wrap;
  /** Connections in their handshakes. */
  #under = 0;
  readonly #closing = new AbortController();
  readonly #ready: TlsIo[] = [];
  readonly #waiter = new Waiter<TlsIo>();
  readonly #watchers = new Set<() => void>();
  #pulling = false;
  #failure: Failure | undefined;
  #closed = false;

  constructor(below: TcpAcceptor, how: TlsListening, wrap: Wrap) {
    this.#below = below;
    this.#how = how;
    this.#wrap = wrap;
    this.#pull();
  }

  accept(deadline: Deadline): MaybePromise<Outcome<TlsIo>> {
    if (this.#closed) return CLOSED_HERE;
    const ready = this.#ready.shift() ?? this.#failure;
    if (ready === undefined) return this.#waiter.wait(deadline);
    if (ready instanceof Failure) this.#failure = undefined;
    else this.#pull();
    return ready;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#below.close();
    this.#closing.abort();
    for (const io of this.#ready) io.close();
    this.#ready.length = 0;
    this.#waiter.wake(CLOSED_HERE);
    this.#changed();
  }

  getfd(): number {
    return this.#below.getfd();
  }

  getsockname(): Outcome<Endpoint> {
    return this.#below.getsockname();
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    this.#below.setoption(name, value);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    return this.#below.getoption(name);
  }

  get dropped(): number {
    return this.#below.dropped;
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.#ready.length > 0 || this.#failure !== undefined || this.#closed;
  }

  writable(): boolean {
    return false;
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Takes connections as long as there is room for their handshakes; the others wait unread in the queue below. */
  #pull(): void {
    while (!this.#pulling && !this.#closed && this.#under + this.#ready.length < this.#how.backlog) {
      const got = this.#below.accept(NO_DEADLINE);
      if (!isPromise(got)) {
        this.#begin(got);
        continue;
      }
      this.#pulling = true;
      got.then((io) => {
        this.#pulling = false;
        this.#begin(io);
        this.#pull();
      });
    }
  }

  #begin(io: Outcome<TcpIo>): void {
    if (!(io instanceof Failure)) void this.#handshake(io);
    else if (this.#waiter.waiting) this.#waiter.wake(io);
    else if (io !== CLOSED_HERE) this.#failure = io;
    this.#changed();
  }

  async #handshake(io: TcpIo): Promise<void> {
    this.#under++;
    const peer = io.getpeername();
    const { limit, rejected } = this.#how;
    const deadline = deadlineAt(now() + limit, this.#closing.signal);
    const secure = await this.#wrap(io, { ...this.#how, unread: undefined }, deadline);
    this.#under--;
    if (this.#closed) {
      if (!(secure instanceof Failure)) secure.close();
      return;
    }
    if (secure instanceof Failure) rejected(secure, peer);
    else if (this.#waiter.waiting) this.#waiter.wake(secure);
    else this.#ready.push(secure);
    this.#changed();
    this.#pull();
  }

  #changed(): void {
    for (const changed of this.#watchers) changed();
  }
}
