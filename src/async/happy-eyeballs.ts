/** Connecting by a race of attempts, whose schedule `core/happy-eyeballs.ts` decides: by timers and events. */
import { type Attempt, Failure, type Outcome } from '../core/errors.ts';
import { Race } from '../core/happy-eyeballs.ts';
import { type Deadline, now } from '../core/timeout.ts';
import { clearTimeout, setTimeout } from './timers.ts';
import { Waiter } from './waiter.ts';

/** One attempt: calls `done` once, unless it is called off before. */
export type Contender<T> = (done: (outcome: Outcome<T>) => void) => { callOff(): void };

/** Runs the contenders until one succeeds, all fail or the deadline passes. A failure lists all that was tried. */
export async function race<T>(
  contenders: readonly { name: string; start: Contender<T> }[],
  deadline: Deadline,
  attempts: Attempt[] = [],
): Promise<Outcome<T>> {
  const schedule = new Race(
    contenders.map(({ name }) => name),
    attempts,
  );
  const running = new Map<number, { callOff(): void }>();
  const result = new Waiter<T>();
  let timer: NodeJS.Timeout | undefined;

  const finish = (index: number, outcome: Outcome<T>): void => {
    if (!schedule.isRunning(index)) return;
    if (outcome instanceof Failure) {
      running.delete(index);
      schedule.lost(index, outcome, now());
      startNext();
    } else if (result.waiting) {
      running.delete(index);
      schedule.won(index, now());
      result.wake(outcome);
    } // else it is too late: the deadline has passed, and all that is under way is called off
  };
  const startNext = (): void => {
    const index = schedule.begin(now());
    const contender = index === undefined ? undefined : contenders[index];
    if (index !== undefined && contender !== undefined) {
      const attempt = { callOff() {} };
      running.set(index, attempt);
      attempt.callOff = contender.start((outcome) => finish(index, outcome)).callOff;
    }
    const { failure, nextAt } = schedule;
    if (failure !== undefined) result.wake(failure);
    clearTimeout(timer);
    // A timer may be early by part of a millisecond: then it is set once more.
    if (nextAt < Number.POSITIVE_INFINITY) timer = setTimeout(startNext, Math.max(1, nextAt - now()));
  };

  const waiting = result.wait(deadline);
  startNext();
  const outcome = await waiting;
  clearTimeout(timer);
  for (const { callOff } of running.values()) callOff();
  return outcome instanceof Failure ? schedule.end(outcome, now()) : outcome;
}
