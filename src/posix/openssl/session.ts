/** Sessions, which shorten the next handshake with the same peer, as bytes that a program may keep. */
import { addressOf, type Pointer } from '../libc/functions.ts';
import type { OpenSsl } from './functions.ts';
import { bytesOf, derOf, isThere, pointerTo } from './memory.ts';

/**
 * The newest session that the peer has given; undefined where there is none to go on with. In TLS 1.3 it comes behind the
 * handshake, a ticket that is good for one connection: it is asked for anew each time, never kept here.
 */
export function newestSession(c: OpenSsl, ssl: Pointer): Buffer | undefined {
  const session = c.SSL_get1_session(ssl);
  if (!isThere(session)) return undefined;
  try {
    return c.SSL_SESSION_is_resumable(session) === 1 ? derOf(c.i2d_SSL_SESSION, session) : undefined;
  } finally {
    c.SSL_SESSION_free(session);
  }
}

/** Offers the peer to go on with a session. One that cannot be read is as none. */
export function offerSession(c: OpenSsl, ssl: Pointer, bytes: Uint8Array): void {
  const session = c.d2i_SSL_SESSION(null, bytesOf(pointerTo(addressOf(bytes))), bytes.length);
  if (isThere(session)) {
    c.SSL_set_session(ssl, session);
    c.SSL_SESSION_free(session);
  }
  c.ERR_clear_error();
}
