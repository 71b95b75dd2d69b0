/**
 * Whose turn it is to send, where a send begins before another has ended: each goes out whole, in the order of the calls.
 * When one fails those behind it fail too, before a byte of theirs is sent: the peer gets no stream with a hole in it.
 */
import { ClosedError, Failure, failed, type Outcome } from './errors.ts';
import { type Flow, type MaybePromise, settle } from './flow.ts';
import type { Deadline } from './timeout.ts';

/** Where one call waits for another one of the same program. */
export interface Gate<T> {
  /** What the gate is opened with, or why it is not. */
  wait(deadline: Deadline): MaybePromise<Outcome<T>>;
  readonly waiting: boolean;
  wake(value: Outcome<T>): void;
}

export class Turns {
  readonly #newGate: () => Gate<void>;
  /** Those that wait, behind the one whose turn it is. */
  #line: Gate<void>[] = [];

  constructor(newGate: () => Gate<void>) {
    this.#newGate = newGate;
  }

  /** Waits for the caller's turn; else gives why it never comes: its own time is over, or a send before it has failed. */
  *wait(deadline: Deadline): Flow<Outcome<void>> {
    const gate = this.#newGate();
    this.#line.push(gate);
    const failure = yield* settle(gate.wait(deadline));
    const at = failure === undefined ? -1 : this.#line.indexOf(gate);
    if (at >= 0) refuse(this.#line.splice(at), failure as Failure);
    return failure;
  }

  /** Ends a turn, by a failure or well; false when nobody has the next. */
  end(failure: Failure | undefined): boolean {
    const next = failure === undefined ? this.#line.shift() : undefined;
    if (next?.waiting) {
      next.wake(undefined);
      return true;
    }
    // The next has failed by itself, if there is one, and those behind it with it.
    const line = this.#line;
    this.#line = [];
    refuse(line, failure ?? new Failure('ERR_NOT_SENT'));
    return false;
  }
}

/** What closed the socket ends all sends alike; after anything else the caller of each learns that it is not its own failure. */
function refuse(line: readonly Gate<void>[], failure: Failure): void {
  if (line.length === 0) return;
  const error = failed('send', failure);
  const why =
    error instanceof ClosedError || failure.code === 'ERR_NOT_SENT' ? failure : new Failure('ERR_NOT_SENT', error);
  for (const gate of line) gate.wake(why);
}
