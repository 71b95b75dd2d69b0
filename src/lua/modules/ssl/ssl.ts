/** The module `ssl`: LuaSec's, over `ssl.core`, `ssl.context`, `ssl.x509` and `ssl.config`. */
import type { ModuleFile } from '../../modules.ts';
import { load } from '../../scripts.ts';
import { LUASEC } from './release.ts';
import text from './ssl.lua.ts';

export const open: ModuleFile['open'] = () => (lua) => {
  load(lua, text, '=ssl');
  lua.push(LUASEC);
  lua.call(1, 1);
  return 1;
};
