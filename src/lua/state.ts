/**
 * A coroutine's stack as a host function sees it: arguments in, results out.
 *
 * A host function takes a `State` and returns how many results it has pushed, as in C. Arguments are numbered from 1; those
 * that are checked raise Lua's own messages ("bad argument #1 to 'connect' (string expected, got nil)"). Text is bytes: each
 * character of a string stands for one (latin1), both ways.
 */
import { isBytes } from '../core/data.ts';
import {
  type Index,
  LUA_REGISTRYINDEX,
  LUA_RIDX_GLOBALS,
  LUA_TBOOLEAN,
  LUA_TNIL,
  LUA_TNUMBER,
  LUA_TSTRING,
  LUA_TTABLE,
  type LuaApi,
  type Thread,
  type WasmPointer,
} from './api.ts';
import { RAISE_TOP } from './errors.ts';
import type { Vm } from './vm.ts';

/**
 * A value that `push` takes. A number becomes a float, as nearly all of LuaSocket's are, and a bigint an integer; undefined and
 * null are nil.
 */
export type LuaValue = string | number | bigint | boolean | Uint8Array | null | undefined;

/** A function for Lua: the number of its results, which it has pushed. */
export type HostFunction = (lua: State) => number;

/** A reference to any Lua value, which keeps it. */
export type Reference = number;

export class State {
  readonly vm: Vm;
  readonly L: Thread;
  readonly #api: LuaApi;

  constructor(vm: Vm, L: Thread) {
    this.vm = vm;
    this.L = L;
    this.#api = vm.api;
  }

  // ---- what is there

  get top(): Index {
    return this.#api.lua_gettop(this.L);
  }

  set top(index: Index) {
    this.#api.lua_settop(this.L, index);
  }

  /** One of the `LUA_T…` numbers; LUA_TNONE where there is no argument. */
  type(index: Index): number {
    return this.#api.lua_type(this.L, index);
  }

  typeName(index: Index): string {
    return this.vm.cText(this.#api.lua_typename(this.L, this.type(index)));
  }

  isAbsent(index: Index): boolean {
    return this.#api.lua_type(this.L, index) <= LUA_TNIL;
  }

  isInteger(index: Index): boolean {
    return this.#api.lua_isinteger(this.L, index) !== 0;
  }

  // ---- checked arguments

  /** A string, or a number as Lua writes it. */
  text(argument: Index): string {
    const at = this.#api.luaL_checklstring(this.L, argument, this.vm.out);
    return this.vm.text(at, this.vm.outLength);
  }

  optText<D>(argument: Index, otherwise: D): string | D {
    return this.isAbsent(argument) ? otherwise : this.text(argument);
  }

  /** The same where it is: good until the value leaves the stack, and its length is `vm.outLength`. */
  textAt(argument: Index): WasmPointer {
    return this.#api.luaL_checklstring(this.L, argument, this.vm.out);
  }

  /** A copy of a string's bytes. */
  data(argument: Index): Buffer {
    const pointer = this.textAt(argument);
    const length = this.vm.outLength;
    const at = this.vm.inside(pointer, length);
    return Buffer.from(this.vm.bytes.subarray(at, at + length));
  }

  number(argument: Index): number {
    return this.#api.luaL_checknumber(this.L, argument);
  }

  optNumber<D>(argument: Index, otherwise: D): number | D {
    return this.isAbsent(argument) ? otherwise : this.#api.luaL_checknumber(this.L, argument);
  }

  /** An integer, a float or string that stands for one; the nearest number to it. */
  integer(argument: Index): number {
    return Number(this.#api.luaL_checkinteger(this.L, argument));
  }

  optInteger<D>(argument: Index, otherwise: D): number | D {
    return this.isAbsent(argument) ? otherwise : this.integer(argument);
  }

  boolean(argument: Index): boolean {
    if (this.type(argument) !== LUA_TBOOLEAN) this.typeError(argument, 'boolean');
    return this.truthy(argument);
  }

  table(argument: Index): void {
    this.#api.luaL_checktype(this.L, argument, LUA_TTABLE);
  }

  /** Any value, but there must be one. */
  any(argument: Index): void {
    this.#api.luaL_checkany(this.L, argument);
  }

  /** Whether there is something else than nil and false. */
  truthy(index: Index): boolean {
    return this.#api.lua_toboolean(this.L, index) !== 0;
  }

  /** Raises "bad argument #n to 'f' (message)"; in a method, of the object, "calling 'f' on bad self". */
  argumentError(argument: number, message: string): never {
    return this.vm.lend(message, (at) => this.#api.luaL_argerror(this.L, argument, at));
  }

  /** Raises "bad argument #n to 'f' (expected expected, got type)". */
  typeError(argument: number, expected: string): never {
    return this.#api.luaL_typeerror(this.L, argument, this.vm.word(expected));
  }

  /** Raises the value on top of the stack, as it is. */
  raiseTop(): never {
    throw RAISE_TOP;
  }

  // ---- unchecked values

  /** A string or number as text; undefined for anything else. */
  toText(index: Index): string | undefined {
    const type = this.type(index);
    if (type !== LUA_TSTRING && type !== LUA_TNUMBER) return undefined;
    const at = this.#api.lua_tolstring(this.L, index, this.vm.out);
    return this.vm.text(at, this.vm.outLength);
  }

  /** A number, or a string that reads as one; 0 for anything else. */
  toNumber(index: Index): number {
    return this.#api.lua_tonumberx(this.L, index, 0);
  }

  /** Whether it is a number, or a string that reads as one. */
  isNumeric(index: Index): boolean {
    return this.#api.lua_isnumber(this.L, index) !== 0;
  }

  /** As Lua's `tostring` has it. */
  shown(index: Index): string {
    const at = this.#api.luaL_tolstring(this.L, index, this.vm.out);
    const text = this.vm.text(at, this.vm.outLength);
    this.pop();
    return text;
  }

  // ---- results

  push(value: LuaValue): void {
    const { L } = this;
    const api = this.#api;
    if (typeof value === 'number') api.lua_pushnumber(L, value);
    else if (typeof value === 'string' || isBytes(value))
      this.vm.lend(value, (at, length) => api.lua_pushlstring(L, at, length));
    else if (value === null || value === undefined) api.lua_pushnil(L);
    else if (typeof value === 'boolean') api.lua_pushboolean(L, value ? 1 : 0);
    else api.lua_pushinteger(L, value);
  }

  /** Pushes the results of a host function, and returns their number. */
  give(...values: readonly LuaValue[]): number {
    for (const value of values) this.push(value);
    return values.length;
  }

  /** `nil, message`, and what else there is to say: how LuaSocket tells a failure. */
  refuse(message: string, ...more: readonly LuaValue[]): number {
    this.#api.lua_pushnil(this.L);
    this.pushWord(message);
    for (const value of more) this.push(value);
    return 2 + more.length;
  }

  /** Text that is always the same few: it stays in the machine's memory, and costs less. */
  pushWord(text: string): void {
    this.#api.lua_pushstring(this.L, this.vm.word(text));
  }

  /** Bytes that are in the machine's memory already. */
  pushBytes(at: WasmPointer, length: number): void {
    this.#api.lua_pushlstring(this.L, at, length);
  }

  pushCopy(index: Index): void {
    this.#api.lua_pushvalue(this.L, index);
  }

  pop(count = 1): void {
    this.#api.lua_settop(this.L, -count - 1);
  }

  /** Puts the top value at a place, and what was there above it. */
  insert(index: Index): void {
    this.#api.lua_rotate(this.L, index, 1);
  }

  // ---- tables

  newTable(items = 0, fields = 0): void {
    this.#api.lua_createtable(this.L, items, fields);
  }

  /** Pushes `table[name]`, by metamethods too, and returns its type. */
  getField(table: Index, name: string): number {
    return this.#api.lua_getfield(this.L, table, this.vm.word(name));
  }

  /** `table[name] = value`, with the value from the top. */
  setField(table: Index, name: string): void {
    this.#api.lua_setfield(this.L, table, this.vm.word(name));
  }

  /** Pushes `table[n]`, by metamethods too, and returns its type. */
  getItem(table: Index, n: number): number {
    return this.#api.lua_geti(this.L, table, BigInt(n));
  }

  /** Pushes `table[n]` without metamethods. */
  getRawItem(table: Index, n: number): void {
    this.#api.lua_rawgeti(this.L, table, BigInt(n));
  }

  /** `table[n] = value`, with the value from the top, and no metamethods. */
  setItem(table: Index, n: number): void {
    this.#api.lua_rawseti(this.L, table, BigInt(n));
  }

  /** `table[key] = value`, with both from the top, and no metamethods. */
  setRaw(table: Index): void {
    this.#api.lua_rawset(this.L, table);
  }

  /** Pushes the global of this name, and returns its type. */
  getGlobal(name: string): number {
    return this.#api.lua_getglobal(this.L, this.vm.word(name));
  }

  setGlobal(name: string): void {
    this.#api.lua_setglobal(this.L, this.vm.word(name));
  }

  /** `_G[key] = value`, with both from the top. */
  setRawGlobal(): void {
    this.#api.lua_rawgeti(this.L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    this.#api.lua_rotate(this.L, -3, 1);
    this.#api.lua_rawset(this.L, -3);
    this.pop();
  }

  /** Takes the top value, and keeps it until `release`. */
  keep(): Reference {
    return this.#api.luaL_ref(this.L, LUA_REGISTRYINDEX);
  }

  pushKept(reference: Reference): void {
    this.#api.lua_rawgeti(this.L, LUA_REGISTRYINDEX, BigInt(reference));
  }

  release(reference: Reference): void {
    this.#api.luaL_unref(this.L, LUA_REGISTRYINDEX, reference);
  }

  // ---- calls

  /** Calls a function with arguments from the top, which are taken; errors go on to the protected call around this one. */
  call(args: number, results: number): void {
    this.#api.lua_callk(this.L, args, results, 0, 0);
  }

  /** The same; false after an error, whose value is on top then. */
  pcall(args: number, results: number, handler: Index = 0): boolean {
    return this.#api.lua_pcallk(this.L, args, results, handler, 0, 0) === 0;
  }
}
