/** HTTP in the blocking face. */

import type { Flow } from '../core/flow.ts';
import { OneEach } from '../protocol/connect/dial.ts';
import type { HttpContext } from '../protocol/http/call/call.ts';
import { withCaller } from '../protocol/http/call/explain.ts';
import { fetched } from '../protocol/http/call/fetch.ts';
import type { FetchInit } from '../protocol/http/call/fetch-request.ts';
import type { HttpRequest } from '../protocol/http/call/options.ts';
import { type HttpResponse, request as requestFlow } from '../protocol/http/call/request.ts';
import { Session as SessionOf, type SessionOptions } from '../protocol/http/call/session.ts';
import type { Runner } from '../sockets/face.ts';
import { protocolEngine } from './protocol-engine.ts';
import { blockingRunner } from './runner.ts';

/**
 * HTTP requests that share connections and logins, whose calls return values.
 *
 * @interface
 */
export type Session = SessionOf<'blocking'>;

/** The face's runner, whose errors have the caller's lines. */
const runner: Runner<'blocking'> = {
  ...blockingRunner,
  run<T>(flow: Flow<T>): T {
    try {
      return blockingRunner.run(flow);
    } catch (error) {
      throw withCaller(error);
    }
  },
};

const context: HttpContext<'blocking'> = {
  engine: protocolEngine,
  connections: new OneEach(protocolEngine),
};

/**
 * Asks an HTTP server and gives its answer: of a URL alone with GET, or with POST when there is a body, or of whatever
 * the request says. (LuaSocket `http.request`.)
 *
 * ```ts
 * import { request } from 'moonsocket/blocking/http';
 * try {
 *   request({ url: 'http://127.0.0.1:1/', timeout: 5 });
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws SocketError with the system's code where there is no connection, TimeoutError, ProtocolError for a reply that
 * is no HTTP, LimitError, ClosedError for one that is cut off
 */
export function request(input: string | URL | HttpRequest<'blocking'>, body?: string | Uint8Array): HttpResponse {
  return runner.run(requestFlow(context, input, body));
}

/**
 * The standard's `fetch`, over connections of this library: bodies stream both ways, and `init` takes a proxy, timeouts
 * and the like besides the standard's own. Without a word about it a response may take as long as it goes on: 60 seconds
 * for each of connecting, waiting for its head, and each pause. The response is there when this returns; its body is read, in calls that block, as its promises are asked for.
 *
 * ```ts
 * import { fetch } from 'moonsocket/blocking/http';
 * try {
 *   fetch('http://127.0.0.1:1/');
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws TypeError, as the standard has it: its `cause` is what `request` throws, its `code` is the cause's, and its
 * message is `fetch failed` except for a mistake of the caller. The signal's reason where it has aborted. A body that does
 * not come to its end rejects with such an error, too: `terminated`
 */
export function fetch(
  input: string | URL | Request,
  init: FetchInit<'blocking'> | undefined = undefined, // the standard's length is 1
): Response {
  return runner.run(fetched(context, input, init));
}

/** Requests that share their connections, until it is closed: an idle one is kept for a few seconds. */
export function session(options?: SessionOptions): Session {
  return new SessionOf(runner, protocolEngine, options);
}
