/**
 * The schedule of a race of connection attempts (RFC 8305, "Happy Eyeballs", section 5), without I/O and without a clock:
 * each attempt begins a quarter of a second after the one before it, or at once when one fails; the first that
 * succeeds wins, and the others are called off. An engine starts and ends the attempts; this decides, and keeps the record.
 */
import { type Attempt, Failure, TIMED_OUT } from './errors.ts';
import { CONNECTION_ATTEMPT_DELAY } from './limits.ts';

export class Race {
  readonly #names: readonly string[];
  readonly #attempts: Attempt[];
  /** When each attempt that is under way began, by its index. */
  readonly #running = new Map<number, number>();
  #next = 0;
  #nextAt = Number.NEGATIVE_INFINITY;
  #lastFailure: Failure = TIMED_OUT;

  /** `names`: where each attempt goes, in their order. `attempts` gets the record of each that has ended. */
  constructor(names: readonly string[], attempts: Attempt[] = []) {
    this.#names = names;
    this.#attempts = attempts;
  }

  /** The index of the attempt that begins at this time (milliseconds); undefined if none may. */
  begin(time: number): number | undefined {
    if (this.#next === this.#names.length || (this.#running.size > 0 && time < this.#nextAt)) return undefined;
    this.#running.set(this.#next, time);
    this.#nextAt = time + CONNECTION_ATTEMPT_DELAY * 1000;
    return this.#next++;
  }

  /** When the next attempt may begin, unless one fails before; Infinity if none is left. */
  get nextAt(): number {
    return this.#next === this.#names.length ? Number.POSITIVE_INFINITY : this.#nextAt;
  }

  isRunning(index: number): boolean {
    return this.#running.has(index);
  }

  lost(index: number, failure: Failure, time: number): void {
    this.#record(index, failure.code, time);
    this.#lastFailure = failure;
    this.#nextAt = time;
  }

  won(index: number, time: number): void {
    this.#record(index, 'connected', time);
    for (const slower of this.#running.keys()) this.#record(slower, 'called off', time);
  }

  /** All attempts have failed: the last failure, with the record of all. Undefined while one is under way, or left. */
  get failure(): Failure | undefined {
    if (this.#running.size > 0 || this.#next < this.#names.length) return undefined;
    return this.#recorded(this.#lastFailure);
  }

  /** The deadline, or a signal, ends what is under way. */
  end(failure: Failure, time: number): Failure {
    for (const index of this.#running.keys()) this.#record(index, failure.code, time);
    return this.#recorded(failure);
  }

  #recorded({ code, cause }: Failure): Failure {
    return new Failure(code, cause, this.#attempts);
  }

  #record(index: number, code: string, time: number): void {
    const milliseconds = time - (this.#running.get(index) as number);
    this.#running.delete(index);
    this.#attempts.push({ address: this.#names[index] as string, milliseconds, code });
  }
}
