/** The methods that datagram objects share: of UDP and of Unix sockets. */

import { DATAGRAM_SIZE } from '../../../core/limits.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { State } from '../../state.ts';
import type { LuaDatagramSocket } from './datagram-socket.ts';
import { descriptorsOf } from './descriptors.ts';
import { memoryOf } from './receive-buffer.ts';

/** The names of the class of connected objects, and of the group of all. */
interface DatagramClasses {
  readonly any: string;
  readonly connected: string;
}

/** From here on no machine has the memory that native LuaSocket would take for it. */
const TOO_LARGE = 2 ** 36;

export function datagramMethods(machine: Bindings, { any, connected }: DatagramClasses): Functions {
  const object = (lua: State, expected: string): LuaDatagramSocket =>
    machine.object<LuaDatagramSocket>(lua, 1, expected);

  return {
    send(lua) {
      const socket = object(lua, connected);
      const data = lua.textAt(2);
      return given(lua, socket.send(data, lua.vm.outLength, undefined));
    },

    receive(lua) {
      const wrong = receive(lua, object(lua, any), false);
      return wrong === undefined ? 1 : lua.refuse(wrong);
    },

    close(lua) {
      object(lua, any).close();
      return lua.give(1);
    },

    settimeout: (lua) => object(lua, any).timeouts.set(lua),
    gettimeout(lua) {
      const { block, total } = object(lua, any).timeouts;
      return lua.give(block, total);
    },

    getfd: (lua) => lua.give(object(lua, any).fd),
    setfd(lua) {
      const assigned = descriptorsOf(machine).assign(object(lua, any), Math.trunc(lua.number(2)));
      return assigned ? 0 : lua.argumentError(2, 'no descriptor of this machine for such an object');
    },
    dirty: (lua) => lua.give(object(lua, any).dirty),
  };
}

/** Receives a datagram, of the size that argument 2 names, and pushes it; what is wrong, if so. */
export function receive(lua: State, socket: LuaDatagramSocket, named: boolean): string | undefined {
  const size = Math.trunc(lua.optNumber(2, DATAGRAM_SIZE));
  if (!(size >= 0 && size < TOO_LARGE)) return 'out of memory';
  const wrong = socket.receive(size, named);
  if (wrong !== undefined) return wrong;
  const { gathered } = memoryOf(lua.vm);
  lua.pushBytes(gathered.at, gathered.length);
  return undefined;
}

/** A count, or what is wrong. */
export function given(lua: State, sent: number | string): number {
  return typeof sent === 'string' ? lua.refuse(sent) : lua.give(sent);
}
