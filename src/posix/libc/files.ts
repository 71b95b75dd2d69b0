/**
 * What Node has not for files: their position (lseek(2)), and locks of a part of one (fcntl(2)).
 *
 *     struct flock, Linux    type(2) whence(2) pad(4) start(8) length(8) pid(4) pad(4)
 *     struct flock, Darwin   start(8) length(8) pid(4) type(2) whence(2)
 */
import type { Failure } from '../../core/errors.ts';
import { failure } from './errno.ts';
import * as libc from './functions.ts';
import { C, SYSTEM } from './functions.ts';

/** Where the next byte is read or written from now on; `whence` is 0 (from the beginning), 1 (from here) or 2 (from the end). */
export function seekFile(fd: number, offset: number, whence: number): number | Failure {
  const place = libc.lseek(fd, offset, whence);
  return place < 0 ? failure() : Number(place);
}

/** Locks or unlocks bytes, without waiting; a length of 0 is up to the end, however far that goes. */
export function lockFile(fd: number, kind: 'r' | 'w' | 'u', start: number, length: number): Failure | undefined {
  const lock = Buffer.alloc(32);
  const [numbers, words] = SYSTEM === 'linux' ? [8, 0] : [0, 20];
  lock.writeInt16LE({ r: C.F_RDLCK, w: C.F_WRLCK, u: C.F_UNLCK }[kind], words);
  lock.writeBigInt64LE(BigInt(start), numbers);
  lock.writeBigInt64LE(BigInt(length), numbers + 8);
  return libc.fcntlOf(fd, C.F_SETLK, lock) === 0 ? undefined : failure();
}
