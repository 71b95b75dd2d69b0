/** Modules that only move Lua values about, and are Lua: how a machine loads them. */
import { LUA_TTABLE } from '../../api.ts';
import type { Bindings } from '../../bindings.ts';
import { load } from '../../scripts.ts';
import type { HostFunction } from '../../state.ts';

/**
 * What a module's file exports: it runs the code, which returns the module. As in LuaSocket, `socket.x` becomes a field of `socket`
 * as well, where the script may have that.
 */
export function luaModule(name: string, code: string): (machine: Bindings) => HostFunction {
  const [parent, field] = name.split('.', 2) as [string, string?];
  return () => (lua) => {
    load(lua, code, `=${name}`);
    lua.call(0, 1);
    if (field === undefined) return 1;
    lua.getGlobal('require');
    lua.push(parent);
    if (lua.pcall(1, 1) && lua.type(-1) === LUA_TTABLE) {
      lua.pushCopy(-2);
      lua.setField(-2, field);
    }
    lua.pop();
    return 1;
  };
}
