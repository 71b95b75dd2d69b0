/**
 * Locks of a part of a file (fcntl(2)):
 *
 *     struct flock, Linux    type(2) whence(2) pad(4) start(8) length(8) pid(4) pad(4)
 *     struct flock, Darwin   start(8) length(8) pid(4) type(2) whence(2)
 */
import type { Failure } from '../../core/errors.ts';
import { failure } from './errno.ts';
import * as libc from './functions.ts';
import { C, SYSTEM } from './functions.ts';

/** Locks or unlocks bytes, without waiting; a length of 0 is up to the end, however far that goes. */
export function lockFile(fd: number, kind: 'r' | 'w' | 'u', start: number, length: number): Failure | undefined {
  const lock = Buffer.alloc(32);
  const [numbers, words] = SYSTEM === 'linux' ? [8, 0] : [0, 20];
  lock.writeInt16LE({ r: C.F_RDLCK, w: C.F_WRLCK, u: C.F_UNLCK }[kind], words);
  lock.writeBigInt64LE(BigInt(start), numbers);
  lock.writeBigInt64LE(BigInt(length), numbers + 8);
  return libc.fcntlOf(fd, C.F_SETLK, lock) === 0 ? undefined : failure();
}
