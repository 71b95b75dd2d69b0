/** Sinks into memory and nowhere, and sinks made of sinks. */
import { type Flow, runMaybe, settle } from '../core/flow.ts';
import { FilterDriver } from './filter-driver.ts';
import { chain as chainFilters } from './filters.ts';
import {
  abandon,
  type Chunk,
  type FancySink,
  type Filter,
  type IfSync,
  type Sink,
  type SyncSink,
  tell,
} from './protocol.ts';

/**
 * A sink that appends to an array, and the array. (LTN12 `sink.table`.)
 *
 * ```ts
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const [list, chunks] = sink.table();
 * pump.all(source.table(['a', 'b']), list);
 * String(Buffer.concat(chunks)); // => 'ab'
 * ```
 */
export function table(chunks: Uint8Array[] = []): [sink: SyncSink, chunks: Uint8Array[]] {
  const sink: SyncSink = (chunk) => {
    if (chunk !== null) chunks.push(chunk);
  };
  return [sink, chunks];
}

/** A sink that takes everything and keeps nothing. (LTN12 `sink.null`.) */
export function discard(): SyncSink {
  return () => {};
}

/** A sink that throws `error`, whatever it is given. (LTN12 `sink.error`.) */
export function error(error: unknown): SyncSink {
  return () => {
    throw error;
  };
}

/**
 * A sink out of a fancy one, which gives the sink to go on with, or nothing to stay. (LTN12 `sink.simplify`.)
 *
 * ```ts
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const [body, chunks] = sink.table();
 * const head = (chunk) => body; // takes the first chunk for itself
 * pump.all(source.table(['head', 'body']), sink.simplify(head));
 * chunks.join(); // => 'body'
 * ```
 */
export function simplify<K extends FancySink>(fancy: K): IfSync<K, SyncSink, Sink>;
export function simplify(fancy: FancySink): Sink {
  let current = fancy;
  function* take(chunk: Chunk, error: unknown): Flow<void> {
    current = (yield* settle(current(chunk, error))) ?? current;
  }
  return (chunk, error) => runMaybe(take(chunk, error));
}

/**
 * A sink behind one or more filters, the first of which takes what comes in. The sink gets no empty chunks. An error of
 * the source goes straight to the sink; the filters' rest is dropped. (LTN12 `sink.chain`.)
 *
 * ```ts
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const upper = (chunk) => chunk && Buffer.from(String(Buffer.from(chunk)).toUpperCase());
 * const [list, chunks] = sink.table();
 * pump.all(source.string('abc'), sink.chain(upper, list));
 * chunks.join(); // => 'ABC'
 * ```
 *
 * @throws SocketError ERR_FILTER when a filter breaks the rules; what the filters and the sink throw
 */
export function chain<F extends Filter, K extends Sink>(filter: F, sink: K): IfSync<F | K, SyncSink, Sink>;
export function chain<P extends readonly [Filter, ...Filter[], Sink]>(...parts: P): IfSync<P[number], SyncSink, Sink>;
export function chain(...parts: readonly [Filter, ...Filter[], Sink]): Sink {
  const sink = parts[parts.length - 1] as Sink;
  const [first, ...more] = parts.slice(0, -1) as [Filter, ...Filter[]];
  const filter = more.length === 0 ? first : chainFilters(first, ...more);
  const feed = new FilterDriver(filter);

  function* take(chunk: Chunk, error: unknown): Flow<void> {
    if (chunk === null && error !== undefined) {
      yield* abandon(filter, error);
      return yield* settle(sink(null, error));
    }
    if (chunk?.length === 0) return;
    feed.give(chunk);
    for (;;) {
      const out = yield* output();
      if (out === undefined) return;
      yield* hand(out);
      if (out === null) return;
    }
  }

  function* output(): Flow<Chunk | undefined> {
    try {
      return yield* feed.take();
    } catch (failure) {
      yield* abandon(filter, failure);
      yield* tell(sink, failure);
      throw failure;
    }
  }

  function* hand(out: Chunk): Flow<void> {
    try {
      yield* settle(sink(out));
    } catch (failure) {
      yield* abandon(filter, failure);
      throw failure;
    }
  }

  return (chunk, error) => runMaybe(take(chunk, error));
}
