/** Hops: the requests of a call as they go out, the first one and those that redirects lead to. */
import { copyOf } from '../../../core/data.ts';
import { badArgument, ProtocolError } from '../../../core/errors.ts';
import { HeaderMap } from '../../../headers/map.ts';
import type { Face } from '../../../sockets/face.ts';
import { fromURL, parse, type UrlParts } from '../../../url/parts.ts';
import type { Route } from '../../connect/route.ts';
import { basic, type Target, targetOf } from '../../connect/target.ts';
import { forAnotherServer, type RequestTls } from '../../connect/tls-contexts.ts';
import { acceptEncoding } from '../wire/coding.ts';
import type { ExchangeRequest, Reply } from '../wire/exchange.ts';
import { USER_AGENT } from '../wire/head.ts';
import { askForRange } from '../wire/range.ts';
import type { HttpRequest } from './options.ts';
import { checkRepeatable, isRedirect, nextMethod, redirection, stripHeaders } from './redirect.ts';

/** One of the requests that a call makes. */
export interface Hop {
  /** How many redirects have led to it. */
  readonly hops: number;
  readonly target: Target;
  /** The TLS of its server. */
  readonly tls: RequestTls | undefined;
  /** What the request line names instead of the target's path. It is the first request's alone. */
  readonly uri: string | undefined;
  readonly message: Omit<ExchangeRequest, 'target' | 'headers'> & { readonly headers: HeaderMap };
}

/** What a caller asks: the simple form, with a body, is the POST of a form, as in LuaSocket. */
export function optionsOf<F extends Face>(
  input: string | URL | HttpRequest<F>,
  body: string | Uint8Array | undefined,
): HttpRequest<F> {
  if (typeof input !== 'string' && !(input instanceof URL)) return checked(input, body);
  if (body === undefined) return { url: input };
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { url: input, method: 'POST', headers, source: body };
}

/** @throws SocketError `ERR_INVALID_ARGUMENT` for what is no request, and for a body where it would not be sent */
function checked<F extends Face>(input: HttpRequest<F>, body: unknown): HttpRequest<F> {
  if (typeof input !== 'object' || input === null)
    throw badArgument(`request: takes a URL, or an object that says what to request, not ${String(input)}`);
  if (body !== undefined || 'body' in input)
    throw badArgument('request: an object names the body of its request `source`');
  return input;
}

/** The first request of a call. @throws SocketError `ERR_INVALID_ARGUMENT` */
export function firstHop(options: HttpRequest<Face>): Hop {
  const { url, method = 'GET', source, informational, uploaded, signal } = options;
  if (url === undefined && options.host === undefined) throw badArgument('request: name a url, or a scheme and a host');
  const named = url === undefined ? { scheme: 'http' } : url instanceof URL ? fromURL(url) : parse(url);
  const headers = new HeaderMap(options.headers);
  // LuaSocket's programs say the length of their source in the headers.
  const declared = headers.get('content-length');
  headers.delete('content-length');
  if (options.range !== undefined) askForRange(headers, options.range);
  const length =
    options.length ?? (typeof source === 'function' && declared !== undefined ? Number(declared) : undefined);
  const target = targetOf(withParts(named, options));
  const { create, tls, proxy, proxyTls } = options;
  if (create !== undefined && (proxyTls !== undefined || (tls !== undefined && proxy === undefined)))
    throw badArgument('request: a create brings the TLS of its connections itself; leave out tls and proxyTls');
  // It is sent when there is a connection, and perhaps again: the caller may have refilled its memory by then.
  const body = source === undefined || typeof source === 'function' ? source : copyOf('request', source);
  return {
    hops: 0,
    target,
    tls: options.tls,
    uri: options.uri,
    message: { method, headers, body, length, onInformational: informational, onUploaded: uploaded, signal },
  };
}

const PARTS = ['scheme', 'host', 'port', 'path', 'params', 'query', 'user', 'password'] as const;

/** The parts of the URL, with those that the options name in their places. */
function withParts(parts: UrlParts, options: HttpRequest<Face>): UrlParts {
  for (const name of PARTS) if (options[name] !== undefined) parts[name] = options[name];
  return parts;
}

/** The request that a redirect asks for; undefined for other replies. What is for one origin alone does not go to another. */
export function redirectedHop({ hops, target, tls, message }: Hop, reply: Reply): Hop | undefined {
  if (!isRedirect(reply.code)) return undefined;
  const goal = redirection(target.url, reply, ['http', 'https']);
  if (goal === undefined) return undefined;
  const method = nextMethod(reply.code, message.method);
  const keepsBody = method === message.method;
  if (keepsBody && target.secure && !goal.secure && message.body !== undefined)
    throw new ProtocolError('ERR_HTTP_REDIRECT', `${reply.code} would send the request's body on in clear, by http://`);
  if (keepsBody && reply.bodyBegun) checkRepeatable(reply.code, message.body);
  const sameOrigin = goal.origin === target.origin;
  const headers = new HeaderMap(message.headers);
  stripHeaders(headers, sameOrigin, keepsBody);
  const credentials = goal.credentials ?? (sameOrigin ? target.credentials : undefined);
  const nextTls = sameOrigin ? tls : forAnotherServer(tls);
  if (nextTls === undefined && !sameOrigin)
    throw new ProtocolError(
      'ERR_HTTP_REDIRECT',
      `${reply.code} leads to another origin, and the context of tls has a certificate or key for the first one alone`,
    );
  return {
    hops: hops + 1,
    target: { ...goal, credentials },
    tls: nextTls,
    uri: undefined,
    message: { ...message, method, headers, ...(!keepsBody && { body: undefined, length: undefined }) },
  };
}

/** The request once more without its `Expect`, after a 417 to it (RFC 9110, section 10.1.1). */
export function unexpectingHop(hop: Hop): Hop {
  const headers = new HeaderMap(hop.message.headers);
  headers.delete('expect');
  return { ...hop, message: { ...hop.message, headers } };
}

/** RFC 9110, section 9.2.2: methods that mean the same when they come twice. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether the message may be sent again, and can be: a source gives its bytes once. */
export function isRepeatable({ method, body }: Hop['message']): boolean {
  return IDEMPOTENT.has(method) && typeof body !== 'function';
}

/** What the request line names: a path for a server, a URL for a proxy, or what the caller has said. */
function requestTarget({ target, uri }: Hop, { proxy, tunnelled }: Route): string {
  if (uri !== undefined) return uri;
  return proxy === undefined || tunnelled ? target.path : `http://${target.authority}${target.path}`;
}

/**
 * The `uri` of a Digest answer (RFC 7616, section 3.4): what the server gets as its request's target. A proxy that was
 * asked for a whole URL hands on its path alone.
 */
export function digestURI({ target, uri }: Hop): string {
  return uri ?? target.path;
}

/** What a request has besides what it asks for. */
export interface DefaultHeaders {
  /** Whether its connection is kept. */
  readonly keeps: boolean;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

/** The message with what every request has. What the caller has given stays. */
export function wireRequest(hop: Hop, route: Route, { keeps, authorization, cookie }: DefaultHeaders): ExchangeRequest {
  const { target, message } = hop;
  const headers = new HeaderMap();
  const given = message.headers;
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !given.has(name)) headers.append(name, value);
  };
  add('Host', target.authority);
  add('User-Agent', USER_AGENT);
  add('Connection', keeps ? undefined : 'close');
  add('Accept-Encoding', acceptEncoding(given));
  add('Authorization', authorization);
  add('Cookie', cookie);
  if (!route.tunnelled) add('Proxy-Authorization', basic(route.proxy?.credentials));
  for (const [name, value] of given) headers.append(name, value);
  const { method, body, length, onInformational, onUploaded, signal } = message;
  return { method, target: requestTarget(hop, route), headers, body, length, onInformational, onUploaded, signal };
}
