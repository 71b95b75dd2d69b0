/** Pumps: what moves chunks from a source to a sink, and closes what is open when that fails. */
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import { abandon, type Chunk, type Joint, type Sink, type Source, sourced, tell } from './protocol.ts';

/** Moves one chunk; gives false when that was the end. */
export type Step<S, K> = (source: S, sink: K) => MaybePromise<boolean>;

/**
 * Moves one chunk from the source to the sink, or the end, and returns whether there is more. An error of the source
 * is told to the sink and then thrown. (LTN12 `pump.step`.)
 *
 * ```ts
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const words = source.table(['one', 'two']);
 * const [list, chunks] = sink.table();
 * pump.step(words, list); // => true
 * chunks.join(); // => 'one'
 * ```
 */
export function step<S extends Source, K extends Sink>(source: S, sink: K): Joint<S, K, boolean>;
export function step(source: Source, sink: Sink): MaybePromise<boolean> {
  return runMaybe(moveOne(source, sink));
}

function* moveOne(source: Source, sink: Sink): Flow<boolean> {
  let chunk: Chunk;
  try {
    chunk = yield* sourced(source);
  } catch (error) {
    yield* tell(sink, error);
    throw error;
  }
  yield* settle(sink(chunk));
  return chunk !== null;
}

/**
 * Moves everything from the source to the sink, by `step`, until that says that there is no more. The next chunk is
 * asked for when the sink has taken the last one. When all parts answer at once, so does this. (LTN12 `pump.all`.)
 *
 * An error anywhere ends the whole: the sink is told, unless it is the one that failed, the source is closed, unless
 * it is at its end, and then the error is thrown.
 *
 * ```ts
 * import { pair } from 'moonsocket';
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const [here, there] = pair();
 * await pump.all(source.string('over the wire'), sink.client(here, 'close-when-done'));
 * const [list, chunks] = sink.table();
 * await pump.all(source.client(there), list);
 * chunks.join(''); // => 'over the wire'
 * ```
 */
export function all<S extends Source, K extends Sink>(source: S, sink: K): Joint<S, K, void>;
export function all<S extends Source, K extends Sink, T extends Step<S, K>>(
  source: S,
  sink: K,
  step: T,
): Joint<() => ReturnType<S> | ReturnType<K>, T, void>;
export function all(source: Source, sink: Sink, step?: Step<Source, Sink>): MaybePromise<void> {
  return runMaybe(step === undefined ? moveEach(source, sink) : moveAll(source, sink, step));
}

/** As {@link moveAll} with the step above, whose source and sink need not be watched. */
function* moveEach(source: Source, sink: Sink): Flow<void> {
  for (let chunk: Chunk | undefined; chunk !== null; ) {
    try {
      chunk = yield* sourced(source);
    } catch (error) {
      yield* tell(sink, error);
      yield* abandon(source, error);
      throw error;
    }
    try {
      yield* settle(sink(chunk));
    } catch (error) {
      if (chunk !== null) yield* abandon(source, error);
      throw error;
    }
  }
}

function* moveAll(source: Source, sink: Sink, step: Step<Source, Sink>): Flow<void> {
  let ended = false;
  let done = false;

  function* read(answer: MaybePromise<Chunk>): Flow<Chunk> {
    const chunk = yield* settle(answer);
    if (chunk === null) ended = true;
    return chunk;
  }

  function* write(chunk: Chunk, error: unknown): Flow<void> {
    if (chunk === null) done = true;
    try {
      yield* settle(sink(chunk, error));
    } catch (failure) {
      done = true;
      throw failure;
    }
  }

  // A step of the program's own may have more to say to its source, such as what to take back.
  const watchedSource = new Proxy(source, {
    apply: (target, self, args) => runMaybe(read(Reflect.apply(target, self, args))),
  });
  const watchedSink: Sink = (chunk, error) => runMaybe(write(chunk, error));
  try {
    while (yield* settle(step(watchedSource, watchedSink)));
  } catch (error) {
    if (!ended) yield* abandon(source, error);
    if (!done) yield* tell(sink, error);
    throw error;
  }
}
