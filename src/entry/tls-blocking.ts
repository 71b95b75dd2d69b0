/** moonsocket/blocking/tls: TLS. */

export { connect, context, listen, type TlsClient, type TlsServer, wrap } from '../blocking/tls-face.ts';
export * from './tls-common.ts';
