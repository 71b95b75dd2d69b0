/** A request from its URL to its body, over as many connections as its redirects take: LuaSocket's `http.request`. */
import { badArgument, Failure, LimitError, TimeoutError } from '../../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../../core/flow.ts';
import { BODY_LIMIT } from '../../core/limits.ts';
import { Timeouts } from '../../core/timeout.ts';
import { HeaderMap, type HeadersLike } from '../../headers/map.ts';
import type { Sink, Source } from '../../ltn12/protocol.ts';
import { all, type Step } from '../../ltn12/pump.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import { build, fromURL, parse, type UrlParts } from '../../url/parts.ts';
import type { ReplyBody } from './body.ts';
import { checkRequest, type ExchangeRequest, exchange } from './exchange.ts';
import type { InformationalCallback, ReplyHead } from './head.ts';
import { checkRepeatable, nextMethod, redirection, stripHeaders } from './redirect.ts';
import { proxyOf, type Target, targetOf } from './target.ts';

/** How a connection is asked for: seconds that are left for it, and what may end it. */
export interface OpenOptions {
  readonly timeout: number | null;
  readonly signal?: AbortSignal | undefined;
}

/** What a request is. Parts of a URL that are named here take the place of the URL's own. */
export interface HttpRequest<F extends Face = Face> extends UrlParts {
  readonly url?: string | URL | undefined;
  /** GET without it. */
  readonly method?: string | undefined;
  readonly headers?: HeadersLike | undefined;
  /** The body, or an LTN12 source of it. A source without a length (here or in the headers) goes in chunks. */
  readonly source?: string | Uint8Array | Source | undefined;
  readonly length?: number | undefined;
  /** Takes the body of the reply; without it the response has it. */
  readonly sink?: Sink | undefined;
  /** Moves each piece to the sink (LTN12 `pump.step` without it). */
  readonly step?: Step<Source, Sink> | undefined;
  /** The most bytes that a response has for a body: 16 MiB without it. A sink takes any number. */
  readonly limit?: number | undefined;
  /** The URL of an HTTP proxy, with its `user:password@` if it wants one. */
  readonly proxy?: string | undefined;
  /** Whether redirects are followed (true without it), and how many (5). */
  readonly redirect?: boolean | undefined;
  readonly maxredirects?: number | undefined;
  /** Opens the connection: to a Unix socket, through TLS, to a test. */
  readonly create?: ((host: string, port: number, options: OpenOptions) => MaybePromise<Client<F>>) | undefined;
  /** Seconds for the whole call, names and redirects included: 60 without it, null for ever. */
  readonly timeout?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told of informational replies, such as 103 Early Hints. */
  readonly informational?: InformationalCallback | undefined;
  /** Is told of the final reply before its body is read, of no redirect that is followed. What it throws ends the call. */
  readonly final?: ((head: ReplyHead) => void) | undefined;
}

export interface HttpResponse extends ReplyHead {
  /** The body, where no sink has taken it. */
  readonly body: Buffer;
  /** Fields that came behind a body in chunks. */
  readonly trailers: HeaderMap;
  /** The URL that has answered, after all redirects, without user and password. */
  readonly url: string;
}

/** Opens a TCP connection; what a face gives to its requests. */
export type Dial<F extends Face> = (host: string, port: number, options: OpenOptions) => Flow<Client<F>>;

/** LuaSocket's http.TIMEOUT, in seconds. */
const TIMEOUT = 60;
/** LuaSocket's limit of redirects. */
const MAX_REDIRECTS = 5;
const USER_AGENT = 'moonsocket';

/** One of the requests that a call makes. */
interface Asked {
  readonly parts: UrlParts;
  readonly target: Target;
  readonly message: Omit<ExchangeRequest, 'target' | 'headers'> & { readonly headers: HeaderMap };
}

export function* request<F extends Face>(
  dial: Dial<F>,
  input: string | URL | HttpRequest<F>,
  body?: string | Uint8Array,
): Flow<HttpResponse> {
  const options: HttpRequest<F> = simple(input) ? simpleForm(input, body) : input;
  const { timeout = TIMEOUT, maxredirects = MAX_REDIRECTS } = options;
  const budget = new Timeouts();
  if (timeout !== null) budget.within(timeout);
  let asked = firstAsked(options);
  for (let redirects = 0; ; redirects++) {
    const answer = yield* once(dial, asked, options, budget);
    if (!('parts' in answer)) return answer;
    if (redirects >= maxredirects)
      throw new LimitError(
        'ERR_TOO_MANY_REDIRECTS',
        `request: more than ${maxredirects} redirects; maxredirects allows more`,
      );
    asked = answer;
  }
}

/** One exchange over a connection of its own: what has answered, or what is to be asked next. */
function* once<F extends Face>(
  dial: Dial<F>,
  asked: Asked,
  options: HttpRequest<F>,
  budget: Timeouts,
): Flow<HttpResponse | Asked> {
  const proxy = options.proxy === undefined ? undefined : proxyOf(options.proxy);
  const message = onTheWire(asked, proxy);
  checkRequest(message);
  const { host, port } = proxy ?? asked.target;
  let phase = 'connecting';
  let client: Client<F> | undefined;
  try {
    const open = { timeout: secondsLeft(budget), signal: options.signal };
    client = options.create ? yield* settle(options.create(host, port, open)) : yield* dial(host, port, open);
    const left = secondsLeft(budget);
    if (left !== null) client.stream.timeouts.within(left);
    phase = 'waiting for the reply';
    const reply = yield* exchange(client.stream, message);
    const next = options.redirect === false ? undefined : nextAsked(asked, reply);
    if (next !== undefined) return next;
    const { version, code, status, headers } = reply;
    options.final?.({ version, code, status, headers });
    phase = 'reading the body';
    const received = yield* delivered(reply.body, options);
    const url = build({
      ...asked.parts,
      userinfo: undefined,
      user: undefined,
      password: undefined,
      authority: undefined,
    });
    return { version, code, status, headers, body: received, trailers: reply.body.trailers, url };
  } catch (error) {
    throw inPhase(phase, asked, error);
  } finally {
    client?.close();
  }
}

function simple(input: string | URL | HttpRequest<Face>): input is string | URL {
  return typeof input === 'string' || input instanceof URL;
}

/** The simple form: with a body it is the POST of a form, as in LuaSocket. */
function simpleForm(url: string | URL, body: string | Uint8Array | undefined): HttpRequest<never> {
  if (body === undefined) return { url };
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { url, method: 'POST', headers, source: body };
}

function firstAsked(options: HttpRequest<Face>): Asked {
  const { url, method = 'GET', source, informational, signal } = options;
  if (url === undefined && options.host === undefined) throw badArgument('request: name a url, or a scheme and a host');
  const named = url === undefined ? { scheme: 'http' } : url instanceof URL ? fromURL(url) : parse(url);
  const parts: UrlParts = { ...named, ...partsOf(options) };
  const headers = new HeaderMap(options.headers);
  // LuaSocket's programs say the length of their source in the headers.
  const declared = headers.get('content-length');
  headers.delete('content-length');
  const length =
    options.length ?? (typeof source === 'function' && declared !== undefined ? Number(declared) : undefined);
  return {
    parts,
    target: targetOf(parts),
    message: { method, headers, body: source, length, onInformational: informational, signal },
  };
}

/** The parts of a URL among the options. */
function partsOf(options: HttpRequest<Face>): UrlParts {
  const names = ['scheme', 'host', 'port', 'path', 'params', 'query', 'user', 'password'] as const;
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}

/** What the reply sends us to. What is for one origin alone does not go to another. */
function nextAsked({ parts, target, message }: Asked, reply: ReplyHead): Asked | undefined {
  const next = redirection(build(parts), reply);
  if (next === undefined) return undefined;
  const goal = targetOf(next);
  const method = nextMethod(reply.code, message.method);
  const keepsBody = method === message.method && message.body !== undefined;
  if (keepsBody) checkRepeatable(reply.code, message.body);
  const sameOrigin = goal.origin === target.origin;
  const headers = new HeaderMap(message.headers);
  stripHeaders(headers, sameOrigin, keepsBody);
  const credentials = goal.credentials ?? (sameOrigin ? target.credentials : undefined);
  return {
    parts: next,
    target: { ...goal, credentials },
    message: { ...message, method, headers, ...(!keepsBody && { body: undefined, length: undefined }) },
  };
}

/** The message with what every request has. What the caller has given stays. */
function onTheWire({ target, message }: Asked, proxy: Target | undefined): ExchangeRequest {
  const headers = new HeaderMap();
  const given = message.headers;
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !given.has(name)) headers.append(name, value);
  };
  add('Host', target.authority);
  add('User-Agent', USER_AGENT);
  add('Connection', 'close');
  add('Authorization', basic(target.credentials));
  add('Proxy-Authorization', basic(proxy?.credentials));
  for (const [name, value] of given) headers.append(name, value);
  const path = proxy === undefined ? target.path : `http://${target.authority}${target.path}`;
  return { ...message, target: path, headers };
}

/** RFC 7617. */
function basic(credentials: Buffer | undefined): string | undefined {
  return credentials === undefined ? undefined : `Basic ${credentials.toString('base64')}`;
}

function* delivered(body: ReplyBody, { sink, step, limit = BODY_LIMIT }: HttpRequest<Face>): Flow<Buffer> {
  if (sink === undefined) return yield* body.bytes(limit);
  const source = (): MaybePromise<Buffer | null> => runMaybe(nextPiece(body));
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
