/** The sends of a stream: in slices, so that one that fails knows how many bytes the system has taken, and in turns. */
import {
  type ErrorDetails,
  Failure,
  failed,
  misuse,
  type Outcome,
  type SocketError,
  TakenLate,
  TIMED_OUT,
} from './errors.ts';
import { type Flow, type MaybePromise, settle } from './flow.ts';
import type { Io } from './io.ts';
import { WRITE_SLICE } from './limits.ts';
import type { StreamSendOptions } from './stream-options.ts';
import type { Deadline } from './timeout.ts';
import { type Gate, Turns } from './turns.ts';

/** A send whose transport threw, which none should. */
const BROKEN = new Failure('ERR_IO');

/** The stream that the sends belong to. */
interface Sender {
  readonly io: Io;
  errorFor(call: string, failure: Failure, details: ErrorDetails): SocketError;
}

export class Sends {
  readonly #stream: Sender;
  /** Whether a send has begun and not ended. */
  #busy = false;
  /** Made by the first send that overlaps another one. */
  #turns: Turns | undefined;
  /** How a send waits for another one; without it, as where calls block, no two may overlap. */
  newGate: (() => Gate<void>) | undefined;
  /** Bytes that the system has taken. */
  count = 0;

  constructor(stream: Sender) {
    this.#stream = stream;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** A send up to its first wait: the count, when the system has taken all at once, else the flow that goes on. */
  begin(bytes: Uint8Array, deadline: Deadline, options: StreamSendOptions | undefined): number | Flow<number> {
    if (this.#busy) return this.#inTurn(bytes, deadline, options);
    const answer = this.#slice(bytes, deadline, 0, options);
    if (answer === bytes.length) {
      this.count += answer;
      return answer;
    }
    this.#busy = true;
    return this.#rest(bytes, answer, deadline, options);
  }

  /** One slice, when the sends before it have ended: how many bytes the system has taken, or why none. */
  *once(bytes: Uint8Array, deadline: Deadline, pieces: number): Flow<Outcome<number>> {
    if (this.#busy) {
      const failure = yield* this.#lined().wait(deadline);
      if (failure instanceof Failure) return failure;
    }
    this.#busy = true;
    let outcome: Outcome<number> = BROKEN;
    try {
      outcome = yield* settle(this.#slice(bytes, deadline, pieces, undefined));
      this.count += outcome instanceof TakenLate ? outcome.taken : outcome instanceof Failure ? 0 : outcome;
      return outcome;
    } finally {
      this.release(outcome instanceof Failure ? outcome : undefined);
    }
  }

  /** Makes further sends wait for {@link release}. */
  hold(): void {
    this.#busy = true;
  }

  /** Lets the next send begin, or fails all that wait. */
  release(failure: Failure | undefined): void {
    this.#busy = this.#turns?.end(failure) ?? false;
  }

  *#rest(
    bytes: Uint8Array,
    first: MaybePromise<Outcome<number>>,
    deadline: Deadline,
    options: StreamSendOptions | undefined,
  ): Flow<number> {
    let sent = 0;
    let failure: Failure | undefined = BROKEN;
    try {
      for (let answer = first, pieces = 1; ; pieces++) {
        const outcome = yield* settle(answer);
        const taken = outcome instanceof TakenLate ? outcome.taken : outcome instanceof Failure ? 0 : outcome;
        sent += taken;
        this.count += taken;
        if (outcome instanceof Failure) {
          failure = outcome;
          throw this.#stream.errorFor('send', outcome, { sent });
        }
        if (sent === bytes.length || taken === 0) {
          failure = undefined;
          return sent;
        }
        answer = this.#slice(bytes.subarray(sent), deadline, pieces, options);
      }
    } finally {
      this.release(failure);
    }
  }

  *#inTurn(bytes: Uint8Array, deadline: Deadline, options: StreamSendOptions | undefined): Flow<number> {
    const failure = yield* this.#lined().wait(deadline);
    if (failure instanceof Failure) throw failed('send', failure, { sent: 0 });
    return yield* this.#rest(bytes, this.#slice(bytes, deadline, 0, options), deadline, options);
  }

  #lined(): Turns {
    if (this.newGate === undefined)
      throw misuse('ERR_BUSY', 'send: another send of this socket has not ended; await it before the next');
    this.#turns ??= new Turns(this.newGate);
    return this.#turns;
  }

  #slice(
    bytes: Uint8Array,
    deadline: Deadline,
    pieces: number,
    options: StreamSendOptions | undefined,
  ): MaybePromise<Outcome<number>> {
    if (deadline.overAfter(pieces)) return TIMED_OUT;
    const slice = bytes.length > WRITE_SLICE ? bytes.subarray(0, WRITE_SLICE) : bytes;
    return this.#stream.io.send(slice, deadline, options?.untilHeard, options?.steady);
  }
}
