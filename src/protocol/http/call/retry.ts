/** Retries: which failures and replies may pass, and the pause before the next try. */
import { ClosedError, SocketError, TimeoutError } from '../../../core/errors.ts';
import { RETRY_AFTER_LIMIT, RETRY_PAUSE, RETRY_PAUSE_LIMIT } from '../../../core/limits.ts';
import { gettime } from '../../../core/timeout.ts';
import type { ReplyHead } from '../wire/head.ts';

/** Replies that say: not now. (RFC 9110, sections 15.5.9 and 15.6; RFC 6585, section 4.) */
const NOT_NOW: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** Failures of a connection, or of the way to one, that may be over soon. A host that does not exist will not. */
const PASSING: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_HTTP_UNASKED',
]);

/** Whether the same request may succeed a little later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof SocketError)) return false;
  return error instanceof ClosedError || error instanceof TimeoutError || PASSING.has(error.code);
}

/**
 * Seconds to wait after this number of failures: twice as long each time, with 50 % jitter, so that clients that failed
 * together do not retry together. A server that says how long (Retry-After; RFC 9110, section 10.2.3) is given that
 * time, up to {@link RETRY_AFTER_LIMIT}. Undefined for a reply that is an answer.
 */
export function pauseAfter(failures: number, reply: ReplyHead | undefined): number | undefined {
  if (reply !== undefined && !NOT_NOW.has(reply.code)) return undefined;
  const longest = Math.min(RETRY_PAUSE_LIMIT, RETRY_PAUSE * 2 ** failures);
  const pause = longest * (0.5 + Math.random() / 2);
  const asked = retryAfter(reply?.headers.get('retry-after'));
  return asked > RETRY_AFTER_LIMIT ? undefined : Math.max(pause, asked);
}

/** `Retry-After = HTTP-date / delay-seconds` */
function retryAfter(value: string | undefined): number {
  if (value === undefined) return 0;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value) / 1000;
  return Number.isNaN(date) ? 0 : date - gettime();
}
