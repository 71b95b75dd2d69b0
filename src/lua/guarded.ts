/**
 * The library `debug` where a script is not trusted. Its hooks go beside the meter's. And without the permission `bytecode`,
 * nothing of it puts a value where the engine's C code takes its type for granted, or shows C's own values: with those a script
 * would forge pointers, and with them everything that limits it in the machine.
 */
import { LUA_TLIGHTUSERDATA, LUA_TTHREAD, LUA_TUSERDATA } from './api.ts';
import type { Bindings } from './bindings.ts';
import { forbidden } from './permissions.ts';
import type { HostFunction, State } from './state.ts';

/** The name that `getlocal` gives to every value on the stack of a C function, its buffers and states included. */
const OF_C = '(C temporary)';

/** Replaces what is in the library. Runs when the standard libraries are there, and before any script. */
export function guardDebug(machine: Bindings): void {
  const { main: lua, vm } = machine;
  lua.getGlobal('debug');
  machine.setFunctions(lua, {
    sethook: besideTheMeter(machine, 'sethook'),
    gethook: besideTheMeter(machine, 'gethook'),
  });
  if (!machine.reach.bytecode) {
    machine.setFunctions(lua, {
      debug: refused('debug'), // it loads lines of the standard input
      getlocal: withoutThoseOfC(machine),
      getregistry: refused('getregistry'),
      setlocal: refused('setlocal'),
      setmetatable: unless(machine, 'setmetatable', isUserdata),
      setupvalue: unless(machine, 'setupvalue', (caller) => vm.api.lua_iscfunction(caller.L, 1) !== 0),
    });
  }
  lua.pop();
}

/** A function that reads or sets the hook of a coroutine, which may be its first argument. */
function besideTheMeter(machine: Bindings, name: string): HostFunction {
  const call = machine.original(name);
  return (caller) => {
    const { meter } = machine;
    if (meter === undefined) return call(caller);
    const L = caller.type(1) === LUA_TTHREAD ? machine.vm.api.lua_tothread(caller.L, 1) : caller.L;
    return meter.aside(L, () => call(caller));
  };
}

function withoutThoseOfC(machine: Bindings): HostFunction {
  const call = machine.original('getlocal');
  return (caller) => {
    const count = call(caller);
    return count === 2 && caller.toText(-2) === OF_C ? caller.give(null) : count;
  };
}

function isUserdata(caller: State): boolean {
  return [LUA_TUSERDATA, LUA_TLIGHTUSERDATA].includes(caller.type(1));
}

/** The function of this name, refused for some arguments. */
function unless(machine: Bindings, name: string, isRefused: (caller: State) => boolean): HostFunction {
  const call = machine.original(name);
  const refuse = refused(name);
  return (caller) => (isRefused(caller) ? refuse(caller) : call(caller));
}

function refused(name: string): HostFunction {
  return forbidden(`debug.${name}`, 'bytecode');
}
