/** What has arrived and was not asked for, in pieces as they came. */
import { READ_AHEAD } from '../core/limits.ts';

/** What a piece costs besides its bytes, so that a peer that sends single bytes fills the queue too. */
const PIECE_COST = 128;

/** Pieces below this size are joined with those behind them: a call for each would cost more than the copy. */
const JOINED = 4096;

export class Pieces {
  /** Undefined where nothing has arrived, which is so of most sockets most of the time. */
  #queue: Buffer[] | undefined;
  #cost = 0;

  get empty(): boolean {
    return this.#queue === undefined;
  }

  /** Whether reading is to stop until something is taken. */
  get full(): boolean {
    return this.#cost >= READ_AHEAD;
  }

  push(piece: Buffer): void {
    if (this.#queue === undefined) this.#queue = [piece];
    else this.#queue.push(piece);
    this.#cost += piece.length + PIECE_COST;
  }

  /** The next bytes: a large piece alone, which is copied once then, into the memory of the receive. */
  take(): Buffer | undefined {
    const first = this.#queue?.[0];
    if (first === undefined || first.length < JOINED || this.#queue?.length === 1) return this.takeAll();
    this.#queue?.shift();
    this.#cost -= first.length + PIECE_COST;
    return first;
  }

  takeAll(): Buffer | undefined {
    const queue = this.#queue;
    this.clear();
    return queue?.length === 1 ? queue[0] : queue && Buffer.concat(queue);
  }

  clear(): void {
    this.#queue = undefined;
    this.#cost = 0;
  }
}
