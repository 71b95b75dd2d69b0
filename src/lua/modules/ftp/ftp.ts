/** The module `socket.ftp`: LuaSocket's sequence of commands, with the addresses and names of our FTP. */
import {
  extendedPassivePort,
  extendedPortArgument,
  isSameAddress,
  passivePort,
  portArgument,
} from '../../../protocol/ftp/addresses.ts';
import { argumentBytes } from '../../../protocol/ftp/argument.ts';
import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';
import { refusing } from '../tp/tp.ts';
import text from './ftp.lua.ts';

export const open: ModuleFile['open'] = luaModule('socket.ftp', text, () => ({
  passive_port: refusing((lua) => lua.give(BigInt(passivePort(lua.text(1))))),
  extended_passive_port: refusing((lua) => lua.give(String(extendedPassivePort(lua.text(1))))),
  /** `(address, port)` */
  port_argument: refusing((lua) => lua.give(portArgument({ address: lua.text(1), port: lua.integer(2) }))),
  extended_port_argument: refusing((lua) =>
    lua.give(extendedPortArgument({ address: lua.text(1), port: lua.integer(2) })),
  ),
  is_same_address: (lua) => lua.give(isSameAddress(lua.text(1), lua.text(2))),
  argument: refusing((lua) => lua.give(argumentBytes('the argument', lua.data(1)))),
}));
