/** A sink into Node's writable streams, known by their shape. Their events become the promises of a sink that waits. */
import { ENDED, failed } from '../core/errors.ts';
import { type Flow, runMaybe, settle } from '../core/flow.ts';
import type { Chunk, Sink } from './protocol.ts';

/** The part of Node's Writable that a sink needs. */
export interface NodeWritable {
  /** Whether it takes nothing any more. */
  readonly destroyed: boolean;
  /** Whether its buffer is full: a write waits for `drain`. */
  readonly writableNeedDrain: boolean;
  /** Whether all was written, after its end. */
  readonly writableFinished: boolean;
  /** Takes a chunk; false says that the buffer is full now. */
  write(chunk: Uint8Array): boolean;
  /** No chunk follows. */
  end(): unknown;
  /** Gives it up, with the reason. */
  destroy(error?: Error): unknown;
  /** Adds a listener. */
  on(event: 'drain' | 'finish' | 'close' | 'error', listener: (error?: Error) => void): unknown;
}

export function nodeSink(stream: NodeWritable): Sink {
  let over: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  // process.stdout cannot be closed: right after its end it is as it was before, and no `writableFinished` says so.
  let finished = false;
  stream.on('drain', () => wake());
  stream.on('finish', () => {
    finished = true;
    wake();
  });
  stream.on('error', (error) => {
    over ??= { error };
    wake();
  });
  stream.on('close', () => {
    over ??= { error: failed('write', ENDED) };
    wake();
  });

  function* until(reached: () => boolean): Flow<void> {
    while (!reached() && over === undefined) {
      yield* settle(
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
      );
    }
    if (!reached() && over !== undefined) throw over.error;
  }

  function* take(chunk: Chunk, error: unknown): Flow<void> {
    // A stream that was destroyed before takes chunks and says nothing.
    if (stream.destroyed) over ??= { error: failed('write', ENDED) };
    if (over !== undefined) throw over.error;
    if (chunk !== null) {
      // What fits in the stream's own buffer needs no wait.
      if (!stream.write(chunk)) yield* until(() => !stream.writableNeedDrain);
    } else if (error !== undefined) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    } else {
      stream.end();
      yield* until(() => finished || stream.writableFinished);
    }
  }
  return (chunk, error) => runMaybe(take(chunk, error));
}
