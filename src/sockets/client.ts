/** A connected stream, as programs see it: what TCP and Unix sockets, pipes, descriptors and anyone's transport share. */
import { ClosedError } from '../core/errors.ts';
import type { Flow } from '../core/flow.ts';
import type { Readiness, ShutdownHow } from '../core/io.ts';
import { isReceived, type Pattern, type ReceiveOptions, type TextEncoding } from '../core/pattern.ts';
import type { Stream } from '../core/stream.ts';
import type { SendOptions, Stats } from '../core/stream-options.ts';
import type { Timeouts } from '../core/timeout.ts';
import type { Face, Iteration, Result, Runner } from './face.ts';
import { SocketObject } from './object.ts';
import { readableOf, writableOf } from './web.ts';

/**
 * Whether the last line needs its LF. A connection that ends in the middle of a line may have been cut; a file or a
 * program's output may end `'anywhere'`.
 */
export type LastLine = 'ended' | 'anywhere';

/** The result of a pattern: text for lines and delimiters, bytes for counts and everything, unless `encoding` says otherwise. */
export type Received<P, E> = E extends undefined
  ? P extends number | '*a'
    ? Buffer
    : string
  : E extends 'buffer'
    ? Buffer
    : string;

/** A connected stream of bytes: a socket, a pipe, a descriptor, or anyone's transport. (LuaSocket `tcp{client}`.) */
export class Client<F extends Face> extends SocketObject<F> {
  /** The same operations as flows, for those who write protocols. */
  readonly stream: Stream;
  readonly #lastLine: LastLine;

  constructor(stream: Stream, runner: Runner<F>, lastLine: LastLine = 'ended') {
    super(runner);
    this.stream = stream;
    stream.lineUp(runner.gate);
    this.#lastLine = lastLine;
  }

  protected get timeouts(): Timeouts {
    return this.stream.timeouts;
  }

  /**
   * Receives what `pattern` says: `'*l'` a line (without its LF or CRLF), a number exactly that many bytes, `'*a'`
   * everything until the peer closes, `{ until }` what stands before a delimiter. (LuaSocket `client:receive`.)
   *
   * A receive that times out, is aborted or meets the end consumes nothing: `error.partial` shows what is there, and
   * the next receive, of whatever pattern, begins with it. One that begins while another waits is refused (ERR_BUSY),
   * and takes nothing from it: which of two readers were to get a byte?
   *
   * ```ts
   * const [client, peer] = pair();
   * await peer.send('first line\r\n7 bytesrest of it');
   * peer.close();
   * await client.receive(); // => 'first line'
   * String(await client.receive(7)); // => '7 bytes'
   * String(await client.receive('*a')); // => 'rest of it'
   * ```
   *
   * @throws TimeoutError, ClosedError, LimitError, AbortError, or SocketError with the system's code
   */
  receive<P extends Pattern = '*l', E extends TextEncoding | 'buffer' | undefined = undefined>(
    pattern?: P,
    options?: ReceiveOptions & { readonly encoding?: E },
  ): Result<F, Received<P, E>> {
    if (options === undefined && (pattern === undefined || pattern === '*l')) {
      const line = this.stream.lineAtHand();
      if (line !== undefined) return this.runner.done(line as Received<P, E>);
    }
    let begun: string | Buffer | Flow<string | Buffer>;
    try {
      begun = this.stream.beginReceive(pattern, options);
    } catch (error) {
      return this.runner.fail(error);
    }
    return isReceived(begun)
      ? this.runner.done(begun as Received<P, E>)
      : this.runner.run(begun as Flow<Received<P, E>>);
  }

  /**
   * Sends a string (as UTF-8) or bytes, from `start` up to `end` as `subarray` counts them, and returns how many
   * bytes that were. Waits until the system has taken them, so a slow peer slows the sender. (`client:send`.)
   *
   * await face: sends that begin before another has ended go out behind it, each whole, in the order of the calls. They
   * hold their data until then; `await` each where there is much of it. When one fails, those behind it fail, with
   * `sent` 0: ERR_NOT_SENT, or the ClosedError that all have in common. Their own timeouts run from their calls on.
   *
   * ```ts
   * const [client, peer] = pair();
   * await client.send('grüße\n'); // => 8
   * await client.send('0123456789', 2, 5); // => 3
   * ```
   *
   * @throws TimeoutError, ClosedError, AbortError; `error.sent` is how many bytes the system has taken: go on from
   * there, or close. (await face: the next bytes, less than 64 KiB, may be on their way. A send that goes on with them
   * does not send them twice, a close drops them, and other bytes come behind them. Bun and Deno count such a piece only
   * when all of it is taken.)
   */
  send(data: string | Uint8Array, start?: number, end?: number, options?: SendOptions): Result<F, number> {
    let begun: number | Flow<number>;
    try {
      begun = this.stream.beginSend(data, start, end, options);
    } catch (error) {
      return this.runner.fail(error);
    }
    return typeof begun === 'number' ? this.runner.done(begun) : this.runner.run(begun);
  }

  /**
   * The lines until the end. A last line without its LF is given where texts end so: by clients of `pipe`, and by
   * those of `fd` but for a socket that is both read and written. Of a connection it is an error, since it may have been cut:
   * `ClosedError`, with the line in `partial`.
   *
   * ```ts
   * const [client, peer] = pair();
   * await peer.send('a\nb\n');
   * peer.close();
   * const lines = [];
   * for await (const line of client.lines()) lines.push(line);
   * lines.join(); // => 'a,b'
   * ```
   */
  lines(options?: ReceiveOptions & { readonly encoding?: TextEncoding }): Iteration<F, string> {
    const { stream } = this;
    const lastLine = this.#lastLine;
    return this.runner.iterate(
      () => nextLine(stream, options, lastLine),
      options === undefined ? () => stream.lineAtHand() : undefined,
    );
  }

  /** Ends the sending half (the peer reads the end of the stream), the receiving half, or both. (`client:shutdown`.) */
  shutdown(how: ShutdownHow = 'both'): void {
    this.stream.shutdown(how);
  }

  /** Gives the socket back to the system, which still sends what it has taken. Pending calls end with ClosedError. */
  close(): void {
    this.stream.close();
  }

  /** Bytes received and sent, and the age of the object in seconds. */
  getstats(): Stats {
    return this.stream.getstats();
  }

  /** Changes the statistics that are named. */
  setstats(stats: Partial<Stats>): void {
    this.stream.setstats(stats);
  }

  /** Whether bytes that have arrived wait to be received. */
  dirty(): boolean {
    return this.stream.dirty;
  }

  /**
   * Gives the descriptor away: to a worker, whose `fd` takes it, or to C. This object is spent then, as by `close`, and does not
   * close it any more; its new owner does. (moonsocket/blocking alone: Node's handles keep theirs.)
   *
   * ```ts
   * import { fd, pair } from 'moonsocket/blocking';
   * const [here, there] = pair();
   * const owner = fd(there.detach());
   * here.send('hello\n');
   * owner.receive(); // => 'hello'
   * owner.close();
   * here.close();
   * ```
   *
   * @throws SocketError ERR_BUSY while a call is pending, ERR_UNREAD while bytes are unread, ERR_UNSUPPORTED
   */
  detach(): number {
    return this.stream.detach();
  }

  /**
   * The descriptor, or -1 where there is none or the runtime does not tell. It stays this object's: it is closed with it,
   * and by the collector if the object is forgotten. `detach` gives it away.
   */
  getfd(): number {
    return this.stream.closed ? -1 : this.stream.io.getfd();
  }

  /** All that comes, as a web stream. Cancelling it closes the client. */
  get readable(): ReadableStream<Uint8Array> {
    return readableOf(
      (limit) => this.runner.run(this.stream.receiveSome(limit)),
      () => this.close(),
    );
  }

  /** A web stream that sends what is written. Closing it ends the sending half, aborting it closes the client. */
  get writable(): WritableStream<Uint8Array | string> {
    return writableOf(
      (data) => this.send(data),
      () => this.shutdown('send'),
      () => this.close(),
    );
  }

  /** For `select`. */
  get readiness(): Readiness | undefined {
    return this.stream.readiness;
  }
}

function* nextLine(stream: Stream, options: ReceiveOptions | undefined, lastLine: LastLine): Flow<string | undefined> {
  try {
    return (yield* stream.receive('*l', options)) as string;
  } catch (error) {
    const atEnd = error instanceof ClosedError && error.code === 'ERR_CLOSED' && !stream.closed;
    if (!atEnd || (stream.dirty && lastLine === 'ended')) throw error;
    if (!stream.dirty) return undefined;
    // The rest is taken by its count: to ask a terminal again for its end would wait for what is typed next.
    const count = (error.partial as Buffer).length;
    return (yield* stream.receive(count, { ...options, encoding: options?.encoding ?? 'utf8' })) as string;
  }
}
