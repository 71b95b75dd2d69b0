/**
 * Lua 5.4 for embedding, with LuaSocket's modules. It needs the package wasmoon, and koffi for its sockets.
 *
 * @module moonsocket/lua
 */
/// <reference types="node" preserve="true" />

export { LuaError } from '../lua/errors.ts';
export { createLua, type Lua, type LuaCallback, type LuaOptions } from '../lua/lua.ts';
export type { NetworkPermission, NetworkRequest, RequestKind } from '../lua/network.ts';
export type { FilesPermission, Permissions } from '../lua/permissions.ts';
export type { FromLua, ToLua } from '../lua/values.ts';
export { runInWorker, type WorkerOptions } from '../lua/worker.ts';
