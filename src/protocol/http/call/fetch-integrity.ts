/** The `integrity` of `fetch`: hashes that a body must have (Subresource Integrity, section 3.3). */
import { ProtocolError } from '../../../core/errors.ts';
import { hashOf } from '../../auth/crypto.ts';

/** Strongest first: of those that are named only the strongest counts. */
const ALGORITHMS = ['sha512', 'sha384', 'sha256'] as const;

/** Hashes in Base64, of which a body must have one. */
export interface Integrity {
  readonly algorithm: (typeof ALGORITHMS)[number];
  readonly hashes: readonly string[];
}

/** What such a text asks for; undefined where it names no hash that is known, and so asks for nothing. */
export function integrityOf(metadata: string): Integrity | undefined {
  const named = [...metadata.matchAll(/(?<!\S)(sha256|sha384|sha512)-([^\s?]*)/gi)];
  for (const algorithm of ALGORITHMS) {
    const hashes = named.filter(([, name]) => name?.toLowerCase() === algorithm).map(([, , hash = '']) => bare(hash));
    if (hashes.length > 0) return { algorithm, hashes };
  }
  return undefined;
}

/** @throws ProtocolError `ERR_INTEGRITY` unless the body has one of the hashes */
export function checkIntegrity(body: Uint8Array, { algorithm, hashes }: Integrity): void {
  const actual = Buffer.from(hashOf(algorithm, body), 'hex').toString('base64');
  if (hashes.includes(bare(actual))) return;
  throw new ProtocolError(
    'ERR_INTEGRITY',
    `the body is not the one that integrity names: it has ${algorithm}-${actual}`,
  );
}

/** In the alphabet of Base64 (RFC 4648, section 4), whichever was used, without the padding. */
function bare(hash: string): string {
  return hash.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
}
