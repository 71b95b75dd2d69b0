/** What `fetch` throws: a TypeError, or the signal's reason, as the standard has it (Fetch Standard, section 5.6). */
import { AbortError, SocketError } from '../../../core/errors.ts';

/** Node's words: programs that try again after a failure of the network look for them. */
export const NO_RESPONSE = 'fetch failed';
/** The same, for a body that does not come to its end. */
export const NO_END = 'terminated';

/** Mistakes of the caller, which another try would repeat. Their own words say what to do instead. */
const MISTAKES: ReadonlySet<string> = new Set(['ERR_INVALID_ARGUMENT', 'ERR_PROMISE', 'ERR_UNSUPPORTED']);

/**
 * The error as the standard has it: the signal's reason if that ended the call, and a TypeError with the code for all
 * other errors of ours, which are its `cause`. What the caller's own functions throw stays as it is.
 */
export function standardError(error: unknown, signal: AbortSignal | undefined, message: string): unknown {
  if (error instanceof AbortError && signal?.aborted) return signal.reason;
  if (!(error instanceof SocketError)) return error;
  const { code } = error;
  return Object.assign(new TypeError(MISTAKES.has(code) ? error.message : message, { cause: error }), { code });
}
