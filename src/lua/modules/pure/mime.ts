/** The module `mime`: filters of the functions of `mime.core`, put into the same table. */

import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';
import text from './mime.lua.ts';

export const open: ModuleFile['open'] = luaModule('mime', text);
