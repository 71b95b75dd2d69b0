/**
 * TLS over any connection: clients, servers and STARTTLS, whose calls return when they are done.
 *
 * @module moonsocket/blocking/tls
 */
/// <reference types="node" preserve="true" />

export { connect, context, listen, type TlsClient, type TlsServer, wrap } from '../blocking/tls-face.ts';
export * from './tls-common.ts';
