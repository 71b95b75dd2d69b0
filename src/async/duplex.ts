/**
 * The waist over Node's streams: `net.Socket`, child pipes, TLS sockets, any Readable and Writable.
 *
 * Node pushes and programs pull. What is pushed stands in a queue; when it holds READ_AHEAD bytes and nobody receives,
 * reading from the kernel stops, and the peer feels it. A byte goes from the kernel by `deliver` to the queue, by
 * `recv` to the Stream's buffer, by a receive pattern to the caller.
 *
 * Node queues what the kernel does not take, and programs want to know what it took. One slice is on its way at a time,
 * and counts as far as the kernel has it. The rest of one whose send ended early stays on its way, since Node takes no
 * write back; a send that goes on with the same bytes does not write them again, and a close drops them.
 */
import type { Readable, Writable } from 'node:stream';
import { CLOSED_HERE, ENDED, Failure, type Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import type { Deadline } from '../core/timeout.ts';
import { fdOf } from '../sockets/fd.ts';
import { yieldAfterBudget } from './fairness.ts';
import {
  adopt,
  adoptReadable,
  brokenPipe,
  disown,
  endAndDestroy,
  heldBack,
  refusesNothing,
  type StreamOwner,
  saysGoodbye,
} from './node-streams.ts';
import { Pieces } from './pieces.ts';
import { Waiter } from './waiter.ts';

const NOTHING: Uint8Array = new Uint8Array(0);

/** A stream that changes hands, with what has arrived from it. */
export interface Surrendered<S> {
  readonly stream: S;
  readonly queued: Uint8Array | undefined;
}

export class DuplexIo implements Io, Readiness, StreamOwner {
  protected readonly input: Readable | undefined;
  protected readonly output: Writable | undefined;
  readonly #pieces = new Pieces();
  #flowing = false;
  #ended = false;
  #sendEnded = false;
  #closed = false;
  #failure: Failure | undefined;
  #sendFailure: Failure | undefined;
  /** As with SO_ERROR (socket(7)), what a call has told `getoption` does not tell again. */
  #errorTold = false;
  #reader: Waiter<Uint8Array> | undefined;
  #writer: Waiter<void> | undefined;
  #marked = false;
  /** The slice on its way, from the first byte on that no send has counted; undefined when all are counted. */
  #slice: Uint8Array | undefined;
  /** How many of them the kernel has. */
  #taken = 0;
  #watchers: Set<() => void> | undefined;

  /** Takes over streams that nobody else reads or writes; the input has to be paused. */
  constructor(input: Readable | undefined, output: Writable | undefined, pushed = false) {
    this.input = input;
    this.output = output;
    adoptReadable(input, this, pushed);
    if ((output as unknown) !== input) adopt(output, this);
  }

  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    const at = this.#pieces.takeAll();
    if (at !== undefined) return at;
    const failure = this.#readFailure();
    if (failure !== undefined) {
      this.#errorTold ||= failure === this.#failure;
      return failure;
    }
    this.#flow();
    this.#reader ??= new Waiter();
    return this.#reader.wait(deadline);
  }

  send(bytes: Uint8Array, deadline: Deadline, untilHeard = false, steady = false): MaybePromise<Outcome<number>> {
    const { output } = this;
    if (this.#closed) return CLOSED_HERE;
    if (untilHeard && this.readable()) return 0;
    if (this.#sendFailure !== undefined) {
      this.#errorTold = true;
      return this.#sendFailure;
    }
    if (output === undefined || this.#sendEnded || !output.writable) return brokenPipe(output);
    // A failed write makes Node drop what the kernel holds, the peer's last words too, such as its reason to hang up;
    // `drain-on-reset.ts` saves them only on Node.
    if (this.#pieces.empty && !this.#ended) this.#flow();
    if (this.#slice !== undefined) {
      if (beginAlike(bytes, this.#slice)) return this.#goOn(bytes, deadline, untilHeard);
      this.#slice = undefined; // given up: it goes out before these
    }
    if (output.writableLength > 0) return this.#sendAfterFlush(bytes, deadline, untilHeard, steady);
    // A call that may end early must not leave Node reading memory that the caller has back.
    const slice = !steady && (deadline.interruptible || untilHeard) ? Buffer.from(bytes) : bytes;
    this.#write(output, slice);
    if (output.errored) return brokenPipe(output); // at once: its event comes later, and an empty queue means nothing
    if (output.writableLength > 0) {
      this.#slice = slice;
      this.#taken = 0;
      return this.#goOn(slice, deadline, untilHeard);
    }
    // Most often the kernel has taken it all in this very call.
    return yieldAfterBudget(bytes.length)?.then(() => bytes.length) ?? bytes.length;
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
    this.#look();
    this.#closed = true;
    this.#pieces.clear();
    this.#reader?.wake(CLOSED_HERE);
    this.#writer?.wake(CLOSED_HERE);
    this.#changed();
    this.release();
  }

  getfd(): number {
    return fdOf(this.input ?? this.output);
  }

  /**
   * The stream that is both input and output, if it is one that somebody else can go on with: stopped, and no more heard
   * here. Nothing but its names and options is this object's from then on, and its close.
   */
  surrender<S extends Readable>(isWanted: (stream: unknown) => stream is S): Surrendered<S> | undefined {
    const { input } = this;
    if (input === undefined || (input as unknown) !== this.output || this.#readFailure() !== undefined)
      return undefined;
    this.#pause();
    if (!isWanted(input)) return undefined;
    disown(input);
    return { stream: input, queued: this.#pieces.takeAll() };
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    if (!this.#pieces.empty || this.#readFailure() !== undefined) return true;
    this.#flow();
    return false;
  }

  writable(): boolean {
    const { output } = this;
    if (output === undefined || this.#sendEnded || this.#sendFailure !== undefined || output.writableLength === 0)
      return true;
    this.#markFlush(output);
    return false;
  }

  watch(changed: () => void): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(changed);
    return () => this.#watchers?.delete(changed);
  }

  /** The code of the error that the connection has met; it is given once, here or by a receive or send. */
  takeError(): string | undefined {
    const failure = this.#failure ?? this.#sendFailure;
    if (this.#errorTold || failure === undefined || failure === ENDED) return undefined;
    this.#errorTold = true;
    return failure.code;
  }

  /** Takes in what has arrived; false says to stop reading until more is wanted. */
  deliver(chunk: Buffer): boolean {
    if (this.#closed || this.#ended) return true;
    if (this.#reader?.waiting) {
      this.#reader.wake(chunk);
      return true;
    }
    this.#pieces.push(chunk);
    this.#changed();
    if (!this.#pieces.full) return true;
    this.#flowing = false;
    return false;
  }

  /** Gives the streams back to the system, and drops what they hold: the kernel has all that a send has counted. */
  protected release(): void {
    if (this.output !== undefined && saysGoodbye(this.output)) endAndDestroy(this.output);
    else this.output?.destroy();
    if ((this.input as unknown) !== this.output) this.input?.destroy();
  }

  #readFailure(): Failure | undefined {
    if (this.#closed) return CLOSED_HERE;
    if (this.#ended || this.input === undefined) return ENDED;
    return this.#failure;
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

  async #sendAfterFlush(
    bytes: Uint8Array,
    deadline: Deadline,
    untilHeard: boolean,
    steady: boolean,
  ): Promise<Outcome<number>> {
    const failure = await this.#flush(deadline, untilHeard);
    return failure instanceof Failure ? failure : await this.send(bytes, deadline, untilHeard, steady);
  }

  /** Counts what the kernel has of the slice, which begins as `bytes` do, and waits when that is nothing. */
  async #goOn(bytes: Uint8Array, deadline: Deadline, untilHeard: boolean): Promise<Outcome<number>> {
    this.#look();
    // A call that cannot end early is through with the slice when Node is.
    const waits = this.#taken === 0 || !(deadline.interruptible || untilHeard);
    const outcome = waits ? await this.#flush(deadline, untilHeard) : undefined;
    if (waits) this.#look();
    const counted = Math.min(this.#taken, bytes.length);
    if (counted === 0) return outcome ?? 0; // heard
    this.#taken -= counted;
    const slice = (this.#slice as Uint8Array).subarray(counted);
    this.#slice = slice.length > 0 ? slice : undefined;
    return counted;
  }

  /** Looks how much the kernel has; of a stream that is gone it is as much as was seen before. */
  #look(): void {
    const { output } = this;
    if (this.#slice === undefined || output === undefined || output.destroyed || output.errored) return;
    this.#taken = Math.max(this.#taken, this.#slice.length - heldBack(output));
  }

  /** Waits until all that was written is through, or, with `untilHeard`, something can be received. */
  #flush(deadline: Deadline, untilHeard: boolean): Promise<Outcome<void>> {
    this.#markFlush(this.output as Writable);
    this.#writer ??= new Waiter();
    const flushed = this.#writer.wait(deadline);
    return untilHeard ? flushed.finally(this.watch(() => this.readable() && this.#writer?.wake(undefined))) : flushed;
  }

  #write(output: Writable, slice: Uint8Array): void {
    if (refusesNothing(output)) this.#writeMarked(output, slice);
    else output.write(slice);
  }

  /** An empty write stands behind all others; its callback tells that they are through. */
  #markFlush(output: Writable): void {
    if (!this.#marked) this.#writeMarked(output, NOTHING);
  }

  #writeMarked(output: Writable, bytes: Uint8Array): void {
    this.#marked = true;
    output.write(bytes, (error) => {
      this.#marked = false;
      if (!error && this.#slice !== undefined) this.#taken = this.#slice.length;
      this.#writer?.wake(error ? brokenPipe(output) : undefined);
      this.#changed();
    });
  }

  #changed(): void {
    if (this.#watchers !== undefined) for (const changed of this.#watchers) changed();
  }

  /** The stream has ended. */
  ended(): void {
    this.#ended = true;
    this.#reader?.wake(ENDED);
    this.#changed();
  }

  /** The stream has failed, or closed without more to come. Of two each fails alone: a child that no longer reads may still write. */
  failed(failure: Failure, stream: Readable | Writable): void {
    if (this.#closed || (failure === ENDED && this.#ended && this.#sendEnded)) return;
    if (this.#reader?.waiting || this.#writer?.waiting) this.#errorTold = true;
    if (stream === this.input) {
      this.#failure ??= failure;
      this.#reader?.wake(this.#failure);
    }
    if (stream === this.output) {
      this.#sendFailure ??= failure === ENDED && (stream as unknown) !== this.input ? new Failure('EPIPE') : failure;
      this.#writer?.wake(this.#sendFailure);
    }
    this.#changed();
  }
}

/** Whether the shorter of the two is the beginning of the other. */
function beginAlike(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  return Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0;
}
