/** Peers that never let a call wait, on a clock that they set forward themselves: seconds pass, and no test waits for them. */
import { ENDED, type Outcome } from '../../src/core/errors.ts';
import type { MaybePromise } from '../../src/core/flow.ts';
import type { Io } from '../../src/core/io.ts';
import { setClock } from './test-clock.ts';

/** A clock in the place of the system's. */
export class Clock {
  #milliseconds = 1000;

  /** Seconds since it was made. */
  get age(): number {
    return (this.#milliseconds - 1000) / 1000;
  }

  pass(seconds: number): void {
    this.#milliseconds += seconds * 1000;
  }

  /** What is done by this clock. */
  async during<T>(action: () => T | Promise<T>): Promise<T> {
    const restore = setClock(() => this.#milliseconds);
    try {
      return await action();
    } finally {
      restore();
    }
  }
}

/** Each piece takes a quarter of a second, which binary fractions have exactly. */
export const PER_PIECE = 0.25;
/** A peer that a call cannot stop stops by itself: a failure, too, comes to its end. */
const MOST_PIECES = 5000;

export interface EndlessOptions {
  /** What comes before everything else, in one piece. */
  readonly head?: string | Buffer;
  /** The piece that comes again and again; none is the end. */
  readonly piece?: string | Buffer | undefined;
  /** Whether it answers by promises. */
  readonly later?: boolean;
}

/** Gives pieces, and takes slices, one after the other and at once. */
export class EndlessIo implements Io {
  /** When each piece was asked for, and each slice given, in seconds. */
  readonly received: number[] = [];
  readonly sent: number[] = [];
  readonly #clock: Clock;
  readonly #pieces: (string | Buffer)[];
  readonly #piece: string | Buffer | undefined;
  readonly #later: boolean;

  constructor(clock: Clock, { head, piece, later = false }: EndlessOptions) {
    this.#clock = clock;
    this.#pieces = head === undefined ? [] : [head];
    this.#piece = piece;
    this.#later = later;
  }

  recv(): MaybePromise<Outcome<Uint8Array>> {
    this.received.push(this.#clock.age);
    this.#clock.pass(PER_PIECE);
    const piece = this.#pieces.shift() ?? this.#piece;
    const ended = piece === undefined || this.received.length > MOST_PIECES;
    return this.#answer(ended ? ENDED : Buffer.from(piece as string, 'latin1'));
  }

  send(bytes: Uint8Array): MaybePromise<Outcome<number>> {
    this.sent.push(this.#clock.age);
    this.#clock.pass(PER_PIECE);
    return this.#answer(bytes.length);
  }

  shutdown(): void {}
  close(): void {}
  getfd(): number {
    return -1;
  }

  #answer<T>(outcome: T): MaybePromise<T> {
    return this.#later ? Promise.resolve(outcome) : outcome;
  }
}
