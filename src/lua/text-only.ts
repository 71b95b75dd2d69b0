/**
 * A machine without the permission `bytecode`: `load`, `loadfile`, `dofile` and `require` take text only.
 *
 * The virtual machine does not check precompiled code (the manual, section 6.4, `load`): with it a script makes values that point
 * anywhere. The memory outside is out of reach even then (`vm.ts`); this is the wall before that one, as is `guarded.ts`.
 */
import type { Index } from './api.ts';
import type { Bindings } from './bindings.ts';
import { load } from './scripts.ts';
import type { HostFunction } from './state.ts';

/** Places of `mode` among the arguments. */
const MODE_OF = { load: 3, loadfile: 2 } as const;

/** Functions made of `loadfile`, as in Lua's C code but for the mode. */
const OVER_LOADFILE = `
local error, format, loadfile, package, searchpath, type = error, string.format, loadfile, package, package.searchpath, type

function dofile(name)
  local f, wrong = loadfile(name)
  if not f then error(wrong, 0) end
  return f()
end

package.searchers[2] = function(name)
  if type(package.path) ~= "string" then error("'package.path' must be a string", 0) end
  local file, missing = searchpath(name, package.path)
  if not file then return missing end
  local f, wrong = loadfile(file)
  if not f then error(format("error loading module '%s' from file '%s':\\n\\t%s", name, file, wrong), 0) end
  return f, file
end`;

/** Runs when the standard libraries are there, and before any script. */
export function takeTextOnly(machine: Bindings): void {
  const { main: lua } = machine;
  lua.getGlobal('_G');
  const [loadText, loadTextFile] = Object.entries(MODE_OF).map(([name, mode]) => asText(machine, name, mode));
  machine.setFunctions(lua, { load: loadText!, loadfile: loadTextFile! });
  lua.pop();
  load(lua, OVER_LOADFILE, '=moonsocket');
  lua.call(0, 0);
}

/** The function of this name in the table on top, without `b` in its mode, which is `bt` where there is none. */
function asText(machine: Bindings, name: string, mode: Index): HostFunction {
  const call = machine.original(name);
  return (lua) => {
    const text = lua.optText(mode, 'bt').replaceAll('b', '');
    if (lua.top < mode) lua.top = mode;
    lua.push(text);
    lua.insert(mode);
    lua.vm.api.lua_rotate(lua.L, mode + 1, -1);
    lua.pop();
    return call(lua);
  };
}
