/** A source as something to loop over. */
import { misuse } from '../core/errors.ts';
import { type Flow, isPromise, runAsync, runMaybe, settle } from '../core/flow.ts';
import { abandon, type IfSync, type Source, sourced } from './protocol.ts';
import { TO_ASYNC_STREAMABLE, TO_STREAMABLE } from './stream-iter-symbols.ts';

/** What `for await` runs over; `Readable.from`, `ReadableStream.from`, `new Response` and node:stream/iter take it too. */
export interface AsyncChunks extends AsyncIterable<Uint8Array> {
  /** `Symbol.for('Stream.toAsyncStreamable')`: itself, for node:stream/iter. */
  [TO_ASYNC_STREAMABLE](): AsyncIterable<Uint8Array>;
}

/** What `for` runs over as well, since the source never waits. */
export interface Chunks extends AsyncChunks, Iterable<Uint8Array> {
  /** `Symbol.for('Stream.toStreamable')`: itself, for node:stream/iter. */
  [TO_STREAMABLE](): Iterable<Uint8Array>;
}

type ChunkResult = IteratorResult<Uint8Array, undefined>;

const DONE: ChunkResult = { done: true, value: undefined };

/**
 * The chunks of a source, to loop over once. Leaving the loop early closes the source.
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * let text = '';
 * for (const chunk of source.iterate(source.table(['a', 'b']))) text += chunk;
 * for await (const chunk of source.iterate(source.table(['c']))) text += chunk;
 * text; // => 'abc'
 * ```
 *
 * @throws what the source throws; SocketError ERR_PROMISE for a source that waits, in a loop that does not
 */
export function iterate<S extends Source>(source: S): IfSync<S, Chunks, AsyncChunks>;
export function iterate(source: Source): Chunks {
  let over = false;
  let busy = false;

  function* next(): Flow<ChunkResult> {
    if (busy) throw misuse('ERR_BUSY', 'source.iterate: the loop asked again before it was answered');
    if (over) return DONE;
    busy = true;
    try {
      const value = yield* sourced(source);
      if (value !== null) return { done: false, value };
      over = true;
      return DONE;
    } catch (error) {
      yield* end(error);
      throw error;
    } finally {
      busy = false;
    }
  }

  function* end(error?: unknown): Flow<ChunkResult> {
    if (over) return DONE;
    over = true;
    if (error === undefined) yield* settle(source.close?.());
    else yield* abandon(source, error);
    return DONE;
  }

  const waiting: AsyncIterableIterator<Uint8Array, undefined> = {
    next: () => runAsync(next()),
    return: () => runAsync(end()),
    [Symbol.asyncIterator]: () => waiting,
  };
  const atOnce: IterableIterator<Uint8Array, undefined> = {
    next: () => answered(runMaybe(next())),
    return: () => answered(runMaybe(end())),
    [Symbol.iterator]: () => atOnce,
  };

  function answered(result: ChunkResult | Promise<ChunkResult>): ChunkResult {
    if (!isPromise(result)) return result;
    result
      .then(undefined, () => {})
      .then(() => runMaybe(end()))
      .catch(() => {});
    throw misuse('ERR_PROMISE', 'source.iterate: this source waits; loop over it with `for await`');
  }

  return {
    [Symbol.asyncIterator]: () => waiting,
    [Symbol.iterator]: () => atOnce,
    [TO_ASYNC_STREAMABLE]: () => waiting,
    [TO_STREAMABLE]: () => atOnce,
  };
}
