/** Sources of what is at hand, and sources made of sources. */
import { dataOf } from '../core/data.ts';
import { badArgument } from '../core/errors.ts';
import { type Flow, runMaybe, settle } from '../core/flow.ts';
import { FilterDriver } from './filter-driver.ts';
import { chain as chainFilters } from './filters.ts';
import {
  BLOCKSIZE,
  type Chunk,
  closeAll,
  type Data,
  type FancySource,
  type Filter,
  type IfSync,
  type Source,
  type SyncSource,
  sourced,
} from './protocol.ts';

/** A source of nothing: it is at its end. (LTN12 `source.empty`.) */
export function empty(): SyncSource {
  return () => null;
}

/** A source that throws `error`, whenever it is asked. (LTN12 `source.error`.) */
export function error(error: unknown): SyncSource {
  return () => {
    throw error;
  };
}

/**
 * A source of one string, as UTF-8, or of bytes, in chunks of {@link BLOCKSIZE}. Chunks of bytes are views of them, not
 * copies. (LTN12 `source.string`.)
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * const letters = source.string('x'.repeat(3000));
 * letters().length; // => 2048
 * letters().length; // => 952
 * letters(); // => null
 * ```
 */
export function string(data: Data): SyncSource {
  const bytes = dataOf('source.string', data);
  let at = 0;
  return () => {
    if (at >= bytes.length) return null;
    const begin = at;
    at += BLOCKSIZE;
    return bytes.subarray(begin, at);
  };
}

/** A source of the chunks in an array, empty ones included. (LTN12 `source.table`.) */
export function table(chunks: readonly Data[]): SyncSource {
  if (!Array.isArray(chunks)) throw badArgument(`source.table: takes an array of chunks, not ${typeof chunks}`);
  let at = 0;
  return () => {
    const chunk = chunks[at] as Data | undefined;
    if (chunk === undefined) return null;
    at += 1;
    return dataOf('source.table', chunk);
  };
}

/**
 * A source out of a fancy one, which gives `[chunk, next]` to be replaced by `next`. (LTN12 `source.simplify`.)
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * const head = () => [Buffer.from('head '), source.string('body')];
 * String(Buffer.concat([...source.iterate(source.simplify(head))])); // => 'head body'
 * ```
 */
export function simplify<S extends FancySource>(fancy: S): IfSync<S, SyncSource, Source>;
export function simplify(fancy: FancySource): Source {
  let current = fancy;
  function* next(): Flow<Chunk> {
    const answer = yield* settle(current());
    if (!isPair(answer)) return answer;
    current = answer[1] ?? current;
    return answer[0];
  }
  const source: Source = () => runMaybe(next());
  source.close = (error) => current.close?.(error);
  return source;
}

function isPair(answer: Chunk | readonly [Chunk, FancySource?]): answer is readonly [Chunk, FancySource?] {
  return Array.isArray(answer);
}

/** A source that takes chunks back: called with one, it gives that one next. */
export interface RewindableSource<R = Chunk | PromiseLike<Chunk>> {
  (chunk: Uint8Array): void;
  (): R;
  /** Closes the source below. */
  close?: Source['close'];
}

/**
 * A source that takes chunks back; the last one that was taken back comes first. (LTN12 `source.rewind`.)
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * const words = source.rewind(source.table(['one', 'two']));
 * const first = words();
 * words(first);
 * String(words()); // => 'one'
 * String(words()); // => 'two'
 * ```
 */
export function rewind<S extends Source>(source: S): RewindableSource<ReturnType<S>>;
export function rewind(source: Source): RewindableSource {
  const back: Uint8Array[] = [];
  const rewindable = (chunk?: Uint8Array): ReturnType<Source> => {
    if (chunk === undefined) return back.pop() ?? source();
    back.push(chunk);
    return null; // nobody reads it
  };
  return Object.assign(rewindable, { close: (error?: unknown) => source.close?.(error) }) as RewindableSource;
}

/** What several sources give, one after the other. (LTN12 `source.cat`.) */
export function cat<S extends readonly Source[]>(...sources: S): IfSync<S[number], SyncSource, Source>;
export function cat(...sources: readonly Source[]): Source {
  let at = 0;
  function* next(): Flow<Chunk> {
    for (; at < sources.length; at++) {
      const chunk = yield* sourced(sources[at] as Source);
      if (chunk !== null) return chunk;
    }
    return null;
  }
  const source: Source = () => runMaybe(next());
  source.close = (error) => runMaybe(closeAll(sources.slice(at), error));
  return source;
}

/**
 * What comes of a source through one or more filters; it gives no empty chunks. (LTN12 `source.chain`.)
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * const upper = (chunk) => chunk && Buffer.from(String(Buffer.from(chunk)).toUpperCase());
 * String(source.chain(source.string('abc'), upper)()); // => 'ABC'
 * ```
 *
 * @throws SocketError ERR_FILTER when a filter breaks the rules; what the source and the filters throw
 */
export function chain<S extends Source, F extends readonly [Filter, ...Filter[]]>(
  source: S,
  ...filters: F
): IfSync<S | F[number], SyncSource, Source>;
export function chain(source: Source, ...filters: readonly [Filter, ...Filter[]]): Source {
  const filter = filters.length === 1 ? filters[0] : chainFilters(...filters);
  const feed = new FilterDriver(filter);
  let ended = false;
  function* next(): Flow<Chunk> {
    while (!ended) {
      const out = yield* feed.take();
      if (out === undefined) {
        feed.give(yield* sourced(source));
      } else {
        ended = out === null;
        return out;
      }
    }
    return null;
  }
  const chained: Source = () => runMaybe(next());
  chained.close = (error) => runMaybe(closeAll([source, filter], error));
  return chained;
}
