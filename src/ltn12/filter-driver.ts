/** A filter while it is fed: its outputs, one at a time, for a source or sink that goes through it. */
import { misuse } from '../core/errors.ts';
import type { Flow } from '../core/flow.ts';
import { type Chunk, EMPTY, type Filter, FLUSH_LIMIT, filtered } from './protocol.ts';

export class FilterDriver {
  readonly #filter: Filter;
  /** What the filter is called with next; undefined where it has nothing left and needs more. */
  #input: Chunk | undefined;
  #empties = 0;

  constructor(filter: Filter) {
    this.#filter = filter;
  }

  /** The next chunk for the filter, or null for the end; when `take` has given undefined. */
  give(chunk: Chunk): void {
    this.#input = chunk;
  }

  /** The next output, which is not empty; null at the end; undefined when the filter needs more. */
  *take(): Flow<Chunk | undefined> {
    while (this.#input !== undefined) {
      const input = this.#input;
      const out = yield* filtered(this.#filter, input);
      if (out === null) return null;
      if (out.length > 0) {
        this.#empties = 0;
        if (input !== null) this.#input = EMPTY; // drained from now on
        return out;
      }
      if (input !== null) this.#input = undefined;
      else if (++this.#empties > FLUSH_LIMIT) throw neverEnds();
    }
    return undefined;
  }
}

function neverEnds(): Error {
  return misuse('ERR_FILTER', `a filter was asked for its end ${FLUSH_LIMIT} times and gave neither bytes nor null`);
}
