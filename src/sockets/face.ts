/**
 * A face, as the socket classes see it: a way to run flows, and the type of what comes back. The classes are written once,
 * over an engine and a runner, with the face as a type parameter: so the faces cannot drift apart.
 */
import type { Flow } from '../core/flow.ts';
import type { Gate } from '../core/turns.ts';

/** `'await'` gives promises, `'blocking'` gives values. */
export type Face = 'await' | 'blocking';

/** The result of a call that may wait. */
export type Result<F extends Face, T> = F extends 'await' ? Promise<T> : T;

/** The object that `for await` (or `for`) runs over. */
export type Iteration<F extends Face, T> = F extends 'await' ? AsyncIterableIterator<T> : IterableIterator<T>;

export interface Runner<F extends Face> {
  readonly face: F;
  /** Runs the flow to its end. */
  run<T>(flow: Flow<T>): Result<F, T>;
  /** A result that is already there. */
  done<T>(value: T): Result<F, T>;
  /** An error that is already there. */
  fail<T>(error: unknown): Result<F, T>;
  /** Where one call waits for another; a face whose calls block has no second one. */
  readonly gate?: () => Gate<void>;
  /**
   * Iterates over what `step` gives, until it gives undefined. `atHand` may know the next value without waiting; `left` is
   * called where the loop is left before its end.
   */
  iterate<T>(step: () => Flow<T | undefined>, atHand?: () => T | undefined, left?: () => void): Iteration<F, T>;
}
