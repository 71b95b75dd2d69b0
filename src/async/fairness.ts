/**
 * Turns of the event loop, for fairness: calls that the kernel answers at once end without one, and a program that does
 * nothing else would keep all other sockets and timers waiting.
 */
import { setImmediate } from './timers.ts';

/** How many bytes may go out between two turns, where none comes about by itself. */
const SHARE = 1_048_576;
/** What a call costs besides its bytes. */
const CALL_COST = 256;

let spent = 0;

/** Accounts for work done at once; when a share is used up, the promise of a turn, to be waited for before the next. */
export function yieldAfterBudget(bytes: number): Promise<void> | undefined {
  spent += bytes + CALL_COST;
  if (spent < SHARE) return undefined;
  spent = 0;
  return turn();
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
