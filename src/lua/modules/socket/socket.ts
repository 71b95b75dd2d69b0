/** The module `socket`, which is `socket.core`, too: its functions, constants and classes. */

import { DATAGRAM_SIZE } from '../../../core/limits.ts';
import { deadlineAfter, gettime } from '../../../core/timeout.ts';
import { pause } from '../../../posix/wait.ts';
import { LUA_REGISTRYINDEX } from '../../api.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import { forbidden, type PermissionName } from '../../permissions.ts';
import { load } from '../../scripts.ts';
import type { HostFunction } from '../../state.ts';
import { singletonModule } from '../base/singleton.ts';
import { DNS } from './dns.ts';
import overText from './over.lua.ts';
import { select } from './select.ts';
import text from './socket.lua.ts';
import { tcpFunctions } from './tcp.ts';
import { udpFunctions } from './udp.ts';

const NUMBERS = { _SETSIZE: 1024, _SOCKETINVALID: -1, _DATAGRAMSIZE: DATAGRAM_SIZE, BLOCKSIZE: 2048 };
const VERSION = 'LuaSocket 3.1.0';
/** The functions that make objects. */
const TCP = ['tcp', 'tcp4', 'tcp6', 'bind', 'connect'];
const UDP = ['udp', 'udp4', 'udp6'];
/** Seconds that a sleep lasts at most. */
const LONGEST_SLEEP = 2_147_483_647;

export const open: (machine: Bindings) => HostFunction = singletonModule((machine, lua) => {
  machine.kernel.brokenPipe = undefined; // as LuaSocket, which ignores SIGPIPE
  lua.newTable();
  const { tcp, udp } = machine.reach.network;
  machine.setFunctions(lua, {
    ...functions(machine),
    ...(tcp ? tcpFunctions(machine, lua) : refused(TCP, 'network.tcp')),
    ...(udp ? udpFunctions(machine, lua) : refused(UDP, 'network.udp')),
  });
  lua.newTable();
  machine.setFunctions(lua, tcp || udp ? DNS : refused(Object.keys(DNS), 'network'));
  lua.setField(-2, 'dns');
  for (const [name, value] of Object.entries(NUMBERS)) {
    lua.push(BigInt(value));
    lua.setField(-2, name);
  }
  lua.push(VERSION);
  lua.setField(-2, '_VERSION');
  lua.vm.api.luaL_getsubtable(lua.L, LUA_REGISTRYINDEX, lua.vm.word('_LOADED'));
  lua.pushCopy(-2);
  lua.setField(-2, 'socket.core');
  lua.pop();
  load(lua, text, '=socket');
  lua.pushCopy(-2);
  load(lua, overText, '=socket');
  lua.call(0, 1);
  lua.call(2, 0);
});

function refused(names: readonly string[], permission: PermissionName): Functions {
  return Object.fromEntries(names.map((name) => [name, forbidden(`socket.${name}`, permission)]));
}

function functions(machine: Bindings): Functions {
  return {
    select: select(machine),
    gettime: (lua) => lua.give(gettime()),
    sleep(lua) {
      pause(deadlineAfter('sleep', Math.min(Math.max(0, lua.number(1)), LONGEST_SLEEP)));
      return 0;
    },
    /** The arguments after the first, without the number of them that it names. They are on the stack already. */
    skip(lua) {
      const left = lua.top - lua.integer(1) - 1;
      return Math.min(Math.max(left, 0), lua.top);
    },
    __unload: () => 0,
  };
}
