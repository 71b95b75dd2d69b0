/**
 * `fetch`, for those who think in it: the standard's Request and Response around the same call, with bodies that stream
 * both ways. What is a browser's alone, such as CORS, caches and cookies, is not here. (Fetch Standard, section 5.)
 */
import { viewOf } from '../../../core/data.ts';
import { AbortError, badArgument, ProtocolError } from '../../../core/errors.ts';
import { type Flow, runMaybe, settle } from '../../../core/flow.ts';
import { HeaderMap } from '../../../headers/map.ts';
import { iterable } from '../../../ltn12/iterables.ts';
import { type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import { toReadable } from '../../../ltn12/web.ts';
import type { Face } from '../../../sockets/face.ts';
import type { PhaseTimeouts } from '../../connect/clock.ts';
import { call, type HttpContext, type OpenReply } from './call.ts';
import type { HttpRequest } from './options.ts';

/** The standard's, and those of `request` that it has no word for. */
export interface FetchInit<F extends Face = Face>
  extends RequestInit,
    Pick<
      HttpRequest<F>,
      | 'proxy'
      | 'tunnel'
      | 'tls'
      | 'proxyTls'
      | 'auth'
      | 'cookies'
      | 'create'
      | 'timeout'
      | 'timeouts'
      | 'retries'
      | 'maxredirects'
      | 'informational'
    > {
  /** The standard wants it said where the body is a stream: the response is not waited for before it is sent. */
  readonly duplex?: 'half' | undefined;
}

/** A body may take as long as it takes, as long as it goes on. */
const TIMEOUTS: PhaseTimeouts = { connect: 60, headers: 60, idle: 60, total: null };
/** Fetch Standard, section 4.4. */
const MAX_REDIRECTS = 20;
/** Fetch Standard, section 2.2.3, "null body status", of those that a final reply can have. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Connections of responses that nobody has read to the end, nor cancelled, and that are gone. */
const forgotten = new FinalizationRegistry<OpenReply<Face>>((answer) => answer.leave());

export function* fetched<F extends Face>(
  context: HttpContext<F>,
  input: string | URL | Request,
  init: FetchInit<F> = {},
): Flow<Response> {
  const request = new Request(input, init);
  const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
  try {
    const options = yield* optionsOf(request, init, signal);
    return responseOf(yield* call(context, options), request);
  } catch (error) {
    throw asInStandard(error, signal);
  }
}

/** The standard rejects with the signal's reason. */
function asInStandard(error: unknown, signal: AbortSignal | undefined): unknown {
  return error instanceof AbortError && signal?.aborted ? signal.reason : error;
}

function* optionsOf<F extends Face>(
  request: Request,
  init: FetchInit<F>,
  signal: AbortSignal | undefined,
): Flow<HttpRequest<F>> {
  const {
    proxy,
    tunnel,
    tls,
    proxyTls,
    auth,
    cookies,
    create,
    timeout,
    timeouts,
    retries,
    informational,
    maxredirects = MAX_REDIRECTS,
  } = init;
  if (request.integrity !== '') throw badArgument('fetch: integrity is not checked here; leave it out');
  const headers = new HeaderMap([...request.headers]);
  if (!headers.has('accept')) headers.set('Accept', '*/*');
  const redirect = request.redirect === 'follow';
  const { source, length } = yield* bodyOf(request, init.body);
  return {
    ...{ url: request.url, method: request.method, headers, source, length, redirect, maxredirects },
    ...{ proxy, tunnel, tls, proxyTls, auth, cookies, create, retries, informational, signal },
    ...(timeout === undefined ? { timeouts: { ...TIMEOUTS, ...timeouts } } : { timeout, timeouts }),
  };
}

/** Whatever is all there goes as bytes, with its length: not every server takes chunks. */
function* bodyOf(request: Request, given: FetchInit['body']): Flow<Pick<HttpRequest, 'source' | 'length'>> {
  if (request.body === null) return {};
  if (typeof given === 'string') return { source: given };
  if (given instanceof URLSearchParams) return { source: given.toString() };
  if (given instanceof ArrayBuffer) return { source: new Uint8Array(given) };
  if (ArrayBuffer.isView(given)) return { source: viewOf(given) };
  if (given instanceof Blob) return { source: iterable(request.body), length: given.size };
  if (given instanceof FormData) return { source: new Uint8Array(yield* settle(request.arrayBuffer())) };
  return { source: iterable(request.body) };
}

function responseOf<F extends Face>(answer: OpenReply<F>, { method, redirect }: Request): Response {
  const { code, status, headers } = answer.reply;
  if (redirect === 'error' && code >= 300 && code < 400 && headers.has('location')) {
    answer.leave();
    throw new ProtocolError('ERR_HTTP_REDIRECT', `${code} leads elsewhere, and redirect is 'error'`);
  }
  if (code > 599) {
    answer.leave();
    throw new ProtocolError('ERR_HTTP_STATUS', `${code} is no status that a Response can have`);
  }
  const hasBody = method !== 'HEAD' && !WITHOUT_BODY.has(code);
  if (!hasBody || answer.reply.body.ended) answer.leave();
  const body = hasBody ? toReadable(leavingSource(answer)) : null;
  const statusText = status.replace(/^\S+ \d+ ?/, '').replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
  const response = new Response(body, { status: code, statusText, headers: [...headers] });
  if (body !== null) forgotten.register(body, answer, answer);
  return Object.defineProperties(response, {
    url: { value: inStandard(answer.hop.target.url), enumerable: true },
    redirected: { value: answer.hop.hops > 0, enumerable: true },
    type: { value: 'basic', enumerable: true },
  });
}

/** A redirect may lead to a URL that the standard writes otherwise, or has not: an address with a zone. */
function inStandard(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

/** The body of the answer, which is left at its end. */
function leavingSource<F extends Face>(answer: OpenReply<F>): Source {
  const source = answer.source();
  function* next(): Flow<Chunk> {
    try {
      const chunk = yield* sourced(source);
      if (chunk === null) answer.leave();
      return chunk;
    } catch (error) {
      throw asInStandard(answer.explained(error), answer.hop.message.signal);
    }
  }
  const leaving: Source = () => runMaybe(next());
  leaving.close = source.close;
  return leaving;
}
