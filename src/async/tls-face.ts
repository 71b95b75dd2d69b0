/** TLS in the await face. */
import type { TlsContextOptions } from '../core/tls.ts';
import type { Client } from '../sockets/client.ts';
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
import { awaitRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { tlsEngine } from './tls.ts';

/**
 * A connection through TLS, whose calls give promises.
 *
 * @interface
 */
export type TlsClient = TlsClientOf<'await'>;

/**
 * A server whose connections are TLS's, whose calls give promises.
 *
 * @interface
 */
export type TlsServer = TlsServerOf<'await'>;

/**
 * A TLS connection to a host: name, race of addresses and handshake under one timeout. The certificate has to be good,
 * and for `host`, unless the options say otherwise.
 *
 * ```ts
 * import { connect } from 'moonsocket/tls';
 * const error = await connect('127.0.0.1', 1, { timeout: 5, alpn: ['imap'] }).catch((error) => error);
 * error.code; // => 'ECONNREFUSED'
 * ```
 *
 * @throws what connecting throws, or SocketError by what is wrong with the peer: ERR_TLS_CERT_ALTNAME_INVALID,
 * CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_TLS_WRONG_PROTOCOL, ERR_TLS_ALERT, …; its message says what to do
 */
export function connect(host: string, port: number, options: TlsConnectOptions = {}): Promise<TlsClient> {
  return awaitRunner.run(connectTls(tcpEngine, tlsEngine, awaitRunner, host, port, options));
}

/**
 * TLS on a connection that is there: after STARTTLS, through a tunnel, over a Unix socket, `pair()`, or TLS itself. The
 * old client is spent: the one that this gives goes on, with the old one's timeouts.
 *
 * ```ts
 * import { pair } from 'moonsocket';
 * import { wrap } from 'moonsocket/tls';
 * const [here, there] = pair();
 * const psk = { sensor: Buffer.from('a key that both sides know') };
 * const [client, server] = await Promise.all([wrap(here, { psk }), wrap(there, { role: 'server', psk })]);
 * await client.send('hello\n');
 * await server.receive(); // => 'hello'
 * client.info().verified; // => true
 * const error = await here.receive().catch((error) => error);
 * error.code; // => 'ERR_CLOSED'
 * ```
 *
 * @throws ERR_TLS_UNREAD for bytes that came before their time (STARTTLS injection), which stay in the old client;
 * ERR_BUSY while a call of it waits; what `connect` throws. After a failed handshake the connection is closed.
 */
export function wrap(client: Client<'await'>, options: TlsWrapOptions): Promise<TlsClient> {
  return awaitRunner.run(wrapTls(tlsEngine, awaitRunner, client, options));
}

/**
 * A server: `accept` gives connections whose handshakes are done. Those go on beside each other, `backlog` at most; one that
 * fails goes to `onrejected`.
 *
 * ```ts
 * import { connect, listen } from 'moonsocket/tls';
 * const psk = { sensor: Buffer.from('a key that both sides know') };
 * const server = await listen('127.0.0.1', 0, { psk }); // or cert and key, in PEM
 * const { address, port } = server.getsockname();
 * const [client, accepted] = await Promise.all([connect(address, port, { psk }), server.accept()]);
 * await accepted.send('hello\n');
 * await client.receive(); // => 'hello'
 * for (const socket of [client, accepted, server]) socket.close();
 * ```
 *
 * @throws ERR_TLS_CONTEXT for certificates, keys and ciphers that are none; what `bind` throws
 */
export function listen(host: string, port: number, options: TlsListenOptions): Promise<TlsServer> {
  return awaitRunner.run(listenTls(tcpEngine, tlsEngine, awaitRunner, host, port, options));
}

/**
 * What connections share: certificates are parsed and keys read once, and are found to be wrong here.
 *
 * ```ts
 * import { context } from 'moonsocket/tls';
 * const strict = context({ minVersion: 'TLSv1.3', alpn: ['imap'] }); // for connect(host, port, { context: strict })
 * strict.settings.verify; // => true
 * ```
 *
 * @throws SocketError ERR_TLS_CONTEXT, with OpenSSL's reason
 */
export function context(options: TlsContextOptions = {}): TlsContext {
  return contextOf(tlsEngine, options);
}
