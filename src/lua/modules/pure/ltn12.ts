/**
 * The module `ltn12`, by the description of LTN12: filters, sources, sinks and pumps. It only moves Lua values about, and
 * whatever it calls may yield, so it is Lua.
 */

import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';
import text from './ltn12.lua.ts';

export const open: ModuleFile['open'] = luaModule('ltn12', text);
