/** The options of a request. */
import type { HeadersLike } from '../../../headers/map.ts';
import type { Sink, Source } from '../../../ltn12/protocol.ts';
import type { Step } from '../../../ltn12/pump.ts';
import type { Face } from '../../../sockets/face.ts';
import type { UrlParts } from '../../../url/parts.ts';
import type { Create } from '../../connect/dial.ts';
import type { DialogueLog } from '../../connect/log.ts';
import type { ProxyChoice } from '../../connect/route.ts';
import type { RequestTls } from '../../connect/tls-contexts.ts';
import type { InformationalCallback, ReplyHead } from '../wire/head.ts';
import type { ByteRange } from '../wire/range.ts';
import type { ProgressCallback } from '../wire/send-body.ts';
import type { PhaseTimeouts } from './clock.ts';
import type { CookieJar } from './cookies.ts';

/** A request. Parts of a URL that are named here take the place of the URL's own. */
export interface HttpRequest<F extends Face = Face> extends UrlParts {
  /** An absolute URL, `http:` or, with `create`, `https:`. Without it `host` names the server. */
  readonly url?: string | URL | undefined;
  /** GET without it. */
  readonly method?: string | undefined;
  /** The request's target as it stands in the request line, such as `*` for OPTIONS; without it, it follows from the URL. */
  readonly uri?: string | undefined;
  /**
   * Without an Accept-Encoding or a Range among them, gzip, deflate, br and zstd are asked for, as far as the runtime has
   * them, and the reply's body is decoded: `limit` counts what it becomes, while the reply's Content-Encoding and
   * Content-Length describe what was on the wire. With either of the two, or in another coding, the body is as it came.
   */
  readonly headers?: HeadersLike | undefined;
  /** The body, or an LTN12 source of it. A source without a length (here or in the headers) goes in chunks. */
  readonly source?: string | Uint8Array | Source | undefined;
  /** Bytes that a source gives: sent as Content-Length, and kept to. */
  readonly length?: number | undefined;
  /** Takes the body of the reply; without it the response has it. */
  readonly sink?: Sink | undefined;
  /** Moves each piece to the sink (LTN12 `pump.step` without it). */
  readonly step?: Step<Source, Sink> | undefined;
  /** The most bytes that a response has for a body: 16 MiB without it. A sink takes any number. */
  readonly limit?: number | undefined;
  /**
   * The URL of an HTTP proxy, with its `user:password@` if it wants one; or what names the proxy for each URL, or none,
   * such as what `proxiesOf` makes of the environment.
   */
  readonly proxy?: ProxyChoice | undefined;
  /**
   * Goes through the proxy by a tunnel (CONNECT), so that the proxy sees the server's name and nothing else. Requests of
   * https always do.
   */
  readonly tunnel?: boolean | undefined;
  /**
   * TLS to the server of an https URL, as `connect` of moonsocket/tls has it. A redirect to another origin keeps whom to
   * trust (`ca`, `verify`, `pins`, …); `servername`, `session` and what shows who this side is stay behind.
   */
  readonly tls?: RequestTls | undefined;
  /** TLS to a proxy whose URL begins with https. */
  readonly proxyTls?: RequestTls | undefined;
  /**
   * How the URL's user and password are shown: `basic` (without it) sends them along; `digest` waits until the server
   * asks, and then proves that it knows them (RFC 7616). A body from a source cannot be sent again for that.
   */
  readonly auth?: 'basic' | 'digest' | undefined;
  /** Gives the cookies of each request, and takes those of each reply: a CookieJar of the package tough-cookie, say. */
  readonly cookies?: CookieJar | undefined;
  /** Whether redirects are followed: true without it. */
  readonly redirect?: boolean | undefined;
  /** The most redirects of a call: 5 without it, 20 in `fetch`, Infinity for no limit. */
  readonly maxredirects?: number | undefined;
  /** Opens the connection: to a Unix socket, to a test. Where the URL, or its proxy's, is https, it brings the TLS, too. */
  readonly create?: Create<F> | undefined;
  /** Seconds for the whole call, names and redirects included: 60 without it, null for no limit. */
  readonly timeout?: number | null | undefined;
  /** Seconds for parts of it. */
  readonly timeouts?: PhaseTimeouts | undefined;
  /**
   * How often a request that may be repeated (RFC 9110, section 9.2.2) is, after a failure of the connection, or when the
   * server says 408, 429, 502, 503 or 504: with pauses from half a second on, each twice as long as the last, or what
   * the server asks for by Retry-After. None without it.
   */
  readonly retries?: number | undefined;
  /** Asks for a part. The code tells whether it came (206), or all of it (200), or nothing (416): see `final`. */
  readonly range?: ByteRange | undefined;
  /** Ends the call, and the reading of its body, with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with each line of the heads of requests and replies, redirects included. Values of headers that are secret by
   * their names (Authorization, Cookie, …) are covered; bodies, and what is said to a proxy for a tunnel, are left out.
   */
  readonly log?: DialogueLog | undefined;
  /** Called with informational replies, such as 103 Early Hints. */
  readonly informational?: InformationalCallback | undefined;
  /** Called with the final reply before its body is read, and not with redirects that are followed. What it throws ends the call. */
  readonly final?: ((head: ReplyHead) => void) | undefined;
  /** Called with the bytes of the body sent so far, and the total, if that is known. */
  readonly uploaded?: ProgressCallback | undefined;
  /** Called with the bytes of the reply's body received so far, before they are decoded, and the total, if that is known. */
  readonly downloaded?: ProgressCallback | undefined;
}
