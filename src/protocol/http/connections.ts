/**
 * Where the connections of requests come from, and what becomes of them: closed after one exchange, or kept for the next
 * one to the same server (RFC 9112, section 9.3), a few and for a few seconds.
 */
import type { Flow } from '../../core/flow.ts';
import { IDLE_CONNECTIONS, IDLE_SECONDS } from '../../core/limits.ts';
import { type Deadline, deadlineAfter } from '../../core/timeout.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { ReplyBody } from './body.ts';
import type { Target } from './target.ts';

/** How a connection is asked for: seconds that are left for it, and what may end it. */
export interface OpenOptions {
  readonly timeout: number | null;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a TCP connection; what a face gives to its requests. */
export type Dial<F extends Face> = (host: string, port: number, options: OpenOptions) => Flow<Client<F>>;

/** A connection for one exchange. */
export interface Connection<F extends Face> {
  readonly client: Client<F>;
  /** Whether it has served before: its server may have closed it meanwhile. */
  readonly reused: boolean;
}

interface Idle<F extends Face> {
  readonly client: Client<F>;
  /** When it has waited for too long: servers close what is idle, most after five seconds or more. */
  readonly until: Deadline;
}

export class Connections<F extends Face> {
  readonly #dial: Dial<F>;
  readonly #keeps: boolean;
  readonly #idle = new Map<string, Idle<F>[]>();
  #closed = false;

  constructor(dial: Dial<F>, keeps: boolean) {
    this.#dial = dial;
    this.#keeps = keeps;
  }

  /** Whether a server is to keep its connections. */
  get keeps(): boolean {
    return this.#keeps && !this.#closed;
  }

  /** A connection to the server: one that is idle, unless it has to be fresh, or a new one. */
  *open(to: Target, options: OpenOptions, fresh: boolean): Flow<Connection<F>> {
    const client = fresh ? undefined : this.#takeIdle(to.origin);
    if (client !== undefined) return { client, reused: true };
    return { client: yield* this.#dial(to.host, to.port, options), reused: false };
  }

  /** Keeps the connection after its exchange, if it may be used again; returns whether it did. */
  keep(to: Target, client: Client<F>, body: ReplyBody): boolean {
    if (!this.keeps || !body.ended || !body.reusable) return false;
    const idle = this.#idle.get(to.origin) ?? [];
    this.#idle.set(to.origin, idle);
    // The one that has waited longest is the likeliest to be closed by its server next.
    if (idle.length >= IDLE_CONNECTIONS) idle.shift()?.client.close();
    idle.push({ client, until: deadlineAfter('keep', IDLE_SECONDS) });
    hasNews(client); // from now on the await face reads ahead, and sees a server that closes
    return true;
  }

  /** Closes what is idle; what is in use is closed after its exchange. */
  close(): void {
    this.#closed = true;
    for (const idle of this.#idle.values()) for (const { client } of idle) client.close();
    this.#idle.clear();
  }

  /** The one that was used last, and is still fit for use as far as can be seen from here. */
  #takeIdle(origin: string): Client<F> | undefined {
    const idle = this.#idle.get(origin) ?? [];
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.until.remaining() > 0 && !hasNews(last.client)) return last.client;
      last.client.close();
    }
    return undefined;
  }
}

/** Whether something has come that nobody has asked for: bytes, or the end. */
function hasNews(client: Client<Face>): boolean {
  return client.dirty() || client.readiness?.readable() === true;
}
