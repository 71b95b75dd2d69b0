/** Lua's values for the host. Nothing of Lua's runs meanwhile: what is converted stays as it is, and the collector rests. */
import { isUtf8 } from 'node:buffer';
import {
  type Index,
  LUA_TBOOLEAN,
  LUA_TNUMBER,
  LUA_TSTRING,
  LUA_TTABLE,
  type LuaApi,
  type Thread,
  type WasmPointer,
} from './api.ts';
import { Raise } from './errors.ts';
import type { State } from './state.ts';
import { Crossing, type FromLua, TABLE_BYTES, VALUE_BYTES } from './values.ts';

type Key = string | number | bigint;
type Container = FromLua[] | { [name: string]: FromLua };

/** The values of one call of a host function, or the results of a script. */
export class Extraction {
  readonly #lua: State;
  readonly #api: LuaApi;
  readonly #L: Thread;
  readonly #crossing: Crossing;
  /** The object or array of each table; undefined while that is not known. */
  readonly #met = new Map<WasmPointer, Container | undefined>();

  constructor(lua: State, limit: number) {
    this.#lua = lua;
    this.#api = lua.vm.api;
    this.#L = lua.L;
    this.#crossing = new Crossing(limit, (message) => new Raise(Buffer.from(message).toString('latin1'), 0));
  }

  /** All values from a place of the stack on. Raises an error with the place of what cannot leave Lua, or is too much. */
  from(first: Index, subject: (n: number) => string): FromLua[] {
    const values: FromLua[] = [];
    const { top } = this.#lua;
    for (let index = first; index <= top; index++) {
      this.#crossing.subject = subject(index - first + 1);
      values.push(this.#at(index));
    }
    return values;
  }

  #at(index: Index): FromLua {
    const lua = this.#lua;
    this.#crossing.take(VALUE_BYTES);
    switch (lua.type(index)) {
      case LUA_TBOOLEAN:
        return lua.truthy(index);
      case LUA_TNUMBER:
        return lua.isInteger(index) ? this.#integer(index) : lua.toNumber(index);
      case LUA_TSTRING:
        return this.#text(index);
      case LUA_TTABLE:
        return this.#table(this.#api.lua_absindex(this.#L, index));
      default:
        if (lua.isAbsent(index)) return null;
        return this.#crossing.refuse(`a ${lua.typeName(index)} cannot leave Lua`);
    }
  }

  #integer(index: Index): number | bigint {
    const value = this.#api.lua_tointegerx(this.#L, index, 0);
    return BigInt.asIntN(54, value) === value ? Number(value) : value;
  }

  #text(index: Index): string | Buffer {
    const { vm } = this.#lua;
    const pointer = this.#api.lua_tolstring(this.#L, index, vm.out);
    const length = vm.outLength;
    this.#crossing.take(length);
    const at = vm.inside(pointer, length);
    const bytes = vm.bytes.subarray(at, at + length);
    return isUtf8(bytes) ? bytes.toString() : Buffer.from(bytes);
  }

  #table(index: Index): Container {
    const lua = this.#lua;
    const api = this.#api;
    const pointer = api.lua_topointer(this.#L, index);
    if (this.#met.has(pointer)) return this.#again(index, pointer);
    this.#met.set(pointer, undefined);
    this.#crossing.take(TABLE_BYTES);
    api.luaL_checkstack(this.#L, 4, 0);
    const values: FromLua[] = [];
    // Left out as long as they come as 1, 2, 3, …
    let keys: Key[] | undefined;
    lua.push(null);
    while (api.lua_next(this.#L, index) !== 0) {
      const key = this.#key();
      if (keys === undefined && key !== values.length + 1) keys = values.map((_, i) => i + 1);
      keys?.push(key);
      this.#crossing.enter(key);
      values.push(this.#at(-1));
      this.#crossing.leave();
      lua.pop();
    }
    const container = this.#met.get(pointer);
    if (keys === undefined && values.length > 0) return this.#list(pointer, container as FromLua[], values);
    if (keys === undefined || !isList(keys)) return this.#record(pointer, container ?? {}, keys ?? [], values);
    const sorted: FromLua[] = new Array<FromLua>(values.length);
    keys.forEach((key, i) => {
      sorted[(key as number) - 1] = values[i]!;
    });
    return this.#list(pointer, container as FromLua[], sorted);
  }

  /** The table is met within itself, or has been: before all of it is known, it is looked at whether it will be an array. */
  #again(index: Index, pointer: WasmPointer): Container {
    let container = this.#met.get(pointer);
    if (container !== undefined) return container;
    this.#api.luaL_checkstack(this.#L, 4, 0);
    const keys: Key[] = [];
    this.#lua.push(null);
    while (this.#api.lua_next(this.#L, index) !== 0) {
      this.#lua.pop();
      keys.push(this.#lua.isInteger(-1) ? this.#integer(-1) : '');
    }
    container = isList(keys) ? [] : {};
    this.#met.set(pointer, container);
    return container;
  }

  /** The key below the value on top. */
  #key(): Key {
    const lua = this.#lua;
    const type = lua.type(-2);
    this.#crossing.take(VALUE_BYTES);
    // Not as Lua would write it: to convert a number in place would confuse the iteration.
    if (type === LUA_TNUMBER) return lua.isInteger(-2) ? this.#integer(-2) : String(lua.toNumber(-2));
    if (type !== LUA_TSTRING) return this.#crossing.refuse(`a key that is a ${lua.typeName(-2)} cannot leave Lua`);
    const key = this.#text(-2);
    return typeof key === 'string' ? key : this.#crossing.refuse('a key that is no UTF-8 cannot leave Lua');
  }

  #list(pointer: WasmPointer, container: FromLua[] | undefined, values: FromLua[]): FromLua[] {
    if (container === undefined) {
      this.#met.set(pointer, values);
      return values;
    }
    for (const value of values) container.push(value);
    return container;
  }

  #record(pointer: WasmPointer, container: Container, keys: readonly Key[], values: readonly FromLua[]): Container {
    this.#met.set(pointer, container);
    keys.forEach((key, i) => {
      const name = String(key);
      if (Object.hasOwn(container, name))
        this.#crossing.refuse(`the keys ${name} and "${name}" of one table cannot both leave Lua`);
      // Not by assignment, which has another meaning for `__proto__`.
      if (name === '__proto__') Object.defineProperty(container, name, { ...FIELD, value: values[i] });
      else (container as { [name: string]: FromLua })[name] = values[i]!;
    });
    return container;
  }
}

const FIELD = { writable: true, enumerable: true, configurable: true } as const;

/** Whether keys, of which no two are the same, are 1 to n. */
function isList(keys: readonly Key[]): boolean {
  return keys.length > 0 && keys.every((key) => typeof key === 'number' && key >= 1 && key <= keys.length);
}
