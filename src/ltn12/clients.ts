/** Sources and sinks of connections, for either face. */
import { badArgument, ENDED, failed } from '../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import type { Stream } from '../core/stream.ts';
import type { Chunk, Sink, Source, SyncSink, SyncSource } from './protocol.ts';

/** A client of either face; `R` is what its `send` returns. */
export interface AnyClient<R extends MaybePromise<number>> {
  /** What it receives through: a chunk is taken as it comes, without a pattern. */
  readonly stream: Stream;
  /** Sends all of the bytes. */
  send(data: Uint8Array): R;
  /** Closes the connection; again: does nothing. */
  close(): void;
}

/** What a client's sink does at the end. */
export type SinkMode = 'close-when-done' | 'keep-open';

/** The largest chunk that is taken at once, of what is there. */
const PIECE = 65_536;

/**
 * A source of what a client receives, as it comes. Without a length until the peer closes, and then, or when the reader
 * gives up, it closes the client (LuaSocket `socket.source("until-closed")`). With one exactly so many bytes, and the
 * client stays open (`"by-length"`).
 *
 * ```ts
 * import { pair } from 'moonsocket';
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const [here, there] = pair();
 * await there.send('12345rest\n');
 * const [list, chunks] = sink.table();
 * await pump.all(source.client(here, 5), list);
 * chunks.join(''); // => '12345'
 * await here.receive(); // => 'rest'
 * ```
 *
 * @throws what `receive` throws: a TimeoutError loses nothing, and the source may be asked again; ClosedError when the
 * peer closes before the length
 */
export function clientSource<R extends MaybePromise<number>>(
  client: AnyClient<R>,
  length?: number,
): R extends number ? SyncSource : Source;
export function clientSource(client: AnyClient<MaybePromise<number>>, length?: number): Source {
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0))
    throw badArgument(`source.client: length is a whole number from 0, not ${length}`);
  let left = length ?? Number.POSITIVE_INFINITY;
  let ended = false;

  function* next(): Flow<Chunk> {
    if (left === 0 || ended) return null;
    const chunk = yield* client.stream.receiveSome(Math.min(left, PIECE));
    if (chunk !== undefined) {
      left -= chunk.length;
      return chunk;
    }
    if (length !== undefined) throw failed('receive', ENDED);
    ended = true;
    client.close();
    return null;
  }

  const source: Source = () => runMaybe(next());
  if (length === undefined) source.close = () => client.close();
  return source;
}

/**
 * A sink that sends to a client. At the end, and on an error of the source, `'close-when-done'` closes the client;
 * `'keep-open'` leaves it as it is. (LuaSocket `socket.sink`.)
 *
 * ```ts
 * import { pair } from 'moonsocket/blocking';
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const [here, there] = pair();
 * pump.all(source.string('hello\n'), sink.client(here));
 * there.receive(); // => 'hello'
 * here.close();
 * there.close();
 * ```
 *
 * @throws what `send` throws
 */
export function clientSink<R extends MaybePromise<number>>(
  client: AnyClient<R>,
  mode?: SinkMode,
): R extends number ? SyncSink : Sink;
export function clientSink(client: AnyClient<MaybePromise<number>>, mode: SinkMode = 'keep-open'): Sink {
  if (mode !== 'keep-open' && mode !== 'close-when-done')
    throw badArgument(`sink.client: mode is 'close-when-done' or 'keep-open', not ${String(mode)}`);
  function* take(chunk: Chunk): Flow<void> {
    if (chunk !== null) yield* settle(client.send(chunk));
    else if (mode === 'close-when-done') client.close();
  }
  return (chunk) => runMaybe(take(chunk));
}
