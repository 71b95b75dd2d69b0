/** Serial lines: clients over the devices of termios(3). */
import { constants } from 'node:fs';
import { badArgument, Failure, failed } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { Stream } from '../core/stream.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { makeRaw, SPEEDS } from '../posix/libc/termios.ts';
import { openFile } from '../posix/worker-fds.ts';
import { Client } from '../sockets/client.ts';
import { DescriptorIo } from './descriptor-io.ts';
import { blockingRunner } from './runner.ts';

/** How a serial line is set. */
export interface SerialOptions {
  /**
   * The line's speed in bits a second. The line becomes raw, too: bytes pass as they are, eight bits each. Without it
   * the line stays as it is (stty(1) sets more than this option does).
   */
  readonly baud?: number | undefined;
}

/**
 * A client over a serial line. (LuaSocket `socket.serial`.) When the line hangs up (its device was unplugged, or the
 * other side of a pseudo-terminal closed), a receive meets the end, and a send fails with EIO.
 *
 * ```ts
 * import { serial } from 'moonsocket/blocking';
 * const line = serial('/dev/ptmx'); // a new pseudo-terminal, which echoes; a modem is at /dev/ttyUSB0 or so
 * line.settimeout(5);
 * line.send('AT\n');
 * line.receive(); // => 'AT'
 * line.close();
 * ```
 *
 * @throws SocketError ENOENT and the like, ENOTTY if `baud` is given for what is no terminal
 */
export function serial(path: string, options: SerialOptions = {}): Client<'blocking'> {
  const { baud } = options;
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw badArgument(`serial: a path is a string, without NUL, not ${shown(path)}`);
  if (baud !== undefined && !SPEEDS.has(baud))
    throw badArgument(`serial: baud is one of ${[...SPEEDS.keys()].join(', ')}, not ${shown(baud)}`);
  const descriptor = Descriptor.own(openDevice(path));
  const refused = baud === undefined ? undefined : makeRaw(descriptor.fd, baud);
  if (refused instanceof Failure) {
    descriptor.close();
    throw failed('serial', refused, { target: path });
  }
  return new Client(new Stream(new DescriptorIo(descriptor, descriptor)), blockingRunner);
}

/** A terminal that it opens does not become the process's own, nor does opening wait for a carrier. */
function openDevice(path: string): number {
  try {
    return openFile(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException;
    throw failed('serial', new Failure(code, error), { target: path });
  }
}
