/** How fast a pool may go: mails at a rate, and a pause after losses that follow each other. Numbers only: the pool waits. */
import { MAIL_LOSS_PAUSE, MAIL_LOSS_PAUSE_LIMIT } from '../../core/limits.ts';
import { now } from '../../core/timeout.ts';

/** Milliseconds that a timer may be late, and are caught up. */
const CAUGHT_UP = 10;

/** When the next mail may begin. */
export class Pace {
  /** Milliseconds from one mail to the next. */
  readonly #step: number;
  #next = 0;
  #losses = 0;
  #afterLoss = 0;

  /** `rate`: mails a second; undefined for any number. */
  constructor(rate: number | undefined) {
    this.#step = rate === undefined ? 0 : 1000 / rate;
  }

  /** Milliseconds until a mail may begin. */
  get pause(): number {
    return Math.max(0, Math.max(this.#next, this.#afterLoss) - now());
  }

  /** A mail begins. */
  began(): void {
    const time = now();
    this.#next = (time - this.#next < CAUGHT_UP ? this.#next : time) + this.#step;
  }

  /** The server has answered. */
  answered(): void {
    this.#losses = 0;
    this.#afterLoss = 0;
  }

  /** A connection was lost. The first loss is no reason to wait: a server may close what has been idle. */
  lost(): void {
    const pause = this.#losses === 0 ? 0 : MAIL_LOSS_PAUSE * 2 ** (this.#losses - 1);
    this.#losses++;
    this.#afterLoss = now() + Math.min(pause, MAIL_LOSS_PAUSE_LIMIT) * 1000;
  }
}
