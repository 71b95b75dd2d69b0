/** Unix stream sockets over libc (unix(7)). */
import { Failure } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import type { Deadline } from '../core/timeout.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { EAGAIN, failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { packedPath } from '../posix/libc/sockaddr.ts';
import { adoptConnected, newSocket } from '../posix/open-socket.ts';
import { waitIn } from '../posix/wait.ts';
import { closeFd } from '../posix/worker-fds.ts';
import type { BoundUnix, UnixEngine } from '../sockets/engine.ts';
import { SocketFile } from '../sockets/socket-file.ts';
import { SocketAcceptor } from './acceptor.ts';
import { SocketIo } from './socket-io.ts';

export const unixEngine: UnixEngine = {
  bind(path) {
    const fd = newSocket(C.AF_UNIX, C.SOCK_STREAM);
    if (fd instanceof Failure) return fd;
    const refused = bindPath(fd, path);
    if (refused === undefined) return boundUnix(Descriptor.own(fd), path);
    closeFd(fd);
    return refused;
  },

  connect(path, deadline) {
    const fd = newSocket(C.AF_UNIX, C.SOCK_STREAM);
    if (fd instanceof Failure) return fd;
    const refused = connect(fd, path, deadline);
    if (refused === undefined) return new SocketIo(adoptConnected(fd));
    closeFd(fd);
    return refused;
  },
};

/** Gives a Unix socket the path. */
export function bindPath(fd: number, path: string): Failure | undefined {
  const name = packedPath(path);
  return libc.bind(fd, name.bytes, name.length) < 0 ? failure() : undefined;
}

function boundUnix(descriptor: Descriptor, path: string): BoundUnix {
  const file = new SocketFile(path);
  const closeFd = (): void => {
    descriptor.close();
    file.remove();
  };
  return {
    close: closeFd,
    listen(backlog) {
      if (libc.listen(descriptor.fd, backlog) === 0) {
        return new SocketAcceptor<Io>(
          descriptor,
          (accepted) => new SocketIo(accepted),
          () => file.remove(),
        );
      }
      const refused = failure();
      closeFd();
      return refused;
    },
  };
}

/**
 * A Unix socket that does not block never waits for room in a full backlog: connect fails with EAGAIN, and no poll tells
 * when it may be tried again. One that blocks does wait, for SO_SNDTIMEO (socket(7)).
 */
function connect(fd: number, path: string, deadline: Deadline): Failure | undefined {
  const name = packedPath(path);
  const connectOnce = (): number => libc.connect(fd, name.bytes, name.length);
  if (connectOnce() === 0) return undefined;
  if (libc.errno() !== EAGAIN) return failure();
  const outcome = waitIn(connectOnce, fd, deadline);
  return outcome instanceof Failure ? outcome : undefined;
}
