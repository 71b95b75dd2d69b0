/** Decides the next exchange of a call after a reply or a failure: target, route and pause. Pure; no I/O. */
import { badArgument, LimitError } from '../../../core/errors.ts';
import { REDIRECT_LIMIT } from '../../../core/limits.ts';
import type { Face } from '../../../sockets/face.ts';
import type { DigestAnswer } from '../../auth/digest.ts';
import type { DigestCache } from '../../auth/digest-cache.ts';
import { type Route, routeOf } from '../../connect/route.ts';
import { basic, standardURL } from '../../connect/target.ts';
import type { TlsContexts } from '../../connect/tls-contexts.ts';
import { type PreparedRequest, prepared, type Reply } from '../wire/exchange.ts';
import type { ReplyHead } from '../wire/head.ts';
import type { CallClock } from './clock.ts';
import { cookiesFor, keepCookies } from './cookies.ts';
import { digestURI, firstHop, type Hop, isRepeatable, redirectedHop, unexpectingHop, wireRequest } from './hop.ts';
import type { HttpRequest } from './options.ts';
import { checkRepeatable } from './redirect.ts';
import { isTransient, pauseAfter } from './retry.ts';

/** The next exchange, `pause` seconds from now. */
export interface PlannedExchange {
  readonly hop: Hop;
  readonly route: Route;
  readonly message: PreparedRequest;
  readonly pause: number;
}

/** The decisions of one call, from its options on. */
export class CallPlanner {
  readonly #options: HttpRequest<Face>;
  readonly #clock: CallClock;
  readonly #digests: DigestCache;
  readonly #keeps: boolean;
  readonly #contexts: TlsContexts | undefined;
  #hop: Hop;
  /** What the request that is under way has shown. */
  #shown: DigestAnswer | undefined;
  #failures = 0;
  /** Whether a function of the caller has thrown, which ends the call whatever it was. */
  #calledOff = false;

  /**
   * `keeps`: whether connections are kept after their exchange; `contexts`: what TLS is made by, where there is one.
   *
   * @throws SocketError `ERR_INVALID_ARGUMENT`
   */
  constructor(
    options: HttpRequest<Face>,
    clock: CallClock,
    digests: DigestCache,
    keeps: boolean,
    contexts: TlsContexts | undefined,
  ) {
    for (const name of ['retries', 'maxredirects'] as const) {
      const count = options[name];
      if (count === undefined || count === Number.POSITIVE_INFINITY || (Number.isSafeInteger(count) && count >= 0))
        continue;
      throw badArgument(`request: ${name} is a whole number from 0, or Infinity, not ${String(count)}`);
    }
    this.#options = options;
    this.#clock = clock;
    this.#digests = digests;
    this.#keeps = keeps;
    this.#contexts = contexts;
    const { retries = 0, informational, uploaded } = options;
    const noting = { informational: this.#noted(informational), uploaded: this.#noted(uploaded) };
    this.#hop = firstHop(retries === 0 ? options : { ...options, ...noting });
  }

  /** The first exchange. */
  first(): PlannedExchange {
    return this.#planned(0);
  }

  /** The exchange after a reply; undefined where the reply is the answer. @throws SocketError for a redirect not followed */
  afterReply(reply: Reply): PlannedExchange | undefined {
    const { cookies, redirect = true, maxredirects = REDIRECT_LIMIT } = this.#options;
    if (cookies !== undefined) keepCookies(cookies, standardURL(this.#hop.target), reply.headers);
    const again = this.#challenged(reply) ?? this.#unexpected(reply) ?? this.#again(reply);
    if (again !== undefined) return again;
    const next = redirect ? redirectedHop(this.#hop, reply) : undefined;
    if (next === undefined) return undefined;
    if (next.hops > maxredirects)
      throw new LimitError(
        'ERR_TOO_MANY_REDIRECTS',
        `request: more than ${maxredirects} redirects; maxredirects allows more`,
      );
    this.#hop = next;
    return this.#planned(0);
  }

  /** @throws the error, where nothing but the caller can help */
  afterError(error: unknown): PlannedExchange {
    const again = isTransient(error) && !this.#calledOff ? this.#again(undefined) : undefined;
    if (again === undefined) throw error;
    return again;
  }

  /** The caller's function, whose throw is noted. */
  #noted<A extends unknown[]>(call: ((...args: A) => void) | undefined): ((...args: A) => void) | undefined {
    if (call === undefined) return undefined;
    return (...args) => {
      this.#calledOff = true;
      call(...args);
      this.#calledOff = false;
    };
  }

  /** The same request with a login, if the server asks for one that the caller has. */
  #challenged({ code, headers, bodyBegun }: Reply): PlannedExchange | undefined {
    const { target, message } = this.#hop;
    const login = code === 401 && this.#options.auth === 'digest' ? this.#digests.of(target) : undefined;
    if (login === undefined) return undefined;
    const answer = login.answerTo(
      headers.getAll('www-authenticate'),
      this.#shown,
      message.method,
      digestURI(this.#hop),
    );
    if (answer === undefined) return undefined;
    if (bodyBegun) checkRepeatable(code, message.body);
    return this.#planned(0, answer);
  }

  /** The same request without its `Expect`, which a server on the way does not know (RFC 9110, section 10.1.1). */
  #unexpected({ code, bodyBegun }: Reply): PlannedExchange | undefined {
    const { headers, body } = this.#hop.message;
    if (code !== 417 || !headers.has('expect') || (bodyBegun && typeof body === 'function')) return undefined;
    this.#hop = unexpectingHop(this.#hop);
    return this.#planned(0);
  }

  /** The same request once more, if the caller wants that, it may be repeated, and there is time. */
  #again(reply: ReplyHead | undefined): PlannedExchange | undefined {
    const { retries = 0 } = this.#options;
    if (this.#failures >= retries || !isRepeatable(this.#hop.message)) return undefined;
    const pause = pauseAfter(this.#failures, reply);
    if (pause === undefined || !this.#clock.allows(pause)) return undefined;
    this.#failures++;
    return this.#planned(pause);
  }

  #planned(pause: number, answer?: DigestAnswer): PlannedExchange {
    const hop = this.#hop;
    const route = this.#route();
    const { target, message } = hop;
    const { auth, cookies } = this.#options;
    const digest = auth === 'digest';
    // Each answer counts its nonce up: none is made that is not sent.
    this.#shown = answer ?? (digest ? this.#digests.of(target)?.answer(message.method, digestURI(hop)) : undefined);
    const defaults = {
      keeps: this.#keeps,
      authorization: digest ? this.#shown?.value : basic(target.credentials),
      cookie: cookies && cookiesFor(cookies, standardURL(target)),
    };
    return { hop, route, message: prepared(wireRequest(hop, route, defaults)), pause };
  }

  #route(): Route {
    const { proxy, tunnel, proxyTls, create } = this.#options;
    const { target, tls } = this.#hop;
    const made = create !== undefined;
    return routeOf(target, { call: 'request', proxy, tunnel, tls, proxyTls, alpn: 'http/1.1', made }, this.#contexts);
  }
}
