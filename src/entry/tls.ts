/**
 * TLS over any connection: clients, servers and STARTTLS, whose calls give promises.
 *
 * @module moonsocket/tls
 */
/// <reference types="node" preserve="true" />

export { connect, context, listen, type TlsClient, type TlsServer, wrap } from '../async/tls-face.ts';
export * from './tls-common.ts';
