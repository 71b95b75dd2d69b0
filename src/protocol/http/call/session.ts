/** Requests that share their connections, and their logins. */
import type { Face, Result, Runner } from '../../../sockets/face.ts';
import { DigestCache } from '../../auth/digest-cache.ts';
import type { ProtocolEngine } from '../../connect/engine.ts';
import { Pool } from '../../connect/pool.ts';
import type { HttpContext } from './call.ts';
import { fetched } from './fetch.ts';
import type { FetchInit } from './fetch-request.ts';
import type { HttpRequest } from './options.ts';
import { type HttpResponse, request } from './request.ts';

/** What a session may be told when it is made. */
export interface SessionOptions {
  /** How many connections each server may have at a time, idle ones included: 10 without it. Further requests wait. */
  readonly connections?: number | undefined;
}

/** Requests that share their connections and their Digest logins, until it is closed. */
export class Session<F extends Face> {
  readonly #runner: Runner<F>;
  readonly #pool: Pool<F>;
  readonly #context: HttpContext<F>;

  constructor(runner: Runner<F>, engine: ProtocolEngine<F>, { connections }: SessionOptions = {}) {
    this.#runner = runner;
    this.#pool = new Pool(engine, connections);
    this.#context = { engine, connections: this.#pool, digests: new DigestCache() };
  }

  /**
   * As `request` alone, over a connection that an earlier request to the same server has left, if there is one. A server
   * may close such a connection just then: a request that may be repeated without harm (RFC 9110, section 9.2.2) is then
   * sent once more, over a new connection; all others begin with a new one.
   */
  request(input: string | URL | HttpRequest<F>, body?: string | Uint8Array): Result<F, HttpResponse> {
    return this.#runner.run(request(this.#context, input, body));
  }

  /** As `fetch` alone, over the session's connections: each is in use until its response's body is read, or cancelled. */
  fetch(input: string | URL | Request, init?: FetchInit<F>): Result<F, Response> {
    return this.#runner.run(fetched(this.#context, input, init));
  }

  /** Closes the connections. Requests that are under way end as they would. */
  close(): void {
    this.#pool.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
