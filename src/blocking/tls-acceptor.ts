/**
 * A listening socket whose connections do their handshakes before they are accepted: as many as the backlog says at once,
 * under one poll(2), so that a client that is slow or says nothing keeps no other one waiting.
 *
 * They go on while the program is in `accept` or `select`; nothing else of its thread could move them.
 */
import type { Endpoint } from '../core/address.ts';
import { CLOSED_HERE, Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import type { Readiness, Waits } from '../core/io.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import { type Deadline, deadlineAt, NO_WAIT, now } from '../core/timeout.ts';
import { pollUntil, READABLE } from '../posix/wait.ts';
import type { TcpAcceptor, TcpIo, TlsAcceptor, TlsIo, TlsListening } from '../sockets/engine.ts';
import { OpenSslIo } from './tls-io.ts';

/** A handshake that is under way. */
interface Pending {
  readonly io: OpenSslIo;
  readonly tcp: TcpIo;
  /** When it has to be done, on the clock of `now`. */
  readonly end: number;
}

export class HandshakeAcceptor implements TlsAcceptor, Readiness {
  readonly #below: TcpAcceptor;
  readonly #how: TlsListening;
  readonly #pending = new Set<Pending>();
  readonly #done: OpenSslIo[] = [];
  #closed = false;

  constructor(below: TcpAcceptor, how: TlsListening) {
    this.#below = below;
    this.#how = how;
  }

  /** The first connection whose handshake is done. */
  accept(deadline: Deadline): Outcome<TlsIo> {
    const left = deadline.remaining();
    const end = left === Number.POSITIVE_INFINITY ? left : now() + left;
    for (;;) {
      if (this.#closed) return CLOSED_HERE;
      const refused = this.#advance();
      const done = this.#done.shift();
      if (done !== undefined) return done;
      if (refused !== undefined) return refused;
      const { fds, until } = this.waits();
      if (left === 0 || now() >= end) return TIMED_OUT;
      const found = pollUntil(
        Int32Array.from(fds.flat()),
        fds.length,
        deadlineAt(Math.min(until, end), deadline.signal),
      );
      if (found instanceof Failure && found !== TIMED_OUT) return found;
    }
  }

  /** Takes every handshake as far as it goes without a wait, and new connections in. Says why none can be. */
  #advance(): Failure | undefined {
    this.#goOn([...this.#pending]);
    while (this.#hasRoom) {
      const tcp = this.#below.accept(NO_WAIT) as Outcome<TcpIo>;
      if (tcp === TIMED_OUT) return undefined;
      if (tcp instanceof Failure) return tcp;
      const pending = {
        io: new OpenSslIo(tcp, { ...this.#how, unread: undefined }),
        tcp,
        end: now() + this.#how.limit,
      };
      this.#pending.add(pending);
      this.#goOn([pending]);
    }
    return undefined;
  }

  #goOn(all: readonly Pending[]): void {
    for (const pending of all.length > 1 ? ready(all) : all) {
      let why: Failure | undefined = CLOSED_HERE;
      try {
        why = pending.io.handshake(NO_WAIT);
      } finally {
        // Also where a function of the program has thrown: the call throws that.
        if (why !== TIMED_OUT) this.#pending.delete(pending);
        if (why === CLOSED_HERE) pending.io.close();
      }
      if (why === undefined) this.#done.push(pending.io);
      else if (why !== TIMED_OUT) this.#reject(pending, why);
    }
    for (const pending of all) {
      if (this.#pending.has(pending) && now() >= pending.end) this.#reject(pending, TIMED_OUT);
    }
  }

  #reject(pending: Pending, why: Failure): void {
    this.#pending.delete(pending);
    const peer = pending.tcp.getpeername();
    pending.io.close();
    this.#how.rejected(why, peer);
  }

  get #hasRoom(): boolean {
    return this.#pending.size + this.#done.length < this.#how.backlog;
  }

  readable(): boolean {
    if (this.#closed || this.#done.length > 0) return true;
    return this.#advance() !== undefined || this.#done.length > 0;
  }

  waits(): Waits {
    const fds: (readonly [number, number])[] = this.#hasRoom ? [[this.#below.getfd(), READABLE]] : [];
    let until = Number.POSITIVE_INFINITY;
    for (const { io, end } of this.#pending) {
      fds.push(...io.waits().fds);
      until = Math.min(until, end);
    }
    return { fds, until };
  }

  writable(): boolean {
    return false;
  }

  get readiness(): Readiness {
    return this;
  }

  get readFd(): number {
    return this.#below.getfd();
  }

  /** A listening socket has no room for anything. */
  get writeFd(): number {
    return -1;
  }

  get dropped(): number {
    return this.#below.dropped;
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

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { io } of this.#pending) io.close();
    for (const io of this.#done) io.close();
    this.#pending.clear();
    this.#done.length = 0;
    this.#below.close();
  }
}

/** Those of the handshakes whose connection has something to tell: one poll(2) for all of them, in place of a read for each. */
function ready(all: readonly Pending[]): Pending[] {
  const fds = new Int32Array(all.length * 4);
  for (const [i, { io }] of all.entries()) {
    const [first, second] = io.waits().fds;
    fds.set([first?.[0] ?? -1, first?.[1] ?? 0, second?.[0] ?? -1, second?.[1] ?? 0], i * 4);
  }
  if (pollUntil(fds, all.length * 2, NO_WAIT) instanceof Failure) return [];
  return all.filter((_, i) => ((fds[i * 4 + 1] as number) | (fds[i * 4 + 3] as number)) >>> 16 !== 0);
}
