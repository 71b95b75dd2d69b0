/** Paths of Unix sockets, which are bytes in Lua (unix(7)). */

import { failure } from '../../blocking/libc/errno.ts';
import * as libc from '../../blocking/libc/functions.ts';
import { beginName, NAME, NAME_LENGTH, type Packed, packedPath, pathBytes } from '../../blocking/libc/sockaddr.ts';
import { reasonOf } from './reasons.ts';

/** Linux's sun_path, without the NUL at its end; macOS has four less. */
const LONGEST = libc.SYSTEM === 'linux' ? 107 : 103;

/** The packed address of a path, or what is wrong with it. A first NUL makes it an abstract name; else one ends it, as in C. */
export function unixName(path: Buffer): Packed | string {
  const end = path.indexOf(0);
  const name = end > 0 ? path.subarray(0, end) : path;
  if (name.length > LONGEST) return 'path too long';
  const packed = packedPath(name);
  // Without any byte it is no name: bind(2) finds an abstract one then.
  return name.length === 0 ? { bytes: packed.bytes, length: packed.length - 1 } : packed;
}

/** The path that C has written to NAME; an abstract one is not shown. */
export function unixPath(): string {
  const path = pathBytes();
  const end = path.indexOf(0);
  return path.toString('latin1', 0, end < 0 ? path.length : end);
}

/** Where a socket is, or what is wrong. */
export function unixPathOf(fd: number): { readonly path: string } | string {
  beginName();
  return libc.getsockname(fd, NAME, NAME_LENGTH) < 0 ? reasonOf(failure()) : { path: unixPath() };
}
