/** Unix stream sockets over libc (unix(7)). */
import { unlinkSync } from 'node:fs';
import { Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { type Deadline, now } from '../core/timeout.ts';
import type { BoundUnix, UnixEngine } from '../sockets/engine.ts';
import { SocketAcceptor } from './acceptor.ts';
import { Descriptor } from './descriptor.ts';
import { EAGAIN, EINTR, failure } from './libc/errno.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';
import { packedPath, timeval } from './libc/sockaddr.ts';
import { newSocket } from './opening.ts';
import { SocketIo } from './socket-io.ts';
import { close } from './tracked.ts';
import { sliceOf } from './wait.ts';

export const unixEngine: UnixEngine = {
  bind(path) {
    const fd = boundTo(path, C.SOCK_STREAM);
    return fd instanceof Failure ? fd : boundUnix(Descriptor.own(fd), path);
  },

  connect(path, deadline) {
    const fd = newSocket(C.AF_UNIX, C.SOCK_STREAM);
    if (fd instanceof Failure) return fd;
    const refused = connect(fd, path, deadline);
    if (refused === undefined) return new SocketIo(Descriptor.own(fd));
    close(fd);
    return refused;
  },
};

/** A new Unix socket of this type that has the path. */
export function boundTo(path: string, type: number): Outcome<number> {
  const fd = newSocket(C.AF_UNIX, type);
  if (fd instanceof Failure) return fd;
  const name = packedPath(path);
  if (libc.bind(fd, name.bytes, name.length) === 0) return fd;
  const refused = failure();
  close(fd);
  return refused;
}

/** Removes a socket's file; an abstract name is gone with its socket. */
export function removePath(path: string): void {
  if (path.startsWith('\0')) return;
  try {
    unlinkSync(path);
  } catch {
    // somebody else has removed it, or replaced its directory
  }
}

function boundUnix(descriptor: Descriptor, path: string): BoundUnix {
  const close = (): void => {
    descriptor.close();
    removePath(path);
  };
  return {
    close,
    listen(backlog) {
      if (libc.listen(descriptor.fd, backlog) === 0) {
        return new SocketAcceptor<Io>(
          descriptor,
          (accepted) => new SocketIo(accepted),
          () => removePath(path),
        );
      }
      const refused = failure();
      close();
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
  const left = deadline.remaining();
  const end = now() + left;
  let tried = libc.connect(fd, name.bytes, name.length);
  if (tried < 0 && libc.errno() === EAGAIN && left > 0) {
    libc.fcntl(fd, C.F_SETFL, 0);
    do {
      const slice = sliceOf(end - now());
      const timeout = timeval(Math.max(0, slice));
      libc.setsockopt(fd, C.SOL_SOCKET, C.SO_SNDTIMEO, timeout, timeout.length);
      tried = libc.connect(fd, name.bytes, name.length);
    } while (tried < 0 && [EAGAIN, EINTR].includes(libc.errno()) && now() < end);
    const outcome = tried < 0 ? refusal() : undefined;
    libc.fcntl(fd, C.F_SETFL, C.O_NONBLOCK);
    return outcome;
  }
  return tried < 0 ? refusal() : undefined;
}

function refusal(): Failure {
  return libc.errno() === EAGAIN ? TIMED_OUT : failure();
}
