/** A stream of bytes over any transport: receive patterns, sends, timeouts and statistics, as flows. */
import { type Filling, type Piece, ReceiveBuffer } from './buffer.ts';
import { shownBytes, sliced } from './data.ts';
import {
  CLOSED_HERE,
  ENDED,
  type ErrorDetails,
  Failure,
  failed,
  misuse,
  type SocketError,
  TIMED_OUT,
  unsupported,
} from './errors.ts';
import { type Flow, isPromise, type MaybePromise, settle } from './flow.ts';
import { checkHow, type Io, type Readiness, readinessOver, type ShutdownHow } from './io.ts';
import { isReceived, type Matcher, NO_OPTIONS, type Pattern, parsePattern, type ReceiveOptions } from './pattern.ts';
import { Sends } from './sends.ts';
import { checkStats, type PeerName, type Stats, type StreamSendOptions } from './stream-options.ts';
import { type Deadline, deadlineAfter, NO_WAIT, now, Timeouts } from './timeout.ts';
import type { Gate } from './turns.ts';

/** The transport that a stream hands over, and bytes that have arrived and belong to the next stream. */
export type TakenOver = { readonly io: Io; readonly unread: Buffer | undefined };

const NOTHING = (): Buffer => Buffer.alloc(0);

export class Stream {
  readonly io: Io;
  readonly #peer: PeerName | undefined;
  #timeouts: Timeouts | undefined;
  /** Made by the first receive: a connection that is never read costs none. */
  #buffer: ReceiveBuffer | undefined;
  #receiving = false;
  readonly #sends: Sends;
  /** The failure of every call since the stream was closed, or handed over. */
  #end: Failure | undefined;
  /** The last error that the transport caused. It tells such an error from one of another socket. */
  failure: SocketError | undefined;
  #receivedOffset = 0;
  /** How many bytes had arrived when a receive failed for want of more; 0 after one that did not. */
  #arrivedInVain = 0;
  #born = now();
  /** Made by the first select, and kept: a select over thousands asks each of them each time. */
  #readiness: Readiness | undefined;

  /** `timeouts` are those of the stream before, where this one takes over its connection. */
  constructor(io: Io, peer?: PeerName, timeouts?: Timeouts) {
    this.io = io;
    this.#peer = peer;
    this.#timeouts = timeouts;
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
    return this.#receiving || this.#end !== undefined ? undefined : this.#buffer?.takeTextLine(encoding);
  }

  /** See `Client.receive`. */
  *receive(pattern?: Pattern, options?: ReceiveOptions): Flow<string | Buffer> {
    const begun = this.beginReceive(pattern, options);
    return isReceived(begun) ? begun : yield* begun;
  }

  /** A receive up to its first wait: what it gives, where it does not have to wait, else the flow that goes on. */
  beginReceive(pattern: Pattern = '*l', options: ReceiveOptions = NO_OPTIONS): string | Buffer | Flow<string | Buffer> {
    const matcher = parsePattern(pattern, options);
    const deadline = this.#beginReceive(options.signal);
    this.#buffer ??= new ReceiveBuffer();
    let rest: Flow<string | Buffer> | undefined;
    try {
      for (let ended = false, pieces = 0; ; pieces++) {
        const bytes = this.#matched(matcher, this.#buffer, ended);
        if (bytes !== undefined) return matcher.result(bytes);
        const answer = this.#piece(deadline, pieces, matcher.large);
        if (isPromise(answer)) {
          rest = this.#receiveRest(matcher, this.#buffer, answer, deadline, pieces);
          return rest;
        }
        ended = this.#arrived(answer, matcher, this.#buffer);
      }
    } finally {
      if (rest === undefined) this.#receiving = false;
    }
  }

  *#receiveRest(
    matcher: Matcher,
    buffer: ReceiveBuffer,
    first: PromiseLike<Piece>,
    deadline: Deadline,
    pieces: number,
  ): Flow<string | Buffer> {
    let taken = pieces;
    try {
      for (let answer: MaybePromise<Piece> = first; ; answer = this.#piece(deadline, ++taken)) {
        const got = isPromise(answer) ? ((yield answer) as Piece) : answer;
        const bytes = this.#matched(matcher, buffer, this.#arrived(got, matcher, buffer));
        if (bytes !== undefined) return matcher.result(bytes);
      }
    } finally {
      this.#receiving = false;
    }
  }

  /** The transport's next piece, for a call that has got `pieces` of them; into the buffer itself, for a `large` count. */
  #piece(deadline: Deadline, pieces: number, large = 0): MaybePromise<Piece> {
    if (deadline.overAfter(pieces)) return TIMED_OUT;
    if (large === 0 || this.io.recvInto === undefined) return this.io.recv(deadline);
    return (this.#buffer as ReceiveBuffer).fill(large, this.io as Filling, deadline);
  }

  /** The bytes that the pattern wants, if all of them are there; throws when they never will be. */
  #matched(matcher: Matcher, buffer: ReceiveBuffer, ended: boolean): Buffer | undefined {
    const bytes = matcher.match(buffer, ended);
    if (bytes !== undefined) {
      this.#arrivedInVain = 0;
      return bytes;
    }
    matcher.check(buffer);
    if (ended) throw this.#ended(matcher.prefix, buffer.size);
    return undefined;
  }

  /** Takes in what the transport gave; true when that was the end. */
  #arrived(got: Piece, matcher: Matcher, buffer: ReceiveBuffer): boolean {
    if (!(got instanceof Failure)) {
      if (typeof got !== 'number') buffer.gather(matcher.large, got);
      return false;
    }
    buffer.leaveBlock();
    if (got === ENDED) return true;
    this.#arrivedInVain = buffer.taken + buffer.size;
    throw this.errorFor('receive', got, { partial: this.#partial(matcher.prefix) });
  }

  /** Whatever is there, at least one byte and at most `limit`; undefined at the end of the stream. */
  *receiveSome(limit: number, signal?: AbortSignal): Flow<Buffer | undefined> {
    const deadline = this.#beginReceive(signal);
    this.#buffer ??= new ReceiveBuffer();
    const buffer = this.#buffer;
    try {
      if (buffer.size === 0) {
        const got = yield* settle(deadline.overAfter(0) ? TIMED_OUT : this.io.recv(deadline));
        if (got === ENDED) return undefined;
        if (got instanceof Failure) throw this.errorFor('receive', got, { partial: this.#partial(undefined) });
        buffer.push(got);
      }
      return buffer.take(Math.min(buffer.size, limit));
    } finally {
      this.#receiving = false;
    }
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

  /** In a conversation whose time is over, throws as a receive does that would have to ask the transport. */
  checkTime(): void {
    if (this.#timeouts?.over) throw this.errorFor('receive', TIMED_OUT, { partial: this.#partial(undefined) });
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
    if (this.#receiving || this.#sends.busy)
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
    if (this.#receiving || this.#sends.busy) {
      throw misuse('ERR_BUSY', `${heir}: a call of this socket has not ended; await it before the connection goes on`);
    }
    this.#receiving = true;
    this.#sends.hold();
    try {
      this.#buffer ??= new ReceiveBuffer();
      if (this.#buffer.size === 0 && this.io.readiness !== undefined) {
        const got = yield* settle(this.io.recv(NO_WAIT));
        if (!(got instanceof Failure)) this.#buffer.push(got);
        else if (got !== TIMED_OUT) throw this.errorFor(heir, got, {});
      }
      const unread = this.#buffer.size > 0 ? this.#buffer.snapshot()() : undefined;
      if (unread !== undefined && !belongs(unread)) {
        const text = `bytes came before their time, and are not taken for what follows: ${shownBytes(unread)}`;
        throw failed(heir, new Failure('ERR_TLS_UNREAD', undefined, undefined, { text }));
      }
      const text = `the connection was handed over by ${heir}; go on with what that call gave`;
      this.#end = new Failure('ERR_CLOSED', undefined, undefined, { text });
      this.#buffer = undefined;
      return { io: this.io, unread };
    } finally {
      this.#receiving = false;
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
    return this.#buffer !== undefined && this.#buffer.size > 0;
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
      () => this.#hasNews || this.closed,
      () => this.closed,
    );
    return this.#readiness;
  }

  getstats(): Stats {
    return { received: this.#taken + this.#receivedOffset, sent: this.#sends.count, age: (now() - this.#born) / 1000 };
  }

  setstats(stats: Partial<Stats>): void {
    checkStats(stats);
    if (stats.received !== undefined) this.#receivedOffset = stats.received - this.#taken;
    if (stats.sent !== undefined) this.#sends.count = stats.sent;
    if (stats.age !== undefined) this.#born = now() - stats.age * 1000;
  }

  get #hasNews(): boolean {
    const buffer = this.#buffer;
    return buffer !== undefined && buffer.size > 0 && buffer.taken + buffer.size > this.#arrivedInVain;
  }

  get #taken(): number {
    return this.#buffer?.taken ?? 0;
  }

  #beginReceive(signal: AbortSignal | undefined): Deadline {
    if (this.#receiving) {
      throw misuse('ERR_BUSY', 'receive: another receive of this socket has not ended; await it before the next');
    }
    this.checkUsable('receive', signal);
    const deadline = this.deadline(signal);
    this.#receiving = true;
    return deadline;
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
    const details = call === 'send' ? { sent: 0 } : failure === aborted ? {} : { partial: this.#partial(undefined) };
    throw failed(call, failure, this.#named(details));
  }

  /** The error for what the transport has failed, which is remembered. */
  errorFor(call: string, failure: Failure, details: ErrorDetails): SocketError {
    this.failure = failed(call, failure, this.#named(details));
    return this.failure;
  }

  /** The end came before what the pattern wants: how much did come is easily overlooked. */
  #ended(prefix: Buffer | undefined, size: number): SocketError {
    const count = size + (prefix?.length ?? 0);
    const note = count === 0 ? undefined : `bytes in partial: ${count}`;
    return failed('receive', ENDED, this.#named({ partial: this.#partial(prefix), note }));
  }

  #named(details: ErrorDetails): ErrorDetails {
    const target = this.#peer?.();
    return target === undefined ? details : { ...details, target };
  }

  #partial(prefix: Buffer | undefined): () => Buffer {
    const snapshot = this.#buffer?.snapshot() ?? NOTHING;
    return () => (prefix === undefined ? snapshot() : Buffer.concat([prefix, snapshot()]));
  }
}
