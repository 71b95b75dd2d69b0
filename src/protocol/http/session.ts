/** Requests that share their connections. */
import type { Face, Result, Runner } from '../../sockets/face.ts';
import type { HttpRequest } from './asking.ts';
import { Connections, type Dial } from './connections.ts';
import { type HttpResponse, request } from './request.ts';

export class Session<F extends Face> {
  readonly #runner: Runner<F>;
  readonly #connections: Connections<F>;

  constructor(runner: Runner<F>, dial: Dial<F>) {
    this.#runner = runner;
    this.#connections = new Connections(dial, true);
  }

  /**
   * As `request` alone, over a connection that an earlier request to the same server has left, if there is one. A server
   * may close such a connection just then: a request that may be repeated without harm (RFC 9110, section 9.2.2) is then
   * sent once more, over a new connection; all others begin with a new one.
   */
  request(input: string | URL | HttpRequest<F>, body?: string | Uint8Array): Result<F, HttpResponse> {
    return this.#runner.run(request(this.#connections, input, body));
  }

  /** Closes the connections. Requests that are under way end as they would. */
  close(): void {
    this.#connections.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
