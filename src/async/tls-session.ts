/**
 * Sessions as programs hold them: node:tls's, and the certificate with which it began. A resumed handshake shows none, and
 * node:tls keeps none, but whose name it has is to be compared then as well.
 *
 *     length of the certificate (4 bytes, big endian) | certificate (DER) | node:tls's session
 */
import { X509Certificate } from '../sockets/certificates.ts';

export function packSession(cert: X509Certificate | undefined, session: Uint8Array): Buffer {
  const der = cert?.raw ?? Buffer.alloc(0);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(der.length);
  return Buffer.concat([length, der, session]);
}

/** Nothing of what is no session: the handshake is a whole one then. */
export function unpackSession(
  packed: Uint8Array | undefined,
): { readonly cert: X509Certificate | undefined; readonly session: Buffer } | undefined {
  if (packed === undefined || packed.length < 4) return undefined;
  const bytes = Buffer.from(packed);
  const end = 4 + bytes.readUInt32BE();
  if (end > bytes.length) return undefined;
  try {
    const cert = end === 4 ? undefined : new X509Certificate(bytes.subarray(4, end));
    return { cert, session: bytes.subarray(end) };
  } catch {
    return undefined; // it is no certificate
  }
}
