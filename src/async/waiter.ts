/** One pending wait on the event loop: for an event, up to a deadline, or until a signal aborts it. */
import { atAbort } from '../core/aborts.ts';
import { Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import { type Deadline, now } from '../core/timeout.ts';
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from './timers.ts';

/** The longest delay that a timer takes, in milliseconds. Longer waits are slices of it. */
const LONGEST_TIMER = 2_147_483_647;

export class Waiter<T> {
  #resolve: ((outcome: Outcome<T>) => void) | undefined;
  #deadline: Deadline | undefined;
  /** Takes back what is to happen when the signal aborts. */
  #unheard: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #expires = 0;

  get waiting(): boolean {
    return this.#resolve !== undefined;
  }

  /** Waits until `wake`, or fails with `TIMED_OUT` or `ABORT_ERR`. */
  wait(deadline: Deadline): Promise<Outcome<T>> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (!deadline.interruptible) return;
      this.#deadline = deadline;
      const { signal } = deadline;
      if (signal?.aborted) {
        this.#abort(signal);
        return;
      }
      if (signal !== undefined) this.#unheard = atAbort(signal, () => this.#abort(signal));
      const remaining = deadline.remaining();
      if (remaining === 0) this.#pollOnce();
      else if (remaining !== Number.POSITIVE_INFINITY) {
        this.#expires = now() + remaining;
        this.#arm();
      }
    });
  }

  /** Ends the wait, if there is one. */
  wake(outcome: Outcome<T>): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    if (this.#deadline !== undefined) this.#disarm();
    resolve(outcome);
  }

  #arm(): void {
    const left = this.#expires - now();
    // A timer may fire before the event loop polls, and a tiny timeout is over before it turns at all.
    if (left <= 0) this.#pollOnce();
    else this.#timer = setTimeout(() => this.#arm(), Math.min(Math.ceil(left), LONGEST_TIMER));
  }

  /**
   * Not to wait is to look once: what the system holds already is seen when the event loop polls. The first
   * immediate may run before that poll, in the turn that is under way; the second runs after it.
   */
  #pollOnce(): void {
    this.#immediate = setImmediate(() => {
      this.#immediate = setImmediate(() => this.wake(TIMED_OUT));
    });
  }

  #disarm(): void {
    this.#deadline = undefined;
    this.#unheard?.();
    this.#unheard = undefined;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
  }

  #abort({ reason }: AbortSignal): void {
    this.wake(new Failure('ABORT_ERR', reason));
  }
}
