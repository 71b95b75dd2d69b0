/** One request and its reply over one connection (RFC 9112), as a flow that reads like the exchange itself. */
import { dataOf } from '../../../core/data.ts';
import { badArgument, ProtocolError } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import type { Stream } from '../../../core/stream.ts';
import { HeaderMap, type HeadersLike } from '../../../headers/map.ts';
import type { Source } from '../../../ltn12/protocol.ts';
import { ReplyBody } from './body.ts';
import { framingOf, keepsAlive } from './framing.ts';
import { formatRequestHead, type InformationalCallback, type ReplyHead, ReplyHeads } from './head.ts';
import { type ProgressCallback, sendBody, sendBytes, sendSource } from './send-body.ts';

/** What is asked. */
export interface ExchangeRequest {
  readonly method: string;
  /** As it stands in the request line: a path with its query, a URL for a proxy, `host:port` for CONNECT. */
  readonly target: string;
  /**
   * With one `Host`; without `Content-Length` and `Transfer-Encoding`, which follow from the body. `Expect:
   * 100-continue` makes the body wait for the server's word, for a second at most.
   */
  readonly headers: HeadersLike;
  /** A string is UTF-8. A source that was asked for a chunk is closed if it is not read to its end; one that was not, is not. */
  readonly body?: string | Uint8Array | Source | undefined;
  /** How many bytes the source gives; without it they go in chunks. */
  readonly length?: number | undefined;
  readonly onInformational?: InformationalCallback | undefined;
  readonly onUploaded?: ProgressCallback | undefined;
  /** Ends the exchange, and the reading of the reply's body. */
  readonly signal?: AbortSignal | undefined;
}

/** A reply, whose body is still on its way. */
export interface Reply extends ReplyHead {
  readonly body: ReplyBody;
  /** Whether the request's body was begun: a source that was not asked can still be sent. */
  readonly bodyBegun: boolean;
}

/** Called as an exchange goes on. */
export interface Watch {
  /** The request was sent, as far as the server has taken it. */
  sent(): void;
  /** The first line of a reply is there; it may be an informational one. */
  replied(): void;
}

/** A body that goes with its head in one send: up to here copying it costs less than a second send. */
const SMALL_BODY = 16_384;

/** Methods whose requests have a body by their meaning; some servers refuse those without a length (RFC 9110, 8.6). */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Sends the request and reads the head of its reply; the body is then read by `reply.body`.
 *
 * Whatever it throws, the connection is of no more use, and its opener closes it. ClosedError `ERR_NO_REPLY`
 * says that not a byte of a reply has come.
 */
export function* exchange(stream: Stream, request: PreparedRequest, watch?: Watch): Flow<Reply> {
  const { method, length, signal, head, bytes, source, waits, onUploaded } = request;
  if (stream.dirty) {
    // RFC 9112, section 9.2: such as the 408 of a server that is tired of waiting.
    throw new ProtocolError('ERR_HTTP_UNASKED', 'the server has sent something before it was asked');
  }
  const replies = new ReplyHeads(stream, request.onInformational, signal, watch);
  const upload = { stream, replies, signal };
  const together = bytes !== undefined && !waits && onUploaded === undefined && bytes.length <= SMALL_BODY;

  // A server may answer, and close, before it has read everything. What it said is there to be read.
  let whole = yield* sendBytes(stream, together ? Buffer.concat([head, bytes]) : head, signal);
  let reply: ReplyHead | undefined;
  if (waits && whole) {
    reply = yield* replies.permission();
    // The server still counts on a body, or will close: it cannot know which comes next.
    if (reply !== undefined) whole = false;
  }
  const bodyBegun = whole || together;
  if (whole && source !== undefined) whole = yield* sendSource(upload, source, length, onUploaded);
  else if (whole && bytes !== undefined && !together) whole = yield* sendBody(upload, bytes, onUploaded);

  watch?.sent();
  reply ??= yield* replies.final();
  const framing = framingOf(method, reply);
  const { version, code, status, headers } = reply;
  // After the 2xx of CONNECT there is a tunnel, and no HTTP of ours.
  const tunnel = method === 'CONNECT' && code < 300;
  const keeps = whole && !tunnel && request.keeps && keepsAlive(version, headers);
  return { version, code, status, headers, body: new ReplyBody(stream, framing, keeps, signal), bodyBegun };
}

/** A request as it will stand on the wire. */
export interface PreparedRequest {
  readonly method: string;
  readonly head: Buffer;
  /** Whether it leaves the connection open, for the next one. */
  readonly keeps: boolean;
  readonly bytes: Uint8Array | undefined;
  readonly source: Source | undefined;
  readonly length: number | undefined;
  /** Whether the body waits for 100 Continue. */
  readonly waits: boolean;
  readonly onInformational: InformationalCallback | undefined;
  readonly onUploaded: ProgressCallback | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Everything that can be refused is refused here, before there is a connection. */
export function prepared(request: ExchangeRequest): PreparedRequest {
  const { method, target, headers: given, body, length, onInformational, onUploaded, signal } = request;
  const headers = given instanceof HeaderMap ? given : new HeaderMap(given);
  for (const name of ['content-length', 'transfer-encoding']) {
    if (headers.has(name)) throw badArgument(`request: ${name} follows from the body; leave it out of the headers`);
  }
  const source = typeof body === 'function' ? body : undefined;
  const bytes = body === undefined || typeof body === 'function' ? undefined : dataOf('request', body);
  if (length !== undefined && (source === undefined || !Number.isSafeInteger(length) || length < 0)) {
    throw badArgument(`request: length is how many bytes a source gives, a whole number from 0, not ${length}`);
  }
  const waits = headers.get('expect')?.toLowerCase() === '100-continue';
  const size = bytes?.length ?? length;
  // RFC 9110, section 10.1.1: "MUST NOT".
  if (waits && (body === undefined || size === 0)) {
    throw badArgument('request: Expect: 100-continue is for requests with a body');
  }
  const framing = source !== undefined && length === undefined ? 'chunked' : WITH_BODY.has(method) ? (size ?? 0) : size;
  const head = formatRequestHead(method, target, headers, framing);
  const keeps = keepsAlive('1.1', headers);
  return { method, head, keeps, bytes, source, length, waits, onInformational, onUploaded, signal };
}
