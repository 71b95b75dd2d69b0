/** The classes unixstream{master}, unixstream{client} and unixstream{server}. */

import { Failure } from '../../../core/errors.ts';
import { EAGAIN, EINTR, failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import type { Packed } from '../../../posix/libc/sockaddr.ts';
import { letBlock, newSocket } from '../../../posix/open-socket.ts';
import { waitIn } from '../../../posix/wait.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { setoption, UNIX_STREAM_OPTIONS } from './options.ts';
import { reasonOf } from './reasons.ts';
import { connectionMethods, streamMethods } from './stream-methods.ts';
import { StreamSocket } from './stream-socket.ts';
import { attachTo, unixPathOf } from './unix-name.ts';

type UnixStreamClass = 'unixstream{master}' | 'unixstream{client}' | 'unixstream{server}';

const ANY = 'unixstream{any}';
const MASTER: UnixStreamClass = 'unixstream{master}';
const CLIENT: UnixStreamClass = 'unixstream{client}';
const SERVER: UnixStreamClass = 'unixstream{server}';

class UnixStream extends StreamSocket<UnixStreamClass> {
  bind(name: Packed): string | undefined {
    return libc.bind(this.fd, name.bytes, name.length) < 0 ? reasonOf(failure()) : undefined;
  }

  connect(name: Packed): string | undefined {
    if (this.fd < 0) return 'closed';
    this.timeouts.begin();
    const wrong = this.#connectTo(name);
    if (wrong === undefined) letBlock(this.fd);
    return wrong;
  }

  /** Of room in a full backlog poll tells nothing: only a connect that blocks waits for it. */
  #connectTo(name: Packed): string | undefined {
    const once = (): number => libc.connect(this.fd, name.bytes, name.length);
    for (;;) {
      if (once() === 0) return undefined;
      const number = libc.errno();
      if (number === EINTR) continue;
      if (number !== EAGAIN) return reasonOf(failure(number));
      if (this.timeouts.block === 0) return 'timeout';
      const outcome = waitIn(once, this.fd, this.timeouts.deadline);
      return outcome instanceof Failure ? reasonOf(outcome) : undefined;
    }
  }
}

/** Defines the classes; what makes a master. */
export function streamFunction(machine: Bindings, lua: State): HostFunction {
  const methods = unixMethods(machine);
  for (const name of [MASTER, CLIENT, SERVER]) machine.defineClass(lua, { name, groups: [ANY], methods });
  return (caller) => {
    const fd = newSocket(C.AF_UNIX, C.SOCK_STREAM);
    if (fd instanceof Failure) return caller.refuse(reasonOf(fd));
    machine.pushObject(caller, new UnixStream(machine, 'unix stream', MASTER, fd));
    return 1;
  };
}

function unixMethods(machine: Bindings): Functions {
  const master = (lua: State): UnixStream => machine.object<UnixStream>(lua, 1, MASTER);
  const classes = { any: ANY, master: MASTER, server: SERVER, client: CLIENT };

  const bind: HostFunction = (lua) => {
    const socket = master(lua);
    const wrong = attachTo(machine, 'bind', socket, lua.data(2), (name) => socket.bind(name));
    return wrong === undefined ? lua.give(1) : lua.refuse(wrong);
  };

  const connect: HostFunction = (lua) => {
    const socket = master(lua);
    const wrong = attachTo(machine, 'connect', socket, lua.data(2), (name) => socket.connect(name));
    if (wrong !== undefined) return lua.refuse(wrong);
    machine.setClass(lua, 1, socket, CLIENT);
    return lua.give(1);
  };

  return {
    ...streamMethods(machine, classes),
    ...connectionMethods<UnixStream>(machine, classes, (fd) => new UnixStream(machine, 'unix stream', CLIENT, fd)),
    bind,
    setsockname: bind,
    connect,
    setpeername: connect,
    getsockname(lua) {
      const found = unixPathOf(machine, machine.object<UnixStream>(lua, 1, ANY).fd);
      return typeof found === 'string' ? lua.refuse(found) : lua.give(found.path);
    },
    setoption: (lua) => setoption(lua, machine.object<UnixStream>(lua, 1, ANY).fd, UNIX_STREAM_OPTIONS),
  };
}
