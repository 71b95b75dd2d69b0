/** Paths of Unix sockets, which are bytes in Lua (unix(7)), and where a machine's permissions let them lead. */

import { Failure } from '../../../core/errors.ts';
import { failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { beginName, NAME, NAME_LENGTH, type Packed, packedPath, pathBytes } from '../../../posix/libc/sockaddr.ts';
import type { Bindings } from '../../bindings.ts';
import { Walled } from '../../host/walls.ts';
import type { NetworkRequest } from '../../network.ts';
import { reasonOf } from './reasons.ts';

type Kind = NetworkRequest['kind'];

/** Linux's sun_path, without the NUL at its end; macOS has four less. */
const LONGEST = libc.SYSTEM === 'linux' ? 107 : 103;
const TOO_LONG = 'path too long';
const DENIED = reasonOf(new Failure('EACCES'));
/** The walls for a machine without files: a socket's path does not lead into the kernel either. */
const WHOLE_HOST = new Walled(undefined, true);

/**
 * Does something with the packed address of a path; or what is wrong with it. A first NUL makes it an abstract name; else one
 * ends it, as in C.
 */
export function atUnixName<T>(
  machine: Bindings,
  kind: Kind,
  path: Buffer,
  use: (name: Packed) => T | string,
  trusted: boolean = machine.reach.trusted,
): T | string {
  const end = path.indexOf(0);
  const name = end > 0 ? path.subarray(0, end) : path;
  if (name.length > LONGEST) return TOO_LONG;
  const { network } = machine.reach;
  if (trusted) return use(packedName(name));
  const walls = wallsOf(machine);
  if (end === 0 || name.length === 0) {
    if (walls.isFolder) return DENIED;
    return network.permits({ kind, protocol: 'unix', path: name.toString() }) ? use(packedName(name)) : DENIED;
  }
  const located = attempt(() => Buffer.from(walls.located(name, kind !== 'bind'), 'latin1'));
  if (typeof located === 'string') return located;
  if (!network.permits({ kind, protocol: 'unix', path: located.toString() })) return DENIED;
  if (kind !== 'bind') return attempt(() => walls.opening(name, 0, (place) => use(packedName(place))));
  if (located.length > LONGEST) return TOO_LONG;
  return attempt(() => walls.entry(name, true, () => use(packedName(located))));
}

/**
 * Binds or connects a socket, by `use`. After a failure LuaSocket has no descriptor any more, whether the system or a wall has
 * refused; only of a path that is too long the system never hears. Without a descriptor nothing is reached, and nothing looked up.
 */
export function attachTo(
  machine: Bindings,
  kind: 'bind' | 'connect',
  socket: Attached,
  path: Buffer,
  use: (name: Packed) => string | undefined,
): string | undefined {
  const wrong = atUnixName(machine, kind, path, use, machine.reach.trusted || socket.fd < 0);
  if (wrong !== undefined && wrong !== TOO_LONG) socket.close();
  return wrong;
}

interface Attached {
  readonly fd: number;
  close(): void;
}

/** Turns a refusal of the walls into a failure like the system's. */
function attempt<T>(look: () => T): T | string {
  try {
    return look();
  } catch (thrown) {
    const { code } = thrown as { code?: unknown };
    if (typeof code !== 'string') throw thrown;
    return reasonOf(new Failure(code));
  }
}

function wallsOf({ reach: { files } }: Bindings): Walled {
  return files instanceof Walled ? files : WHOLE_HOST;
}

function packedName(name: Buffer): Packed {
  const packed = packedPath(name);
  // Without any byte it is no name: bind(2) finds an abstract one then.
  return name.length === 0 ? { bytes: packed.bytes, length: packed.length - 1 } : packed;
}

/** The path that C has written to NAME, as the machine has it; an abstract one is not shown. */
export function unixPath(machine: Bindings): string {
  const path = pathBytes();
  const end = path.indexOf(0);
  return wallsOf(machine).shown(path.toString('latin1', 0, end < 0 ? path.length : end));
}

/** The path of a socket, or what is wrong. */
export function unixPathOf(machine: Bindings, fd: number): { readonly path: string } | string {
  beginName();
  return libc.getsockname(fd, NAME, NAME_LENGTH) < 0 ? reasonOf(failure()) : { path: unixPath(machine) };
}
