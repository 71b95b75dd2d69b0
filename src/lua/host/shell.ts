/**
 * Commands of the system's shell, by C's own popen(3) and system(3): a script reads what a command writes while it runs, and
 * Ctrl-C reaches the command and not the script. While a command that the script waits for runs, the thread stands.
 */

import { failed } from '../../core/errors.ts';
import { failure } from '../../posix/libc/errno.ts';
import * as libc from '../../posix/libc/functions.ts';
import { C } from '../../posix/libc/functions.ts';
import { type OpenFile, StandardStream } from './files.ts';

// Node closes these in what it does not start itself.
for (const fd of [0, 1, 2]) libc.fcntl(fd, C.F_SETFD, 0);

/** How a command has ended: its exit status, or the number of the signal that ended it. */
export interface Ended {
  readonly how: 'exit' | 'signal';
  readonly code: number;
}

/** A command, read from or written to. Its last close waits for it. */
export class Command extends StandardStream implements OpenFile {
  readonly #file: libc.Pointer;
  ended: Ended | undefined;

  private constructor(file: libc.Pointer) {
    super(libc.fileno(file));
    this.#file = file;
  }

  static start(command: Uint8Array, mode: 'r' | 'w'): Command {
    const file = libc.popen(cText(command), mode);
    if (file === null) throw failed('popen', failure());
    return new Command(file);
  }

  override close(): void {
    this.ended = endedBy(libc.pclose(this.#file));
  }
}

/** Runs a command to its end. */
export function execute(command: Uint8Array): Ended {
  return endedBy(libc.system(cText(command)));
}

export function hasShell(): boolean {
  return libc.system(null) !== 0;
}

function cText(text: Uint8Array): Buffer {
  return Buffer.concat([text, Buffer.alloc(1)]);
}

/** A status of wait(2): the exit status in the second byte, or a signal in the first. */
function endedBy(status: number): Ended {
  if (status === -1) throw failed('pclose', failure());
  const signal = status & 0x7f;
  return signal === 0 ? { how: 'exit', code: (status >> 8) & 0xff } : { how: 'signal', code: signal };
}
