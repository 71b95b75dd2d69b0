/** Sinks into other people's streams. */
import { badArgument } from '../core/errors.ts';
import { type Flow, runMaybe, settle } from '../core/flow.ts';
import { type NodeWritable, nodeSink } from './node-writable.ts';
import type { Chunk, Sink } from './protocol.ts';
import type { WebBytes, WebWritable } from './web.ts';

export { toWritable } from './web.ts';

/**
 * A sink into a WritableStream or one of Node's writable streams. It waits until the stream has room, and at the end
 * until all is written; an error of the source aborts the stream, or destroys it.
 *
 * ```ts
 * import { PassThrough } from 'node:stream';
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const through = new PassThrough();
 * await pump.all(source.string('through Node'), sink.writable(through));
 * const [list, chunks] = sink.table();
 * await pump.all(source.iterable(through), list);
 * chunks.join(''); // => 'through Node'
 * ```
 */
export function writable(stream: WebWritable | NodeWritable): Sink {
  if ('getWriter' in stream) return webSink(stream);
  if (typeof stream.write === 'function' && typeof stream.on === 'function') return nodeSink(stream);
  throw badArgument("sink.writable: takes a WritableStream or one of Node's writable streams");
}

function webSink(stream: WebWritable): Sink {
  const writer = stream.getWriter();
  function* take(chunk: Chunk, error: unknown): Flow<void> {
    if (chunk !== null) yield* settle(writer.write(chunk as WebBytes));
    else if (error === undefined) yield* settle(writer.close());
    else yield* settle(writer.abort(error));
  }
  return (chunk, error) => runMaybe(take(chunk, error));
}
