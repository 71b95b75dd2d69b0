/** From OpenSSL's numbers to the rows of the table of failures. */
import type { Failure } from '../core/errors.ts';
import {
  ALERTS,
  alertFailure,
  brokenFailure,
  certificateFailure,
  noCertificateFailure,
  nothingInCommon,
  versionFailure,
  wrongProtocolFailure,
} from '../core/tls-failures.ts';
import type { Connection } from '../posix/openssl/connection.ts';
import { describe } from '../sockets/certificates.ts';

const ERR_LIB_SSL = 20;

/** SSL_R_*, of <openssl/sslerr.h>: the same in all versions, which the words are not. */
const CERTIFICATE_VERIFY_FAILED = 134;
const PEER_DID_NOT_RETURN_A_CERTIFICATE = 199;
const NO_SHARED_CIPHER = 193;
const NO_APPLICATION_PROTOCOL = 235;
/** HTTPS_PROXY_REQUEST, HTTP_REQUEST, WRONG_VERSION_NUMBER. */
const NO_TLS: ReadonlySet<number> = new Set([155, 156, 267]);
/** NO_PROTOCOLS_AVAILABLE, UNSUPPORTED_PROTOCOL, UNSUPPORTED_SSL_VERSION, VERSION_TOO_LOW. */
const NO_VERSION: ReadonlySet<number> = new Set([191, 258, 259, 396]);
/** SSL_AD_REASON_OFFSET: an alert of the peer, by its number. */
const ALERT = 1000;

/** X509_V_ERR_*, of <openssl/x509_vfy.h>, by node:tls's names, as far as there is something to say about them. */
const VERIFY_NAMES: Readonly<Record<number, string>> = {
  2: 'UNABLE_TO_GET_ISSUER_CERT',
  9: 'CERT_NOT_YET_VALID',
  10: 'CERT_HAS_EXPIRED',
  18: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  19: 'SELF_SIGNED_CERT_IN_CHAIN',
  20: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  21: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  23: 'CERT_REVOKED',
  26: 'INVALID_PURPOSE',
  62: 'HOSTNAME_MISMATCH',
  64: 'IP_ADDRESS_MISMATCH',
  79: 'INVALID_CA',
};

/** Why the last call of a connection has failed. `first` is what the peer has said, where no handshake came of it. */
export function tlsFailure(connection: Connection, servername: string | undefined, first?: Uint8Array): Failure {
  const { errors, role } = connection;
  const error = errors.find(({ library }) => library === ERR_LIB_SSL) ?? errors[0];
  if (error === undefined) return brokenFailure('OpenSSL has not said why');
  const { reason, words } = error;
  if (error.library !== ERR_LIB_SSL) return brokenFailure(words);
  if (reason === CERTIFICATE_VERIFY_FAILED) return refusedCertificate(connection, servername);
  if (reason === PEER_DID_NOT_RETURN_A_CERTIFICATE) return noCertificateFailure();
  if (reason === NO_SHARED_CIPHER) return nothingInCommon('cipher', words);
  if (reason === NO_APPLICATION_PROTOCOL) return nothingInCommon('protocol of alpn', words);
  if (NO_TLS.has(reason) && first !== undefined) return wrongProtocolFailure(role, first);
  if (NO_VERSION.has(reason)) return versionFailure('the peer offers no version that this side takes');
  const alert = reason > ALERT ? ALERTS[reason - ALERT] : undefined;
  return alert === undefined ? brokenFailure(words) : alertFailure(alert);
}

/** The peer's certificate is not good: by the result of the verification. */
export function refusedCertificate(connection: Connection, servername: string | undefined): Failure {
  const result = connection.verifyResult;
  const about = {
    ...describe(connection.refused ?? connection.peerChain()[0], servername),
    text: connection.verifyText(),
  };
  return certificateFailure(VERIFY_NAMES[result] ?? `X509_V_ERR_${result}`, about);
}
