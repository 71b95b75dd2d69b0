/** A stream of bytes over any transport: receive patterns, sends, timeouts and statistics, as flows. */
import { shownBytes, sliced } from './data.ts';
import {
  CLOSED_HERE,
  type ErrorDetails,
  Failure,
  failed,
  misuse,
  type Outcome,
  type SocketError,
  TIMED_OUT,
  unsupported,
} from './errors.ts';
import type { Flow } from './flow.ts';
import { checkHow, type Io, type Readiness, readinessOver, type ShutdownHow } from './io.ts';
import { isReceived, type Pattern, type ReceiveOptions } from './pattern.ts';
import { Receives } from './receives.ts';
import { Sends } from './sends.ts';
import { checkStats, type PeerName, type Stats, type StreamSendOptions } from './stream-options.ts';
import { type Deadline, deadlineAfter, now, Timeouts } from './timeout.ts';
import type { Gate } from './turns.ts';

/** The transport that a stream hands over, and bytes that have arrived and belong to the next stream. */
export type TakenOver = { readonly io: Io; readonly unread: Buffer | undefined };

export class Stream {
  readonly io: Io;
  readonly #peer: PeerName | undefined;
  #timeouts: Timeouts | undefined;
  readonly #receives: Receives;
  readonly #sends: Sends;
  /** The failure of every call since the stream was closed, or handed over. */
  #end: Failure | undefined;
  /** The last error that the transport caused. It tells such an error from one of another socket. */
  failure: SocketError | undefined;
  #receivedOffset = 0;
  #born = now();
  /** Made by the first select, and kept: a select over thousands asks each of them each time. */
  #readiness: Readiness | undefined;

  /** `timeouts` are those of the stream before, where this one takes over its connection. */
  constructor(io: Io, peer?: PeerName, timeouts?: Timeouts) {
    this.io = io;
    this.#peer = peer;
    this.#timeouts = timeouts;
    this.#receives = new Receives(this);
    this.#sends = new Sends(this);
  }

  /** Lets sends wait for each other, at the gates of a face that has an event loop. */
  lineUp(newGate: (() => Gate<void>) | undefined): void {
    this.#sends.newGate = newGate;
  }

  /** The timeouts that `settimeout` sets. */
  get timeouts(): Timeouts {
    this.#timeouts ??= new Timeouts();
    return this.#timeouts;
  }

  /** A line that is at hand, when there is nothing to wait for, nor to check; undefined means to run the flow. */
  lineAtHand(encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
    return this.#end !== undefined ? undefined : this.#receives.lineAtHand(encoding);
  }

  /** See `Client.receive`. */
  *receive(pattern?: Pattern, options?: ReceiveOptions): Flow<string | Buffer> {
    const begun = this.beginReceive(pattern, options);
    return isReceived(begun) ? begun : yield* begun;
  }

  /** A receive up to its first wait: what it gives, where it does not have to wait, else the flow that goes on. */
  beginReceive(pattern?: Pattern, options?: ReceiveOptions): string | Buffer | Flow<string | Buffer> {
    return this.#receives.begin(pattern, options);
  }

  /** Whatever is there, at least one byte and at most `limit`; undefined at the end of the stream. */
  receiveSome(limit: number, signal?: AbortSignal): Flow<Buffer | undefined> {
    return this.#receives.some(limit, signal);
  }

  /** See `Receives.each`. */
  receiveEach(limit: number, deadline: Deadline, take: (piece: Buffer) => Flow<number>): Flow<Failure | undefined> {
    return this.#receives.each(limit, deadline, take);
  }

  /** See `Client.send`. */
  *send(data: string | Uint8Array, start?: number, end?: number, options?: StreamSendOptions): Flow<number> {
    const begun = this.beginSend(data, start, end, options);
    return typeof begun === 'number' ? begun : yield* begun;
  }

  /** A send up to its first wait: the count, when the system has taken all at once, else the flow that goes on. */
  beginSend(
    data: string | Uint8Array,
    start?: number,
    end?: number,
    options?: StreamSendOptions,
  ): number | Flow<number> {
    const bytes = sliced(data, start, end);
    this.checkUsable('send', options?.signal);
    if (bytes.length === 0) return 0;
    return this.#sends.begin(bytes, this.deadline(options?.signal), options);
  }

  /** A piece of the bytes, after the sends before it: how many the system has taken, or why none; see `Io.send`. */
  sendOnce(bytes: Uint8Array, deadline: Deadline, pieces: number): Flow<Outcome<number>> {
    this.checkUsable('send', deadline.signal);
    return this.#sends.once(bytes, deadline, pieces);
  }

  /** In a conversation whose time is over, throws as a receive does that would have to ask the transport. */
  checkTime(): void {
    if (this.#timeouts?.over) throw this.errorFor('receive', TIMED_OUT, { partial: this.partial });
  }

  /** Ends one half of the connection, or both. */
  shutdown(how: ShutdownHow = 'both'): void {
    checkHow(how);
    if (this.#end === undefined) this.io.shutdown(how);
  }

  close(): void {
    if (this.#end !== undefined) return;
    this.#end = CLOSED_HERE;
    this.io.close();
  }

  /** See `Client.detach`. */
  detach(): number {
    this.checkUsable('detach', undefined);
    if (this.#receives.busy || this.#sends.busy)
      throw misuse('ERR_BUSY', 'detach: a receive or send of this socket has not ended; await it before');
    if (this.dirty)
      throw misuse('ERR_UNREAD', 'detach: bytes that have arrived would be lost with this object; receive them before');
    if (this.io.detach === undefined)
      throw unsupported('detach', 'only moonsocket/blocking has sockets that can give up their descriptors');
    const fd = this.io.detach();
    if (fd instanceof Failure) throw failed('detach', fd);
    this.#end = CLOSED_HERE;
    return fd;
  }

  /**
   * Ends this stream and gives its transport away, to `heir` (the call that goes on with it, such as TLS's `wrap`): to a
   * new stream, so that no byte of the plain conversation is taken for one of the next.
   *
   * What has arrived and was not received was said too early, by the peer or by somebody between (STARTTLS injection,
   * CVE-2011-0411): it is refused, and still there, unless `belongs` says that the heir would have read it.
   */
  *takeOver(heir: string, belongs: (bytes: Uint8Array) => boolean = () => false): Flow<TakenOver> {
    this.checkUsable(heir, undefined);
    if (this.#receives.busy || this.#sends.busy) {
      throw misuse('ERR_BUSY', `${heir}: a call of this socket has not ended; await it before the connection goes on`);
    }
    this.#receives.hold();
    this.#sends.hold();
    try {
      const unread = yield* this.#receives.unread();
      if (unread instanceof Failure) throw this.errorFor(heir, unread, {});
      if (unread !== undefined && !belongs(unread)) {
        const text = `bytes came before their time, and are not taken for what follows: ${shownBytes(unread)}`;
        throw failed(heir, new Failure('ERR_TLS_UNREAD', undefined, undefined, { text }));
      }
      const text = `the connection was handed over by ${heir}; go on with what that call gave`;
      this.#end = new Failure('ERR_CLOSED', undefined, undefined, { text });
      this.#receives.clear();
      return { io: this.io, unread };
    } finally {
      this.#receives.release();
      this.#sends.release(this.#end);
    }
  }

  get closed(): boolean {
    return this.#end !== undefined;
  }

  /** What a call meets once the stream is closed, or handed over. */
  get end(): Failure | undefined {
    return this.#end;
  }

  /** Whether bytes that have arrived wait in the buffer. */
  get dirty(): boolean {
    return this.#receives.size > 0;
  }

  /**
   * For `select`: ready at once with buffered bytes, and when closed, since no call would wait. Bytes that were too few
   * for a receive do not count before more arrive: a loop of `select` and receives would spin on half a line.
   */
  get readiness(): Readiness | undefined {
    const { readiness } = this.io;
    if (readiness === undefined) return undefined;
    this.#readiness ??= readinessOver(
      readiness,
      () => this.#receives.hasNews || this.closed,
      () => this.closed,
    );
    return this.#readiness;
  }

  getstats(): Stats {
    return {
      received: this.#receives.taken + this.#receivedOffset,
      sent: this.#sends.count,
      age: (now() - this.#born) / 1000,
    };
  }

  setstats(stats: Partial<Stats>): void {
    checkStats(stats);
    if (stats.received !== undefined) this.#receivedOffset = stats.received - this.#receives.taken;
    if (stats.sent !== undefined) this.#sends.count = stats.sent;
    if (stats.age !== undefined) this.#born = now() - stats.age * 1000;
  }

  /** The deadline of a call that begins now. */
  deadline(signal: AbortSignal | undefined): Deadline {
    return this.#timeouts === undefined ? deadlineAfter('', null, signal) : this.#timeouts.begin(signal);
  }

  /** Throws where a call cannot begin: the stream is closed, or the signal aborted. */
  checkUsable(call: string, signal: AbortSignal | undefined): void {
    const aborted = signal?.aborted ? new Failure('ABORT_ERR', signal.reason) : undefined;
    const failure = this.#end ?? aborted;
    if (failure === undefined) return;
    const details = call === 'send' ? { sent: 0 } : failure === aborted ? {} : { partial: this.partial };
    throw failed(call, failure, this.named(details));
  }

  /** The error for what the transport has failed, which is remembered. */
  errorFor(call: string, failure: Failure, details: ErrorDetails): SocketError {
    this.failure = failed(call, failure, this.named(details));
    return this.failure;
  }

  /** What has arrived and was not received, for an error. */
  get partial(): () => Buffer {
    return this.#receives.partial(undefined);
  }

  /** How many bytes have arrived and were not received. */
  get unread(): number {
    return this.#receives.size;
  }

  /** Details with the peer's name. */
  named(details: ErrorDetails): ErrorDetails {
    const target = this.#peer?.();
    return target === undefined ? details : { ...details, target };
  }
}
