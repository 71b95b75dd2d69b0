/** What the calls of `lfs` share: paths as C takes them, and failures in the words of the machine's C library, with the host's numbers. */
import type { Bindings } from '../../bindings.ts';
import { engineErrno, hostErrno } from '../../host/errno.ts';
import type { State } from '../../state.ts';

/** The text and the number for what a call of the system has thrown. */
export function systemError(machine: Bindings, lua: State, thrown: unknown): { text: string; number: number } {
  const { api, words } = machine.vm;
  words[api.__errno_location() >> 2] = engineErrno(thrown);
  api.luaL_fileresult(lua.L, 0, 0);
  const [text, number] = [lua.text(-2), hostErrno(lua.toNumber(-1))];
  lua.pop(3);
  return { text, number };
}

/** `nil`, the text, and the number. */
export function giveSystemError(machine: Bindings, lua: State, thrown: unknown): number {
  const { text, number } = systemError(machine, lua, thrown);
  return lua.give(null, text, BigInt(number));
}

/** True for a call that has nothing else to say. */
export function attempted(machine: Bindings, lua: State, call: () => void): number {
  try {
    call();
  } catch (thrown) {
    return giveSystemError(machine, lua, thrown);
  }
  return lua.give(true);
}

/** A path as C takes it: up to a NUL. */
export function pathAt(lua: State, argument: number): Buffer {
  const path = lua.data(argument);
  const end = path.indexOf(0);
  return end < 0 ? path : path.subarray(0, end);
}
