/**
 * `fetch`, for those who think in it: the standard's Request and Response around the same call, with bodies that stream
 * both ways. CORS, caches and the cookies of browsers are not here. (Fetch Standard, section 5.)
 */
import { AbortError, ProtocolError } from '../../../core/errors.ts';
import { type Flow, isPromise, runMaybe, settle } from '../../../core/flow.ts';
import { abandon, type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import type { Face } from '../../../sockets/face.ts';
import { call, type HttpContext, type OpenReply } from './call.ts';
import { callOptions, type FetchInit, type StandardRequest, standardRequest } from './fetch-request.ts';

/** Fetch Standard, section 2.2.3, "null body status", of those that a final reply can have. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Connections of responses that were collected before they were read to the end, or cancelled. */
const forgotten = new FinalizationRegistry<OpenReply<Face>>((open) => open.leave());

/** The standard's `fetch`. */
export function* fetched<F extends Face>(
  context: HttpContext<F>,
  input: string | URL | Request,
  init?: FetchInit<F>,
): Flow<Response> {
  const asked = standardRequest(input, init);
  const { request, signal } = asked;
  try {
    if (signal?.aborted) throw signal.reason;
    const options = yield* callOptions(context.engine, asked, init ?? {});
    try {
      return responseOf(yield* call(context, options), asked);
    } catch (error) {
      // The stream is this call's, and its writer waits to hear that it is not read.
      const { source } = options;
      if (typeof source === 'function') letGo(() => source.close?.(asInStandard(error, signal)));
      throw error;
    }
  } catch (error) {
    const reason = asInStandard(error, signal);
    if (!request.bodyUsed) letGo(() => request.body?.cancel(reason));
    throw reason;
  }
}

/** Closes what is not waited for: the call has its error, and the blocking face could not wait. */
function letGo(close: () => unknown): void {
  const closing = close();
  if (isPromise(closing)) closing.then(undefined, () => {});
}

/** The standard rejects with the signal's reason. */
function asInStandard(error: unknown, signal: AbortSignal | undefined): unknown {
  return error instanceof AbortError && signal?.aborted ? signal.reason : error;
}

function responseOf<F extends Face>(open: OpenReply<F>, { request, signal }: StandardRequest): Response {
  const { code, status, headers } = open.reply;
  if (request.redirect === 'error' && code >= 300 && code < 400 && headers.has('location')) {
    open.leave();
    throw new ProtocolError('ERR_HTTP_REDIRECT', `${code} leads elsewhere, and redirect is 'error'`);
  }
  if (code > 599) {
    open.leave();
    throw new ProtocolError('ERR_HTTP_STATUS', `${code} is no status that a Response can have`);
  }
  const hasBody = request.method !== 'HEAD' && !WITHOUT_BODY.has(code);
  if (!hasBody || open.reply.body.ended) open.leave();
  const body = hasBody ? streamOf(leavingSource(open, signal)) : null;
  const statusText = status.replace(/^\S+ \d+ ?/, '').replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
  const response = new Response(body, { status: code, statusText, headers: [...headers] });
  if (body !== null) forgotten.register(body, open, open);
  return dressed(response, { url: inStandard(open.hop.target.url), redirected: open.hop.hops > 0, type: 'basic' });
}

/** What a constructor of the standard cannot say of a response. */
interface Dress {
  readonly url: string;
  readonly redirected: boolean;
  readonly type: 'basic';
}

/** The response with it, whose headers do not change; its clones have both, too. */
function dressed(response: Response, dress: Dress): Response {
  const immutable = (): never => {
    throw new TypeError('immutable: these are the headers of a response; copy them by new Headers(headers)');
  };
  for (const name of ['append', 'delete', 'set'] as const)
    Object.defineProperty(response.headers, name, { value: immutable });
  const clone = (): Response => dressed(Response.prototype.clone.call(response), dress);
  return Object.defineProperties(response, {
    url: { value: dress.url, enumerable: true },
    redirected: { value: dress.redirected, enumerable: true },
    type: { value: dress.type, enumerable: true },
    clone: { value: clone },
  });
}

/** A redirect may lead to a URL that the standard writes otherwise, or has not: an address with a zone. */
function inStandard(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

/** A stream of bytes, whose reader may bring its own memory. Nothing is read before it is asked for. */
function streamOf(source: Source): ReadableStream<Uint8Array> {
  function* pull(controller: ReadableByteStreamController): Flow<void> {
    let chunk: Chunk;
    try {
      do chunk = yield* sourced(source);
      while (chunk?.length === 0);
    } catch (error) {
      yield* abandon(source, error);
      throw error;
    }
    if (chunk !== null) {
      // A copy: the stream takes the memory away from all other views of it.
      controller.enqueue(new Uint8Array(chunk));
      return;
    }
    controller.close();
    // A reader that waits with its own memory gets it back only then.
    controller.byobRequest?.respond(0);
  }
  return new ReadableStream({
    type: 'bytes',
    pull: (controller) => runMaybe(pull(controller)),
    cancel: (reason) => runMaybe(settle(source.close?.(reason))),
  });
}

/** The body of the reply, which is left at its end. */
function leavingSource<F extends Face>(open: OpenReply<F>, signal: AbortSignal | undefined): Source {
  const source = open.source(undefined, true);
  function* next(): Flow<Chunk> {
    try {
      const chunk = yield* sourced(source);
      if (chunk === null) open.leave();
      return chunk;
    } catch (error) {
      throw asInStandard(open.explained(error), signal);
    }
  }
  const leaving: Source = () => runMaybe(next());
  leaving.close = source.close;
  return leaving;
}
