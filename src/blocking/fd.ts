/** Any descriptor as a stream: sockets, pipes and FIFOs, terminals and files; and those below Node's own streams. */
import { fstatSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { badArgument, Failure, failed } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { closeOnExec, duplicate } from '../posix/open-socket.ts';
import type { LastLine } from '../sockets/client.ts';
import { checkFd, checkPipe, type FdMode, fdOf } from '../sockets/fd.ts';
import { DescriptorIo } from './descriptor-io.ts';
import { SocketIo } from './socket-io.ts';

/** The transport of a descriptor, which it owns from then on: closing the one closes the other; and how its text may end. */
export function fdIo(fd: number, mode: FdMode): { io: Io; lastLine: LastLine } {
  checkFd(fd, mode);
  let isSocket: boolean;
  try {
    isSocket = fstatSync(fd).isSocket();
  } catch (error) {
    throw failed('fd', new Failure((error as NodeJS.ErrnoException).code ?? 'EBADF', error), { target: String(fd) });
  }
  const descriptor = Descriptor.keep(fd);
  if (isSocket && mode === 'rw') return { io: new SocketIo(descriptor), lastLine: 'ended' };
  const io = new DescriptorIo(mode === 'w' ? undefined : descriptor, mode === 'r' ? undefined : descriptor);
  return { io, lastLine: 'anywhere' };
}

/** The transport of what is below Node's streams. It takes the descriptors over, and the streams end. */
export function nodeIo(readable: Readable | null | undefined, writable: Writable | null | undefined): Io {
  checkPipe(readable, writable);
  const input = readable ? takeOverStream(readable) : undefined;
  const output = writable ? takeOverStream(writable) : undefined;
  return new DescriptorIo(input, output);
}

function takeOverStream(stream: Readable | Writable): Descriptor {
  const fd = duplicate(fdOf(stream));
  if (fd instanceof Failure)
    throw badArgument('pipe: this stream has no descriptor; a child process, a file or a socket has');
  const descriptor = Descriptor.own(fd);
  stream.on('error', () => {}).destroy(); // what it might tell is of no interest any more
  return descriptor;
}

/** Two connected ends, by socketpair(2). */
export function pairIo(): [Io, Io] {
  const fds = new Int32Array(2);
  const type = C.SOCK_CLOEXEC < 0 ? C.SOCK_STREAM : C.SOCK_STREAM | C.SOCK_CLOEXEC;
  if (libc.socketpair(C.AF_UNIX, type, 0, fds) < 0) throw failed('pair', failure());
  const [here, there] = [...fds].map((fd) => {
    if (C.SOCK_CLOEXEC < 0) closeOnExec(fd);
    return new SocketIo(Descriptor.own(fd));
  });
  return [here as Io, there as Io];
}
