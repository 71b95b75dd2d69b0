/**
 * In a worker: descriptors that are closed with it, however it ends.
 *
 * After `terminate()` no line of ours runs any more, but Node closes what fs.open has opened in the worker (the option
 * `trackUnmanagedFds`, on by default). So a socket takes the place, dup(2), of a file that was opened in this way.
 */
import { closeSync, openSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Outcome } from '../core/errors.ts';
import { failure } from './libc/errno.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';

const tracked = new Set<number>();

/** The same descriptor, under the number that it has from now on. In the main thread, whose end is the process's, its own. */
export function trackFd(fd: number): number {
  if (isMainThread || tracked.has(fd)) return fd;
  let place: number;
  try {
    place = openSync('/dev/null', 'r');
  } catch {
    return fd; // no second descriptor is to be had, and the first one is worth more than its end
  }
  replace(place, fd);
  libc.close(fd);
  tracked.add(place);
  return place;
}

/** The same descriptor as one that stays open when the worker ends, under another number if need be. */
export function untracked(fd: number): Outcome<number> {
  if (!tracked.has(fd)) return fd;
  const free = libc.fcntl(fd, C.F_DUPFD_CLOEXEC, 0);
  if (free < 0) return failure();
  closeFd(fd);
  return free;
}

/** Opens a file; of what fs.open has opened, Node knows already. */
export function openFile(path: string | Buffer, flags: number): number {
  const fd = openSync(path, flags);
  if (!isMainThread) tracked.add(fd);
  return fd;
}

/** Closes what `place` was, and makes it another name for `fd`, which a child process does not get. */
function replace(place: number, fd: number): void {
  if (libc.dup3 !== undefined) {
    libc.dup3(fd, place, C.SOCK_CLOEXEC); // O_CLOEXEC by another name
  } else {
    libc.dup2(fd, place);
    libc.fcntl(place, C.F_SETFD, C.FD_CLOEXEC);
  }
}

/** Closes a descriptor, tracked or not. As with close(2) in C, one that is not open is no error. */
export function closeFd(fd: number): void {
  if (!tracked.delete(fd)) {
    libc.close(fd);
    return;
  }
  try {
    closeSync(fd);
  } catch {
    // it was closed by others
  }
}
