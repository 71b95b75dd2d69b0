/** What Node's streams tell of themselves: their bytes, their end, their errors, and what these mean. */
import type { Readable, Writable } from 'node:stream';
import { ENDED, Failure } from '../core/errors.ts';
import { GOODBYE_WAIT } from '../core/limits.ts';
import { clearTimeout, setTimeout } from './timers.ts';

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

/** Takes over a stream: `owner` hears of what happens to it from now on, and of what has happened that no event will tell again. */
export function adopt(stream: Readable | Writable | undefined, owner: StreamOwner): void {
  if (stream === undefined) return;
  (stream as Adopted)[OWNER] = owner;
  stream.on('error', onError).on('close', onClose);
  if (stream.errored) owner.failed(failureOf(stream.errored), stream);
  else if (stream.destroyed) owner.failed(ENDED, stream);
}

/** The same, with what can be read; `pushed` says that the bytes come another way. */
export function adoptReadable(stream: Readable | undefined, owner: StreamOwner, pushed: boolean): void {
  if (!pushed) stream?.on('data', onData);
  stream?.on('end', onEnd);
  if (stream?.readableEnded) owner.ended();
  adopt(stream, owner);
}

/** Gives back a stream that was taken over. */
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
  const { _handle } = output as { _handle?: { writeQueueSize?: number } | null };
  return (isTls(output) ? undefined : _handle?.writeQueueSize) ?? Number.POSITIVE_INFINITY;
}

function isTls(stream: Writable): boolean {
  return (stream as { encrypted?: boolean }).encrypted === true;
}

const ON_DENO = 'Deno' in globalThis;

/** Whether an empty write fails: it does in Deno's TLS sockets, with EPERM. */
export function refusesNothing(output: Writable): boolean {
  return ON_DENO && isTls(output);
}

/**
 * Whether the peer has to hear of the end: without TLS's close_notify it takes what came for cut off (RFC 8446, section
 * 6.1). What came is cut off where a send has failed and its rest is still held.
 */
export function saysGoodbye(output: Writable): boolean {
  return isTls(output) && output.writableLength === 0 && !output.destroyed;
}

/**
 * Ends a stream, and destroys it after that, or after a while: a peer that reads nothing may have left no room for the
 * end. Deno's TLS sockets have finished before the system has all of it, and get the whole while.
 */
export function endAndDestroy(output: Writable): void {
  const late = setTimeout(() => output.destroy(), GOODBYE_WAIT * 1000);
  output.end();
  if (ON_DENO) return;
  late.unref();
  output.once('close', () => clearTimeout(late)).once('finish', () => output.destroy());
}

/** What the runtimes call a write to a stream that is gone. */
const BROKEN_PIPE: ReadonlySet<string> = new Set(['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'ECANCELED']);

/** A Node error as a failure, by its errno's name; a write to a stream that is gone is a broken pipe. */
export function failureOf(error: unknown): Failure {
  const { code = 'ERR_IO' } = error as NodeJS.ErrnoException;
  return new Failure(BROKEN_PIPE.has(code) ? 'EPIPE' : code, error);
}
