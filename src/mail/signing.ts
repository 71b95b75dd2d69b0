/** What of node:crypto DKIM needs, which is computation that both faces share: SHA-256, and signatures with RSA and Ed25519. */
import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** A private key: PEM (PKCS#8 or PKCS#1), or what node:crypto has made of one. */
export type PrivateKey = string | KeyObject;

/** DKIM's algorithms (RFC 6376, section 3.3; RFC 8463). */
export type Algorithm = 'rsa-sha256' | 'ed25519-sha256';

/** A hash that is fed in pieces. */
export interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'base64'): string;
}

export function sha256(): Hash {
  return createHash('sha256');
}

/** Signs texts with one key. */
export interface Signer {
  readonly algorithm: Algorithm;
  /** The signature, in base64. */
  sign(data: string): string;
}

/** @throws TypeError or an error of OpenSSL for what is no key for signing. */
export function signerOf(privateKey: PrivateKey): Signer {
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: 'rsa-sha256', sign: (data) => sign('sha256', Buffer.from(data), key).toString('base64') };
    case 'ed25519':
      // RFC 8463, section 3: what is signed is the hash.
      return {
        algorithm: 'ed25519-sha256',
        sign: (data) => sign(null, createHash('sha256').update(data).digest(), key).toString('base64'),
      };
    default:
      throw new TypeError(`an RSA or Ed25519 key is wanted, not ${key.asymmetricKeyType ?? key.type}`);
  }
}
