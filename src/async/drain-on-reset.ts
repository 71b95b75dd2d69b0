/**
 * What a peer has said before it reset the connection: a server's reason to refuse a request that it has not read.
 *
 * The kernel still holds it when a write fails, and a C program would read it. Node closes the descriptor instead, and
 * with it goes what the event loop had no turn to fetch.
 */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { fdOf } from '../sockets/fd.ts';
import { handOver, ownerOf } from './node-streams.ts';

/** Bun and Deno have descriptors of other kinds, or none, and may wait in a read. */
const ON_NODE = !('Bun' in globalThis || 'Deno' in globalThis);

/** Makes a socket hand over what has arrived before it closes for a failed write. */
export function drainOnReset(socket: Socket): Socket {
  if (ON_NODE) socket._destroy = destroyAfterReading;
  return socket;
}

function destroyAfterReading(this: Socket, error: Error | null, done: (error?: Error | null) => void): void {
  if ((error as NodeJS.ErrnoException | null)?.syscall === 'write') {
    handOver(this);
    readTheRest(this);
  }
  Socket.prototype._destroy.call(this, error, done);
}

/** As much as the kernel's buffer holds: the descriptor does not block, and after a reset nothing more arrives. */
function readTheRest(socket: Socket): void {
  const fd = fdOf(socket);
  if (fd < 0) return;
  const piece = Buffer.allocUnsafe(65_536);
  try {
    for (let length = readSync(fd, piece); length > 0; length = readSync(fd, piece)) {
      ownerOf(socket).deliver(Buffer.from(piece.subarray(0, length)));
    }
  } catch {
    // EAGAIN, or the reset: the failed write has its error already.
  }
}

/** Undoes that, for a socket whose bytes are now somebody else's, such as TLS's. */
export function dropLastWords(socket: Socket): void {
  if (ON_NODE) socket._destroy = Socket.prototype._destroy;
}
