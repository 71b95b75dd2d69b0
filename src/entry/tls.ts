/** moonsocket/tls: TLS in the await face. */

export { connect, context, listen, type TlsClient, type TlsServer, wrap } from '../async/tls-face.ts';
export * from './tls-common.ts';
