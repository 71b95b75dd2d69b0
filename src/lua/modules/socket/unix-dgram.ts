/** The classes unixdgram{unconnected} and unixdgram{connected}. */

import { Failure } from '../../../core/errors.ts';
import { EAGAIN, failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import type { Packed } from '../../../posix/libc/sockaddr.ts';
import { newSocket } from '../../../posix/open-socket.ts';
import { waitIn } from '../../../posix/wait.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { datagramMethods, given, receive } from './datagram-methods.ts';
import { LuaDatagramSocket } from './datagram-socket.ts';
import { setoption, UNIX_DATAGRAM_OPTIONS } from './options.ts';
import { reasonOf } from './reasons.ts';
import { attachTo, atUnixName, unixPath, unixPathOf } from './unix-name.ts';

type UnixDatagramClass = 'unixdgram{unconnected}' | 'unixdgram{connected}';

const ANY = 'unixdgram{any}';
const UNCONNECTED: UnixDatagramClass = 'unixdgram{unconnected}';
const CONNECTED: UnixDatagramClass = 'unixdgram{connected}';

class LuaUnixDatagram extends LuaDatagramSocket<UnixDatagramClass> {
  attach(call: typeof libc.bind, name: Packed): string | undefined {
    if (this.fd < 0 && call === libc.connect) return 'closed';
    return call(this.fd, name.bytes, name.length) < 0 ? reasonOf(failure()) : undefined;
  }

  /** Of room in the queue of one that is not the peer poll tells nothing: only a send that blocks waits for it. */
  protected override afterSend(at: number, length: number, to: Packed | undefined): number | string | undefined {
    if (to === undefined || this.timeouts.block === 0 || libc.errno() !== EAGAIN)
      return super.afterSend(at, length, to);
    const outcome = waitIn(() => this.sendOnce(at, length, to, 0), this.fd, this.timeouts.deadline);
    return outcome instanceof Failure ? reasonOf(outcome) : outcome;
  }
}

/** Defines the classes; what makes an object. */
export function dgramFunction(machine: Bindings, lua: State): HostFunction {
  const methods = unixMethods(machine);
  for (const name of [UNCONNECTED, CONNECTED])
    machine.defineClass(lua, { name, groups: [ANY, 'select{able}'], methods });
  return (caller) => {
    const fd = newSocket(C.AF_UNIX, C.SOCK_DGRAM);
    if (fd instanceof Failure) return caller.refuse(reasonOf(fd));
    machine.pushObject(caller, new LuaUnixDatagram(machine, 'unix datagrams', UNCONNECTED, fd));
    return 1;
  };
}

function unixMethods(machine: Bindings): Functions {
  const object = (lua: State, expected: string): LuaUnixDatagram => machine.object<LuaUnixDatagram>(lua, 1, expected);

  const bind: HostFunction = (lua) => {
    const socket = object(lua, UNCONNECTED);
    const wrong = attachTo(machine, 'bind', socket, lua.data(2), (name) => socket.attach(libc.bind, name));
    return wrong === undefined ? lua.give(1) : lua.refuse(wrong);
  };

  const connect: HostFunction = (lua) => {
    const socket = object(lua, ANY);
    const wrong = attachTo(machine, 'connect', socket, lua.data(2), (name) => socket.attach(libc.connect, name));
    if (wrong !== undefined) return lua.refuse(wrong);
    machine.setClass(lua, 1, socket, CONNECTED);
    return lua.give(1);
  };

  return {
    ...datagramMethods(machine, { any: ANY, connected: CONNECTED }),
    bind,
    setsockname: bind,
    connect,
    setpeername: connect,

    sendto(lua) {
      const socket = object(lua, UNCONNECTED);
      const data = lua.textAt(2);
      const length = lua.vm.outLength;
      const sent = atUnixName(machine, 'send', lua.data(3), (name) => socket.send(data, length, name));
      return given(lua, sent);
    },

    receivefrom(lua) {
      const socket = object(lua, UNCONNECTED);
      const wrong = receive(lua, socket, true);
      if (wrong !== undefined) return lua.refuse(wrong);
      return 1 + lua.give(socket.fd < 0 ? '' : unixPath(machine));
    },

    getsockname(lua) {
      const found = unixPathOf(machine, object(lua, ANY).fd);
      return typeof found === 'string' ? lua.refuse(found) : lua.give(found.path);
    },
    setoption: (lua) => setoption(lua, object(lua, ANY).fd, UNIX_DATAGRAM_OPTIONS),
  };
}
