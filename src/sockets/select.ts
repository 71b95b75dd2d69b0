/** What `select` takes and gives, in every face. */
import { badArgument, type SocketError } from '../core/errors.ts';
import type { Readiness } from '../core/io.ts';

/** What `select` takes: clients, servers and UDP sockets. */
export interface Selectable {
  readonly readiness: Readiness | undefined;
}

export interface Selected<R, W> {
  readonly readable: R[];
  readonly writable: W[];
}

/** The sockets of a list that may be left out. */
export function listed<T>(items: Iterable<T> | null | undefined): Iterable<T> {
  const list = items ?? [];
  if (typeof list[Symbol.iterator] !== 'function')
    throw badArgument('select: readers and writers are lists of sockets, or null');
  return list;
}

export function notSelectable(): SocketError {
  return badArgument('select: this is no socket that can be waited for; masters and unbound sockets cannot');
}
