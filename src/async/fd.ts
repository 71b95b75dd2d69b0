/** Any descriptor as a stream: sockets, pipes and FIFOs, terminals and files; and Node's own streams, such as a child's. */
import fs from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import tty from 'node:tty';
import { failed } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import type { LastLine } from '../sockets/client.ts';
import { checkFd, checkPipe, type FdMode } from '../sockets/fd.ts';
import { DuplexIo } from './duplex.ts';
import { failureOf } from './node-streams.ts';

/** Deno refuses a FIFO as a socket, and Bun never reads it. As a file it costs a thread for each read. */
const SOCKETS_TAKE_FIFOS = !('Bun' in globalThis || 'Deno' in globalThis);

/** The transport of a descriptor, which it owns from then on: closing the one closes the other; and how its text may end. */
export function fdIo(fd: number, mode: FdMode): { io: Io; lastLine: LastLine } {
  checkFd(fd, mode);
  try {
    const lastLine = mode === 'rw' && fs.fstatSync(fd).isSocket() ? 'ended' : 'anywhere';
    return { io: open(fd, mode), lastLine };
  } catch (error) {
    throw failed('fd', failureOf(error), { target: String(fd) });
  }
}

function open(fd: number, mode: FdMode): Io {
  const reads = mode !== 'w';
  const writes = mode !== 'r';
  if (tty.isatty(fd)) {
    const input = reads ? new tty.ReadStream(fd) : undefined;
    return new DuplexIo(input?.pause(), writes ? new tty.WriteStream(fd) : undefined);
  }
  const kind = fs.fstatSync(fd);
  // Node takes no device for a socket: neither /dev/null, which cron and systemd give as standard input, nor another one.
  const isFile = kind.isFile() || kind.isCharacterDevice() || kind.isBlockDevice();
  if (isFile || (kind.isFIFO() && !SOCKETS_TAKE_FIFOS)) {
    const input = reads ? fs.createReadStream('', { fd, autoClose: !writes }) : undefined;
    return new DuplexIo(input?.pause(), writes ? fs.createWriteStream('', { fd }) : undefined);
  }
  const socket = new Socket({
    fd,
    readable: reads,
    writable: writes,
    allowHalfOpen: true,
    pauseOnCreate: true,
  } as never);
  return new DuplexIo(reads ? socket.pause() : undefined, writes ? socket : undefined);
}

/** The transport over Node's streams; the reading one must not have been read from. */
export function nodeIo(readable: Readable | null | undefined, writable: Writable | null | undefined): Io {
  checkPipe(readable, writable);
  return new DuplexIo(readable?.pause(), writable ?? undefined);
}
