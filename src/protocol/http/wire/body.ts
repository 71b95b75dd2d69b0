/** The body of a reply, by whichever framing: read in pieces as it arrives, or gathered under a limit. */
import { ReceiveBuffer } from '../../../core/buffer.ts';
import {
  badArgument,
  ClosedError,
  ENDED,
  Failure,
  failed,
  LimitError,
  ProtocolError,
  SocketError,
} from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import { BODY_LIMIT, BODY_PIECE } from '../../../core/limits.ts';
import type { Stream } from '../../../core/stream.ts';
import { HeaderMap } from '../../../headers/map.ts';
import { ChunkedReader } from './chunked.ts';
import type { Framing } from './framing.ts';
import type { ProgressCallback } from './send-body.ts';

/**
 * Nothing is lost: after a timeout the body goes on where it stood, and what `bytes` and `text` have gathered when they
 * fail is what the next call begins with. A body that is cut off, or malformed, gives the same error ever after.
 */
export class ReplyBody {
  /** Whether both sides keep the connection, and the framing shows where the next reply begins. */
  readonly keeps: boolean;
  readonly #stream: Stream;
  readonly #signal: AbortSignal | undefined;
  readonly #chunks: ChunkedReader | undefined;
  readonly #length: number | undefined;
  /** Bytes still to come; Infinity where that is not known. */
  #left: number;
  #came = 0;
  /** What was gathered and not given. */
  readonly #held = new ReceiveBuffer();
  #ended: boolean;
  #failure: unknown;

  constructor(stream: Stream, framing: Framing, keeps: boolean, signal?: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    this.#chunks = framing === 'chunked' ? new ChunkedReader(stream, signal) : undefined;
    this.keeps = keeps && framing !== 'close';
    this.#length = framing === 'none' ? 0 : typeof framing === 'object' ? framing.length : undefined;
    this.#left = this.#length ?? Number.POSITIVE_INFINITY;
    this.#ended = this.#left === 0;
  }

  /** How long it is, if that is known before its end. */
  get length(): number | undefined {
    return this.#length;
  }

  /** Bytes that have come, as they were on the wire but for the framing. */
  get received(): number {
    return this.#came;
  }

  /** Whether all of it has been read. */
  get ended(): boolean {
    return this.#ended && this.#held.size === 0;
  }

  /** What came behind the last chunk: fields that are not mixed with the headers, since anyone may have added them. */
  get trailers(): HeaderMap {
    return this.#ended && this.#chunks !== undefined ? this.#chunks.trailers : new HeaderMap();
  }

  /**
   * Whether another request may go over this connection now. Not before the end of the body; and not if bytes have
   * come that nobody asked for, which must not be taken for the next reply (RFC 9112, section 9.2).
   */
  get reusable(): boolean {
    const readToTheEnd = this.#ended && this.#failure === undefined && this.#chunks?.lenient !== true;
    return this.keeps && readToTheEnd && !this.#stream.dirty && !this.#stream.closed;
  }

  /**
   * The next piece, as it arrived, of at most 64 KiB; undefined at the end, again and again.
   *
   * @throws ClosedError whose message says how much came, ProtocolError, LimitError, and what `receive` throws
   */
  *read(): Flow<Buffer | undefined> {
    if (this.#held.size > 0) return this.#held.take(Math.min(this.#held.size, BODY_PIECE));
    if (this.#ended) return undefined;
    try {
      return this.#counted(yield* this.#pull());
    } catch (error) {
      throw this.#broken(error);
    }
  }

  /**
   * All that was not read yet.
   *
   * @throws LimitError if it is longer than `limit` bytes (16 MiB without it), and what {@link read} throws; what was
   * gathered is in `partial`
   */
  *bytes(limit: number = BODY_LIMIT, progress?: ProgressCallback): Flow<Buffer> {
    yield* this.#gather(limit, progress);
    return this.#held.take(this.#held.size);
  }

  /** The same, as UTF-8. */
  *text(limit: number = BODY_LIMIT): Flow<string> {
    yield* this.#gather(limit);
    return this.#held.take(this.#held.size).toString('utf8');
  }

  *#gather(limit: number, progress?: ProgressCallback): Flow<void> {
    checkLimit(limit);
    // A length that is known is refused before its bytes are waited for.
    if (this.#left !== Number.POSITIVE_INFINITY && this.#held.size + this.#left > limit) throw tooLong(limit);
    while (!this.#ended) {
      if (this.#held.size > limit) throw tooLong(limit);
      let piece: Buffer | undefined;
      try {
        piece = this.#counted(yield* this.#pull());
      } catch (error) {
        throw SocketError.withPartial(this.#broken(error), this.#held.snapshot());
      }
      if (piece === undefined) break;
      this.#held.push(piece);
      progress?.(this.#came, this.#length);
    }
    if (this.#held.size > limit) throw tooLong(limit);
  }

  /** A piece may be at hand at any time, and its reader may be slow: the call's limit holds all the same. */
  #pull(): Flow<Buffer | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#stream.checkTime();
    return this.#chunks?.read() ?? this.#stream.receiveSome(Math.min(this.#left, BODY_PIECE), this.#signal);
  }

  #counted(piece: Buffer | undefined): Buffer | undefined {
    if (piece === undefined) {
      if (this.#length !== undefined) throw failed('receive', ENDED);
      this.#ended = true;
      return undefined;
    }
    this.#came += piece.length;
    this.#left -= piece.length;
    if (this.#left === 0) this.#ended = true;
    return piece;
  }

  /** The error to throw, remembered if the body ends with it. Timeouts and the like pass. */
  #broken(error: unknown): unknown {
    if (error === this.#failure || this.#stream.closed) return error;
    if (error instanceof ClosedError) this.#failure = this.#cutOff(error);
    else if (error instanceof ProtocolError || error instanceof LimitError) this.#failure = error;
    return this.#failure ?? error;
  }

  #cutOff(error: ClosedError): ClosedError {
    const expected = this.#length === undefined ? 'bytes' : `of ${this.#length} bytes`;
    const where = this.#chunks === undefined ? '' : ', before the last chunk';
    const message = `the body was cut off after ${this.#came} ${expected}${where}: ${error.reason} (${error.code})`;
    return new ClosedError(error.code, message, { partial: this.#held.snapshot() }, new Failure(error.code, error));
  }
}

export function checkLimit(limit: number): void {
  if (typeof limit !== 'number' || !(limit >= 0)) throw badArgument(`body: limit is a number of bytes, not ${limit}`);
}

function tooLong(limit: number): LimitError {
  return new LimitError('ERR_LIMIT', `the body is longer than ${limit} bytes`);
}
