/** Headers as Lua programs have them: a table of values by names. */
import { HeaderMap } from '../../../headers/map.ts';
import { Raise } from '../../errors.ts';
import type { State } from '../../state.ts';

/** Puts those of the table at a place among the others. A name counts whatever its case. */
export function takeHeaders(lua: State, index: number, into: HeaderMap = new HeaderMap()): HeaderMap {
  lua.table(index);
  lua.push(null);
  while (lua.vm.api.lua_next(lua.L, index) !== 0) {
    // Of a copy: to convert a number in place would confuse the iteration.
    lua.pushCopy(-2);
    const name = lua.shown(-1);
    const value = lua.toText(-2);
    if (value === undefined) throw new Raise(`header '${name}': string expected, got ${lua.typeName(-2)}`);
    into.set(name, value);
    lua.pop(2);
  }
  return into;
}

/** Pushes a table of them by lower-case names, with what is repeated joined. */
export function pushHeaders(lua: State, headers: HeaderMap): void {
  lua.newTable(0, headers.size);
  for (const name of new Set([...headers].map(([written]) => written.toLowerCase()))) {
    lua.give(name, headers.getAll(name).join(', '));
    lua.setRaw(-3);
  }
}
