/**
 * Sources of whatever can be looped over: arrays and generators, Node's readable streams, web streams, and what speaks
 * the protocol of node:stream/iter.
 */
import { dataOf, isBytes } from '../core/data.ts';
import { badArgument } from '../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import type { Chunk, Data, Source, SyncSource } from './protocol.ts';
import { TO_ASYNC_STREAMABLE, TO_STREAMABLE } from './stream-iter-symbols.ts';

/** What one turn of the loop gives: a chunk, or several, as the loops of node:stream/iter do. */
export type Item = Data | readonly Data[];

/** An object that says itself what to loop over (node:stream/iter). */
export interface Streamable {
  /** `Symbol.for('Stream.toStreamable')`: gives the loop, or all of the data. */
  [TO_STREAMABLE](): Iterable<Item> | Data;
}

/** The same, of a loop that waits. */
export interface AsyncStreamable {
  /** `Symbol.for('Stream.toAsyncStreamable')`: gives the loop, or all of the data, or a promise of either. */
  [TO_ASYNC_STREAMABLE](): MaybePromise<AsyncIterable<Item> | Iterable<Item> | Data>;
}

type Loop = Iterator<Item> | AsyncIterator<Item>;

/**
 * A source of what a loop gives. `for await` decides what that is where an object has both kinds of loop. Node's
 * Readable and a ReadableStream are such objects; given up, they are destroyed, or cancelled with the reason.
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * const words = source.iterable(new Set(['one', 'two']));
 * String(words()); // => 'one'
 * const web = source.iterable(new Response('from the web').body);
 * String(Buffer.from(await web())); // => 'from the web'
 * ```
 */
export function iterable(values: AsyncIterable<Item> | AsyncStreamable): Source;
export function iterable(values: Iterable<Item> | Streamable): SyncSource;
export function iterable(values: AsyncIterable<Item> | Iterable<Item> | AsyncStreamable | Streamable): Source {
  if (typeof values !== 'object' || values === null || isBytes(values))
    throw badArgument('source.iterable: takes what can be looped over; for a string or bytes there is source.string');
  let loop: Loop | undefined;
  let items: readonly Data[] = [];
  let at = 0;
  let over = false;
  let failure: { readonly error: unknown } | undefined;

  function* next(): Flow<Chunk> {
    while (at >= items.length) {
      if (failure !== undefined) throw failure.error;
      if (over) return null;
      const item = yield* step();
      items = Array.isArray(item) ? item : [item as Data];
      at = 0;
    }
    return dataOf('source.iterable', items[at++] as Data);
  }

  function* step(): Flow<Item> {
    try {
      loop ??= yield* loopOf(values);
      const { done, value } = yield* settle<IteratorResult<Item>>(loop.next());
      if (!done) return value;
      over = true;
      return [];
    } catch (error) {
      over = true; // a loop that throws has ended itself
      failure = { error };
      throw error;
    }
  }

  function* close(reason: unknown): Flow<void> {
    if (over) return;
    over = true;
    items = [];
    const { destroy } = values as { destroy?: (error?: unknown) => unknown };
    // A generator that was never asked does nothing when it is left: not even Node's, of its streams.
    if (loop === undefined && typeof destroy === 'function') destroy.call(values);
    else yield* settle<unknown>((loop ?? (yield* loopOf(values))).return?.(reason));
  }

  const source: Source = () => runMaybe(next());
  source.close = (error) => runMaybe(close(error));
  return source;
}

function* loopOf(values: unknown): Flow<Loop> {
  if (typeof values === 'string' || isBytes(values)) return [values][Symbol.iterator]();
  const { [Symbol.asyncIterator]: wait, [Symbol.iterator]: loop } = values as Partial<
    AsyncIterable<Item> & Iterable<Item>
  >;
  if (wait !== undefined) return wait.call(values as AsyncIterable<Item>);
  if (loop !== undefined) return loop.call(values as Iterable<Item>);
  const { [TO_ASYNC_STREAMABLE]: later, [TO_STREAMABLE]: now } = values as Partial<AsyncStreamable & Streamable>;
  if (later !== undefined) return yield* loopOf(yield* settle(later.call(values as AsyncStreamable)));
  if (now !== undefined) return yield* loopOf(now.call(values as Streamable));
  throw badArgument('source.iterable: this can not be looped over');
}
