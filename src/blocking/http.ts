/** HTTP in the blocking face. */

import type { HttpRequest } from '../protocol/http/asking.ts';
import { Connections, type Dial } from '../protocol/http/connections.ts';
import { type HttpResponse, request as requestFlow } from '../protocol/http/request.ts';
import { Session as SessionOf } from '../protocol/http/session.ts';
import { connectTcp } from '../sockets/tcp.ts';
import { blockingRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';

export type Session = SessionOf<'blocking'>;

const dial: Dial<'blocking'> = (host, port, options) => connectTcp(tcpEngine, blockingRunner, host, port, options);
const eachItsOwn = new Connections(dial, false);

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
  return blockingRunner.run(requestFlow(eachItsOwn, input, body));
}

/** Requests that share their connections, until it is closed: an idle one is kept for a few seconds. */
export function session(): Session {
  return new SessionOf(blockingRunner, dial);
}
