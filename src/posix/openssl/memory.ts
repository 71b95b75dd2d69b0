/** What goes between OpenSSL's memory and ours: structures written as DER, and texts read by a BIO. */
import { addressOf, type Pointer } from '../libc/functions.ts';
import type { OpenSsl } from './functions.ts';

/** Whether C gave an address. */
export function isThere(pointer: Pointer | null): pointer is Pointer {
  return pointer !== null && pointer !== 0n;
}

/** Throws where there is no memory for what was asked. */
export function there(pointer: Pointer | null): Pointer {
  if (!isThere(pointer)) throw new RangeError('OpenSSL has no memory left');
  return pointer;
}

/** A pointer in memory, for functions that take or move one. */
export function pointerTo(address: Pointer): BigUint64Array {
  return BigUint64Array.of(address);
}

/** The DER of a structure, by its i2d function. */
export function derOf(i2d: (structure: Pointer, at: Uint8Array | null) => number, structure: Pointer): Buffer {
  const der = Buffer.alloc(Math.max(0, i2d(structure, null)));
  i2d(structure, bytesOf(pointerTo(addressOf(der))));
  return der;
}

export function bytesOf(words: BigUint64Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

/** Runs `use` with a BIO that reads these bytes. */
export function reading<T>(c: OpenSsl, bytes: Uint8Array, use: (bio: Pointer) => T): T {
  // An empty one is refused by the function; a blank has no more to read.
  const source = bytes.length === 0 ? Buffer.from(' ') : bytes;
  const bio = there(c.BIO_new_mem_buf(source, source.length));
  try {
    return use(bio);
  } finally {
    c.BIO_free(bio);
  }
}

/** The certificates of a text in PEM, each to be freed. The stack of errors keeps why there is no further one. */
export function certificatesIn(c: OpenSsl, pem: string | Uint8Array): Pointer[] {
  return reading(c, typeof pem === 'string' ? Buffer.from(pem) : pem, (bio) => {
    const found: Pointer[] = [];
    for (;;) {
      const certificate = c.PEM_read_bio_X509_AUX(bio, null, null, null);
      if (!isThere(certificate)) return found;
      found.push(certificate);
    }
  });
}
