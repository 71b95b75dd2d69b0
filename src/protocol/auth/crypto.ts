/** What protocols need of `node:crypto`, which is computation that both faces share: hashes, and bytes that nobody guesses. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

export type HashName = 'md5' | 'sha256' | 'sha384' | 'sha512' | 'sha512-256';

/** The hash in hexadecimal digits. */
export function hashOf(name: HashName, data: Uint8Array): string {
  return createHash(name).update(data).digest('hex');
}

/** Whether this runtime computes it: what OpenSSL has depends on how it was built and configured (FIPS has no MD5). */
export function hasHash(name: HashName): boolean {
  try {
    createHash(name);
    return true;
  } catch {
    return false;
  }
}

/** 128 bits, as text. */
export function randomText(): string {
  return randomBytes(16).toString('hex');
}

export function sha256Of(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

export function hmacOf(name: 'md5' | 'sha256', key: Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac(name, key).update(data).digest();
}

/** PBKDF2 with HMAC-SHA-256, 32 bytes (RFC 5802, section 2.2: Hi). */
export function pbkdf2Of(password: Uint8Array, salt: Uint8Array, iterations: number): Buffer {
  return pbkdf2Sync(password, salt, iterations, 32, 'sha256');
}

/** Whether they are the same, in a time that tells nothing. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
