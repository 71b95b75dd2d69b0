/** HTTP in the blocking face. */
import { type HttpRequest, type HttpResponse, request as requestFlow } from '../protocol/http/request.ts';
import { connectTcp } from '../sockets/tcp.ts';
import { blockingRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';

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
  return blockingRunner.run(
    requestFlow((host, port, options) => connectTcp(tcpEngine, blockingRunner, host, port, options), input, body),
  );
}
