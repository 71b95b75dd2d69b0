/**
 * Transfers: a command, its data connection, and the reply behind it.
 *
 *     C: RETR notes.txt     S: 150 here it comes
 *     S: (the bytes, and the end of the data connection)
 *     S: 226 done
 *
 * What comes is a source, which is at its end when all bytes *and* the 2yz are there; what goes is a sink, whose end waits
 * for the same. One that is given up (the sink of what comes has failed, the source of what goes, a signal) closes its
 * data connection and takes the reply to that: the session goes on.
 */
import { AbortError, Failure, ReplyError, SocketError, TimeoutError } from '../../core/errors.ts';
import { type Flow, isPromise, runMaybe, settle } from '../../core/flow.ts';
import { FTP_DATA_END_WAIT, FTP_PIECE } from '../../core/limits.ts';
import type { StreamSendOptions } from '../../core/stream-options.ts';
import { abandon, type Chunk, checkedChunk, type Sink, type Source, tell } from '../../ltn12/protocol.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import { TlsClient } from '../../sockets/tls.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';
import type { FtpConnection } from './connection.ts';
import { prepareData } from './data.ts';

/** Called with the bytes that have come or gone, and all that there are, if that is known. */
export type TransferProgress = (bytes: number, total: number | undefined) => void;

/** A transfer. */
export interface TransferOptions {
  readonly line: CommandLine;
  /** Text: lines end with CRLF on the way. */
  readonly ascii?: boolean | undefined;
  /** Where in the file it begins (REST). */
  readonly offset?: number | undefined;
  readonly progress?: TransferProgress | undefined;
  /** Bytes, the offset included, if that is known. */
  readonly total?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A transfer whose data connection is open. */
export class Transfer<F extends Face> {
  readonly #session: FtpConnection<F>;
  readonly #options: TransferOptions;
  readonly #data: Client<F>;
  readonly #restore: () => void;
  /** How each chunk is sent. One that fails closes the connection before the source has its chunk back. */
  readonly #sending: StreamSendOptions;
  /** Whether the last reply has come already, instead of a first one. */
  readonly #replied: boolean;
  /** The size that the first reply names; it counts where the server ends before it. */
  readonly #announced: number | undefined;
  #moved = 0;
  #over = false;
  #receives = false;

  private constructor(
    session: FtpConnection<F>,
    options: TransferOptions,
    data: Client<F>,
    first: { code: number; text: string },
  ) {
    this.#session = session;
    this.#options = options;
    this.#data = data;
    this.#sending = { signal: options.signal, steady: true };
    this.#replied = first.code >= 200;
    const whole = options.ascii !== true && (options.offset ?? 0) === 0;
    this.#announced = whole ? announcedSize(first.text) : undefined;
    this.#restore = session.dialogue.options.clock.transferring(data.stream);
  }

  /** Begins one. @throws ReplyError, and what data connections throw */
  static *begin<F extends Face>(session: FtpConnection<F>, options: TransferOptions): Flow<Transfer<F>> {
    const { line, ascii = false, offset = 0, signal } = options;
    yield* session.type(ascii ? 'A' : 'I');
    const prepared = yield* prepareData(session, signal);
    let first: { code: number; text: string } | undefined;
    try {
      if (offset > 0) yield* session.ask(commandLine('REST', String(offset)), '3..');
      first = yield* session.askUntil(signal, line, ['1..', '2..']);
      return new Transfer(session, options, yield* prepared.open(signal), first);
    } catch (error) {
      prepared.close();
      const aborted = error instanceof AbortError;
      if (first === undefined && !aborted) throw error;
      // The server waits for the data connection, or has said already that it has none.
      const isOver = first !== undefined && first.code >= 200;
      const said = isOver ? undefined : yield* session.replyAfterFailure(first !== undefined);
      throw said instanceof ReplyError && !aborted ? withBoth(said, error, 0) : error;
    }
  }

  /** Bytes that have come or gone. */
  get moved(): number {
    return this.#moved;
  }

  /** What comes. */
  source(): Source {
    this.#receives = true;
    const source: Source = () => runMaybe(this.#receive());
    source.close = () => runMaybe(this.#abandoned());
    return source;
  }

  /** Moves all that comes into a sink, as a pump does from the source. @throws what the sink throws, and what transfers throw */
  *drain(sink: Sink): Flow<void> {
    this.#receives = true;
    for (let piece: Chunk | undefined; piece !== null; ) {
      try {
        piece = yield* this.#receive();
      } catch (error) {
        yield* tell(sink, error);
        throw error;
      }
      try {
        const taken = sink(piece);
        if (isPromise(taken)) yield* settle(taken);
      } catch (error) {
        yield* this.#giveUp();
        throw error;
      }
    }
  }

  /** Moves all that a source gives, as a pump does into the sink. @throws what the source throws, and what transfers throw */
  *fill(source: Source): Flow<void> {
    for (let piece: Chunk | undefined; piece !== null; ) {
      try {
        const given = source();
        piece = checkedChunk(isPromise(given) ? yield* settle(given) : given);
      } catch (error) {
        yield* this.#giveUp();
        yield* abandon(source, error);
        throw error;
      }
      try {
        const rest = this.#beginSend(piece);
        if (rest !== undefined) yield* rest;
      } catch (error) {
        if (piece !== null) yield* abandon(source, error);
        throw error;
      }
    }
  }

  /** A step has ended the chain before its end: gives the transfer up, and gives its error. Undefined at the end. */
  *stopped(): Flow<SocketError | undefined> {
    if (this.#over) return undefined;
    yield* this.#giveUp();
    return this.#error('ERR_PARTIAL', `its step has ended it after ${this.#moved} bytes`);
  }

  /** What takes the bytes that go. */
  sink(): Sink {
    return (chunk, error) => runMaybe(error === undefined ? this.#send(chunk) : this.#abandoned());
  }

  *#receive(): Flow<Chunk> {
    if (this.#over) return null;
    let piece: Buffer | undefined;
    try {
      piece = yield* this.#data.stream.receiveSome(FTP_PIECE, this.#options.signal);
    } catch (error) {
      throw yield* this.#failed(error);
    }
    if (piece !== undefined) {
      this.#advance(piece.length);
      return piece;
    }
    yield* this.#finish();
    return null;
  }

  *#send(chunk: Chunk): Flow<void> {
    const rest = this.#beginSend(chunk);
    if (rest !== undefined) yield* rest;
  }

  /** A send up to its first wait: undefined when all of it is done, else the flow that goes on. */
  #beginSend(chunk: Chunk): Flow<void> | undefined {
    if (this.#over) return undefined;
    if (chunk === null) return this.#endOfSending();
    let begun: number | Flow<number>;
    try {
      begun = this.#data.stream.beginSend(chunk, undefined, undefined, this.#sending);
    } catch (error) {
      return this.#sendFailed(error);
    }
    if (typeof begun !== 'number') return this.#restOfSend(begun);
    this.#advance(begun);
    return undefined;
  }

  *#restOfSend(rest: Flow<number>): Flow<void> {
    let sent: number;
    try {
      sent = yield* rest;
    } catch (error) {
      return yield* this.#sendFailed(error);
    }
    this.#advance(sent);
  }

  *#sendFailed(error: unknown): Flow<never> {
    throw yield* this.#failed(error);
  }

  #advance(bytes: number): void {
    this.#moved += bytes;
    const { progress, offset = 0, total = this.#announced } = this.#options;
    progress?.(offset + this.#moved, total);
  }

  /** The end of the stream, and of TLS before it, and the reply. Tickets of TLS 1.3 come behind the handshake, and have not been read yet. */
  *#endOfSending(): Flow<void> {
    const { stream } = this.#data;
    stream.shutdown('send');
    if (this.#data instanceof TlsClient) yield* this.#rest();
    yield* this.#finish();
  }

  /** Reads and drops what comes, up to the end, for a short time. */
  *#rest(): Flow<void> {
    const { stream } = this.#data;
    const restore = stream.timeouts.within(FTP_DATA_END_WAIT);
    try {
      while ((yield* stream.receiveSome(FTP_PIECE)) !== undefined);
    } catch (error) {
      // It may be reset, or stay open: the reply says what has come of the bytes.
      if (!(error instanceof SocketError)) throw error;
    } finally {
      restore();
    }
  }

  /** All bytes are over, and the reply has to say so. */
  *#finish(): Flow<void> {
    this.#leave();
    if (!this.#replied) yield* this.#lastReply();
    const whole = this.#wanted;
    if (whole === undefined || this.#moved >= whole) return;
    throw this.#error('ERR_PARTIAL', `it ended after ${this.#moved} of ${whole} bytes`);
  }

  /** Bytes that have to move. A file that grows meanwhile has more; one here that shrinks has fewer. */
  get #wanted(): number | undefined {
    const { total, offset = 0 } = this.#options;
    return this.#receives && total !== undefined ? total - offset : this.#announced;
  }

  *#lastReply(): Flow<void> {
    try {
      yield* this.#session.lastReply();
    } catch (error) {
      if (error instanceof ReplyError) throw withBoth(error, undefined, this.#moved);
      if (!(error instanceof SocketError)) throw error;
      const why = `no reply came behind its ${this.#moved} bytes, so that it may be whole or not`;
      throw this.#error('ERR_UNKNOWN_OUTCOME', why, error);
    }
  }

  /** The error for a data connection that has failed, with what the server says to that. */
  *#failed(error: unknown): Flow<unknown> {
    const said = yield* this.#giveUp();
    if (!(error instanceof SocketError) || error.code === 'ABORT_ERR') return error;
    if (said instanceof ReplyError) return withBoth(said, error, this.#moved);
    if (error instanceof TimeoutError) {
      const why = `${this.#named} timed out after ${this.#moved} bytes`;
      const limit = this.#session.dialogue.options.clock.over('idle');
      return new TimeoutError('ETIMEDOUT', `${why}: ${limit} (ETIMEDOUT)`, this.#details(), failureOf(error));
    }
    return this.#error('ERR_PARTIAL', `it broke off after ${this.#moved} bytes: ${error.message}`, error);
  }

  /** The other end of the chain has failed, which is the error to report. */
  *#abandoned(): Flow<void> {
    yield* this.#giveUp();
  }

  /**
   * Ends it before its end. Gives what the server has said to that, if it did. A closed data connection says enough, but
   * through TLS: proftpd ends the whole session by a write that fails there, so it is asked to stop before.
   */
  *#giveUp(): Flow<unknown> {
    if (this.#over) return undefined;
    const aborts =
      this.#receives && !this.#replied && this.#data instanceof TlsClient && this.#data.stream.failure === undefined;
    if (aborts) yield* this.#abort();
    this.#leave();
    const said = this.#replied ? undefined : yield* this.#session.replyAfterFailure(true);
    if (aborts && said !== undefined) yield* this.#session.replyAfterFailure(true);
    return said;
  }

  /** RFC 959, section 4.1.3: 426 for the transfer and 226 for ABOR. What still comes is dropped, for a short time. */
  *#abort(): Flow<void> {
    yield* this.#session.write(commandLine('ABOR'));
    yield* this.#rest();
  }

  #leave(): void {
    this.#over = true;
    const data = this.#data;
    this.#restore();
    // The next data connection goes on with the newest session.
    if (data instanceof TlsClient && !data.stream.closed)
      this.#session.tlsSession = data.getsession() ?? this.#session.tlsSession;
    data.close();
  }

  get #named(): string {
    return `${this.#session.dialogue.options.name}: ${this.#options.line.shown}`;
  }

  #details(): { command: string; sent: number } {
    return { command: this.#options.line.shown, sent: this.#moved };
  }

  #error(code: string, why: string, cause?: SocketError): SocketError {
    const text = `${this.#named}: ${why} (${code})`;
    return new SocketError(code, text, this.#details(), cause && failureOf(cause));
  }
}

/** The refusal, and what has come or gone before it. */
function withBoth(refusal: ReplyError, cause: unknown, bytes: number): ReplyError {
  const data = cause instanceof Error ? `; the data connection: ${cause.message}` : '';
  const text = `${refusal.message}, after ${bytes} bytes${data}`;
  const { command, reply } = refusal;
  return new ReplyError(
    refusal.code,
    text,
    { command, reply, sent: bytes },
    cause instanceof SocketError ? failureOf(cause) : undefined,
  );
}

function failureOf(error: SocketError): Failure {
  return new Failure(error.code, error);
}

/** `150 Opening BINARY mode data connection for x (1234 bytes).`: no standard has it, nearly all servers do. */
function announcedSize(text: string): number | undefined {
  const digits = /\((\d{1,15}) bytes\)/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
