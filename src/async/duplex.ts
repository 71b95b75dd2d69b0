/**
 * The waist over Node's streams: `net.Socket`, child pipes, TLS sockets, any Readable and Writable.
 *
 * Node pushes and programs pull. What is pushed stands in a queue; when it holds READ_AHEAD bytes and nobody receives,
 * reading from the kernel stops, and the peer feels it. A byte goes from the kernel by `deliver` to the queue, by
 * `recv` to the Stream's buffer, by a receive pattern to the caller.
 */
import type { Readable, Writable } from 'node:stream';
import { CLOSED_HERE, ENDED, Failure, type Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import { LINGER_LIMIT, READ_AHEAD } from '../core/limits.ts';
import type { Deadline } from '../core/timeout.ts';
import { Waiter } from './waiter.ts';

/** What a piece in the queue costs besides its bytes, so that a peer that sends single bytes fills it too. */
const PIECE_COST = 128;
const NOTHING: Uint8Array = new Uint8Array(0);

export class DuplexIo implements Io, Readiness {
  protected readonly input: Readable | undefined;
  protected readonly output: Writable | undefined;
  #queue: Buffer[] = [];
  #queued = 0;
  #flowing = false;
  #ended = false;
  #sendEnded = false;
  #closed = false;
  #failure: Failure | undefined;
  #errorTold = false;
  #reader: Waiter<Uint8Array> | undefined;
  #writer: Waiter<void> | undefined;
  #marked = false;
  #watchers: Set<() => void> | undefined;

  /** Takes over streams that nobody else reads or writes; the input has to be paused. */
  constructor(input: Readable | undefined, output: Writable | undefined, pushed = false) {
    this.input = input;
    this.output = output;
    if (!pushed) input?.on('data', this.#onData);
    input?.on('end', this.#onEnd);
    for (const stream of new Set([input, output])) stream?.on('error', this.#onError).on('close', this.#onClose);
  }

  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    if (this.#queued > 0) return this.#takeQueue();
    const failure = this.#readFailure();
    if (failure !== undefined) return failure;
    this.#flow();
    this.#reader ??= new Waiter();
    return this.#reader.wait(deadline);
  }

  send(bytes: Uint8Array, deadline: Deadline): MaybePromise<Outcome<number>> {
    const { output } = this;
    if (this.#closed) return CLOSED_HERE;
    if (this.#failure !== undefined) return this.#failure;
    if (output === undefined || this.#sendEnded || !output.writable) return new Failure('EPIPE');
    if (output.writableLength > 0) return this.#sendAfterFlush(bytes, deadline);
    output.write(bytes);
    // Most often the kernel has taken it all in this very call. What it has not stands in the queue, where the next
    // send waits for it: to wait here as well would let one call wait twice. Only memory that is not ours has to go first.
    return output.writableLength === 0 || deadline.interruptible ? bytes.length : this.#flushed(bytes.length, deadline);
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'receive' && !this.#sendEnded) {
      this.#sendEnded = true;
      this.output?.end();
    }
    if (how !== 'send') {
      this.#ended = true;
      this.#pause();
      this.#reader?.wake(ENDED);
    }
    this.#changed();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#queued = 0;
    this.#reader?.wake(CLOSED_HERE);
    this.#writer?.wake(CLOSED_HERE);
    this.#changed();
    this.release();
  }

  getfd(): number {
    return fdOf(this.input ?? this.output);
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    if (this.#queued > 0 || this.#readFailure() !== undefined) return true;
    this.#flow();
    return false;
  }

  writable(): boolean {
    const { output } = this;
    if (output === undefined || this.#sendEnded || this.#failure !== undefined || output.writableLength === 0)
      return true;
    this.#markFlush(output);
    return false;
  }

  watch(changed: () => void): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(changed);
    return () => this.#watchers?.delete(changed);
  }

  /** The code of the error that the connection has met; it is told once. */
  takeError(): string | undefined {
    const code = this.#errorTold || this.#failure === ENDED ? undefined : this.#failure?.code;
    this.#errorTold = true;
    return code;
  }

  /** Takes in what has arrived; false says to stop reading until more is wanted. */
  protected deliver(chunk: Buffer): boolean {
    if (this.#closed || this.#ended) return true;
    if (this.#reader?.waiting) {
      this.#reader.wake(chunk);
      return true;
    }
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    this.#changed();
    if (this.#queued + this.#queue.length * PIECE_COST < READ_AHEAD) return true;
    this.#flowing = false;
    return false;
  }

  /** Gives the streams back to the system, once what was taken is sent. */
  protected release(): void {
    const { input, output } = this;
    if (output === undefined || output.writableLength === 0 || output.destroyed) {
      input?.destroy();
      output?.destroy();
      return;
    }
    // A closed socket goes on sending, as the kernel's does, but not for ever.
    const cutOff = setTimeout(() => output.destroy(), LINGER_LIMIT * 1000);
    output.once('close', () => clearTimeout(cutOff));
    output.end(() => output.destroy());
    if ((input as unknown) !== output) input?.destroy();
  }

  #readFailure(): Failure | undefined {
    if (this.#closed) return CLOSED_HERE;
    if (this.#ended || this.input === undefined) return ENDED;
    return this.#failure;
  }

  #takeQueue(): Buffer {
    const [first] = this.#queue;
    const bytes = this.#queue.length === 1 && first !== undefined ? first : Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued = 0;
    return bytes;
  }

  #flow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    this.input?.resume();
  }

  #pause(): void {
    this.#flowing = false;
    this.input?.pause();
  }

  async #sendAfterFlush(bytes: Uint8Array, deadline: Deadline): Promise<Outcome<number>> {
    const failure = await this.#flush(deadline);
    return failure instanceof Failure ? failure : await this.send(bytes, deadline);
  }

  async #flushed(length: number, deadline: Deadline): Promise<Outcome<number>> {
    const failure = await this.#flush(deadline);
    return failure instanceof Failure ? failure : length;
  }

  #flush(deadline: Deadline): Promise<Outcome<void>> {
    this.#markFlush(this.output as Writable);
    this.#writer ??= new Waiter();
    return this.#writer.wait(deadline);
  }

  /** An empty write stands behind all others; its callback tells that they are through. */
  #markFlush(output: Writable): void {
    if (this.#marked) return;
    this.#marked = true;
    output.write(NOTHING, () => {
      this.#marked = false;
      this.#writer?.wake(undefined);
      this.#changed();
    });
  }

  #changed(): void {
    if (this.#watchers !== undefined) for (const changed of this.#watchers) changed();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.deliver(chunk)) this.input?.pause();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#reader?.wake(ENDED);
    this.#changed();
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => this.#fail(new Failure(codeOf(error), error));

  readonly #onClose = (): void => {
    if (!this.#ended || !this.#sendEnded) this.#fail(ENDED);
  };

  #fail(failure: Failure): void {
    if (this.#closed) return;
    this.#failure ??= failure;
    this.#reader?.wake(this.#failure);
    this.#writer?.wake(this.#failure);
    this.#changed();
  }
}

/** The errno's name of a Node error; a write to a stream that is gone is a broken pipe. */
export function codeOf(error: NodeJS.ErrnoException): string {
  const code = error.code ?? 'ERR_IO';
  return code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END' ? 'EPIPE' : code;
}

/** The descriptor below a stream or a server; Node has no public way to ask. */
export function fdOf(stream: unknown): number {
  const { _handle, fd } = (stream ?? {}) as { _handle?: { fd?: number } | null; fd?: number | null };
  return _handle?.fd ?? (typeof fd === 'number' ? fd : -1);
}
