/** One request and its reply over one connection (RFC 9112), as a flow that reads like the exchange itself. */
import type { Flow } from '../../core/flow.ts';
import type { Stream } from '../../core/stream.ts';
import type { HeaderMap, HeadersLike } from '../../headers/map.ts';
import type { Source } from '../../ltn12/protocol.ts';
import type { HttpVersion } from './status.ts';

/** What is asked. */
export interface ExchangeRequest {
  readonly method: string;
  /** As it stands in the request line: a path with its query, a URL for a proxy, `host:port` for CONNECT. */
  readonly target: string;
  /** With one `Host`; without `Content-Length` and `Transfer-Encoding`, which follow from the body. */
  readonly headers: HeadersLike;
  /** A string is UTF-8. */
  readonly body?: string | Uint8Array | Source | undefined;
  /** How many bytes the source gives; without it they go in chunks. */
  readonly length?: number | undefined;
  /** Is told of each reply that is not final (100, 102, 103, …). What it throws ends the exchange. */
  readonly onInformational?: ((head: ReplyHead) => void) | undefined;
  /** Ends the exchange, and the reading of its body. */
  readonly signal?: AbortSignal | undefined;
}

/** A reply up to its body. */
export interface ReplyHead {
  readonly version: HttpVersion;
  readonly code: number;
  /** The status line, whole, as LuaSocket gives it. */
  readonly status: string;
  readonly headers: HeaderMap;
}

/** A reply, whose body is still on its way. */
export interface Reply extends ReplyHead {
  readonly body: ReplyBody;
}

/** The body of a reply, read as it arrives. */
export interface ReplyBody {
  /** The next piece, of at most 64 KiB; undefined at the end, again and again. */
  read(): Flow<Buffer | undefined>;
  /** All that has not been read yet; LimitError above `limit` (16 MiB without it), which loses nothing. */
  bytes(limit?: number): Flow<Buffer>;
  /** The same, as UTF-8. */
  text(limit?: number): Flow<string>;
  /** Whether all of it was read. */
  readonly ended: boolean;
  /** What came behind the last chunk; empty before the end. */
  readonly trailers: HeaderMap;
  /** Whether another request may go over this connection now. False before the end. */
  readonly reusable: boolean;
}

export declare function exchange(stream: Stream, request: ExchangeRequest): Flow<Reply>;
/** Throws for what `exchange` refuses before a byte is sent: for those who want to know before they connect. */
export declare function checkRequest(request: ExchangeRequest): void;
