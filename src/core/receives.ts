/** The receives of a stream: what has arrived, which pattern takes it, and one receive at a time. */
import { type Filling, type Piece, ReceiveBuffer } from './buffer.ts';
import {
  ENDED,
  type ErrorDetails,
  Failure,
  failed,
  misuse,
  type Outcome,
  type SocketError,
  TIMED_OUT,
} from './errors.ts';
import { type Flow, isPromise, type MaybePromise, settle } from './flow.ts';
import type { Io } from './io.ts';
import { type Matcher, NO_OPTIONS, type Pattern, parsePattern, type ReceiveOptions } from './pattern.ts';
import { type Deadline, NO_WAIT } from './timeout.ts';

const NOTHING = (): Buffer => Buffer.alloc(0);

/** The stream that the receives belong to. */
interface Receiver {
  readonly io: Io;
  checkUsable(call: string, signal: AbortSignal | undefined): void;
  deadline(signal: AbortSignal | undefined): Deadline;
  errorFor(call: string, failure: Failure, details: ErrorDetails): SocketError;
  named(details: ErrorDetails): ErrorDetails;
}

export class Receives {
  readonly #stream: Receiver;
  /** Made by the first receive: a connection that is never read costs none. */
  #buffer: ReceiveBuffer | undefined;
  #busy = false;
  /** How many bytes had arrived when a receive failed for want of more; 0 after one that did not. */
  #arrivedInVain = 0;

  constructor(stream: Receiver) {
    this.#stream = stream;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Bytes that have arrived and were not received. */
  get size(): number {
    return this.#buffer?.size ?? 0;
  }

  /** Bytes that were received since the beginning. */
  get taken(): number {
    return this.#buffer?.taken ?? 0;
  }

  /** Whether bytes are at hand, and not just those that were too few for the last receive. */
  get hasNews(): boolean {
    const buffer = this.#buffer;
    return buffer !== undefined && buffer.size > 0 && buffer.taken + buffer.size > this.#arrivedInVain;
  }

  /** A line that is at hand, when there is nothing to check; undefined means to run the flow. */
  lineAtHand(encoding: 'utf8' | 'latin1'): string | undefined {
    return this.#busy ? undefined : this.#buffer?.takeTextLine(encoding);
  }

  /** A receive up to its first wait: what it gives, where it does not have to wait, else the flow that goes on. */
  begin(pattern: Pattern = '*l', options: ReceiveOptions = NO_OPTIONS): string | Buffer | Flow<string | Buffer> {
    const matcher = parsePattern(pattern, options);
    const deadline = this.#begun(options.signal);
    this.#buffer ??= new ReceiveBuffer();
    let rest: Flow<string | Buffer> | undefined;
    try {
      for (let ended = false, pieces = 0; ; pieces++) {
        const bytes = this.#matched(matcher, this.#buffer, ended);
        if (bytes !== undefined) return matcher.result(bytes);
        const answer = this.#piece(deadline, pieces, matcher.large);
        if (isPromise(answer)) {
          rest = this.#rest(matcher, this.#buffer, answer, deadline, pieces);
          return rest;
        }
        ended = this.#arrived(answer, matcher, this.#buffer);
      }
    } finally {
      if (rest === undefined) this.#busy = false;
    }
  }

  *#rest(
    matcher: Matcher,
    buffer: ReceiveBuffer,
    first: PromiseLike<Piece>,
    deadline: Deadline,
    pieces: number,
  ): Flow<string | Buffer> {
    let taken = pieces;
    try {
      for (let answer: MaybePromise<Piece> = first; ; answer = this.#piece(deadline, ++taken)) {
        const got = isPromise(answer) ? ((yield answer) as Piece) : answer;
        const bytes = this.#matched(matcher, buffer, this.#arrived(got, matcher, buffer));
        if (bytes !== undefined) return matcher.result(bytes);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** The transport's next piece, for a call that has got `pieces` of them; into the buffer itself, for a `large` count. */
  #piece(deadline: Deadline, pieces: number, large = 0): MaybePromise<Piece> {
    if (deadline.overAfter(pieces)) return TIMED_OUT;
    if (large === 0 || this.#stream.io.recvInto === undefined) return this.#stream.io.recv(deadline);
    return (this.#buffer as ReceiveBuffer).fill(large, this.#stream.io as Filling, deadline);
  }

  /** The bytes that the pattern wants, if all of them are there; throws when they never will be. */
  #matched(matcher: Matcher, buffer: ReceiveBuffer, ended: boolean): Buffer | undefined {
    const bytes = matcher.match(buffer, ended);
    if (bytes !== undefined) {
      this.#arrivedInVain = 0;
      return bytes;
    }
    matcher.check(buffer);
    if (ended) throw this.#ended(matcher.prefix, buffer.size);
    return undefined;
  }

  /** Takes in what the transport gave; true when that was the end. */
  #arrived(got: Piece, matcher: Matcher, buffer: ReceiveBuffer): boolean {
    if (!(got instanceof Failure)) {
      if (typeof got !== 'number') buffer.gather(matcher.large, got);
      return false;
    }
    buffer.leaveBlock();
    if (got === ENDED) return true;
    this.#arrivedInVain = buffer.taken + buffer.size;
    throw this.#stream.errorFor('receive', got, { partial: this.partial(matcher.prefix) });
  }

  /** Whatever is there, at least one byte and at most `limit`; undefined at the end of the stream. */
  *some(limit: number, signal?: AbortSignal): Flow<Buffer | undefined> {
    const deadline = this.#begun(signal);
    this.#buffer ??= new ReceiveBuffer();
    const buffer = this.#buffer;
    try {
      if (buffer.size === 0) {
        const got = yield* settle(deadline.overAfter(0) ? TIMED_OUT : this.#stream.io.recv(deadline));
        if (got === ENDED) return undefined;
        if (got instanceof Failure) throw this.#stream.errorFor('receive', got, { partial: this.partial(undefined) });
        buffer.push(got);
      }
      return buffer.take(Math.min(buffer.size, limit));
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Hands what comes to `take`, in pieces of at most `limit` bytes, until that takes less than it is given, which gives
   * undefined, or the transport fails, which gives its failure: ENDED at the end. What was not taken stays.
   */
  *each(limit: number, deadline: Deadline, take: (piece: Buffer) => Flow<number>): Flow<Failure | undefined> {
    this.#check(deadline.signal);
    this.#busy = true;
    this.#buffer ??= new ReceiveBuffer();
    const buffer = this.#buffer;
    try {
      for (let pieces = 0; ; ) {
        if (buffer.size === 0) {
          const got = yield* settle(deadline.overAfter(pieces++) ? TIMED_OUT : this.#stream.io.recv(deadline));
          if (got instanceof Failure) return got;
          buffer.push(got);
        }
        const piece = buffer.front(limit);
        const taken = yield* take(piece);
        buffer.skip(taken);
        if (taken < piece.length) return undefined;
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Makes receives fail until {@link release}. */
  hold(): void {
    this.#busy = true;
  }

  release(): void {
    this.#busy = false;
  }

  /** For whom goes on with the connection: looks once what has arrived, and gives all of it, which stays; or why it cannot. */
  *unread(): Flow<Outcome<Buffer | undefined>> {
    this.#buffer ??= new ReceiveBuffer();
    const { io } = this.#stream;
    if (this.#buffer.size === 0 && io.readiness !== undefined) {
      const got = yield* settle(io.recv(NO_WAIT));
      if (!(got instanceof Failure)) this.#buffer.push(got);
      else if (got !== TIMED_OUT) return got;
    }
    return this.#buffer.size > 0 ? this.#buffer.snapshot()() : undefined;
  }

  /** Forgets what is unread. */
  clear(): void {
    this.#buffer = undefined;
  }

  /** What is at hand, behind what an operation had before it. */
  partial(prefix: Buffer | undefined): () => Buffer {
    const snapshot = this.#buffer?.snapshot() ?? NOTHING;
    return () => (prefix === undefined ? snapshot() : Buffer.concat([prefix, snapshot()]));
  }

  #begun(signal: AbortSignal | undefined): Deadline {
    this.#check(signal);
    const deadline = this.#stream.deadline(signal);
    this.#busy = true;
    return deadline;
  }

  #check(signal: AbortSignal | undefined): void {
    if (this.#busy) {
      throw misuse('ERR_BUSY', 'receive: another receive of this socket has not ended; await it before the next');
    }
    this.#stream.checkUsable('receive', signal);
  }

  /** The end came before what the pattern wants: how much did come is easily overlooked. */
  #ended(prefix: Buffer | undefined, size: number): SocketError {
    const count = size + (prefix?.length ?? 0);
    const note = count === 0 ? undefined : `bytes in partial: ${count}`;
    return failed('receive', ENDED, this.#stream.named({ partial: this.partial(prefix), note }));
  }
}
