/** A call: from what a caller asks to the reply that answers it, over the exchanges that this takes. */
import { failed, SocketError, TIMED_OUT } from '../../../core/errors.ts';
import { type Flow, runMaybe, settle } from '../../../core/flow.ts';
import { UNWANTED_BODY, UNWANTED_BODY_WAIT } from '../../../core/limits.ts';
import { deadlineAfter } from '../../../core/timeout.ts';
import { type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import { chain } from '../../../ltn12/sources.ts';
import type { Face } from '../../../sockets/face.ts';
import { DigestCache } from '../../auth/digest-cache.ts';
import { type Connection, type Connections, OneEach } from '../../connect/dial.ts';
import type { ProtocolEngine } from '../../connect/engine.ts';
import { type HttpEvent, httpEvents } from '../../connect/events.ts';
import type { DialogueLog } from '../../connect/log.ts';
import type { ReplyBody } from '../wire/body.ts';
import { decoderFor, decoderOf } from '../wire/coding.ts';
import { exchange, type Reply } from '../wire/exchange.ts';
import type { ProgressCallback } from '../wire/send-body.ts';
import { CallClock } from './clock.ts';
import { named, shownURL } from './explain.ts';
import { type Hop, isRepeatable } from './hop.ts';
import { watched, watchReply } from './log.ts';
import type { HttpRequest } from './options.ts';
import { CallPlanner, type PlannedExchange } from './planner.ts';

/** What the calls of a face share, or those of a session. */
export interface HttpContext<F extends Face> {
  readonly engine: ProtocolEngine<F>;
  readonly connections: Connections<F>;
  /** The logins that a session remembers; a call without a session begins with none. */
  readonly digests?: DigestCache;
}

/**
 * Does exchanges until one answers: redirects, logins and repetitions are followed. The caller must call `leave` on the
 * reply that it gets, whatever happens.
 *
 * @throws SocketError whose message names the request; what the caller's own functions throw
 */
export function* call<F extends Face>(
  { engine, connections: shared, digests = new DigestCache() }: HttpContext<F>,
  options: HttpRequest<F>,
): Flow<OpenReply<F>> {
  const { create, signal, timeout, timeouts, log } = options;
  const clock = new CallClock(timeout, timeouts);
  const connections = create === undefined ? shared : new OneEach(engine, create);
  const planner = new CallPlanner(options, clock, digests, connections.keeps, engine.tls?.contexts);
  const begin = eventsOfCall();
  let step = planner.first();
  for (;;) {
    if (step.pause > 0) yield* pause(engine, step.pause, signal);
    let open: OpenReply<F>;
    try {
      open = yield* oneExchange(connections, step, signal, clock, log, begin);
    } catch (error) {
      step = planner.afterError(error);
      continue;
    }
    const next: PlannedExchange | undefined = yield* nextExchange(open, planner, connections.keeps);
    if (next === undefined) return open;
    step = next;
  }
}

/** Calls so far. */
let calls = 0;

/** Makes the events of one call: each exchange has its own. Undefined where nobody listens. */
function eventsOfCall(): (hop: Hop) => HttpEvent | undefined {
  let [call, exchange] = [0, 0];
  return ({ hops: redirects, target: { url }, message: { method } }) => {
    exchange++;
    return httpEvents.begin(() => {
      if (call === 0) call = ++calls;
      return { call, exchange, redirects, method, url: shownURL(url) };
    });
  };
}

/** One exchange, repeated over a new connection where the server has closed a kept one. */
function* oneExchange<F extends Face>(
  connections: Connections<F>,
  { hop, route, message }: PlannedExchange,
  signal: AbortSignal | undefined,
  clock: CallClock,
  log: DialogueLog | undefined,
  begin: (hop: Hop) => HttpEvent | undefined,
): Flow<OpenReply<F>> {
  for (let fresh = !isRepeatable(hop.message); ; fresh = true) {
    let connection: Connection<F> | undefined;
    const event = begin(hop);
    try {
      connection = yield* connections.open(route, fresh, clock.connecting(signal), clock);
      const { stream } = connection.client;
      if (event !== undefined) event.reused = connection.reused;
      clock.sending(stream);
      const reply = yield* exchange(stream, log === undefined ? message : watched(log, message), clock);
      if (log !== undefined) watchReply(log, reply);
      clock.reading();
      if (event !== undefined) event.code = reply.code;
      httpEvents.replied(event);
      return new OpenReply(hop, reply, connection, connections, clock, event);
    } catch (error) {
      const explained = named(clock.explained(error, hop.target.origin), hop);
      clock.ended();
      httpEvents.fail(event, explained);
      if (connection !== undefined) connections.release(connection, false);
      // A server that closes an idle connection crosses the request: it has not seen it.
      if (connection?.reused && wasClosedBefore(error)) continue;
      throw explained;
    }
  }
}

/** A reply whose body is still on its way. It has its connection until it is left. */
export class OpenReply<F extends Face> {
  readonly hop: Hop;
  readonly reply: Reply;
  readonly clock: CallClock;
  readonly #connection: Connection<F>;
  readonly #connections: Connections<F>;
  readonly #event: HttpEvent | undefined;
  /** What the reading of the body has failed with. */
  #failure: unknown;
  #left = false;

  constructor(
    hop: Hop,
    reply: Reply,
    connection: Connection<F>,
    connections: Connections<F>,
    clock: CallClock,
    event?: HttpEvent,
  ) {
    this.hop = hop;
    this.reply = reply;
    this.clock = clock;
    this.#connection = connection;
    this.#connections = connections;
    this.#event = event;
  }

  /** Gives the connection back: for another request, if the body was read to its end, or to be closed. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.clock.ended();
    const { body } = this.reply;
    if (this.#event !== undefined) this.#event.received = body.received;
    if (this.#failure === undefined) httpEvents.end(this.#event);
    else httpEvents.fail(this.#event, this.#failure);
    this.#connections.release(this.#connection, body.ended && body.reusable);
  }

  /** The body as a source, decoded where its coding was offered, or is known (`always`). Closing it leaves the reply. */
  source(downloaded?: ProgressCallback, always = false): Source {
    const { body, headers } = this.reply;
    const pieces: Source = () => runMaybe(nextPiece(body, downloaded));
    pieces.close = () => this.leave();
    if (body.ended) return pieces;
    const decoder = always ? decoderFor(headers) : decoderOf(this.hop.message.headers, headers);
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
    this.#failure = named(this.clock.explained(error, this.hop.target.origin), this.hop, this.reply.status);
    return this.#failure;
  }

  /** Reads a body that is not wanted, if it is short and its connection can be kept: a new connection would cost more. */
  *skip(): Flow<void> {
    if (!this.reply.body.keeps) return;
    const restore = this.#connection.client.stream.timeouts.within(UNWANTED_BODY_WAIT);
    try {
      yield* this.reply.body.bytes(UNWANTED_BODY);
    } catch (error) {
      // The reply is no answer, so its body's failure is none of the call's: the connection is closed.
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

/** The exchange that a reply asks for, and the reply is left; undefined if it is the answer. */
function* nextExchange<F extends Face>(
  open: OpenReply<F>,
  planner: CallPlanner,
  keeps: boolean,
): Flow<PlannedExchange | undefined> {
  let answers = false;
  try {
    const step = planner.afterReply(open.reply);
    answers = step === undefined;
    if (!answers && keeps) yield* open.skip();
    return step;
  } catch (error) {
    throw named(error, open.hop, open.reply.status);
  } finally {
    if (!answers) open.leave();
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

/** Whether the server closed the connection before it saw the request. */
function wasClosedBefore(error: unknown): boolean {
  return error instanceof SocketError && (error.code === 'ERR_NO_REPLY' || error.code === 'ERR_HTTP_UNASKED');
}
