/** Sessions of TLS that servers have given, for shorter handshakes with them: those of TLS 1.3 serve once (RFC 8446, appendix C.4). */
import { TLS_SESSIONS, TLS_SESSIONS_EACH } from '../../core/limits.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import { TlsClient } from '../../sockets/tls.ts';
import type { ServerTls } from './tls-contexts.ts';

interface Kept {
  readonly key: string;
  readonly session: Uint8Array;
  readonly once: boolean;
}

export class TlsSessions {
  /** The oldest comes first. */
  readonly #kept: Kept[] = [];
  /** Connections whose session is kept, or was. */
  readonly #asked = new WeakSet<object>();
  readonly #served = new WeakMap<object, Uint8Array>();

  /** How to connect, with a session where there is one. */
  offered({ how, key }: ServerTls): ServerTls['how'] {
    const at = this.#kept.findLastIndex((kept) => kept.key === key);
    const found = this.#kept[at];
    if (found === undefined) return how;
    if (found.once) this.#kept.splice(at, 1);
    return { ...how, session: found.session };
  }

  /** With which session the client's connection was begun. */
  began(client: Client<Face>, session: Uint8Array | undefined): void {
    if (session !== undefined) this.#served.set(client, session);
  }

  /** After an exchange: keeps what the server has given with it, once for each connection. */
  keep(tls: ServerTls | undefined, client: Client<Face>): void {
    if (tls === undefined || !(client instanceof TlsClient) || client.stream.closed || this.#asked.has(client)) return;
    const session = client.getsession();
    if (session === undefined) return;
    this.#asked.add(client);
    const { key } = tls;
    const once = client.info().protocol === 'TLSv1.3';
    // A server need not give a new one where it went on with an old one, which has served.
    const served = this.#served.get(client);
    if (once && served !== undefined && Buffer.compare(session, served) === 0) return;
    const known = this.#kept.filter((kept) => kept.key === key);
    // One of TLS 1.2 serves again and again.
    const first = known[0];
    if (first !== undefined && known.length >= (once ? TLS_SESSIONS_EACH : 1))
      this.#kept.splice(this.#kept.indexOf(first), 1);
    this.#kept.push({ key, session, once });
    if (this.#kept.length > TLS_SESSIONS) this.#kept.shift();
  }
}
