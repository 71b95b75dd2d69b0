/**
 * A web transform as a filter.
 *
 * A transform does not say that it needs more: its write may wait for its output to be read, or end long before there
 * is any. So write and read both go on, and whichever is done first says what the filter gives.
 */
import { type Chunk, EMPTY, type Filter } from './protocol.ts';
import type { WebBytes, WebWritable } from './web.ts';

/** What a TransformStream is, and a CompressionStream, and the like. */
export interface TransformPair {
  /** Where the output comes out. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Where the input goes in. */
  readonly writable: WebWritable;
}

/**
 * A filter out of a TransformStream or anything else with two such ends.
 *
 * ```ts
 * import { gunzipSync } from 'node:zlib';
 * import { filter, pump, sink, source } from 'moonsocket/ltn12';
 * const [list, chunks] = sink.table();
 * const gzip = filter.transform(new CompressionStream('gzip'));
 * await pump.all(source.string('a'.repeat(5000)), sink.chain(gzip, list));
 * gunzipSync(Buffer.concat(chunks)).length; // => 5000
 * ```
 */
export function transform(pair: TransformPair): Filter {
  const reader = pair.readable.getReader();
  const writer = pair.writable.getWriter();
  let reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  let writing: Promise<undefined> = Promise.resolve(undefined);
  let ending = false;

  function write(what: Promise<void>): void {
    writing = what.then(() => undefined);
    writing.catch(() => {}); // heard of in the race, if that is not over by then
  }

  async function next(chunk: Chunk): Promise<Chunk> {
    if (chunk === null && !ending) write(writer.close());
    else if (chunk !== null && chunk.length > 0) write(writer.write(chunk as WebBytes));
    ending ||= chunk === null;
    for (;;) {
      if (reading === undefined) {
        reading = reader.read();
        reading.catch(() => {});
      }
      const pending = reading;
      // At the end there is nothing to wait for but output, unless the writing fails.
      const result = await Promise.race([pending, ending ? writing.then(() => pending) : writing]);
      if (result === undefined) return EMPTY;
      reading = undefined;
      if (result.done) return null;
      if (result.value.length > 0) return result.value;
    }
  }

  const filter: Filter = next;
  filter.close = async (error) => {
    await Promise.allSettled([writer.abort(error), reader.cancel(error)]);
  };
  return filter;
}
