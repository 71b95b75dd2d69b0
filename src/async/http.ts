/** HTTP in the await face. */

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
import { awaitRunner } from './runner.ts';

/**
 * HTTP requests that share connections and logins, whose calls give promises.
 *
 * @interface
 */
export type Session = SessionOf<'await'>;

/** The face's runner, whose errors have the caller's lines. */
const runner: Runner<'await'> = {
  ...awaitRunner,
  async run<T>(flow: Flow<T>): Promise<T> {
    try {
      return await awaitRunner.run(flow);
    } catch (error) {
      throw withCaller(error);
    }
  },
};

const context: HttpContext<'await'> = {
  engine: protocolEngine,
  connections: new OneEach(protocolEngine),
};

/**
 * Asks an HTTP server and gives its answer: of a URL alone with GET, or with POST when there is a body, or of whatever
 * the request says. (LuaSocket `http.request`.)
 *
 * ```ts
 * import { bind } from 'moonsocket';
 * import { request } from 'moonsocket/http';
 * const server = await bind('127.0.0.1', 0);
 * const answer = (async () => {
 *   const client = await server.accept();
 *   while ((await client.receive()) !== '') continue;
 *   await client.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
 *   client.close();
 * })();
 * const { code, headers, body } = await request(`http://127.0.0.1:${server.getsockname().port}/`);
 * [code, headers.get('content-length'), String(body)].join(); // => '200,5,hello'
 * await answer;
 * server.close();
 * ```
 *
 * @throws SocketError with the system's code where there is no connection, TimeoutError, ProtocolError for a reply that
 * is no HTTP, LimitError, ClosedError for one that is cut off
 */
export async function request(
  input: string | URL | HttpRequest<'await'>,
  body?: string | Uint8Array,
): Promise<HttpResponse> {
  return await runner.run(requestFlow(context, input, body));
}

/**
 * The standard's `fetch`, over connections of this library: bodies stream both ways, and `init` takes a proxy, timeouts
 * and the like besides the standard's own. Without a word about it a response may take as long as it goes on: 60 seconds
 * for each of connecting, waiting for its head, and each pause.
 *
 * ```ts
 * import { bind } from 'moonsocket';
 * import { fetch } from 'moonsocket/http';
 * const server = await bind('127.0.0.1', 0);
 * const answer = (async () => {
 *   const client = await server.accept();
 *   while ((await client.receive()) !== '') continue;
 *   await client.send('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"a": [1, 2]}');
 *   client.close();
 * })();
 * const response = await fetch(`http://127.0.0.1:${server.getsockname().port}/`, { timeouts: { idle: 5 } });
 * (await response.json()).a.length; // => 2
 * await answer;
 * server.close();
 * ```
 *
 * @throws TypeError, as the standard has it: its `cause` is what `request` throws, its `code` is the cause's, and its
 * message is `fetch failed` except for a mistake of the caller. The signal's reason where it has aborted. A body that does
 * not come to its end rejects with such an error, too: `terminated`
 */
export async function fetch(
  input: string | URL | Request,
  init: FetchInit<'await'> | undefined = undefined, // the standard's length is 1
): Promise<Response> {
  return await runner.run(fetched(context, input, init));
}

/** Requests that share their connections, until it is closed: an idle one is kept for a few seconds. */
export function session(options?: SessionOptions): Session {
  return new SessionOf(runner, protocolEngine, options);
}
