/**
 * What certificates say, for both faces alike: their names (RFC 9525), and the hashes of their keys.
 *
 * node:crypto is computation here: nobody waits for it.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { familyOf } from '../core/address.ts';
import type { Failure } from '../core/errors.ts';
import type { TlsSettings } from '../core/tls.ts';
import { certificateFailure, pinFailure, type RefusedCertificate } from '../core/tls-failures.ts';

export { X509Certificate };

/** What is said of a certificate that is refused. */
export function describe(cert: X509Certificate | undefined, servername: string | undefined): RefusedCertificate {
  return {
    servername,
    subjectAltName: cert?.subjectAltName,
    validFrom: cert?.validFrom,
    validTo: cert?.validTo,
    now: new Date(performance.timeOrigin + performance.now()).toUTCString(),
  };
}

/** Why the certificate is not this peer's. The name in its subject does not count, nor do wildcards within a label. */
export function checkName(cert: X509Certificate, servername: string): Failure | undefined {
  const matches =
    familyOf(servername) === undefined ? hasName(cert, servername) : cert.checkIP(servername) !== undefined;
  return matches ? undefined : certificateFailure('ERR_TLS_CERT_ALTNAME_INVALID', describe(cert, servername));
}

function hasName(cert: X509Certificate, servername: string): boolean {
  if (!('Deno' in globalThis))
    return cert.checkHost(servername, { subject: 'never', partialWildcards: false }) !== undefined;
  // Deno 2.9 takes the subject for a name whatever is asked, and knows no wildcards.
  const names = (cert.subjectAltName ?? '').toLowerCase().split(', ');
  return names.includes(`dns:${servername}`) || names.includes(`dns:*${servername.replace(/^[^.]+/, '')}`);
}

/** The pin of a certificate: the SHA-256 of its public key, as `pins` takes it (RFC 7469, section 2.4). */
export function pinOf(cert: X509Certificate): string {
  const key = cert.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** Why the chain is not the one that the pins are for; nothing where it is, or there are no pins. */
export function checkPins(chain: readonly X509Certificate[], { pins, verify }: TlsSettings): Failure | undefined {
  if (pins.length === 0) return undefined;
  const found = (verify === true ? signedPart(chain) : chain.slice(0, 1)).map(pinOf);
  return found.some((pin) => pins.includes(pin)) ? undefined : pinFailure(found);
}

/** A peer may send any certificates besides its own: only those count that have signed the one before. */
function signedPart(chain: readonly X509Certificate[]): readonly X509Certificate[] {
  const end = chain.findIndex((cert, i) => {
    const issuer = chain[i + 1];
    return issuer === undefined || !issuer.ca || !cert.checkIssued(issuer) || !cert.verify(issuer.publicKey);
  });
  return chain.slice(0, end + 1);
}
