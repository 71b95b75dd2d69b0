/**
 * Copies from one stream to another: how a piece goes over, what ends a copy, and what its error says.
 *
 * A byte is taken from the one stream when the other one has taken it. So a copy that ends early has lost nothing: what
 * it has read and not sent is what the next receive, or copy, begins with.
 */
import { CLOSED_HERE, ENDED, Failure, type SocketError, TakenLate, TIMED_OUT } from './errors.ts';
import type { Flow } from './flow.ts';
import { WRITE_SLICE } from './limits.ts';
import type { Stream } from './stream.ts';
import { type Deadline, now } from './timeout.ts';

/** Options of `copy`. */
export interface CopyOptions {
  /** Whether the end of `from` ends the sending half of `to`, so that its peer reads an end, too; default true. */
  readonly end?: boolean | undefined;
  /** Ends the copy with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `forward`. */
export interface ForwardOptions {
  /** Ends it with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/** How many bytes `forward` has moved. */
export interface Forwarded {
  /** From the first socket to the second. */
  readonly forth: number;
  /** From the second socket to the first. */
  readonly back: number;
}

/** Why a copy stands still, and at which of its sides. */
export interface Stop {
  readonly phase: 'receiving' | 'sending';
  /** ENDED of a copy that has come to the end. */
  readonly failure: Failure;
}

/** A copy in one direction, which can be gone on with after each stop. */
export class Copy {
  readonly from: Stream;
  readonly to: Stream;
  /** Bytes that `to` has taken. */
  count = 0;
  readonly #call: string;
  readonly #moved: () => void;

  constructor(call: string, from: Stream, to: Stream, moved: () => void = () => {}) {
    this.from = from;
    this.to = to;
    this.#call = call;
    this.#moved = moved;
  }

  /** Moves bytes until there is a reason to stop. @throws SocketError where a side is closed, busy or aborted already */
  *move(receiving: Deadline, sending: Deadline): Flow<Stop> {
    let unsent: Failure | undefined;
    let pieces = 0;
    const copy = this;
    function* send(piece: Buffer): Flow<number> {
      const outcome = yield* copy.to.sendOnce(piece, sending, pieces++);
      const taken = outcome instanceof TakenLate ? outcome.taken : outcome instanceof Failure ? 0 : outcome;
      if (outcome instanceof Failure) unsent = outcome;
      copy.count += taken;
      copy.#moved();
      return taken;
    }
    for (;;) {
      const unread = yield* this.from.receiveEach(WRITE_SLICE, receiving, send);
      if (unsent !== undefined) return { phase: 'sending', failure: unsent };
      if (unread !== undefined) return { phase: 'receiving', failure: unread };
    }
  }

  /** The error for what has stopped it. */
  error({ phase, failure }: Stop): SocketError {
    const [side, verb] = phase === 'receiving' ? [this.from, 'receive'] : [this.to, 'send'];
    const partial = this.from.partial;
    const unsent = this.from.unread;
    const rest = unsent === 0 ? '' : `; bytes that were read and not sent, for the next receive: ${unsent}`;
    const note = `bytes copied: ${this.count}${rest}`;
    return side.errorFor(`${this.#call}: ${verb}`, failure, { partial, sent: this.count, phase, note });
  }
}

/** Copies to the end, within the timeouts that both sockets have: `total` bounds the whole copy, `block` each wait. */
export function* copied(from: Stream, to: Stream, { end = true, signal }: CopyOptions): Flow<number> {
  const copy = new Copy('copy', from, to);
  const stop = yield* copy.move(from.deadline(signal), to.deadline(signal));
  if (stop.failure !== ENDED) throw copy.error(stop);
  if (end) to.shutdown('send');
  return copy.count;
}

/**
 * The time of a forwarder: what moves in one direction is a sign of life for both. The shorter of the sockets' timeouts
 * holds: `block` for the time in which nothing moves, `total` for the whole.
 */
export class ForwardClock implements Deadline {
  readonly signal: AbortSignal | undefined;
  readonly interruptible = true;
  readonly #idle: number;
  readonly #end: number;
  #last = now();

  constructor(a: Stream, b: Stream, signal: AbortSignal | undefined) {
    const [one, other] = [a.timeouts.get(), b.timeouts.get()];
    this.signal = signal;
    this.#idle = 1000 * Math.min(one.block ?? Number.POSITIVE_INFINITY, other.block ?? Number.POSITIVE_INFINITY);
    this.#end = now() + 1000 * Math.min(one.total ?? Number.POSITIVE_INFINITY, other.total ?? Number.POSITIVE_INFINITY);
  }

  readonly moved = (): void => {
    this.#last = now();
  };

  remaining(): number {
    return Math.max(0, Math.min(this.#last + this.#idle, this.#end) - now());
  }

  overAfter(): boolean {
    return this.#end !== Number.POSITIVE_INFINITY && now() >= this.#end;
  }
}

/** Whether the other direction of a forwarder goes on: what a peer has said before it stopped to listen is still to come. */
export function goesOn({ phase, failure }: Stop): boolean {
  return (
    failure === ENDED ||
    (phase === 'sending' && ![TIMED_OUT, CLOSED_HERE].includes(failure) && failure.code !== 'ABORT_ERR')
  );
}
