/**
 * Decides when a child hangs, by what it does and not by the clock on the wall: a busy machine makes a good run slow,
 * but it does not make it idle, nor make it compute more.
 */

export interface Limits {
  /** Seconds without progress and without noteworthy processor time. */
  readonly idleSeconds: number;
  /** Seconds of processor time without progress. */
  readonly cpuSeconds: number;
}

/** A child that uses less than this share of one processor is idle: servers that it waits for look around now and then. */
const IDLE_SHARE = 0.02;

/** The most seconds that count between two looks: in a pause of the whole machine nobody could do anything. */
const LONGEST_STEP = 10;

export class Watch {
  readonly #limits: Limits;
  #at: number | undefined;
  #cpu = 0;
  #progress = 0;
  /** Processor time since the last progress. */
  #computed = 0;
  /** Seconds of idleness until now, and the processor time used in them. */
  #idle = 0;
  #idleCpu = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Takes the time in seconds, the child's processor time so far in seconds (undefined if the system does not tell) and
   * any number that changes with the child's progress. Returns why the child has to be stopped, if so.
   */
  look(at: number, cpu: number | undefined, progress: number): string | undefined {
    const step = Math.min(at - (this.#at ?? at), LONGEST_STEP);
    // The time of a descendant that nobody waited for is lost: the sum may shrink.
    const used = Math.max(0, (cpu ?? 0) - this.#cpu);
    this.#at = at;
    this.#cpu = cpu ?? 0;
    if (progress !== this.#progress) {
      this.#progress = progress;
      this.#computed = this.#idle = this.#idleCpu = 0;
      return undefined;
    }
    this.#computed += used;
    this.#idle += step;
    this.#idleCpu += used;
    const { idleSeconds, cpuSeconds } = this.#limits;
    if (this.#computed > cpuSeconds) return `computed for ${cpuSeconds} s without progress, and was stopped`;
    if (this.#idleCpu > idleSeconds * IDLE_SHARE) this.#idle = this.#idleCpu = 0;
    return this.#idle >= idleSeconds ? `did nothing for ${idleSeconds} s, and was stopped` : undefined;
  }
}
