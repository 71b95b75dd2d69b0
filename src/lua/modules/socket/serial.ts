/** The module `socket.serial`: a function that opens serial lines, and the class serial{client}. */

import { constants as fs } from 'node:fs';
import { constants } from 'node:os';
import { Failure } from '../../../core/errors.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { openFile } from '../../../posix/worker-fds.ts';
import type { Bindings } from '../../bindings.ts';
import type { HostFunction } from '../../state.ts';
import { reasonOf } from './reasons.ts';
import { streamMethods } from './stream-methods.ts';
import { StreamSocket, type Transfer } from './stream-socket.ts';

const ANY = 'serial{any}';
const CLIENT = 'serial{client}';

/** A terminal is no socket, and has no flags for a call: it never blocks. */
const TERMINAL: Transfer = {
  send: (fd, address, length) => libc.writeAt(fd, address, length),
  recv: (fd, address, size) => libc.readAt(fd, address, size),
};

export function open(machine: Bindings): HostFunction {
  return (lua) => {
    const methods = streamMethods(machine, { any: ANY, client: CLIENT });
    machine.defineClass(lua, { name: CLIENT, groups: [ANY], methods });
    machine.pushFunction(lua, serial(machine));
    return 1;
  };
}

/** Opens the line; what is wrong comes with its number. */
function serial(machine: Bindings): HostFunction {
  return (lua) => {
    const path = lua.data(1);
    try {
      // A terminal that it opens does not become the process's own, nor does opening wait for a carrier.
      const fd = machine.reach.files.opening(path, fs.O_RDWR | fs.O_NOCTTY | fs.O_NONBLOCK, openFile);
      machine.pushObject(lua, new StreamSocket(machine, 'serial', CLIENT, fd, TERMINAL));
      return 1;
    } catch (thrown) {
      const code = (thrown as { code?: string }).code as keyof typeof constants.errno;
      return lua.refuse(reasonOf(new Failure(code)), constants.errno[code]);
    }
  };
}
