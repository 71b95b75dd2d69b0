/** Filters: made of low-level functions that keep no state, and chained. */
import { misuse } from '../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import { type Chunk, closeAll, EMPTY, type Filter, filtered, type IfSync, type SyncFilter } from './protocol.ts';

/** A filter without state: takes its context and a chunk, gives what it made of them and the context for the next call. */
export type LowLevelFilter<C, X extends readonly unknown[] = []> = (
  context: C,
  chunk: Chunk,
  ...extra: X
) => MaybePromise<readonly [out: Chunk, context: C]>;

/** A low-level filter that never waits. */
export type SyncLowLevelFilter<C, X extends readonly unknown[] = []> = (
  context: C,
  chunk: Chunk,
  ...extra: X
) => readonly [out: Chunk, context: C];

/**
 * A filter that calls a low-level one, keeping its context from call to call. (LTN12 `filter.cycle`.)
 *
 * ```ts
 * import { filter, pump, sink, source } from 'moonsocket/ltn12';
 * // Puts the number of bytes before it in front of each chunk.
 * const count = (before, chunk) => {
 *   if (chunk === null || chunk.length === 0) return [chunk, before];
 *   return [Buffer.concat([Buffer.from(`${before}:`), chunk]), before + chunk.length];
 * };
 * const [list, chunks] = sink.table();
 * pump.all(source.table(['abc', 'de']), sink.chain(filter.cycle(count, 0), list));
 * chunks.join(' '); // => '0:abc 3:de'
 * ```
 */
export function cycle<C, X extends readonly unknown[]>(
  low: SyncLowLevelFilter<C, X>,
  context: C,
  ...extra: X
): SyncFilter;
// A function in place has its types from the context: a number, and not only the one that it begins with.
export function cycle<C, X extends readonly unknown[]>(
  low: SyncLowLevelFilter<NoInfer<C>, X>,
  context: C,
  ...extra: X
): SyncFilter;
export function cycle<C, X extends readonly unknown[]>(low: LowLevelFilter<C, X>, context: C, ...extra: X): Filter;
export function cycle<C, X extends readonly unknown[]>(
  low: LowLevelFilter<NoInfer<C>, X>,
  context: C,
  ...extra: X
): Filter;
export function cycle<C, X extends readonly unknown[]>(low: LowLevelFilter<C, X>, context: C, ...extra: X): Filter {
  function* next(chunk: Chunk): Flow<Chunk> {
    const [out, after] = yield* settle(low(context, chunk, ...extra));
    context = after;
    return out;
  }
  return (chunk) => runMaybe(next(chunk));
}

/**
 * One filter out of several, the first of which takes what comes in. (LTN12 `filter.chain`.)
 *
 * ```ts
 * import { filter, source } from 'moonsocket/ltn12';
 * const upper = (chunk) => chunk && Buffer.from(String(Buffer.from(chunk)).toUpperCase());
 * const swap = (chunk) => chunk && Buffer.from(chunk).reverse();
 * const both = source.chain(source.string('abc'), filter.chain(upper, swap));
 * String(both()); // => 'CBA'
 * ```
 *
 * @throws SocketError ERR_FILTER when a filter breaks the rules, or when it is not drained before it is fed again
 */
export function chain<F extends readonly [Filter, ...Filter[]]>(...filters: F): IfSync<F[number], SyncFilter, Filter>;
export function chain(...filters: readonly Filter[]): Filter {
  const last = filters.length - 1;
  /** The filters before it have given all they had, and are not asked again. */
  let first = 0;
  /** The one whose turn it is: later ones are drained before earlier ones. */
  let at = 0;
  let ending = false;

  function* next(chunk: Chunk): Flow<Chunk> {
    if (chunk !== null && chunk.length > 0 && (ending || at !== first)) throw notDrained(ending);
    ending ||= chunk === null;
    for (let data = chunk; ; ) {
      const isFirst = at === first;
      const out = yield* filtered(filters[at] as Filter, isFirst ? data : (data ?? EMPTY));
      const empty = out !== null && out.length === 0;
      if (isFirst ? first === last || empty : at === last && !empty) return out;
      if (out === null) {
        first += 1;
        at = first;
      } else {
        at += empty ? -1 : 1;
      }
      // Back at an earlier one there is nothing for it but the question whether it has more.
      data = !empty ? out : ending ? null : EMPTY;
    }
  }

  const chained: Filter = (chunk) => runMaybe(next(chunk));
  chained.close = (error) => runMaybe(closeAll(filters, error));
  return chained;
}

function notDrained(ending: boolean): Error {
  const message = ending
    ? 'bytes after the end'
    : 'a chain of filters takes no bytes before it is drained: call it with an empty chunk until it gives one';
  return misuse('ERR_FILTER', message);
}
