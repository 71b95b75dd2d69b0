/**
 * Filters, sources, sinks and pumps (LTN12), for both faces.
 *
 * Where this differs from LuaSocket's ltn12, and why:
 *
 * | here | LuaSocket | because |
 * |---|---|---|
 * | errors are thrown | `nil, err` is returned | that is how TypeScript's callers hear of them |
 * | `pump.step` returns whether there is more | 1, or nil | that is what it means |
 * | an error closes the source and tells the sink | the caller does | a file or a socket would stay open |
 * | on an error of the source the filters' rest is dropped | it goes to the sink, as if that were the end | the end of what is cut short is not an end |
 * | parts may answer with a promise | coroutines of others | one chain serves both faces |
 * | `sink.table()` returns `[sink, array]`, low-level filters `[out, context]`, fancy sources `[chunk, next]` | two values | a function returns one |
 * | a fancy sink returns the next sink or nothing | true, and the next sink | it throws its errors |
 * | a source of ours stays at its end | a chain raises an error, a file too | a loop may ask once more |
 * | `sink.chain` passes no empty chunks on | the last one of each drain | to a chunked HTTP body an empty chunk is its end |
 * | a filter that gives null too early, is fed before it is drained, or never ends is an error | a chain goes on without it, or for ever | bytes would be lost, or the program hang |
 * | `source.file` and `sink.file` take no error message | for a handle that is nil | what opens a file throws |
 * | files are read by 64 KiB | by 2 KiB | a read may be a way to another thread and back |
 * | `source.string()` of nothing is an error | an empty source | it hides a mistake; `source.empty()` says it |
 *
 * @module moonsocket/ltn12
 */
/// <reference types="node" preserve="true" />

export type { AnyClient, SinkMode } from '../ltn12/clients.ts';
export type { ReadableFile, WritableFile } from '../ltn12/files.ts';
export type { LowLevelFilter, SyncLowLevelFilter } from '../ltn12/filters.ts';
export type { AsyncStreamable, Item, Streamable } from '../ltn12/iterables.ts';
export type { AsyncChunks, Chunks } from '../ltn12/iterate.ts';
/** Filters: what changes chunks on their way, chained, made from codecs, and from and to web transforms. */
export * as filter from '../ltn12/names/filter.ts';
/** Sinks: where chunks go. */
export * as sink from '../ltn12/names/sink.ts';
/** Sources: where chunks come from. */
export * as source from '../ltn12/names/source.ts';
export type { NodeWritable } from '../ltn12/node-writable.ts';
export type {
  Chunk,
  Data,
  FancySink,
  FancySource,
  Filter,
  IfSync,
  Joint,
  Sink,
  Source,
  SyncFilter,
  SyncSink,
  SyncSource,
} from '../ltn12/protocol.ts';
export { BLOCKSIZE } from '../ltn12/protocol.ts';
export type { Step } from '../ltn12/pump.ts';
/** Pumps: what moves chunks from a source to a sink. */
export * as pump from '../ltn12/pump.ts';
export type { RewindableSource } from '../ltn12/sources.ts';
export type { WebBytes, WebWritable } from '../ltn12/web.ts';
export type { TransformPair } from '../ltn12/web-transform.ts';
