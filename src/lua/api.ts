/**
 * The Lua C API, as far as we use it, with C's names and order of arguments. The manual (Lua 5.4, section 4.6) says what
 * each does. A `lua_Integer` is a bigint here, a `lua_Number` a number; text is a pointer to what ends in NUL.
 */

/** The address of something in the machine's memory; 0 is NULL. */
export type WasmPointer = number;
/** A `lua_State *`: one coroutine. */
export type Thread = WasmPointer;
/** A place on Lua's stack: from 1 on, or from the top as a negative number, or a pseudo-index. */
export type Index = number;

export const LUA_REGISTRYINDEX = -1_001_000;
export const LUA_MULTRET = -1;

/** `lua_type` */
export const LUA_TNONE = -1;
export const LUA_TNIL = 0;
export const LUA_TBOOLEAN = 1;
export const LUA_TLIGHTUSERDATA = 2;
export const LUA_TNUMBER = 3;
export const LUA_TSTRING = 4;
export const LUA_TTABLE = 5;
export const LUA_TFUNCTION = 6;
export const LUA_TUSERDATA = 7;
export const LUA_TTHREAD = 8;

/** The events of hooks, as a `lua_Debug` begins with one; a mask has a bit for each, and that of calls for tail calls, too. */
export const LUA_HOOKCALL = 0;
export const LUA_HOOKCOUNT = 3;
export const LUA_HOOKTAILCALL = 4;
export const LUA_MASKCOUNT: number = 1 << LUA_HOOKCOUNT;
/** `LUA_RIDX_GLOBALS`: where the registry has the table of globals. */
export const LUA_RIDX_GLOBALS = 2n;

/**
 * What is used of the engine's table of functions, a `WebAssembly.Table`. Not by that name: it comes with the types of
 * browsers, which a program for Node need not have, and the types of `moonsocket/lua` lead here.
 */
export interface FunctionTable {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
  /** Returns the length it had. */
  grow(count: number): number;
}

export interface LuaApi {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly __indirect_function_table: FunctionTable;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  malloc(size: number): WasmPointer;
  realloc(memory: WasmPointer, size: number): WasmPointer;
  free(memory: WasmPointer): void;
  /** 0 is all files. */
  fflush(file: WasmPointer): number;
  __errno_location(): WasmPointer;
  setThrew(thrown: number, value: number): void;
  stackSave(): WasmPointer;
  stackRestore(stack: WasmPointer): void;

  luaL_newstate(): Thread;
  luaL_openlibs(L: Thread): void;
  lua_close(L: Thread): void;

  lua_absindex(L: Thread, index: Index): Index;
  lua_gettop(L: Thread): Index;
  lua_settop(L: Thread, index: Index): void;
  lua_pushvalue(L: Thread, index: Index): void;
  lua_copy(L: Thread, from: Index, to: Index): void;
  lua_rotate(L: Thread, index: Index, count: number): void;
  lua_checkstack(L: Thread, size: number): number;
  luaL_checkstack(L: Thread, size: number, message: WasmPointer): void;

  lua_type(L: Thread, index: Index): number;
  lua_typename(L: Thread, type: number): WasmPointer;
  lua_isinteger(L: Thread, index: Index): number;
  lua_isnumber(L: Thread, index: Index): number;
  lua_toboolean(L: Thread, index: Index): number;
  lua_tonumberx(L: Thread, index: Index, isNumber: WasmPointer): number;
  lua_tointegerx(L: Thread, index: Index, isInteger: WasmPointer): bigint;
  lua_tolstring(L: Thread, index: Index, length: WasmPointer): WasmPointer;
  lua_tocfunction(L: Thread, index: Index): number;
  lua_touserdata(L: Thread, index: Index): WasmPointer;
  luaL_testudata(L: Thread, index: Index, name: WasmPointer): WasmPointer;
  lua_tothread(L: Thread, index: Index): Thread;
  lua_iscfunction(L: Thread, index: Index): number;
  lua_topointer(L: Thread, index: Index): WasmPointer;
  luaL_tolstring(L: Thread, index: Index, length: WasmPointer): WasmPointer;

  lua_pushnil(L: Thread): void;
  lua_pushboolean(L: Thread, value: number): void;
  lua_pushnumber(L: Thread, value: number): void;
  lua_pushinteger(L: Thread, value: bigint): void;
  lua_pushlstring(L: Thread, text: WasmPointer, length: number): WasmPointer;
  lua_pushstring(L: Thread, text: WasmPointer): WasmPointer;
  lua_pushcclosure(L: Thread, functionIndex: number, upvalues: number): void;

  lua_createtable(L: Thread, items: number, fields: number): void;
  lua_newuserdatauv(L: Thread, size: number, values: number): WasmPointer;
  lua_gettable(L: Thread, index: Index): number;
  lua_getfield(L: Thread, index: Index, name: WasmPointer): number;
  lua_setfield(L: Thread, index: Index, name: WasmPointer): void;
  lua_rawget(L: Thread, index: Index): number;
  lua_rawset(L: Thread, index: Index): void;
  lua_geti(L: Thread, index: Index, n: bigint): number;
  lua_rawgeti(L: Thread, index: Index, n: bigint): number;
  lua_rawseti(L: Thread, index: Index, n: bigint): void;
  lua_rawlen(L: Thread, index: Index): bigint;
  lua_next(L: Thread, table: Index): number;
  lua_rawequal(L: Thread, a: Index, b: Index): number;
  lua_getglobal(L: Thread, name: WasmPointer): number;
  lua_setglobal(L: Thread, name: WasmPointer): void;
  lua_getmetatable(L: Thread, index: Index): number;
  lua_setmetatable(L: Thread, index: Index): number;
  lua_setupvalue(L: Thread, index: Index, n: number): WasmPointer;
  luaL_newmetatable(L: Thread, name: WasmPointer): number;
  luaL_setmetatable(L: Thread, name: WasmPointer): void;
  luaL_getmetafield(L: Thread, index: Index, name: WasmPointer): number;
  luaL_getsubtable(L: Thread, index: Index, name: WasmPointer): number;
  luaL_ref(L: Thread, table: Index): number;
  luaL_unref(L: Thread, table: Index, ref: number): void;

  lua_callk(L: Thread, args: number, results: number, context: number, continuation: number): void;
  lua_pcallk(L: Thread, args: number, results: number, handler: Index, context: number, continuation: number): number;
  luaL_loadbufferx(L: Thread, code: WasmPointer, length: number, name: WasmPointer, mode: WasmPointer): number;
  luaL_loadfilex(L: Thread, file: WasmPointer, mode: WasmPointer): number;
  luaL_traceback(L: Thread, of: Thread, message: WasmPointer, level: number): void;
  luaL_where(L: Thread, level: number): void;
  lua_error(L: Thread): never;
  luaL_argerror(L: Thread, argument: number, message: WasmPointer): never;
  luaL_typeerror(L: Thread, argument: number, expected: WasmPointer): never;
  luaL_fileresult(L: Thread, success: number, file: WasmPointer): number;
  luaL_execresult(L: Thread, status: number): number;
  luaL_checknumber(L: Thread, argument: number): number;
  luaL_checkinteger(L: Thread, argument: number): bigint;
  luaL_checklstring(L: Thread, argument: number, length: WasmPointer): WasmPointer;
  luaL_checktype(L: Thread, argument: number, type: number): void;
  luaL_checkany(L: Thread, argument: number): void;
  lua_sethook(L: Thread, hook: number, mask: number, count: number): void;
  lua_gethook(L: Thread): number;
  lua_gethookmask(L: Thread): number;
  lua_gethookcount(L: Thread): number;
}
