/** A request from its URL to its body, over as many connections as its redirects take: LuaSocket's `http.request`. */
import { Failure, LimitError, SocketError, TimeoutError } from '../../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../../core/flow.ts';
import { BODY_LIMIT } from '../../core/limits.ts';
import { Timeouts } from '../../core/timeout.ts';
import type { HeaderMap } from '../../headers/map.ts';
import type { Filter } from '../../ltn12/protocol.ts';
import { all } from '../../ltn12/pump.ts';
import { chain } from '../../ltn12/sources.ts';
import type { Face } from '../../sockets/face.ts';
import { build } from '../../url/parts.ts';
import { type Asked, firstAsked, type HttpRequest, nextAsked, onTheWire, optionsOf } from './asking.ts';
import type { ReplyBody } from './body.ts';
import { decoderOf, gathered } from './coding.ts';
import type { Connection, Connections } from './connections.ts';
import { checkRequest, type ExchangeRequest, exchange, type Reply } from './exchange.ts';
import type { ReplyHead } from './head.ts';
import { proxyOf, type Target } from './target.ts';

export interface HttpResponse extends ReplyHead {
  /** The body, where no sink has taken it. */
  readonly body: Buffer;
  /** Fields that came behind a body in chunks. */
  readonly trailers: HeaderMap;
  /** The URL that has answered, after all redirects, without user and password. */
  readonly url: string;
}

/** LuaSocket's http.TIMEOUT, in seconds. */
const TIMEOUT = 60;
/** LuaSocket's limit of redirects. */
const MAX_REDIRECTS = 5;

export function* request<F extends Face>(
  connections: Connections<F>,
  input: string | URL | HttpRequest<F>,
  body?: string | Uint8Array,
): Flow<HttpResponse> {
  const options = optionsOf(input, body);
  const { timeout = TIMEOUT, maxredirects = MAX_REDIRECTS } = options;
  const budget = new Timeouts();
  if (timeout !== null) budget.within(timeout);
  let asked = firstAsked(options);
  for (let redirects = 0; ; redirects++) {
    const answer = yield* ask(connections, asked, options, budget);
    if (!('parts' in answer)) return answer;
    if (redirects >= maxredirects)
      throw new LimitError(
        'ERR_TOO_MANY_REDIRECTS',
        `request: more than ${maxredirects} redirects; maxredirects allows more`,
      );
    asked = answer;
  }
}

/** One exchange: what has answered, or what is to be asked next. */
function* ask<F extends Face>(
  connections: Connections<F>,
  asked: Asked,
  options: HttpRequest<F>,
  budget: Timeouts,
): Flow<HttpResponse | Asked> {
  const proxy = options.proxy === undefined ? undefined : proxyOf(options.proxy);
  const goal = proxy ?? asked.target;
  const message = onTheWire(asked, proxy, connections.keeps && options.create === undefined);
  checkRequest(message);
  for (let fresh = !isRepeatable(message); ; fresh = true) {
    let phase = 'connecting';
    let connection: Connection<F> | undefined;
    let kept = false;
    try {
      connection = yield* opened(connections, goal, options, budget, fresh);
      const { client } = connection;
      const left = secondsLeft(budget);
      const unbound = left === null ? undefined : client.stream.timeouts.within(left);
      phase = 'waiting for the reply';
      const reply = yield* exchange(client.stream, message);
      const next = options.redirect === false ? undefined : nextAsked(asked, reply);
      phase = 'reading the body';
      const answer = next ?? (yield* answered(asked, reply, options));
      unbound?.();
      kept = options.create === undefined && connections.keep(goal, client, reply.body);
      return answer;
    } catch (error) {
      // A server that closes an idle connection crosses the request: it has not seen it.
      if (connection?.reused && wasClosedBefore(error)) continue;
      throw inPhase(phase, asked, error);
    } finally {
      if (!kept) connection?.client.close();
    }
  }
}

function* opened<F extends Face>(
  connections: Connections<F>,
  goal: Target,
  { create, signal }: HttpRequest<F>,
  budget: Timeouts,
  fresh: boolean,
): Flow<Connection<F>> {
  const options = { timeout: secondsLeft(budget), signal };
  if (create === undefined) return yield* connections.open(goal, options, fresh);
  return { client: yield* settle(create(goal.host, goal.port, options)), reused: false };
}

function* answered(asked: Asked, reply: Reply, options: HttpRequest<Face>): Flow<HttpResponse> {
  const { version, code, status, headers } = reply;
  options.final?.({ version, code, status, headers });
  const decoder = reply.body.ended ? undefined : decoderOf(asked.message.headers, headers);
  const body = yield* delivered(reply.body, decoder, options);
  const url = build({
    ...asked.parts,
    userinfo: undefined,
    user: undefined,
    password: undefined,
    authority: undefined,
    fragment: undefined,
  });
  return { version, code, status, headers, body, trailers: reply.body.trailers, url };
}

/** RFC 9110, section 9.2.2: methods that mean the same when they come twice. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether the message may be sent again, and can be: a source gives its bytes once. */
function isRepeatable({ method, body }: ExchangeRequest): boolean {
  return IDEMPOTENT.has(method) && typeof body !== 'function';
}

/** Whether the server had given up the connection before it saw the request. */
function wasClosedBefore(error: unknown): boolean {
  return error instanceof SocketError && (error.code === 'ERR_NO_REPLY' || error.code === 'ERR_HTTP_UNASKED');
}

function* delivered(
  body: ReplyBody,
  decoder: Filter | undefined,
  { sink, step, limit = BODY_LIMIT }: HttpRequest<Face>,
): Flow<Buffer> {
  if (sink === undefined && decoder === undefined) return yield* body.bytes(limit);
  const pieces = (): MaybePromise<Buffer | null> => runMaybe(nextPiece(body));
  const source = decoder === undefined ? pieces : chain(pieces, decoder);
  if (sink === undefined) return yield* gathered(source, limit);
  yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
  return Buffer.alloc(0);
}

function* nextPiece(body: ReplyBody): Flow<Buffer | null> {
  return (yield* body.read()) ?? null;
}

function secondsLeft(budget: Timeouts): number | null {
  const left = budget.begin().remaining();
  return left === Number.POSITIVE_INFINITY ? null : left / 1000;
}

/** A timeout says what took so long. */
function inPhase(phase: string, { target }: Asked, error: unknown): unknown {
  if (!(error instanceof TimeoutError)) return error;
  const message = `request ${target.origin}: timeout while ${phase} (ETIMEDOUT)`;
  return new TimeoutError(
    'ETIMEDOUT',
    message,
    { partial: () => error.partial ?? Buffer.alloc(0) },
    new Failure('ETIMEDOUT', error),
  );
}
