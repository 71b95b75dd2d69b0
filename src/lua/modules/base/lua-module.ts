/**
 * Modules in Lua: how a machine loads them, each time anew. A module's code runs in the environment of its loader, and requires
 * by that: so a program's own `socket` is theirs, too.
 */
import type { Bindings, Functions } from '../../bindings.ts';
import { load } from '../../scripts.ts';
import type { HostFunction, State } from '../../state.ts';
import { stepOf } from '../../task.ts';
import loaderText from './loader.lua.ts';
import runText from './run.lua.ts';
import { singletonModule } from './singleton.ts';

/**
 * The function `(environment)` that runs the code, which returns the module. The code gets a table of functions that are not Lua;
 * `core` makes it once for a machine.
 */
export function luaModule(
  name: string,
  code: string,
  core: (machine: Bindings, lua: State) => Functions = () => ({}),
): (machine: Bindings) => HostFunction {
  const pushCore = singletonModule((machine, lua) => {
    lua.newTable();
    machine.setFunctions(lua, core(machine, lua));
  });
  return (machine) => (lua) => {
    loadIn(lua, 1, code, `=${name}`);
    pushCore(machine)(lua);
    lua.call(1, 1);
    return 1;
  };
}

/** The function `(environment)` that gives what a part of a module's code returns, which gets nothing. */
export function luaPart(name: string, code: string): HostFunction {
  return (lua) => {
    loadIn(lua, 1, code, `=${name}`);
    lua.call(0, 1);
    return 1;
  };
}

/** The function `(environment)` that gives the function which runs tasks: its calls are made by the environment's `pcall`. */
export function taskRunner(machine: Bindings, lua: State): HostFunction {
  const step = stepOf(machine, lua);
  return (caller) => {
    loadIn(caller, 1, runText, '=socket');
    machine.pushFunction(caller, step);
    caller.call(1, 1);
    return 1;
  };
}

/** Puts a module into package.preload; `fieldOf` names the module that has it as a field besides. */
export function preloadLua(machine: Bindings, name: string, open: HostFunction, fieldOf: string | undefined): void {
  const { main: lua } = machine;
  lua.push(name);
  machine.pushFunction(lua, open);
  lua.push(fieldOf);
  lua.push(fieldOf === undefined ? undefined : name.slice(fieldOf.length + 1));
  lua.call(4, 0);
}

/** Pushes the function that {@link preloadLua} calls. */
export function pushPreload(lua: State): void {
  load(lua, loaderText, '=package');
  lua.getGlobal('package');
  lua.getField(-1, 'preload');
  lua.vm.api.lua_copy(lua.L, -1, -2);
  lua.pop();
  lua.call(1, 1);
}

/** Pushes code as a function, in the environment at a place of the stack. */
function loadIn(lua: State, environment: number, code: string, name: string): void {
  load(lua, code, name);
  lua.pushCopy(environment);
  lua.vm.api.lua_setupvalue(lua.L, -2, 1);
}
