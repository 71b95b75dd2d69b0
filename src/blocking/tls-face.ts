/** TLS in the blocking face: the calls that it begins with. */

import type { TlsContextOptions } from '../core/tls.ts';
import type { TlsContext } from '../sockets/engine.ts';
import {
  connectTls,
  contextOf,
  listenTls,
  type TlsConnectOptions,
  type TlsListenOptions,
  type TlsWrapOptions,
  wrapTls,
} from '../sockets/open-tls.ts';
import type { TlsClient as TlsClientOf, TlsServer as TlsServerOf } from '../sockets/tls.ts';
import type { Client } from './face.ts';
import { blockingRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { tlsEngine } from './tls.ts';

/**
 * A connection through TLS, whose calls return values.
 *
 * @interface
 */
export type TlsClient = TlsClientOf<'blocking'>;

/**
 * A server whose connections are TLS's, whose calls return values.
 *
 * @interface
 */
export type TlsServer = TlsServerOf<'blocking'>;

/**
 * A client connected to a host through TLS: the connection and the handshake have one `timeout`. The certificate has to be
 * good, and to have the host's name.
 *
 * ```ts
 * import { connect } from 'moonsocket/blocking/tls';
 * try {
 *   connect('127.0.0.1', 1, { timeout: 5 });
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws SocketError with the system's code, or one of TLS (`ERR_TLS_…`, `CERT_HAS_EXPIRED`, …)
 */
export function connect(host: string, port: number, options: TlsConnectOptions = {}): TlsClient {
  return blockingRunner.run(connectTls(tcpEngine, tlsEngine, blockingRunner, host, port, options));
}

/**
 * The connection of a client, through TLS from now on (STARTTLS, a tunnel, any transport). The client is spent, with its
 * timeouts carried over: go on with what this gives. (LuaSec `ssl.wrap` and `conn:dohandshake`.)
 *
 * ```ts
 * import { pair } from 'moonsocket/blocking';
 * import { wrap } from 'moonsocket/blocking/tls';
 * const [here, there] = pair();
 * there.send('220 hello\r\n');
 * try {
 *   wrap(here, { servername: 'mail.example', timeout: 1 });
 * } catch (error) {
 *   error.code; // => 'ERR_TLS_UNREAD'
 * }
 * here.close();
 * there.close();
 * ```
 *
 * @throws SocketError ERR_TLS_UNREAD where bytes have come before their time, or what `connect` throws
 */
export function wrap(client: Client, options: TlsWrapOptions): TlsClient {
  return blockingRunner.run(wrapTls(tlsEngine, blockingRunner, client, options));
}

/**
 * A server whose `accept` gives connections with their handshakes done: the first that is, of as many as the backlog. A
 * client that is slow or silent has ten seconds, or `timeout`, and keeps no other one waiting.
 *
 * @throws SocketError with the system's code, or ERR_TLS_CONTEXT for a certificate or key that is none
 */
export function listen(host: string, port: number, options: TlsListenOptions): TlsServer {
  return blockingRunner.run(listenTls(tcpEngine, tlsEngine, blockingRunner, host, port, options));
}

/**
 * What many connections share: certificates parsed, keys read, lists of trust built. (LuaSec `ssl.newcontext`.)
 *
 * ```ts
 * import { context } from 'moonsocket/blocking/tls';
 * try {
 *   context({ ciphers: 'NO-SUCH-CIPHER' });
 * } catch (error) {
 *   error.code; // => 'ERR_TLS_CONTEXT'
 * }
 * ```
 *
 * @throws SocketError ERR_TLS_CONTEXT for a certificate, key or list of ciphers that is none
 */
export function context(options: TlsContextOptions = {}): TlsContext {
  return contextOf(tlsEngine, options);
}
