/** Arguments and results of `select`, in every face. */
import { badArgument, type SocketError } from '../core/errors.ts';
import type { Readiness } from '../core/io.ts';

/** A socket that `select` takes: a client, a server or a UDP socket. */
export interface Selectable {
  /** Its state; undefined for a socket that cannot be selected. */
  readonly readiness: Readiness | undefined;
}

/** The sockets that `select` has found ready, in the order given. */
export interface Selected<R, W> {
  /** Readers of which a receive or accept would not wait. */
  readonly readable: R[];
  /** Writers of which a send would not wait. */
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
