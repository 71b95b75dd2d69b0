/**
 * How TLS fails, and what to do about it: one table for all engines. An engine finds out which row it is, from the
 * numbers of OpenSSL or the codes of node:tls; codes, reasons (LuaSec's words) and advice are here.
 */
import { shownBytes } from './data.ts';
import { Failure } from './errors.ts';

/** The stream ended without the peer's goodbye (close_notify): somebody may have cut it. */
export const TRUNCATED: Failure = new Failure('ERR_TLS_TRUNCATED', undefined, undefined, {
  text: "the connection ended without TLS's goodbye: what came may not be all, or truncation: 'end' if the peer never says it",
});

/** The peer ended the stream before the handshake was done. */
export const CLOSED_IN_HANDSHAKE: Failure = new Failure('ERR_CLOSED', undefined, undefined, {
  text: 'the peer closed the connection in the handshake',
});

/** What is known of a certificate that was refused. */
export interface RefusedCertificate {
  /** The name that the peer should have. */
  readonly servername?: string | undefined;
  /** Its names, as subjectAltName has them, and the time in which it is good. */
  readonly subjectAltName?: string | undefined;
  readonly validFrom?: string | undefined;
  readonly validTo?: string | undefined;
  /** This machine's clock. */
  readonly now?: string | undefined;
  /** X509_verify_cert_error_string(3). */
  readonly text?: string | undefined;
}

/** The codes that have advice; the names of node:tls for X509_V_ERR_*. Others become ERR_TLS_CERT. */
const CERTIFICATES: Readonly<Record<string, (cert: RefusedCertificate) => string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: ({ servername, subjectAltName }) =>
    `the certificate is not for ${servername ?? 'this name'} but for ${subjectAltName || 'no name at all'}; connect by one of its names, or give one as servername`,
  CERT_HAS_EXPIRED: ({ validTo, now }) =>
    `the certificate was good until ${validTo ?? 'some time ago'}, and this machine's clock says ${now ?? 'it is later'}`,
  CERT_NOT_YET_VALID: ({ validFrom, now }) =>
    `the certificate is good from ${validFrom ?? 'some time'} on, and this machine's clock says ${now ?? 'it is earlier'}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: () =>
    'the certificate is signed by itself; pass it as ca, or pin its key (pins with verify: false)',
  SELF_SIGNED_CERT_IN_CHAIN: () =>
    'the chain ends in a CA that is not among the trusted ones; pass its certificate as ca, or pin a key (pins)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () =>
    "no trusted CA has signed it: the peer sends no intermediate certificate, or its CA is not among yours (ca, 'system', NODE_EXTRA_CA_CERTS)",
  INVALID_PURPOSE: () =>
    'a certificate of the chain is not for its place in it: for this side of a connection (extended key usage), or a CA',
  CERT_REVOKED: () => 'the certificate was revoked',
};

/**
 * The same to a program: no issuer is known, whether of the first or of a later certificate; a leaf that has signed is no CA,
 * nor meant for that. The engines differ in it.
 */
const ALIASES: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  INVALID_CA: 'INVALID_PURPOSE',
  HOSTNAME_MISMATCH: 'ERR_TLS_CERT_ALTNAME_INVALID',
  IP_ADDRESS_MISMATCH: 'ERR_TLS_CERT_ALTNAME_INVALID',
};

/** A certificate that is refused; `code` is node:tls's name for X509_V_ERR_*, without the prefix. */
export function certificateFailure(code: string, cert: RefusedCertificate, cause?: unknown): Failure {
  const name = ALIASES[code] ?? code;
  const advice = CERTIFICATES[name];
  const text = advice === undefined ? (cert.text ?? code) : advice(cert);
  return new Failure(advice === undefined ? 'ERR_TLS_CERT' : name, cause, undefined, {
    reason: 'certificate verify failed',
    text: `certificate verify failed: ${text}`,
  });
}

/** A peer that was asked for a certificate and has none. */
export function noCertificateFailure(cause?: unknown): Failure {
  const reason = 'peer did not return a certificate';
  return new Failure('ERR_TLS_CERT', cause, undefined, { reason, text: reason });
}

/** None of the pins is a key of the chain, whose own pins are these. */
export function pinFailure(pins: readonly string[]): Failure {
  return new Failure('ERR_TLS_PIN', undefined, undefined, {
    reason: 'certificate verify failed',
    text: `none of the pins is in the peer's chain, whose keys have ${pins.join(', ') || 'none'}`,
  });
}

/** RFC 8446, section 6, and RFC 5246, section 7.2: the names of alerts by their numbers. */
export const ALERTS: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
};

/** What to do about an alert of the peer. */
const ALERT_ADVICE: Readonly<Record<string, string>> = {
  certificate_required: 'it wants a certificate: cert and key',
  handshake_failure:
    'nothing that both sides offer (versions, ciphers, certificates) fits; TLS 1.2 servers say this, too, when they want a certificate: cert and key',
  bad_certificate: 'it does not take the certificate of this side, or wants one: cert and key',
  unknown_ca: 'it does not trust the CA of the certificate of this side',
  certificate_expired: 'the certificate of this side is out of date, by its clock',
  unrecognized_name: 'it has no certificate for this servername',
  no_application_protocol: 'none of the protocols of alpn is one of its own',
  unknown_psk_identity: 'it knows no such identity of psk',
};

/** The peer ended TLS by an alert; its name is one of {@link ALERTS}. `reason` is what OpenSSL calls it, where it is known. */
export function alertFailure(alert: string, cause?: unknown): Failure {
  if (alert === 'protocol_version')
    return versionFailure('the peer has none of the versions that are offered', cause, alert);
  const advice = ALERT_ADVICE[alert];
  const words = `alert ${alert.replaceAll('_', ' ')}`;
  return new Failure('ERR_TLS_ALERT', cause, undefined, {
    // OpenSSL names the alerts after the version that brought them in.
    reason: `${LATER_ALERTS.has(alert) ? 'tlsv1' : 'sslv3'} ${words}`,
    text: `the peer ended TLS: ${words}${advice === undefined ? '' : `; ${advice}`}`,
    alert,
  });
}

const LATER_ALERTS: ReadonlySet<string> = new Set([
  'decryption_failed',
  'record_overflow',
  'unknown_ca',
  'access_denied',
  'decode_error',
  'decrypt_error',
  'insufficient_security',
  'internal_error',
  'inappropriate_fallback',
  'user_canceled',
  'no_renegotiation',
  'unsupported_extension',
  'unrecognized_name',
  'unknown_psk_identity',
  'no_application_protocol',
  'certificate_required',
]);

/** No version in common. */
export function versionFailure(text: string, cause?: unknown, alert?: string): Failure {
  const reason = alert === undefined ? 'unsupported protocol' : 'tlsv1 alert protocol version';
  return new Failure('ERR_TLS_VERSION', cause, undefined, {
    reason,
    text: `${reason}: ${text}`,
    ...(alert === undefined ? {} : { alert }),
  });
}

/** The two sides offer nothing that the other takes, and this side found it out: ciphers, protocols of alpn. */
export function nothingInCommon(what: string, reason: string, cause?: unknown): Failure {
  return new Failure('ERR_TLS_ALERT', cause, undefined, { reason, text: `no ${what} in common with the peer` });
}

/** The peer does not speak TLS; `first` is what it said, as far as that is known. */
export function wrongProtocolFailure(role: 'client' | 'server', first?: Uint8Array, cause?: unknown): Failure {
  const hint = first === undefined ? undefined : hintOf(first);
  const reason = role === 'server' && hint?.isHttp === true ? 'http request' : 'wrong version number';
  const peer = role === 'client' ? 'server' : 'client';
  const said =
    hint !== undefined
      ? `the ${peer} ${hint.text}`
      : `the ${peer} does not speak TLS${first === undefined ? '' : `, and began with ${shownBytes(first)}`}`;
  const advice =
    role === 'client'
      ? hint?.isHttp === true
        ? 'this port has no TLS: http:// instead of https://'
        : hint === undefined
          ? 'this port begins in plain text: for HTTP, http:// instead of https://; if its protocol has STARTTLS, connect without TLS and use wrap after it'
          : 'this port begins in plain text: if its protocol has STARTTLS, connect without TLS and use wrap after it'
      : 'TLS begins at once on this port';
  return new Failure('ERR_TLS_WRONG_PROTOCOL', cause, undefined, { reason, text: `${said}; ${advice}` });
}

/** Whether these bytes begin a TLS handshake: a record of that type, of whatever version (RFC 8446, section 5.1). */
export function beginsTls(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && (bytes.length === 1 || bytes[1] === 0x03);
}

/** How well-known protocols begin, and what that says of a peer. */
const BEGINNINGS: readonly { readonly begins: RegExp; readonly says: string; readonly isHttp?: true }[] = [
  { begins: /^HTTP\/\d/, says: 'answered in HTTP', isHttp: true },
  { begins: /^(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT|DELETE|PATCH) /, says: 'sent an HTTP request', isHttp: true },
  { begins: /^220[ -]/, says: 'sent the greeting 220 of SMTP or FTP' },
  { begins: /^\* (?:OK|PREAUTH)/, says: 'sent the greeting of IMAP' },
  { begins: /^\+OK/, says: 'sent the greeting of POP3' },
  { begins: /^SSH-/, says: 'speaks SSH' },
  { begins: /^(?:EHLO|HELO) /, says: 'speaks SMTP' },
];

function hintOf(first: Uint8Array): { readonly text: string; readonly isHttp: boolean } | undefined {
  const text = Buffer.from(first.subarray(0, 40)).toString('latin1');
  const found = BEGINNINGS.find(({ begins }) => begins.test(text));
  return found && { text: `${found.says} (${shownBytes(first)})`, isHttp: found.isHttp === true };
}

/** The peer broke the protocol, or somebody between has changed what it sent; `reason` is OpenSSL's. */
export function brokenFailure(reason: string, cause?: unknown): Failure {
  const text = `what came is no good TLS: ${reason}`;
  return new Failure('ERR_TLS_PROTOCOL', cause, undefined, { reason, text });
}

/** A certificate, key or list of ciphers that OpenSSL does not take. */
export function contextFailure(reason: string, cause?: unknown): Failure {
  return new Failure('ERR_TLS_CONTEXT', cause, undefined, { reason, text: reason });
}
