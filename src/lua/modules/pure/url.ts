/**
 * The module `socket.url`, as LuaSocket has it: RFC 2396, and the same results where that or RFC 3986 would have others. It
 * builds tables of strings from strings, so it is Lua. (`src/url` is what TypeScript programs get.)
 */

import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';
import text from './url.lua.ts';

export const open: ModuleFile['open'] = luaModule('socket.url', text);
