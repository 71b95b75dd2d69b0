/**
 * The base of stream objects: a descriptor that may change, the bytes that have arrived, and sends.
 *
 * The Lua face has no flows. Programs must see LuaSocket's order of waits, its partial results and its two timeouts, which differ
 * from ours in small ways. So its sockets stand on `posix/` directly, beside the flows, and the same script on lua5.4 is the judge.
 */

import { now } from '../../../core/timeout.ts';
import { ECONNABORTED, failure } from '../../../posix/libc/errno.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { accept } from '../../../posix/open-socket.ts';
import { READABLE, WRITABLE } from '../../../posix/wait.ts';
import { trackFd } from '../../../posix/worker-fds.ts';
import type { Bindings, HostObject } from '../../bindings.ts';
import { type Descriptors, descriptorsOf, type Holder, type Kind } from './descriptors.ts';
import { reasonOf } from './reasons.ts';
import { Input, memoryOf, type Outside } from './receive-buffer.ts';
import { LuaTimeouts } from './timeouts.ts';

/** The system's calls that move bytes; their flags are those of send(2) and recv(2). */
export interface Transfer {
  send(fd: number, address: number, length: number, flags: number): number;
  recv(fd: number, address: number, size: number, flags: number): number;
}

const SOCKET: Transfer = { send: libc.sendAt, recv: libc.recvAt };

/** Calls return what is wrong, in LuaSocket's words, or what they were asked for. */
export class StreamSocket<Class extends string = string> implements HostObject, Holder {
  readonly kind: Kind;
  className: Class;
  fd = -1;
  readonly timeouts: LuaTimeouts = new LuaTimeouts();
  readonly input: Input;
  sent = 0;
  /** When the object was made, on our clock. */
  born: number = now();
  /** The number that `setstats` has put before the input's own count. */
  receivedBefore = 0;
  protected readonly descriptors: Descriptors;
  readonly #outside: Outside;
  readonly #transfer: Transfer;

  constructor(machine: Bindings, kind: Kind, className: Class, fd: number, transfer: Transfer = SOCKET) {
    this.kind = kind;
    this.className = className;
    this.descriptors = descriptorsOf(machine);
    this.descriptors.opened(this, fd);
    this.input = new Input(machine.vm, transfer.recv);
    this.#outside = memoryOf(machine.vm).outside;
    this.#transfer = transfer;
  }

  get dirty(): boolean {
    return this.input.dirty;
  }

  /** Again: does nothing. What has arrived may still be received. */
  close(): void {
    this.descriptors.close(this);
  }

  collected(): void {
    this.close();
    this.input.free();
  }

  listen(backlog: number): string | undefined {
    return libc.listen(this.fd, backlog) < 0 ? reasonOf(failure()) : undefined;
  }

  /** The descriptor of the next connection. */
  accept(): number | string {
    if (this.fd < 0) return 'closed';
    this.timeouts.begin();
    for (;;) {
      const fd = accept(this.fd);
      if (fd >= 0) return trackFd(fd);
      if (libc.errno() === ECONNABORTED) continue;
      const wrong = this.timeouts.afterFailure(this.fd, READABLE);
      if (wrong !== undefined) return wrong;
    }
  }

  /** Sends bytes of the machine's memory. How many were sent is added to `sent`, also when something is wrong then. */
  send(at: number, length: number): string | undefined {
    this.timeouts.begin();
    while (length > 0) {
      if (this.fd < 0) return 'closed';
      const taken = this.#transfer.send(
        this.fd,
        this.#outside.address(at, length),
        length,
        C.MSG_NOSIGNAL | C.MSG_DONTWAIT,
      );
      if (taken >= 0) {
        this.sent += taken;
        at += taken;
        length -= taken;
        continue;
      }
      const wrong = this.timeouts.afterFailure(this.fd, WRITABLE);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
}
