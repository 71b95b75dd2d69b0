/** Values between an embedding program and its scripts. */
import { isUtf8 } from 'node:buffer';
import { isBytes } from '../core/data.ts';
import { badArgument } from '../core/errors.ts';
import { LUA_TBOOLEAN, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE } from './api.ts';
import { Raise } from './errors.ts';
import type { State } from './state.ts';

/** A whole number becomes an integer. Arrays and plain objects become tables. */
export type ToLua =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | null
  | undefined
  | readonly ToLua[]
  | { readonly [name: string]: ToLua };

/** An integer beyond 2^53 is a bigint; a string that is no UTF-8 a Buffer. A table is an array if it has an item 1, else an object. */
export type FromLua = string | number | bigint | boolean | Buffer | null | FromLua[] | { [name: string]: FromLua };

/** Tables within tables. */
const DEPTH = 50;

export function pushValue(lua: State, value: ToLua, depth = 0): void {
  lua.vm.api.luaL_checkstack(lua.L, 4, 0);
  if (typeof value === 'string') lua.push(Buffer.from(value));
  else if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) lua.push(BigInt(value));
  else if (typeof value === 'function' || typeof value === 'symbol')
    throw badArgument(`a ${typeof value} has no meaning in Lua here; set() takes functions`);
  else if (typeof value !== 'object' || value === null || isBytes(value)) lua.push(value);
  else if (depth === DEPTH) throw badArgument(`a value for Lua has more than ${DEPTH} levels`);
  else {
    lua.newTable();
    for (const [key, item] of Object.entries(value)) {
      if (Array.isArray(value)) lua.push(BigInt(Number(key) + 1));
      else lua.push(Buffer.from(key));
      pushValue(lua, item as ToLua, depth + 1);
      lua.setRaw(-3);
    }
  }
}

export function valueAt(lua: State, index: number, depth = 0): FromLua {
  switch (lua.type(index)) {
    case LUA_TBOOLEAN:
      return lua.truthy(index);
    case LUA_TNUMBER:
      return lua.isInteger(index) ? safely(lua.vm.api.lua_tointegerx(lua.L, index, 0)) : lua.toNumber(index);
    case LUA_TSTRING: {
      const bytes = Buffer.from(lua.toText(index)!, 'latin1');
      return isUtf8(bytes) ? bytes.toString() : bytes;
    }
    case LUA_TTABLE:
      if (depth === DEPTH)
        throw new Raise(`a table with more than ${DEPTH} levels, or within itself, cannot leave Lua`, 0);
      return tableAt(lua, lua.vm.api.lua_absindex(lua.L, index), depth);
    default:
      if (lua.isAbsent(index)) return null;
      throw new Raise(`a ${lua.typeName(index)} cannot leave Lua`, 0);
  }
}

function safely(value: bigint): number | bigint {
  return BigInt.asIntN(54, value) === value ? Number(value) : value;
}

function tableAt(lua: State, index: number, depth: number): FromLua {
  lua.vm.api.luaL_checkstack(lua.L, 4, 0);
  const length = Number(lua.vm.api.lua_rawlen(lua.L, index));
  if (length > 0) {
    return Array.from({ length }, (_, i) => {
      lua.getRawItem(index, i + 1);
      const item = valueAt(lua, -1, depth + 1);
      lua.pop();
      return item;
    });
  }
  const entries: [string, FromLua][] = [];
  lua.push(null);
  while (lua.vm.api.lua_next(lua.L, index) !== 0) {
    // Of a copy: to convert a number in place would confuse the iteration.
    lua.pushCopy(-2);
    entries.push([Buffer.from(lua.shown(-1), 'latin1').toString(), valueAt(lua, -2, depth + 1)]);
    lua.pop(2);
  }
  return Object.fromEntries(entries);
}
