/**
 * The protocol of LTN12 ("Filters sources and sinks", Lua Technical Note 12): what sources, filters and sinks are, and
 * the few rules that every part keeps.
 *
 * All three are plain functions of chunks. Each may answer at once or with a promise; a chain of parts that answer at
 * once answers at once. A part is called again only after it has answered.
 */
import { isBytes, viewOf } from '../core/data.ts';
import { misuse } from '../core/errors.ts';
import { type Flow, type MaybePromise, settle } from '../core/flow.ts';

/** Some bytes, possibly none; null is the end. */
export type Chunk = Uint8Array | null;

/** What becomes bytes: a string is UTF-8. */
export type Data = string | Uint8Array;

/** Gives the next chunk, and null at the end, again and again. It throws its errors. */
export interface Source {
  (): MaybePromise<Chunk>;
  /** Called at most once, when the reader gives up before the end; with the reason, where that is an error. */
  close?: ((error?: unknown) => MaybePromise<void>) | undefined;
}

/** A source that never waits. Not an extension: that would inherit the call that may. */
export interface SyncSource {
  (): Chunk;
  /** As of {@link Source}. */
  close?: Source['close'];
}

/**
 * Takes a chunk and gives what it made of it. An empty chunk out says that it needs more. After an output that is not
 * empty it is drained: called with an empty chunk until it gives one. Null in is the end, and again until it gives
 * null, which it gives at no other time. It throws its errors.
 */
export interface Filter {
  (chunk: Chunk): MaybePromise<Chunk>;
  /** Called when the chain is given up before the end. */
  close?: ((error?: unknown) => MaybePromise<void>) | undefined;
}

/** A filter that never waits. */
export interface SyncFilter {
  (chunk: Chunk): Chunk;
  /** As of {@link Filter}. */
  close?: Filter['close'];
}

/**
 * Takes a chunk. Null is the end, and with an error an end before its time: the source failed. It throws its own
 * errors, and is not called again then.
 */
export type Sink = (chunk: Chunk, error?: unknown) => MaybePromise<void>;

/** A sink that never waits. */
export type SyncSink = (chunk: Chunk, error?: unknown) => void;

/** Gives a chunk, or a chunk and the source to go on with. */
export interface FancySource {
  (): MaybePromise<Chunk | readonly [chunk: Chunk, next?: FancySource]>;
  /** As of {@link Source}. */
  close?: Source['close'];
}

/** Takes a chunk, and may give the sink to go on with. */
export type FancySink = (chunk: Chunk, error?: unknown) => MaybePromise<FancySink | void>;

type Part = (...args: never[]) => unknown;

/** `Never` if no part gives a promise, as far as its type tells, and else `Maybe`. */
export type IfSync<P extends Part, Never, Maybe> = [Extract<ReturnType<P>, PromiseLike<unknown>>] extends [never]
  ? Never
  : Maybe;

/** What comes of calling two parts each at least once: a promise, if one of them always gives one. */
export type Joint<A extends Part, B extends Part, T> = IfSync<
  A | B,
  T,
  [ReturnType<A>] extends [PromiseLike<unknown>]
    ? Promise<T>
    : [ReturnType<B>] extends [PromiseLike<unknown>]
      ? Promise<T>
      : T | Promise<T>
>;

/** The bytes of a chunk that `source.string` makes. */
export const BLOCKSIZE = 2048;

/** Empty chunks that a filter may give in a row when it is asked for its end; more are an error, and not a hang. */
export const FLUSH_LIMIT = 1000;

/** Asks a filter for more of what it has. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** One call of a filter, held to its rules. */
export function* filtered(filter: Filter, chunk: Chunk): Flow<Chunk> {
  const out = yield* settle(filter(chunk));
  if (isBytes(out)) return viewOf(out);
  if (out === null && chunk === null) return null;
  throw misuse(
    'ERR_FILTER',
    `a filter gives bytes (Uint8Array), and null only after null; this one gave ${typeOf(out)}`,
  );
}

/** One call of a source, held to its rules. */
export function* sourced(source: Source): Flow<Chunk> {
  const chunk = checkedChunk(yield* settle(source()));
  return chunk === null ? null : viewOf(chunk);
}

/** What a source has given, if its rules allow that. */
export function checkedChunk(chunk: Chunk): Chunk {
  if (chunk === null || isBytes(chunk)) return chunk;
  throw misuse('ERR_SOURCE', `a source gives bytes (Uint8Array), or null at the end; this one gave ${typeOf(chunk)}`);
}

/** Tells a sink that there was an error. What the sink says to that is not news. */
export function* tell(sink: Sink, error: unknown): Flow<void> {
  try {
    // Without an error it would take what it has for the whole.
    yield* settle(sink(null, error ?? misuse('ERR_SOURCE', `a part of the chain threw ${error}`)));
  } catch {
    // The first error is the one to report.
  }
}

/** Closes a source or a filter because of an error, which is the one to report, whatever comes of the closing. */
export function* abandon(part: Source | Filter, error: unknown): Flow<void> {
  try {
    yield* settle(part.close?.(error));
  } catch {
    // As above.
  }
}

/** Closes all of them, whatever comes of each; then throws the first error of a closing, if there was one. */
export function* closeAll(parts: readonly { readonly close?: Source['close'] }[], error: unknown): Flow<void> {
  const errors: unknown[] = [];
  for (const part of parts) {
    try {
      yield* settle(part.close?.(error));
    } catch (failure) {
      errors.push(failure);
    }
  }
  if (errors.length > 0) throw errors[0];
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
