/** What Node's streams tell of themselves: their bytes, their end, their errors, and what these mean. */
import type { Readable, Writable } from 'node:stream';
import { ENDED, Failure } from '../core/errors.ts';

/** Who hears of a stream. */
export interface StreamOwner {
  /** Takes in what has arrived; false says to stop reading until more is wanted. */
  deliver(chunk: Buffer): boolean;
  /** The stream has ended. */
  ended(): void;
  /** The stream has failed, or closed without more to come. */
  failed(failure: Failure, stream: Readable | Writable): void;
}

/** A stream's owner, found from the stream: listeners that all streams share cost no closure for each. */
const OWNER = Symbol('owner');
type Adopted = Readable & { [OWNER]: StreamOwner };

/** Takes over a stream: from now on `owner` hears of what happens to it. */
export function adopt(stream: Readable | Writable | undefined, owner: StreamOwner): void {
  if (stream === undefined) return;
  (stream as Adopted)[OWNER] = owner;
  stream.on('error', onError).on('close', onClose);
}

/** The same, with what can be read; `pushed` says that the bytes come another way. */
export function adoptReadable(stream: Readable | undefined, owner: StreamOwner, pushed: boolean): void {
  if (!pushed) stream?.on('data', onData);
  stream?.on('end', onEnd);
  adopt(stream, owner);
}

/** Gives a stream back, whoever had taken it over. */
export function disown(stream: Readable | Writable): void {
  stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
}

/** Who has taken over the stream. */
export function ownerOf(stream: unknown): StreamOwner {
  return (stream as Adopted)[OWNER];
}

function onData(this: Readable, chunk: Buffer): void {
  if (!ownerOf(this).deliver(chunk)) this.pause();
}

function onEnd(this: Readable): void {
  ownerOf(this).ended();
}

function onError(this: Readable | Writable, error: NodeJS.ErrnoException): void {
  if ('read' in this) handOver(this);
  ownerOf(this).failed(failureOf(error), this);
}

function onClose(this: Readable | Writable): void {
  ownerOf(this).failed(ENDED, this);
}

/** Hands over what a stream that fails has read and kept: one that was paused goes on reading until its buffer is full. */
export function handOver(stream: Readable): void {
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) ownerOf(stream).deliver(chunk);
}

/** Why nothing more can be written. */
export function brokenPipe(output: Writable | undefined): Failure {
  const error = output?.errored;
  return error ? failureOf(error) : new Failure('EPIPE');
}

/**
 * How many of the bytes written the kernel has not taken. Where nobody knows it is infinity: on Bun and Deno, and of
 * streams that make something else of what is written.
 */
export function heldBack(output: Writable): number {
  if (output.writableLength === 0) return 0;
  const { _handle, encrypted } = output as { _handle?: { writeQueueSize?: number } | null; encrypted?: boolean };
  return (encrypted ? undefined : _handle?.writeQueueSize) ?? Number.POSITIVE_INFINITY;
}

/** What the runtimes call a write to a stream that is gone. */
const BROKEN_PIPE: ReadonlySet<string> = new Set(['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'ECANCELED']);

/** A Node error as a failure, by its errno's name; a write to a stream that is gone is a broken pipe. */
export function failureOf(error: unknown): Failure {
  const { code = 'ERR_IO' } = error as NodeJS.ErrnoException;
  return new Failure(BROKEN_PIPE.has(code) ? 'EPIPE' : code, error);
}
