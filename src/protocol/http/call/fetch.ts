/**
 * `fetch`, for those who think in it: the standard's Request and Response around the same call, with bodies that stream
 * both ways. CORS, caches and the cookies of browsers are not here. (Fetch Standard, section 5.)
 */
import { atAbort } from '../../../core/aborts.ts';
import { misuse, ProtocolError, SocketError } from '../../../core/errors.ts';
import { type Flow, isPromise, runMaybe, settle } from '../../../core/flow.ts';
import { BODY_LIMIT } from '../../../core/limits.ts';
import { abandon, type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import type { Face } from '../../../sockets/face.ts';
import { gathered } from '../wire/coding.ts';
import { call, type HttpContext, type OpenReply } from './call.ts';
import { NO_END, NO_RESPONSE, standardError } from './fetch-error.ts';
import { checkIntegrity, type Integrity, integrityOf } from './fetch-integrity.ts';
import { type LocalReply, localReply } from './fetch-local.ts';
import { callOptions, type FetchInit, type StandardRequest, standardRequest } from './fetch-request.ts';
import { isRedirect } from './redirect.ts';

/** Fetch Standard, section 2.2.3, "null body status", of those that a final reply can have. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

const NO_BODY = 'there is no body that could be the one that integrity names';

/** Responses that were collected before they were read to the end, or cancelled: what leaves them. */
const forgotten = new FinalizationRegistry<() => void>((leave) => leave());

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
    const local = localReply(request, context.engine.blobAt);
    if (local !== undefined) return yield* localResponse(local, asked);
    const options = yield* callOptions(context.engine, asked, init ?? {});
    try {
      return yield* responseOf(yield* call(context, options), asked);
    } catch (error) {
      const reason = standardError(explained(error, request), signal, NO_RESPONSE);
      // The stream is this call's, and its writer waits to hear that it is not read.
      const { source } = options;
      if (typeof source === 'function') letGo(() => source.close?.(reason));
      throw reason;
    }
  } catch (error) {
    const reason = standardError(explained(error, request), signal, NO_RESPONSE);
    if (!request.bodyUsed) letGo(() => request.body?.cancel(reason));
    throw reason;
  }
}

/** The error, or the way out for a caller whose body has to be waited for where that is not possible. */
function explained(error: unknown, request: Request): unknown {
  if (!(error instanceof SocketError) || error.code !== 'ERR_PROMISE' || !request.bodyUsed) return error;
  return misuse(
    'ERR_PROMISE',
    'fetch: streams, Blobs, forms with files and the body of a Request are read by promises, which the blocking face ' +
      'cannot wait for: give bytes or a string as `body`, or use the await face',
  );
}

/** Closes what is not waited for: the call has its error, and the blocking face could not wait. */
function letGo(close: () => unknown): void {
  const closing = close();
  if (isPromise(closing)) closing.then(undefined, () => {});
}

/** The response to a request that goes to no server. */
function* localResponse(local: LocalReply, { request, integrity }: StandardRequest): Flow<Response> {
  const { url, status, statusText, headers } = local;
  let body: LocalReply['body'] | null = request.method === 'HEAD' ? null : local.body;
  const asked = integrityOf(integrity);
  if (asked !== undefined) {
    if (body instanceof Blob) body = new Uint8Array(yield* settle(body.arrayBuffer()));
    if (body === null) throw new ProtocolError('ERR_INTEGRITY', NO_BODY);
    checkIntegrity(body, asked);
  }
  letGo(() => request.body?.cancel());
  return dressed(new Response(body, { status, statusText, headers }), { url, redirected: false, type: 'basic' });
}

function* responseOf<F extends Face>(
  open: OpenReply<F>,
  { request, signal, integrity }: StandardRequest,
): Flow<Response> {
  const { code, status, headers } = open.reply;
  let body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  try {
    if (signal?.aborted) throw signal.reason;
    if (request.redirect === 'error' && isRedirect(code))
      throw new ProtocolError('ERR_HTTP_REDIRECT', `${code} is a redirect, and redirect is 'error'`);
    if (code > 599) throw new ProtocolError('ERR_HTTP_STATUS', `${code} is no status that a Response can have`);
    const hasBody = request.method !== 'HEAD' && !WITHOUT_BODY.has(code);
    const asked = integrityOf(integrity);
    if (asked !== undefined) body = yield* checkedBody(open, hasBody, asked);
    else body = hasBody ? bodyOf(open, signal) : null;
  } catch (error) {
    const explained = open.explained(error);
    open.leave();
    throw explained;
  }
  if (body === null || open.reply.body.ended) open.leave();
  const statusText = status.replace(/^\S+ \d+ ?/, '').replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
  const response = new Response(body, { status: code, statusText, headers: [...headers] });
  return dressed(response, { url: inStandard(open.hop.target.url), redirected: open.hop.hops > 0, type: 'basic' });
}

/** All of a body that has to have a hash: nothing of it is given before that is certain. */
function* checkedBody<F extends Face>(
  open: OpenReply<F>,
  hasBody: boolean,
  integrity: Integrity,
): Flow<Uint8Array<ArrayBuffer>> {
  if (!hasBody) throw new ProtocolError('ERR_INTEGRITY', NO_BODY);
  const { headers, body } = open.reply;
  const coded = headers.has('content-encoding');
  const bytes = coded ? yield* gathered(open.source(undefined, true), BODY_LIMIT) : yield* body.bytes(BODY_LIMIT);
  checkIntegrity(bytes, integrity);
  return new Uint8Array(bytes);
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

/**
 * The body as a stream of bytes, whose reader may bring its own memory. Nothing is read before it is asked for, and the
 * reply is left at its end, or when the signal aborts, whether anyone reads or not.
 */
function bodyOf<F extends Face>(open: OpenReply<F>, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const abort = (): void => {
    controller.deref()?.error(signal?.reason);
    leave();
  };
  let takeBack: (() => void) | undefined;
  const leave = (): void => {
    takeBack?.();
    open.leave();
  };
  const source = leavingSource(open, leave, signal);
  // A signal may live longer than a response that nobody reads: it must not keep it.
  let controller: WeakRef<ReadableByteStreamController>;
  const stream = new ReadableStream({
    type: 'bytes',
    start(its) {
      controller = new WeakRef(its);
    },
    pull: (its) => runMaybe(pull(source, its)),
    cancel: (reason) => runMaybe(settle(source.close?.(reason))),
  });
  if (signal !== undefined && !open.reply.body.ended) takeBack = atAbort(signal, abort);
  forgotten.register(stream, leave);
  return stream;
}

/** Gives a stream its next piece, or its end. */
function* pull(source: Source, controller: ReadableByteStreamController): Flow<void> {
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

/** The body of the reply, which is left at its end, and when it is closed. */
function leavingSource<F extends Face>(open: OpenReply<F>, leave: () => void, signal: AbortSignal | undefined): Source {
  const source = open.source(undefined, true);
  function* next(): Flow<Chunk> {
    try {
      const chunk = yield* sourced(source);
      if (chunk === null) leave();
      return chunk;
    } catch (error) {
      throw standardError(open.explained(error), signal, NO_END);
    }
  }
  const leaving: Source = () => runMaybe(next());
  leaving.close = (reason) => {
    leave();
    return source.close?.(reason);
  };
  return leaving;
}
