/** What a caller asks for, as the messages that go out: the first one, and those that redirects lead to. */
import { badArgument } from '../../core/errors.ts';
import type { MaybePromise } from '../../core/flow.ts';
import { HeaderMap, type HeadersLike } from '../../headers/map.ts';
import type { Sink, Source } from '../../ltn12/protocol.ts';
import type { Step } from '../../ltn12/pump.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import { build, fromURL, parse, type UrlParts } from '../../url/parts.ts';
import { acceptEncoding } from './coding.ts';
import type { OpenOptions } from './connections.ts';
import type { ExchangeRequest } from './exchange.ts';
import type { InformationalCallback, ReplyHead } from './head.ts';
import { checkRepeatable, nextMethod, redirection, stripHeaders } from './redirect.ts';
import { type Target, targetOf } from './target.ts';

/** What a request is. Parts of a URL that are named here take the place of the URL's own. */
export interface HttpRequest<F extends Face = Face> extends UrlParts {
  readonly url?: string | URL | undefined;
  /** GET without it. */
  readonly method?: string | undefined;
  /**
   * Without an Accept-Encoding or a Range among them, gzip, deflate, br and zstd are asked for, as far as the runtime has
   * them, and the reply's body is decoded: `limit` counts what it becomes, while the reply's Content-Encoding and
   * Content-Length describe what was on the wire. With either of the two, or in another coding, the body is as it came.
   */
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

const USER_AGENT = 'moonsocket';

/** One of the requests that a call makes. */
export interface Asked {
  readonly parts: UrlParts;
  readonly target: Target;
  readonly message: Omit<ExchangeRequest, 'target' | 'headers'> & { readonly headers: HeaderMap };
}

/** The options of a call: the simple form, with a body, is the POST of a form, as in LuaSocket. */
export function optionsOf<F extends Face>(
  input: string | URL | HttpRequest<F>,
  body: string | Uint8Array | undefined,
): HttpRequest<F> {
  if (typeof input !== 'string' && !(input instanceof URL)) return input;
  if (body === undefined) return { url: input };
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { url: input, method: 'POST', headers, source: body };
}

export function firstAsked(options: HttpRequest<Face>): Asked {
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
export function nextAsked({ parts, target, message }: Asked, reply: ReplyHead): Asked | undefined {
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
export function onTheWire({ target, message }: Asked, proxy: Target | undefined, keeps: boolean): ExchangeRequest {
  const headers = new HeaderMap();
  const given = message.headers;
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !given.has(name)) headers.append(name, value);
  };
  add('Host', target.authority);
  add('User-Agent', USER_AGENT);
  add('Connection', keeps ? undefined : 'close');
  add('Accept-Encoding', acceptEncoding(given));
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
