/** What a call does next, after a reply or a failure: whom it asks, and after which pause. Decisions only, no I/O. */
import { badArgument, LimitError } from '../../core/errors.ts';
import type { Face } from '../../sockets/face.ts';
import { type Asked, firstAsked, isRepeatable, nextAsked } from './asking.ts';
import type { CallClock } from './clock.ts';
import type { ReplyHead } from './head.ts';
import type { HttpRequest } from './options.ts';
import { isTransient, pauseAfter } from './retry.ts';

/** The next request, so many seconds from now. */
export interface Step {
  readonly asked: Asked;
  readonly pause: number;
}

/** LuaSocket's limit of redirects. */
const MAX_REDIRECTS = 5;

export class Course {
  readonly #options: HttpRequest<Face>;
  readonly #clock: CallClock;
  #asked: Asked;
  #redirects = 0;
  #failures = 0;
  /** Whether a function of the caller has thrown, which ends the call whatever it was. */
  #calledOff = false;

  constructor(options: HttpRequest<Face>, clock: CallClock) {
    for (const name of ['retries', 'maxredirects'] as const) {
      const count = options[name];
      if (count === undefined || count === Number.POSITIVE_INFINITY || (Number.isSafeInteger(count) && count >= 0))
        continue;
      throw badArgument(`request: ${name} is a whole number from 0, or Infinity, not ${String(count)}`);
    }
    this.#options = options;
    this.#clock = clock;
    const { informational, uploaded } = options;
    this.#asked = firstAsked({
      ...options,
      informational: this.#noted(informational),
      uploaded: this.#noted(uploaded),
    });
  }

  first(): Step {
    return { asked: this.#asked, pause: 0 };
  }

  /** Undefined: the reply is the answer. */
  afterReply(reply: ReplyHead): Step | undefined {
    const again = this.#again(reply);
    if (again !== undefined) return again;
    const next = this.#options.redirect === false ? undefined : nextAsked(this.#asked, reply, this.#options);
    if (next === undefined) return undefined;
    const { maxredirects = MAX_REDIRECTS } = this.#options;
    if (this.#redirects++ >= maxredirects)
      throw new LimitError(
        'ERR_TOO_MANY_REDIRECTS',
        `request: more than ${maxredirects} redirects; maxredirects allows more`,
      );
    this.#asked = next;
    return this.first();
  }

  /** @throws the error, where nothing but the caller can help */
  afterError(error: unknown): Step {
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

  /** The same request once more, if the caller wants it, it may be repeated, and there is time. */
  #again(reply: ReplyHead | undefined): Step | undefined {
    const { retries = 0 } = this.#options;
    if (this.#failures >= retries || !isRepeatable(this.#asked.message)) return undefined;
    const pause = pauseAfter(this.#failures, reply);
    if (pause === undefined || !this.#clock.allows(pause)) return undefined;
    this.#failures++;
    return { asked: this.#asked, pause };
  }
}
