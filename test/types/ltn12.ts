/** Chains that never wait give values, and those that do give promises, as far as the types of their parts tell. */
import type * as blocking from '../../src/entry/blocking.ts';
import type * as awaiting from '../../src/entry/index.ts';
import {
  type AsyncChunks,
  type Chunk,
  type Chunks,
  type Filter,
  filter,
  pump,
  type Sink,
  type Source,
  type SyncFilter,
  type SyncSink,
  type SyncSource,
  sink,
  source,
} from '../../src/entry/ltn12.ts';
import { exactly } from './expect.ts';

/** Nothing is run. */
export function chains(
  from: Source,
  through: Filter,
  into: Sink,
  same: SyncFilter,
  client: awaiting.TcpClient,
  blockingClient: blocking.TcpClient,
  handle: import('node:fs/promises').FileHandle,
): void {
  const [list, chunks] = sink.table();
  exactly<SyncSink>()(list);
  exactly<Uint8Array[]>()(chunks);
  const slow = async (): Promise<Chunk> => null;
  const slowSink = async (_chunk: Chunk): Promise<void> => {};

  exactly<void>()(pump.all(source.string('x'), list));
  exactly<void>()(pump.all(() => null, sink.null()));
  exactly<Promise<void>>()(pump.all(slow, list));
  exactly<Promise<void>>()(pump.all(source.string('x'), slowSink));
  exactly<Promise<void>>()(pump.all(source.string('x'), async (chunk) => void chunk?.length));
  exactly<void | Promise<void>>()(pump.all(from, list));
  exactly<void | Promise<void>>()(pump.all(source.string('x'), into));
  exactly<void>()(pump.all(source.string('x'), list, (a, b) => pump.step(a, b)));
  exactly<Promise<void>>()(pump.all(source.string('x'), list, async (a, b) => pump.step(a, b)));
  exactly<boolean>()(pump.step(source.empty(), list));
  exactly<Promise<boolean>>()(pump.step(slow, list));

  exactly<SyncSource>()(source.chain(source.string('x'), same, (chunk) => chunk));
  exactly<Source>()(source.chain(source.string('x'), same, through));
  exactly<Source>()(source.chain(slow, same));
  exactly<SyncSink>()(sink.chain(same, list));
  exactly<SyncSink>()(sink.chain(same, same, list));
  exactly<Sink>()(sink.chain(through, list));
  exactly<Sink>()(sink.chain(same, same, slowSink));
  exactly<SyncFilter>()(filter.chain(same, same));
  exactly<Filter>()(filter.chain(same, through));
  exactly<SyncSource>()(source.cat(source.empty(), source.table([])));
  exactly<Source>()(source.cat(source.empty(), slow));
  const counting = filter.cycle((count, chunk) => [chunk, count + 1], 0);
  exactly<SyncFilter>()(counting);
  const countingLater = filter.cycle(async (count, chunk) => [chunk, count + 1] as const, 0);
  exactly<Filter>()(countingLater);
  exactly<SyncSource>()(source.simplify(() => [null]));

  exactly<void>()(pump.all(source.rewind(source.string('x')), list));
  exactly<Promise<void>>()(pump.all(source.rewind(slow), list));
  exactly<Chunks>()(source.iterate(source.string('x')));
  exactly<AsyncChunks>()(source.iterate(from));
  exactly<SyncSource>()(source.iterable(['x']));
  exactly<Source>()(source.iterable(new Response('x').body as ReadableStream<Uint8Array>));
  exactly<Source>()(source.iterable(process.stdin));

  exactly<SyncSource>()(source.client(blockingClient));
  exactly<Source>()(source.client(client));
  exactly<SyncSink>()(sink.client(blockingClient));
  exactly<Sink>()(sink.client(client));
  exactly<SyncSource>()(source.file(0));
  exactly<Source>()(source.file(handle));
  exactly<SyncSink>()(sink.file(1));
  exactly<Sink>()(sink.file(handle));
  exactly<Sink>()(sink.writable(process.stdout));
  exactly<Sink>()(sink.writable(client.writable));
  exactly<Filter>()(filter.transform(new CompressionStream('gzip')));

  // @ts-expect-error: a chunk is bytes
  source.chain(() => 'text', same);
  // @ts-expect-error: there is nothing to chain
  filter.chain();
  // @ts-expect-error: a source that waits is not to be looped over at once
  for (const chunk of source.iterate(from)) exactly<Uint8Array>()(chunk);
}
