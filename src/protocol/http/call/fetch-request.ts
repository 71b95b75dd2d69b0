/** `fetch`, as it asks: the standard's Request, and what its body is on the wire. */
import { dataOf, viewOf } from '../../../core/data.ts';
import { Failure } from '../../../core/errors.ts';
import { type Flow, isPromise, type MaybePromise, runMaybe, settle } from '../../../core/flow.ts';
import { FETCH_BODY_AT_HAND } from '../../../core/limits.ts';
import { deadlineAfter } from '../../../core/timeout.ts';
import { canonic } from '../../../headers/canonic.ts';
import { HeaderMap } from '../../../headers/map.ts';
import { type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import type { Face } from '../../../sockets/face.ts';
import type { ProtocolEngine } from '../../connect/engine.ts';
import type { PhaseTimeouts } from './clock.ts';
import { formBytes } from './fetch-form.ts';
import type { HttpRequest } from './options.ts';

/** The options of `request` that the standard's `fetch` has no word for. */
export const OWN_OPTIONS = [
  'proxy',
  'tunnel',
  'tls',
  'proxyTls',
  'auth',
  'cookies',
  'create',
  'timeout',
  'timeouts',
  'retries',
  'maxredirects',
  'informational',
  'log',
] as const;

/** The standard's, and those of `request` that it has no word for. */
export interface FetchInit<F extends Face = Face>
  extends Omit<RequestInit, 'duplex'>,
    Pick<HttpRequest<F>, (typeof OWN_OPTIONS)[number]> {
  /** The standard wants it said where the body is a stream: the response is not waited for before it is sent. */
  readonly duplex?: 'half' | undefined;
}

/** A body may take as long as it takes, as long as it goes on. */
const TIMEOUTS: PhaseTimeouts = { connect: 60, headers: 60, idle: 60, total: null };
/** Fetch Standard, section 4.4. */
const MAX_REDIRECTS = 20;

/** A request of the standard's, and what it leaves out. */
export interface StandardRequest {
  readonly request: Request;
  readonly signal: AbortSignal | undefined;
  /** Hashes that the body must have. (Bun's Request does not keep it.) */
  readonly integrity: string;
}

/**
 * The Request of a call, without its signal: a Request listens to one until it is collected, and a program's only signal
 * would gather a listener for each of its calls.
 *
 * @throws TypeError for what the standard takes for no request
 */
export function standardRequest(input: string | URL | Request, init: FetchInit | undefined): StandardRequest {
  const given = init?.signal ?? undefined;
  if (given !== undefined && !isSignal(given)) throw new TypeError('fetch: signal is no AbortSignal');
  const followed = input instanceof Request ? input.signal : undefined;
  const signal = init?.signal === undefined ? followed : given;
  // Not a copy: the fields of an init that is an object of a class are its prototype's.
  const unheard =
    typeof init !== 'object' || init === null
      ? init === undefined
        ? { signal: null }
        : init
      : new Proxy(init, { get: (target, name) => (name === 'signal' ? null : Reflect.get(target, name)) });
  const request = new Request(input, unheard);
  return { request, signal, integrity: init?.integrity ?? request.integrity ?? '' };
}

function isSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AbortSignal).aborted === 'boolean' &&
    typeof (value as AbortSignal).addEventListener === 'function'
  );
}

/** The call that the Request is. */
export function* callOptions<F extends Face>(
  engine: ProtocolEngine<F>,
  { request, signal }: StandardRequest,
  init: FetchInit<F>,
): Flow<HttpRequest<F>> {
  // A Headers has its names in lower case, and there are servers that expect the usual one.
  const headers = new HeaderMap([...request.headers].map(([name, value]) => [canonic(name), value] as const));
  // Fetch Standard, section 2.2.2: it names the URL's server. Programs that hand on what they were asked give another one.
  headers.delete('host');
  if (!headers.has('accept')) headers.set('Accept', '*/*');
  // Fetch Standard, section 4.6: a part of coded bytes could not be decoded.
  if (headers.has('range') && !headers.has('accept-encoding')) headers.set('Accept-Encoding', 'identity');
  const own: Record<string, unknown> = {};
  for (const name of OWN_OPTIONS) own[name] = init[name];
  const { timeout, timeouts, maxredirects = MAX_REDIRECTS } = init;
  return {
    ...(own as Pick<HttpRequest<F>, (typeof OWN_OPTIONS)[number]>),
    ...(timeout === undefined && { timeouts: { ...TIMEOUTS, ...timeouts } }),
    ...(yield* bodyOf(engine, request, init.body)),
    ...{ url: request.url, method: request.method, headers, maxredirects, signal },
    redirect: request.redirect === 'follow',
  };
}

type Body = Pick<HttpRequest, 'source' | 'length'>;

/** The body as bytes, with its length, where all of it is there: not every server takes chunks. */
function* bodyOf<F extends Face>(
  engine: ProtocolEngine<F>,
  request: Request,
  given: RequestInit['body'] | undefined,
): Flow<Body> {
  if (request.body === null) return {};
  if (typeof given === 'string') return { source: given };
  if (given instanceof URLSearchParams) return { source: given.toString() };
  // Memory that was given away has no bytes.
  if ((given instanceof ArrayBuffer || ArrayBuffer.isView(given)) && given.byteLength === 0) return { source: '' };
  if (given instanceof ArrayBuffer) return { source: new Uint8Array(given) };
  if (ArrayBuffer.isView(given)) return { source: viewOf(given) };
  if (given instanceof Blob) return { source: sourceOf(request.body), length: given.size };
  if (given instanceof FormData) {
    const bytes = formBytes(given, request.headers.get('content-type'));
    return { source: bytes ?? new Uint8Array(yield* settle(request.arrayBuffer())) };
  }
  const source = sourceOf(request.body);
  return isStream(given) ? { source } : yield* atHand(engine, source);
}

/** Whether it gives its bytes one after the other, and once: a web stream, or one of Node's. */
function isStream(given: unknown): boolean {
  return typeof given === 'object' && given !== null && Symbol.asyncIterator in given;
}

/** The chunks of a stream. Unlike a loop over it, this can be closed while a chunk is waited for. */
function sourceOf(body: ReadableStream<Uint8Array>): Source {
  const reader = body.getReader();
  function* next(): Flow<Chunk> {
    const { done, value } = yield* settle(reader.read());
    return done ? null : dataOf('fetch', value);
  }
  const source: Source = () => runMaybe(next());
  source.close = (reason) => reader.cancel(reason);
  return source;
}

/**
 * The body of a Request is a stream, whatever it was made of. One that comes to its end without a wait goes as bytes; any
 * other as a source, beginning with the chunks that came.
 */
function* atHand<F extends Face>(engine: ProtocolEngine<F>, source: Source): Flow<Body> {
  const chunks: Uint8Array[] = [];
  /** A chunk that was asked for and has not come. */
  let next: MaybePromise<Chunk> | undefined;
  // A text is one chunk, however long it is.
  for (let size = 0; chunks.length < 2 || size <= FETCH_BODY_AT_HAND; ) {
    next = source();
    const chunk = isPromise(next)
      ? yield* settle(engine.bounded(next, deadlineAfter('fetch', 0), () => {}))
      : (next as Chunk);
    if (chunk === null) return { source: Buffer.concat(chunks) };
    if (chunk instanceof Failure) break;
    chunks.push(chunk);
    next = undefined;
    size += chunk.length;
  }
  function* rest(): Flow<Chunk> {
    const first = chunks.shift();
    if (first !== undefined) return first;
    const waiting = next;
    next = undefined;
    return waiting === undefined ? yield* sourced(source) : yield* settle(waiting);
  }
  const whole: Source = () => runMaybe(rest());
  whole.close = source.close;
  return { source: whole };
}
