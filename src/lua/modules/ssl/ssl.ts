/** The module `ssl`: LuaSec's, over `ssl.core`, `ssl.context`, `ssl.x509` and `ssl.config`. */
import type { Functions } from '../../bindings.ts';
import type { ModuleFile } from '../../modules.ts';
import { load } from '../../scripts.ts';
import { luaModule } from '../base/lua-module.ts';
import { singletonModule } from '../base/singleton.ts';
import { LUASEC } from './release.ts';
import text from './ssl.lua.ts';

const core = (): Functions => ({ release: (lua) => lua.give(LUASEC) });

export const open: ModuleFile['open'] = luaModule('ssl', text, core);

/** Pushes one that no program has replaced. */
export const pushOwnSsl: ModuleFile['open'] = singletonModule((machine, lua) => {
  load(lua, text, '=ssl');
  lua.newTable();
  machine.setFunctions(lua, core());
  lua.call(1, 1);
});
