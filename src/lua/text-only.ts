/**
 * A machine without the permission `bytecode`: what Lua's own C code takes on trust does not come from scripts.
 *
 * The virtual machine does not check precompiled code (the manual, section 6.4, `load`), nor C functions what `debug` puts in
 * their places: with either a script makes values that point anywhere. The memory outside is out of reach even then (`vm.ts`); this
 * is the wall before that one, and what keeps a script from rewriting the count of its instructions.
 */
import type { Index } from './api.ts';
import type { Bindings } from './bindings.ts';
import { forbidden } from './permissions.ts';
import { load } from './scripts.ts';
import type { HostFunction, State } from './state.ts';

const LUA_TLIGHTUSERDATA = 2;
const LUA_TUSERDATA = 7;
/** Places of `mode` among the arguments. */
const MODE_OF = { load: 3, loadfile: 2 } as const;
/** The name that `debug.getlocal` gives to all that a C function has on its stack: buffers and states of its own among it. */
const OF_C = '(C temporary)';

/** What is made of `loadfile`: as Lua's C code does it, but for the mode. */
const OVER_LOADFILE = `
local error, format, loadfile, package, searchpath, type = error, string.format, loadfile, package, package.searchpath, type

function dofile(name)
  local f, wrong = loadfile(name)
  if not f then error(wrong, 0) end
  return f()
end

package.searchers[2] = function(name)
  if type(package.path) ~= "string" then error("'package.path' must be a string", 0) end
  local file, missing = searchpath(name, package.path)
  if not file then return missing end
  local f, wrong = loadfile(file)
  if not f then error(format("error loading module '%s' from file '%s':\\n\\t%s", name, file, wrong), 0) end
  return f, file
end`;

/** Runs when the standard libraries are there, and before any script. */
export function takeTextOnly(machine: Bindings): void {
  const { main: lua } = machine;
  lua.getGlobal('_G');
  const [loadText, loadTextFile] = Object.entries(MODE_OF).map(([name, mode]) => asText(machine, name, mode));
  machine.setFunctions(lua, { load: loadText!, loadfile: loadTextFile! });
  lua.pop();
  load(lua, OVER_LOADFILE, '=moonsocket');
  lua.call(0, 0);

  lua.getGlobal('debug');
  const ofC = (caller: State): boolean => machine.vm.api.lua_tocfunction(caller.L, 1) !== 0;
  const isUserdata = (caller: State): boolean => [LUA_TUSERDATA, LUA_TLIGHTUSERDATA].includes(caller.type(1));
  machine.setFunctions(lua, {
    debug: forbidden('debug.debug', 'bytecode'), // it loads lines of the standard input
    getlocal: getlocal(machine),
    getregistry: forbidden('debug.getregistry', 'bytecode'),
    setlocal: forbidden('debug.setlocal', 'bytecode'),
    setmetatable: unless(machine, 'setmetatable', isUserdata),
    setupvalue: unless(machine, 'setupvalue', ofC),
  });
  lua.pop();
}

/** The function of this name in the table on top, which is C's. */
function original(machine: Bindings, name: string): (caller: State) => number {
  const { main: lua, vm } = machine;
  lua.getField(-1, name);
  const index = vm.api.lua_tocfunction(lua.L, -1);
  lua.pop();
  return (caller) => machine.callC(index, caller);
}

/** The same without `b` in its mode, which is `bt` where there is none. */
function asText(machine: Bindings, name: string, mode: Index): HostFunction {
  const call = original(machine, name);
  return (lua) => {
    const text = lua.optText(mode, 'bt').replaceAll('b', '');
    if (lua.top < mode) lua.top = mode;
    lua.push(text);
    lua.insert(mode);
    lua.vm.api.lua_rotate(lua.L, mode + 1, -1);
    lua.pop();
    return call(lua);
  };
}

/** The same, refused for arguments that are C's. */
function unless(machine: Bindings, name: string, refused: (caller: State) => boolean): HostFunction {
  const call = original(machine, name);
  const refuse = forbidden(`debug.${name}`, 'bytecode');
  return (lua) => (refused(lua) ? refuse(lua) : call(lua));
}

function getlocal(machine: Bindings): HostFunction {
  const call = original(machine, 'getlocal');
  return (lua) => {
    const count = call(lua);
    return count === 2 && lua.toText(-2) === OF_C ? lua.give(null) : count;
  };
}
