/**
 * Values of the host's for Lua, in two steps: `prepared` looks at all of them and refuses what Lua has nothing for, before the
 * machine is entered, where the caller's line is in the stack; `Pusher` makes tables of what passed.
 */
import { isBytes, viewOf } from '../core/data.ts';
import { badArgument } from '../core/errors.ts';
import type { Index } from './api.ts';
import type { State } from './state.ts';
import { Crossing, TABLE_BYTES, type ToLua, VALUE_BYTES } from './values.ts';

/** A value that Lua has something for. */
export type Prepared = string | number | bigint | boolean | Uint8Array | null | undefined | Table;

/** An object or array that becomes a table. */
class Table {
  readonly keys: (string | number)[] = [];
  readonly values: Prepared[] = [];
  /** The place where the pusher keeps the table it has made; 0 before that. */
  place = 0;
}

/** Half of a surrogate pair, which UTF-8 cannot say. */
const HALF = /\p{Surrogate}/u;

export class Preparation {
  readonly #crossing: Crossing;
  readonly #met = new Map<object, Table>();

  /** `call` is who says so, in messages. */
  constructor(limit: number, call: string) {
    this.#crossing = new Crossing(limit, (message) => badArgument(`${call}: ${message}`));
  }

  /** @throws SocketError ERR_INVALID_ARGUMENT with the place of what has no meaning in Lua, or is too much */
  prepared(value: ToLua, subject: string): Prepared {
    this.#crossing.subject = subject;
    return this.#prepared(value);
  }

  #prepared(value: unknown): Prepared {
    const crossing = this.#crossing;
    crossing.take(VALUE_BYTES);
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'bigint':
        if (BigInt.asIntN(64, value) !== value)
          crossing.refuse('an integer of more than 64 bits has no meaning in Lua');
        return value;
      case 'function':
        return crossing.refuse('a function has no meaning in Lua here; set() takes functions');
      case 'symbol':
        return crossing.refuse('a symbol has no meaning in Lua');
      case 'object':
        return value === null ? value : this.#object(value);
      default:
        return value as number | boolean | undefined;
    }
  }

  #text(value: string): string {
    const length = Buffer.byteLength(value);
    this.#crossing.take(length);
    if (length !== value.length && HALF.test(value)) this.#crossing.refuse('half of a surrogate pair is no UTF-8');
    return value;
  }

  #object(value: object): Prepared {
    if (isBytes(value)) {
      const bytes = viewOf(value);
      this.#crossing.take(bytes.length);
      return bytes;
    }
    const isArray = Array.isArray(value);
    if (!isArray && !isPlain(value)) this.#crossing.refuse(`${named(value)} has no meaning in Lua`);
    const met = this.#met.get(value);
    if (met !== undefined) return met;
    const table = new Table();
    this.#met.set(value, table);
    this.#crossing.take(TABLE_BYTES);
    if (Object.getOwnPropertySymbols(value).length > 0)
      this.#crossing.refuse('a symbol as a key has no meaning in Lua');
    if (isArray) this.#items(value, table);
    else this.#fields(value as Readonly<Record<string, unknown>>, table);
    return table;
  }

  #items(array: readonly unknown[], table: Table): void {
    // A hole is undefined, and counts: an array is as long as it says, however little it holds.
    for (let i = 0; i < array.length; i++) {
      this.#crossing.enter(i);
      table.keys.push(i + 1);
      table.values.push(this.#prepared(array[i]));
      this.#crossing.leave();
    }
    const last = Object.keys(array).at(-1); // those that are no indices come last
    if (last === undefined || String(Number(last) >>> 0) === last) return;
    this.#crossing.enter(last);
    this.#crossing.refuse('a property of an array has no meaning in Lua');
  }

  #fields(object: Readonly<Record<string, unknown>>, table: Table): void {
    for (const key of Object.keys(object)) {
      this.#crossing.enter(key);
      this.#crossing.take(VALUE_BYTES);
      table.keys.push(this.#text(key));
      table.values.push(this.#prepared(object[key]));
      this.#crossing.leave();
    }
  }
}

/** An object of no class, also one of another realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function named(value: object): string {
  const name: unknown = (value.constructor as { readonly name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' ? `a value of class ${name}` : 'an object of a class';
}

/** Pushes prepared values. The tables that it has made are kept in another table, in case they come again. */
export class Pusher {
  readonly #lua: State;
  readonly #made: Index;
  #count = 0;

  /** Pushes that table. */
  constructor(lua: State) {
    this.#lua = lua;
    lua.newTable();
    this.#made = lua.top;
  }

  /** Forgets the tables: Lua alone keeps what it was given. */
  end(): void {
    this.#lua.push(null);
    this.#lua.vm.api.lua_copy(this.#lua.L, -1, this.#made);
    this.#lua.pop();
  }

  push(value: Prepared): void {
    const lua = this.#lua;
    if (typeof value === 'string') lua.push(Buffer.from(value));
    else if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) lua.push(BigInt(value));
    else if (!(value instanceof Table)) lua.push(value);
    else if (value.place > 0) lua.getRawItem(this.#made, value.place);
    else this.#table(value);
  }

  #table(table: Table): void {
    const lua = this.#lua;
    const { keys, values } = table;
    lua.vm.api.luaL_checkstack(lua.L, 4, 0);
    const isList = typeof keys[0] === 'number';
    lua.newTable(isList ? keys.length : 0, isList ? 0 : keys.length);
    lua.pushCopy(-1);
    table.place = ++this.#count;
    lua.setItem(this.#made, table.place);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (typeof key === 'number') {
        this.push(values[i]);
        lua.setItem(-2, key);
      } else {
        lua.push(Buffer.from(key));
        this.push(values[i]);
        lua.setRaw(-3);
      }
    }
  }
}
