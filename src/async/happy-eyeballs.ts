/**
 * Racing attempts (RFC 8305, "Happy Eyeballs", section 5): each attempt begins a quarter of a second after the one
 * before it, or at once when that one fails; the first that succeeds wins, and the others are called off.
 */
import { type Attempt, Failure, type Outcome } from '../core/errors.ts';
import { CONNECTION_ATTEMPT_DELAY } from '../core/limits.ts';
import type { Deadline } from '../core/timeout.ts';
import { Waiter } from './waiter.ts';

/** One attempt: calls `done` once, unless it is called off before. */
export type Contender<T> = (done: (outcome: Outcome<T>) => void) => { callOff(): void };

/** Runs the contenders until one succeeds, all fail or the deadline passes. A failure lists all that was tried. */
export async function race<T>(
  contenders: readonly { name: string; start: Contender<T> }[],
  deadline: Deadline,
  attempts: Attempt[] = [],
): Promise<Outcome<T>> {
  const ended = (address: string, began: number, code: string): void => {
    attempts.push({ address, milliseconds: performance.now() - began, code });
  };
  const running = new Map<string, { began: number; callOff(): void }>();
  const result = new Waiter<T>();
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const settle = (name: string, outcome: Outcome<T>): void => {
    const attempt = running.get(name);
    if (attempt === undefined) return;
    running.delete(name);
    if (!(outcome instanceof Failure)) {
      if (!result.waiting)
        attempt.callOff(); // too late: the deadline has passed
      else {
        ended(name, attempt.began, 'connected');
        result.wake(outcome);
      }
      return;
    }
    ended(name, attempt.began, outcome.code);
    if (next < contenders.length) startNext();
    else if (running.size === 0) result.wake(outcome);
  };
  const startNext = (): void => {
    clearTimeout(timer);
    const contender = contenders[next++];
    if (contender === undefined) return;
    const { name, start } = contender;
    const attempt = { began: performance.now(), callOff() {} };
    running.set(name, attempt);
    attempt.callOff = start((outcome) => settle(name, outcome)).callOff;
    if (next < contenders.length) timer = setTimeout(startNext, CONNECTION_ATTEMPT_DELAY * 1000);
  };

  const waiting = result.wait(deadline);
  startNext();
  const outcome = await waiting;
  clearTimeout(timer);
  for (const [name, { began, callOff }] of running) {
    callOff();
    ended(name, began, outcome instanceof Failure ? outcome.code : 'called off');
  }
  return outcome instanceof Failure ? new Failure(outcome.code, outcome.cause, attempts) : outcome;
}
