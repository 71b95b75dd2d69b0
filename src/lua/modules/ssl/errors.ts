/**
 * The errors that a program of LuaSec's meets. LuaSec takes one at a time off OpenSSL's stack, and leaves the others to the
 * next call that fails: programs have seen those words. OpenSSL's own stack, which is the thread's, stays empty here; a
 * machine has one of its own.
 */
import type { OpenSsl } from '../../../posix/openssl/functions.ts';
import { NO_WORDS, takeWords } from '../../../posix/openssl/words.ts';
import type { Bindings } from '../../bindings.ts';

/** As many as OpenSSL's has room for. */
const MOST = 15;

export class ErrorStack {
  readonly #words: string[] = [];

  /** Adds those that a call has left, and more. */
  add(c: OpenSsl, ...more: readonly string[]): void {
    this.#words.push(...takeWords(c), ...more);
    this.#words.splice(0, this.#words.length - MOST);
  }

  /** Takes the oldest. */
  take(): string {
    return this.#words.shift() ?? NO_WORDS;
  }

  clear(c: OpenSsl): void {
    c.ERR_clear_error();
    this.#words.length = 0;
  }
}

const stacks = new WeakMap<Bindings, ErrorStack>();

export function errorsOf(machine: Bindings): ErrorStack {
  let stack = stacks.get(machine);
  if (stack === undefined) {
    stack = new ErrorStack();
    stacks.set(machine, stack);
  }
  return stack;
}
