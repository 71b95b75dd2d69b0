/** Running code: loading it, calling it with a message handler that keeps the traceback, and what came of it. */
import { LUA_TNIL, LUA_TSTRING } from './api.ts';
import type { Bindings } from './bindings.ts';
import { LuaError, type Thrown } from './errors.ts';
import type { HostFunction, State } from './state.ts';

/**
 * Runs `body` below a C function, with a new stack frame, where everything it calls may raise.
 *
 * @throws LuaError with the message and the traceback of what nothing in the script has caught
 */
export function runProtected<T>(machine: Bindings, body: (lua: State) => T): T {
  const lua = machine.main;
  let result: T | undefined;
  let refused: LuaError | undefined;
  const program: HostFunction = (inner) => {
    try {
      result = body(inner);
    } catch (error) {
      // One that comes from the loader has no traceback, as in `lua`, and is not to get one.
      if (!(error instanceof LuaError)) throw error;
      refused = error;
    }
    return 0;
  };
  machine.forgetThrown();
  machine.together(() => {
    machine.pushFunction(lua, handlerOf(machine));
    machine.pushOnce(lua, program);
  });
  const called = lua.pcall(0, 0, -2);
  const failed = called ? refused : errorOnTop(lua, machine.uncaught);
  lua.pop();
  if (failed !== undefined) throw failed;
  return result as T;
}

/** Pushes code as a function; `mode` is whether it may be precompiled, as in `load` of Lua. @throws LuaError for code that is none */
export function load(lua: State, code: string | Uint8Array, name: string, mode: 't' | 'bt' = 'bt'): void {
  const { vm } = lua;
  const status = vm.lend(code, (at, length) =>
    vm.api.luaL_loadbufferx(lua.L, at, length, vm.word(name), vm.word(mode)),
  );
  if (status !== 0) throw errorOnTop(lua);
}

/** Pushes a file as a function; undefined is the standard input. @throws LuaError */
export function loadFile(lua: State, file: string | undefined): void {
  const { vm } = lua;
  const load = (at: number): number => vm.api.luaL_loadfilex(lua.L, at, 0);
  const status = file === undefined ? load(0) : vm.lend(file, load);
  if (status !== 0) throw errorOnTop(lua);
}

const handlers = new WeakMap<Bindings, HostFunction>();

function handlerOf(machine: Bindings): HostFunction {
  let handler = handlers.get(machine);
  if (handler === undefined) {
    handler = (lua) => {
      machine.uncaught = machine.thrownAs(lua, 1);
      return withTraceback(lua);
    };
    handlers.set(machine, handler);
  }
  return handler;
}

/** Adds the traceback to a message where the error happens: later the stack is gone. */
const withTraceback: HostFunction = (lua) => {
  const { api } = lua.vm;
  if (lua.toText(1) === undefined) {
    // An object that can show itself is shown without a traceback, as `lua` does.
    if (api.luaL_getmetafield(lua.L, 1, lua.vm.word('__tostring')) !== LUA_TNIL) {
      lua.pushCopy(1);
      lua.call(1, 1);
      if (lua.type(-1) === LUA_TSTRING) return 1;
    }
    lua.push(`(error object is a ${lua.typeName(1)} value)`);
  } else lua.pushCopy(1);
  lua.vm.lend(lua.toText(-1)!, (at) => api.luaL_traceback(lua.L, lua.L, at, 1));
  return 1;
};

const TRACEBACK = '\nstack traceback:';

/** The error that is on top, which is taken. */
function errorOnTop(lua: State, thrown?: Thrown): LuaError {
  const text = lua.toText(-1) ?? `(error object is a ${lua.typeName(-1)} value)`;
  lua.pop();
  const at = text.lastIndexOf(TRACEBACK);
  return at < 0 ? new LuaError(text, text, thrown) : new LuaError(text.slice(0, at), text, thrown);
}
