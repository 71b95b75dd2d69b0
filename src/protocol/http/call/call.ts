/** From what a caller asks to the reply that answers, over as many exchanges as that takes. */
import { failed, SocketError, TIMED_OUT } from '../../../core/errors.ts';
import { type Flow, runMaybe, settle } from '../../../core/flow.ts';
import { UNWANTED_BODY, UNWANTED_BODY_WAIT } from '../../../core/limits.ts';
import { deadlineAfter } from '../../../core/timeout.ts';
import { type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import { chain } from '../../../ltn12/sources.ts';
import type { Face } from '../../../sockets/face.ts';
import { DigestCache } from '../../auth/digest-cache.ts';
import { CallClock } from '../../connect/clock.ts';
import { type Connection, type Connections, OneEach } from '../../connect/dial.ts';
import type { ProtocolEngine } from '../../connect/engine.ts';
import type { ReplyBody } from '../wire/body.ts';
import { decoderOf } from '../wire/coding.ts';
import { exchange, type Reply } from '../wire/exchange.ts';
import type { ProgressCallback } from '../wire/send-body.ts';
import { type Hop, isRepeatable } from './hop.ts';
import type { HttpRequest } from './options.ts';
import { CallPlanner, type PlannedExchange } from './planner.ts';

/** What the calls of a face share, or those of a session. */
export interface HttpContext<F extends Face> {
  readonly engine: ProtocolEngine<F>;
  readonly connections: Connections<F>;
  /** What a session remembers; a call alone begins anew. */
  readonly digests?: DigestCache;
}

/**
 * Asks, and asks again where a reply leads elsewhere or a failure may pass, until there is an answer. Whoever gets it
 * leaves it, whatever happens.
 */
export function* call<F extends Face>(
  { engine, connections: shared, digests = new DigestCache() }: HttpContext<F>,
  options: HttpRequest<F>,
): Flow<OpenReply<F>> {
  const { create, signal, timeout, timeouts } = options;
  const clock = new CallClock(timeout, timeouts);
  const connections = create === undefined ? shared : new OneEach(engine, create);
  const planner = new CallPlanner(options, clock, digests, connections.keeps);
  let step = planner.first();
  for (;;) {
    if (step.pause > 0) yield* pause(engine, step.pause, signal);
    let answer: OpenReply<F>;
    try {
      answer = yield* oneExchange(connections, step, signal, clock);
    } catch (error) {
      step = planner.afterError(error);
      continue;
    }
    const next: PlannedExchange | undefined = yield* nextExchange(answer, planner, connections.keeps);
    if (next === undefined) return answer;
    step = next;
  }
}

/** One exchange. */
function* oneExchange<F extends Face>(
  connections: Connections<F>,
  { hop, route, message }: PlannedExchange,
  signal: AbortSignal | undefined,
  clock: CallClock,
): Flow<OpenReply<F>> {
  for (let fresh = !isRepeatable(hop.message); ; fresh = true) {
    let connection: Connection<F> | undefined;
    try {
      connection = yield* connections.open(route, fresh, clock.connecting(signal), clock);
      const { stream } = connection.client;
      clock.sending(stream);
      const reply = yield* exchange(stream, message, clock);
      clock.reading();
      return new OpenReply(hop, reply, connection, connections, clock);
    } catch (error) {
      const explained = clock.explained(error, hop.target.origin);
      clock.ended();
      if (connection !== undefined) connections.release(connection, false);
      // A server that closes an idle connection crosses the request: it has not seen it.
      if (connection?.reused && wasClosedBefore(error)) continue;
      throw explained;
    }
  }
}

/** A reply whose body is still on its way, over a connection of its own until it is left. */
export class OpenReply<F extends Face> {
  readonly hop: Hop;
  readonly reply: Reply;
  readonly clock: CallClock;
  readonly #connection: Connection<F>;
  readonly #connections: Connections<F>;
  #left = false;

  constructor(hop: Hop, reply: Reply, connection: Connection<F>, connections: Connections<F>, clock: CallClock) {
    this.hop = hop;
    this.reply = reply;
    this.clock = clock;
    this.#connection = connection;
    this.#connections = connections;
  }

  /** Gives the connection back: for another request, if the body was read to its end, or to be closed. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.clock.ended();
    const { body } = this.reply;
    this.#connections.release(this.#connection, body.ended && body.reusable);
  }

  /** The body as a source, decoded where its coding was offered. Closing it leaves the answer. */
  source(downloaded?: ProgressCallback): Source {
    const { body, headers } = this.reply;
    const pieces: Source = () => runMaybe(nextPiece(body, downloaded));
    pieces.close = () => this.leave();
    const decoder = body.ended ? undefined : decoderOf(this.hop.message.headers, headers);
    return decoder === undefined ? pieces : this.#inTime(chain(pieces, decoder));
  }

  /** A few bytes of a body may become many pieces, and the end of the call may come while they are taken. */
  #inTime(source: Source): Source {
    const { stream } = this.#connection.client;
    function* next(): Flow<Chunk> {
      const piece = yield* sourced(source);
      if (piece !== null) stream.checkTime();
      return piece;
    }
    const timed: Source = () => runMaybe(next());
    timed.close = source.close;
    return timed;
  }

  /** The error in the words of the call. */
  explained(error: unknown): unknown {
    return this.clock.explained(error, this.hop.target.origin);
  }

  /** Reads what nobody wants, if it is short and its connection can be kept, since a new one would cost more. */
  *skip(): Flow<void> {
    if (!this.reply.body.keeps) return;
    const restore = this.#connection.client.stream.timeouts.within(UNWANTED_BODY_WAIT);
    try {
      yield* this.reply.body.bytes(UNWANTED_BODY);
    } catch (error) {
      // It is no answer, whatever became of it: without its end the connection is closed.
      if (!(error instanceof SocketError)) throw error;
    } finally {
      restore();
    }
  }
}

function* nextPiece(body: ReplyBody, downloaded: ProgressCallback | undefined): Flow<Buffer | null> {
  const piece = yield* body.read();
  if (piece === undefined) return null;
  downloaded?.(body.received, body.length);
  return piece;
}

/** What is to be asked after a reply; undefined if it is the answer. Any other is left. */
function* nextExchange<F extends Face>(
  answer: OpenReply<F>,
  planner: CallPlanner,
  keeps: boolean,
): Flow<PlannedExchange | undefined> {
  let answers = false;
  try {
    const step = planner.afterReply(answer.reply);
    answers = step === undefined;
    if (!answers && keeps) yield* answer.skip();
    return step;
  } finally {
    if (!answers) answer.leave();
  }
}

function* pause<F extends Face>(
  engine: ProtocolEngine<F>,
  seconds: number,
  signal: AbortSignal | undefined,
): Flow<void> {
  const outcome = yield* settle(engine.sleep(deadlineAfter('request', seconds, signal)));
  if (outcome !== TIMED_OUT) throw failed('request', outcome);
}

/** Whether the server had given up the connection before it saw the request. */
function wasClosedBefore(error: unknown): boolean {
  return error instanceof SocketError && (error.code === 'ERR_NO_REPLY' || error.code === 'ERR_HTTP_UNASKED');
}
