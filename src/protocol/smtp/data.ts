/**
 * The message on its way, after the envelope:
 *
 *     DATA                                 BDAT 65536              (CHUNKING, RFC 3030: no dots are stuffed)
 *     354 go on                            (65536 bytes)
 *     …lines, a dot doubled where one      250 so far
 *     begins with it                       BDAT 1234 LAST
 *     .                                    (1234 bytes)
 *     250 queued                           250 queued
 */
import { viewOf } from '../../core/data.ts';
import {
  AbortError,
  ClosedError,
  ProtocolError,
  type ReplyError,
  SocketError,
  TimeoutError,
} from '../../core/errors.ts';
import { type Flow, runMaybe, settle } from '../../core/flow.ts';
import { MAIL_PIECE, PIPELINED_CHUNKS } from '../../core/limits.ts';
import type { Chunk, Sink, Source, SyncFilter } from '../../ltn12/protocol.ts';
import { all, type Step } from '../../ltn12/pump.ts';
import { chain } from '../../ltn12/sources.ts';
import { dot, dotless } from '../../mime/lines.ts';
import type { Face } from '../../sockets/face.ts';
import type { Dialogue } from '../tp/dialogue.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';

/** How a message is handed over. */
export interface Transfer {
  readonly step: Step<Source, Sink> | undefined;
  readonly signal: AbortSignal | undefined;
  /** What each reply to the message is for, as a log and errors have it: one, and with LMTP one for each recipient. */
  readonly answered: readonly string[];
  /** Called when the end of the message may be on its way: from then on the server may deliver it. */
  readonly ending: () => void;
}

/** The end of a message whose last line has ended, and of one whose last line has not. */
const END = Buffer.from('.\r\n');
const LINE_END = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);

/** Sends the message and the dot behind it. Returns how many bytes the message has. */
export function* sendData<F extends Face>(dialogue: Dialogue<F>, source: Source, transfer: Transfer): Flow<number> {
  let size = 0;
  // What is counted is the message, without the dots.
  const counted = chain(source, (chunk) => {
    size += chunk?.length ?? 0;
    return chunk;
  });
  const gather = new Gather();
  function* take(chunk: Chunk): Flow<void> {
    if (chunk !== null) {
      if (gather.push(chunk)) yield* send(dialogue, gather.take(), transfer);
      return;
    }
    if (!gather.endsWithLine) {
      gather.push(LINE_END);
      size += LINE_END.length;
    }
    gather.push(END);
    transfer.ending();
    yield* dialogue.write(ended(gather.take(), transfer), transfer.signal);
  }
  yield* pumped(chain(counted, doubled()), take, transfer);
  return size;
}

/** Doubles dots as `mime.stuff` does. Chunks without one, which are nearly all, are passed on: they are gathered next. */
function doubled(): SyncFilter {
  let state = 2;
  return (chunk) => {
    const behind = chunk === null ? undefined : dotless(viewOf(chunk), state);
    if (behind !== undefined) {
      state = behind;
      return chunk;
    }
    const [output, next] = dot(state, chunk);
    state = next;
    return output;
  };
}

/**
 * Sends the message in pieces, each with its length, and reads what the server says to all but the last one; with PIPELINING
 * some pieces are on their way before that (RFC 3030, section 4.2).
 */
export function* sendChunks<F extends Face>(
  dialogue: Dialogue<F>,
  source: Source,
  transfer: Transfer,
  pipelined: boolean,
): Flow<number> {
  let size = 0;
  let unanswered = 0;
  const gather = new Gather();
  /** Reads replies until so many are left. Where one says no, the others are read before the error, as far as they come. */
  function* settled(left: number): Flow<void> {
    let refusal: ReplyError | undefined;
    try {
      while (unanswered > (refusal === undefined ? left : 0)) {
        const reply = yield* dialogue.anyReply(transfer.signal);
        unanswered--;
        if (reply.code >= 300) refusal ??= dialogue.refused(reply, 'BDAT');
        if (reply.code === 421) break;
      }
    } catch (error) {
      if (refusal === undefined) throw error;
      dialogue.close();
    }
    if (refusal !== undefined) throw refusal;
  }
  function* piece(isLast: boolean): Flow<void> {
    const bytes = gather.take();
    size += bytes.length;
    const line = commandLine('BDAT', `${bytes.length}${isLast ? ' LAST' : ''}`);
    const whole = Buffer.concat([line.bytes, bytes]);
    // The last piece is the end only where all before it were taken.
    if (isLast) yield* settled(0);
    // With a reply that is there unasked, it is not sent.
    if (isLast && !dialogue.client.stream.dirty) transfer.ending();
    if (isLast) return yield* dialogue.send(ended(whole, transfer), transfer.signal);
    unanswered++;
    try {
      yield* dialogue.send([{ shown: line.shown, bytes: whole }], transfer.signal);
    } catch (error) {
      // A server that has said no and closed the connection has its say.
      if (error instanceof ClosedError) yield* settled(0);
      throw error;
    }
    yield* settled(pipelined ? PIPELINED_CHUNKS : 0);
  }
  function* take(chunk: Chunk): Flow<void> {
    if (chunk === null && !gather.endsWithLine) gather.push(LINE_END);
    if (chunk === null) yield* piece(true);
    else if (gather.push(chunk)) yield* piece(false);
  }
  yield* pumped(source, take, transfer);
  return size;
}

/** The last bytes, and the replies that they will have. */
function ended(bytes: Buffer, { answered }: Transfer): CommandLine[] {
  return answered.map((shown, index) => ({ shown, bytes: index === 0 ? bytes : NOTHING }));
}

function* pumped(source: Source, take: (chunk: Chunk) => Flow<void>, { step }: Transfer): Flow<void> {
  // An error of the source is told to the sink, and is no end of the message.
  const sink: Sink = (chunk, error) => (error === undefined ? runMaybe(take(chunk)) : undefined);
  yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
}

/** One write of the message. A server that has said no and closed the connection has its say. */
function* send<F extends Face>(dialogue: Dialogue<F>, bytes: Uint8Array, { signal }: Transfer): Flow<void> {
  const { stream } = dialogue.client;
  const end = dialogue.options.clock.transferring(stream);
  try {
    yield* stream.send(bytes, undefined, undefined, { signal, steady: true });
    return;
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error;
  } finally {
    end();
  }
  throw dialogue.refused(yield* dialogue.anyReply(), 'DATA');
}

/** Chunks, until they are worth a write. */
class Gather {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #last = LINE_END as Uint8Array;
  #beforeLast = 0;

  /** Whether the text so far ends with CR LF, or is empty. */
  get endsWithLine(): boolean {
    const last = this.#last.at(-1);
    const before = this.#last.length > 1 ? this.#last.at(-2) : this.#beforeLast;
    return last === 10 && before === 13;
  }

  /** Takes a chunk; whether it is time for {@link take}. */
  push(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return false;
    this.#beforeLast = this.#last.at(-1) as number;
    this.#last = chunk;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    return this.#size >= MAIL_PIECE;
  }

  /** All of them. One alone is not copied: a chunk is not its source's any more. */
  take(): Buffer {
    const [first = NOTHING, ...more] = this.#chunks.map(viewOf);
    const bytes = more.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    return bytes;
  }
}

/** Whether an error leaves open what the server has made of a message. */
export function isOpen(error: unknown): boolean {
  return (
    error instanceof ClosedError ||
    error instanceof TimeoutError ||
    error instanceof AbortError ||
    error instanceof ProtocolError ||
    (error instanceof SocketError && error.code === 'ERR_LIMIT')
  );
}
