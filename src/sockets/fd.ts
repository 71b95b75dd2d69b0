/** Descriptors that come from outside: what may be passed, and what Node's objects have. */

import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

/** How a descriptor is used: read, written, or both. */
export type FdMode = 'r' | 'w' | 'rw';

/** Throws unless these could be a descriptor and a mode. */
export function checkFd(fd: number, mode: FdMode): void {
  if (!Number.isSafeInteger(fd) || fd < 0)
    throw badArgument(`fd: a descriptor is a whole number, 0 or more, not ${shown(fd)}`);
  if (mode !== 'r' && mode !== 'w' && mode !== 'rw')
    throw badArgument(`fd: mode is 'r', 'w' or 'rw', not ${shown(mode)}`);
}

/** A stream of Node's, as far as it matters here. */
export interface NodeReadable {
  readonly readableEncoding: string | null;
  readonly readableObjectMode: boolean;
}

/** Throws unless there is a stream, and the readable one gives bytes. */
export function checkPipe(readable: NodeReadable | null | undefined, writable: object | null | undefined): void {
  if (!readable && !writable) throw badArgument('pipe: name a readable stream, a writable one, or both');
  if (readable && (readable.readableEncoding !== null || readable.readableObjectMode)) {
    throw badArgument('pipe: the readable stream gives text or objects, and bytes are needed; do not call setEncoding');
  }
}

/** The descriptor below a stream or a server, or -1; Node has no public way to ask. */
export function fdOf(stream: unknown): number {
  const { _handle, fd } = (stream ?? {}) as { _handle?: { fd?: number } | null; fd?: number | null };
  return _handle?.fd ?? (typeof fd === 'number' ? fd : -1);
}
