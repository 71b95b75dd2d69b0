/** The modules `mbox` and `socket.mbox`, by LuaSocket's two names: mailboxes as text, taken apart. It is Lua. */
import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';
import text from './mbox.lua.ts';

export const open: ModuleFile['open'] = luaModule('mbox', text);
