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

/** A module in Lua, for its loaders. */
export interface Loadable {
  readonly name: string;
  /** The function `(environment)` that pushes the module. */
  readonly open: HostFunction;
  /** The module that has it as a field. */
  readonly fieldOf: string | undefined;
}

/** Pushes a new loader. */
function pushLoader(machine: Bindings, lua: State, { name, open, fieldOf }: Loadable): void {
  load(lua, loaderText, '=package');
  machine.pushFunction(lua, open);
  lua.push(fieldOf);
  lua.push(fieldOf === undefined ? undefined : name.slice(fieldOf.length + 1));
  lua.call(3, 1);
}

/**
 * Puts modules into package.preload, whose searcher then gives a loader in Lua for each that is there still. It is made when
 * it is asked for: Lua that runs while a machine starts makes V8 compile much more of the engine.
 */
export function preloadLua(machine: Bindings, modules: readonly Loadable[]): void {
  const { main: lua, vm } = machine;
  const known = new Map<number, Loadable>();
  for (const module of modules) {
    const whole: HostFunction = (caller) => {
      pushLoader(machine, caller, module);
      caller.call(0, 1);
      return 1;
    };
    machine.preload(module.name, whole);
    known.set(machine.functionIndex(whole), module);
  }
  lua.getGlobal('package');
  lua.getField(-1, 'searchers');
  lua.getItem(-1, 1);
  const search = vm.api.lua_tocfunction(lua.L, -1);
  lua.pop();
  machine.pushFunction(lua, (caller) => {
    const count = machine.callC(search, caller);
    const module = count === 2 ? known.get(vm.api.lua_tocfunction(caller.L, -2)) : undefined;
    if (module === undefined) return count;
    pushLoader(machine, caller, module);
    caller.insert(-2);
    return 2;
  });
  lua.setItem(-2, 1);
  lua.pop(2);
}

/** Pushes code as a function, in the environment at a place of the stack. */
function loadIn(lua: State, environment: number, code: string, name: string): void {
  load(lua, code, name);
  lua.pushCopy(environment);
  lua.vm.api.lua_setupvalue(lua.L, -2, 1);
}
