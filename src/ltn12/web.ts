/** Sources, sinks and filters as web streams. Nothing is read before somebody asks for it. */
import { dataOf } from '../core/data.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import { FilterDriver } from './filter-driver.ts';
import { abandon, type Chunk, type Data, type Filter, type Sink, type Source, sourced } from './protocol.ts';

/** Bytes that are not shared with another thread, to which the types of the web hold. Its streams take both. */
export type WebBytes = Uint8Array<ArrayBuffer>;

/** A WritableStream that takes bytes, among other things maybe. */
export interface WebWritable {
  /** Locks the stream, and gives what writes to it. */
  getWriter(): {
    /** Takes a chunk when there is room for it. */
    write(chunk: WebBytes): Promise<void>;
    /** Ends the stream, when all chunks are written. */
    close(): Promise<void>;
    /** Gives the stream up. */
    abort(reason?: unknown): Promise<void>;
  };
}

/**
 * What a source gives, as a web stream. Cancelling it closes the source, with the reason.
 *
 * ```ts
 * import { source } from 'moonsocket/ltn12';
 * const stream = source.toReadable(source.string('to the web'));
 * await new Response(stream).text(); // => 'to the web'
 * ```
 */
export function toReadable(source: Source): ReadableStream<Uint8Array> {
  function* pull(controller: ReadableStreamDefaultController<Uint8Array>): Flow<void> {
    let chunk: Chunk;
    try {
      do chunk = yield* sourced(source);
      while (chunk?.length === 0); // some consumers take an empty chunk for an error
    } catch (error) {
      yield* abandon(source, error);
      throw error;
    }
    if (chunk === null) controller.close();
    else controller.enqueue(chunk);
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => runMaybe(pull(controller)),
      cancel: (reason) => runMaybe(settle(source.close?.(reason))),
    },
    { highWaterMark: 0 },
  );
}

/**
 * A web stream that writes into a sink. Aborting it tells the sink the reason.
 *
 * ```ts
 * import { sink } from 'moonsocket/ltn12';
 * const [list, chunks] = sink.table();
 * await new Response('from the web').body.pipeTo(sink.toWritable(list));
 * String(Buffer.concat(chunks)); // => 'from the web'
 * ```
 */
export function toWritable(sink: Sink): WritableStream<Data> {
  return new WritableStream<Data>({
    write: (data) => sink(dataOf('sink.toWritable', data)),
    close: () => sink(null),
    abort: (reason) => sink(null, reason ?? new DOMException('The stream was aborted', 'AbortError')),
  });
}

/**
 * A filter as a web stream to pipe through.
 *
 * ```ts
 * import { filter } from 'moonsocket/ltn12';
 * const upper = (chunk) => chunk && Buffer.from(String(Buffer.from(chunk)).toUpperCase());
 * const stream = new Response('abc').body.pipeThrough(filter.toTransform(upper));
 * await new Response(stream).text(); // => 'ABC'
 * ```
 */
export function toTransform(filter: Filter): TransformStream<Data, Uint8Array> {
  const feed = new FilterDriver(filter);
  function* pass(chunk: Chunk, controller: TransformStreamDefaultController<Uint8Array>): Flow<void> {
    try {
      feed.give(chunk);
      for (let out = yield* feed.take(); out; out = yield* feed.take()) controller.enqueue(out);
    } catch (error) {
      yield* abandon(filter, error);
      throw error;
    }
  }
  // The runtimes that know `cancel` say when the stream is given up; the types do not know it yet.
  const transformer: Transformer<Data, Uint8Array> & { cancel(reason: unknown): MaybePromise<void> } = {
    transform: (data, controller) => runMaybe(pass(dataOf('filter.toTransform', data), controller)),
    flush: (controller) => runMaybe(pass(null, controller)),
    cancel: (reason) => runMaybe(settle(filter.close?.(reason))),
  };
  return new TransformStream<Data, Uint8Array>(transformer);
}
