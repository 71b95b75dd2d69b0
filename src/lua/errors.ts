/** What crosses between Lua's errors and JavaScript's. */
import { SocketError } from '../core/errors.ts';

/**
 * Thrown by a host function to raise a Lua error: a message, which gets the position of the Lua line that called
 * (`luaL_error`), unless `level` is 0. No Error: nobody sees its stack, which would cost more than the call.
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

/** A script has failed, and nothing in it has caught that. */
export class LuaError extends SocketError {
  override name = 'LuaError';
  /** The stack of Lua calls, as `lua` prints it. */
  readonly traceback: string;

  constructor(message: string, traceback: string) {
    super('ERR_LUA', message);
    this.traceback = traceback;
  }
}
