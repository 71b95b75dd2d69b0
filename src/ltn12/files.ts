/** Sources and sinks of files that are open already: a descriptor, which is read at once, or a FileHandle, awaited. */
import { dataOf } from '../core/data.ts';
import { misuse } from '../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import type { Chunk, Sink, Source, SyncSink, SyncSource } from './protocol.ts';
import { fileOf } from './sync-file.ts';

/** What a file source needs of an open file: a part of Node's FileHandle. */
export interface ReadableFile {
  /** Reads up to `length` bytes from where the file stands into `buffer`; 0 bytes is its end. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): MaybePromise<{
    /** How many; 0 at the end. */
    readonly bytesRead: number;
  }>;
  /** Closes the file, at its end or when the reader gives up. */
  close(): MaybePromise<void>;
}

/** What a file sink needs of an open file: a part of Node's FileHandle. */
export interface WritableFile {
  /** Writes up to `length` bytes of `buffer` where the file stands, and says how many. */
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): MaybePromise<{
    /** How many of them. */
    readonly bytesWritten: number;
  }>;
  /** Closes the file, at the end of the chunks or after an error. */
  close(): MaybePromise<void>;
}

/** How much is read at once: each read is a call of the system, or a way to another thread and back. */
const READ_SIZE = 65_536;

/**
 * A source that reads a file from where it stands to its end, in chunks of up to 64 KiB, and closes it: at the end,
 * on an error, and when the reader gives up. (LTN12 `source.file`.)
 *
 * ```ts
 * import { openSync } from 'node:fs';
 * import { open } from 'node:fs/promises';
 * import { source } from 'moonsocket/ltn12';
 * const [chunk] = source.iterate(source.file(openSync('package.json')));
 * const same = await source.file(await open('package.json'))();
 * chunk.equals(same); // => true
 * ```
 *
 * @throws the system's errors
 */
export function fileSource(file: number): SyncSource;
export function fileSource(file: ReadableFile): Source;
export function fileSource(file: number | ReadableFile): Source {
  return fileSourceBy(READ_SIZE, file);
}

/** The same in chunks of up to `size` bytes. */
export function fileSourceBy(size: number, file: number): SyncSource;
export function fileSourceBy(size: number, file: number | ReadableFile): Source;
export function fileSourceBy(size: number, file: number | ReadableFile): Source {
  const handle = typeof file === 'number' ? fileOf('source.file', file) : file;
  let block = Buffer.allocUnsafeSlow(size);
  const close = closer(handle);
  let open = true;
  let failure: { readonly error: unknown } | undefined;

  function* next(): Flow<Chunk> {
    if (failure !== undefined) throw failure.error;
    if (!open) return null;
    try {
      const { bytesRead } = yield* settle(handle.read(block, 0, block.length, null));
      if (bytesRead === size) {
        const chunk = block;
        block = Buffer.allocUnsafeSlow(size);
        return chunk;
      }
      if (bytesRead > 0) return Buffer.from(block.subarray(0, bytesRead)); // a copy: short reads hold no whole block
    } catch (error) {
      failure = { error };
      yield* close(true);
      throw error;
    }
    open = false;
    yield* close(false);
    return null;
  }

  const source: Source = () => runMaybe(next());
  source.close = () => {
    open = false;
    return runMaybe(close(false));
  };
  return source;
}

/**
 * A sink that writes to a file where it stands, and closes it: at the end, and on an error of either side. (LTN12
 * `sink.file`.)
 *
 * ```ts
 * import { openSync, readFileSync, unlinkSync } from 'node:fs';
 * import { pump, sink, source } from 'moonsocket/ltn12';
 * const path = `/tmp/moonsocket-${process.pid}`;
 * pump.all(source.string('written'), sink.file(openSync(path, 'w')));
 * readFileSync(path, 'utf8'); // => 'written'
 * unlinkSync(path);
 * ```
 *
 * @throws the system's errors
 */
export function fileSink(file: number): SyncSink;
export function fileSink(file: WritableFile): Sink;
export function fileSink(file: number | WritableFile): Sink {
  const handle = typeof file === 'number' ? fileOf('sink.file', file) : file;
  const close = closer(handle);
  let open = true;

  function* take(chunk: Chunk): Flow<void> {
    if (chunk === null) {
      open = false;
      return yield* close(false);
    }
    // By now the descriptor may be that of another file.
    if (!open) throw misuse('ERR_CLOSED', 'sink.file: the file was closed, by its end or an error');
    try {
      const bytes = dataOf('sink.file', chunk);
      for (let at = 0; at < bytes.length; ) {
        at += (yield* settle(handle.write(bytes, at, bytes.length - at, null))).bytesWritten;
      }
    } catch (error) {
      open = false;
      yield* close(true);
      throw error;
    }
  }
  return (chunk) => runMaybe(take(chunk));
}

/** Closes a file once. With another error under way, one of closing is not news. */
function closer(file: { close(): MaybePromise<void> }): (quietly: boolean) => Flow<void> {
  let closed = false;
  return function* (quietly) {
    if (closed) return;
    closed = true;
    try {
      yield* settle(file.close());
    } catch (error) {
      if (!quietly) throw error;
    }
  };
}
