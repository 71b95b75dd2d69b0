/** What node:tls's errors mean, in the codes of `core/tls-failures.ts`. */
import type { Failure } from '../core/errors.ts';
import {
  alertFailure,
  brokenFailure,
  CLOSED_IN_HANDSHAKE,
  noCertificateFailure,
  nothingInCommon,
  TRUNCATED,
  versionFailure,
  wrongProtocolFailure,
} from '../core/tls-failures.ts';
import type { TlsRole } from '../sockets/engine.ts';
import { IoError } from './io-duplex.ts';
import { failureOf } from './node-streams.ts';

/** What is known of the connection that an error is of. */
export interface Circumstances {
  readonly role: TlsRole;
  /** Whether the handshake is done. */
  readonly secure: boolean;
  /** How the peer began, where that is known. */
  readonly first: Uint8Array | undefined;
}

/** OpenSSL's reasons for what is no TLS, as node:tls writes them in codes. */
const NO_TLS: ReadonlySet<string> = new Set([
  'WRONG_VERSION_NUMBER',
  'HTTP_REQUEST',
  'HTTPS_PROXY_REQUEST',
  'UNKNOWN_PROTOCOL',
  'PACKET_LENGTH_TOO_LONG',
  'BAD_RECORD_TYPE',
]);
const NO_VERSION: ReadonlySet<string> = new Set([
  'UNSUPPORTED_PROTOCOL',
  'NO_PROTOCOLS_AVAILABLE',
  'VERSION_TOO_LOW',
  'VERSION_TOO_HIGH',
]);
/** Up to OpenSSL 3.1 the older alerts are SSLV3's, from 3.2 on SSL/TLS's; some have no ALERT in their names. */
const ALERT = /^(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_(?:ALERT_)?([A-Z_]+)$/;

export function tlsFailure(error: unknown, { role, secure, first }: Circumstances): Failure {
  if (error instanceof IoError) return error.failure;
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const reason = /^ERR_SSL_(.+)$/.exec(code)?.[1] ?? (code === 'EPROTO' ? reasonOfWrite(error as Error) : undefined);
  if (reason === undefined) {
    // What node:tls calls a reset, without a system call that met one, is an end.
    return !secure && code === 'ECONNRESET' && syscall === undefined ? CLOSED_IN_HANDSHAKE : failureOf(error);
  }
  const alert = ALERT.exec(reason)?.[1];
  if (alert !== undefined) return alertFailure(alert.toLowerCase(), error);
  if (!secure && NO_TLS.has(reason)) {
    const http = reason.startsWith('HTTP') ? HTTP : undefined;
    return wrongProtocolFailure(role, first ?? http, error);
  }
  if (NO_VERSION.has(reason)) return versionFailure('the peer offers none of the versions that are taken', error);
  if (reason === 'UNEXPECTED_EOF_WHILE_READING') return secure ? TRUNCATED : CLOSED_IN_HANDSHAKE;
  if (reason === 'PEER_DID_NOT_RETURN_A_CERTIFICATE') return noCertificateFailure(error);
  if (reason === 'NO_SHARED_CIPHER') return nothingInCommon('cipher', 'no shared cipher', error);
  if (reason === 'NO_APPLICATION_PROTOCOL')
    return nothingInCommon('protocol of alpn', 'no application protocol', error);
  return brokenFailure(reason.toLowerCase().replaceAll('_', ' '), error);
}

/** A write that meets what a read has broken is EPROTO, with OpenSSL's line behind it where there is one left. */
function reasonOfWrite({ message }: Error): string {
  const words = /error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)/i.exec(message)?.[1] ?? 'protocol error';
  return words.toUpperCase().replaceAll(' ', '_');
}

/** OpenSSL has read a request, and says no more of it. */
const HTTP = Buffer.from('GET ');
