/** Errors on their way between Lua and JavaScript. */
import { SocketError } from '../core/errors.ts';

/**
 * Thrown by a host function to raise a Lua error: a message, which gets the position of the Lua line that called
 * (`luaL_error`), unless `level` is 0. It is no Error: its stack would cost more than the call, and is never shown.
 */
export class Raise {
  readonly message: string;
  readonly level: number;

  constructor(message: string, level = 1) {
    this.message = message;
    this.level = level;
  }
}

/** Thrown by a host function whose error value, not only text, is on top of the stack. */
export const RAISE_TOP: unique symbol = Symbol('the error is on the stack');

/** Thrown where the program wants to end. It unwinds everything, and the machine is of no more use. */
export class Exit {
  readonly status: number;

  constructor(status: number) {
    this.status = status;
  }
}

/** A value that an embedder's function has thrown, on its way through the machine. */
export class Thrown {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Calls a function of an embedder's. */
export function calling<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw new Thrown(thrown);
  }
}

/** Calls all of these, whatever they throw, and throws the first failure after the last call. */
export function inTurn(calls: readonly (() => void)[]): void {
  const failures: unknown[] = [];
  for (const call of calls) {
    try {
      call();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** The message of a value that was thrown, in Lua's bytes. */
export function messageOf(thrown: unknown): string {
  try {
    return Buffer.from(String(thrown instanceof Error ? thrown.message : thrown)).toString('latin1');
  } catch {
    return 'an error that has no text'; // its own code fails
  }
}

/** A script has failed, and nothing in it has caught that. `cause` is what a function of the host's threw, if that was why. */
export class LuaError extends SocketError {
  /** Always `LuaError`. */
  override name = 'LuaError';
  /** The stack of Lua calls, as `lua` prints it. */
  readonly traceback: string;

  constructor(message: string, traceback: string, thrown?: Thrown) {
    super('ERR_LUA', message);
    this.traceback = traceback;
    if (thrown !== undefined)
      Object.defineProperty(this, 'cause', { value: thrown.value, writable: true, configurable: true });
  }
}
