/**
 * OpenSSL's error stack, of which each thread has one, shared with Node's own crypto: an error that is left on it makes a
 * good key fail in `crypto.createPrivateKey`. So every call here that may leave one reads all of them at once, or drops them.
 */

import { failed, type SocketError } from '../../core/errors.ts';
import { contextFailure } from '../../core/tls-failures.ts';
import type { OpenSsl } from './functions.ts';

/** One error of the stack. */
export interface StackedError {
  /** Which part of OpenSSL it is from (ERR_LIB_SSL is 20), and its number there, which is the same in all versions. */
  readonly library: number;
  readonly reason: number;
  /** OpenSSL's words, which are not. */
  readonly words: string;
}

/** The errors of a call that has failed, oldest first. The stack is empty afterwards. */
export function takeErrors(c: OpenSsl): StackedError[] {
  const errors: StackedError[] = [];
  for (let code = Number(c.ERR_get_error()); code !== 0; code = Number(c.ERR_get_error())) {
    const words = c.ERR_reason_error_string(code) ?? `error ${code}`;
    errors.push({ library: Math.floor(code / 2 ** 23) & 0xff, reason: code % 2 ** 23, words });
  }
  return errors;
}

/** What OpenSSL says of an option of a context that it does not take. */
export function contextError(c: OpenSsl, option: string): SocketError {
  const words = takeErrors(c).map((error) => error.words);
  return failed(`tls context: ${option}`, contextFailure([...new Set(words)].join('; ') || 'refused by OpenSSL'));
}
