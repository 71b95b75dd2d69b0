/** What protocols need of `node:crypto`, which is computation that both faces share: hashes, and bytes that nobody guesses. */
import { createHash, randomBytes } from 'node:crypto';

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
