/** The base of datagram objects, UDP's and Unix's: a descriptor that may change, and datagrams in the machine's memory. */

import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { beginName, NAME, NAME_LENGTH, type Packed } from '../../../posix/libc/sockaddr.ts';
import { mayBlock, READABLE, WRITABLE } from '../../../posix/wait.ts';
import type { Bindings, HostObject } from '../../bindings.ts';
import { type Descriptors, descriptorsOf, type Holder, type Kind } from './descriptors.ts';
import { type Gathered, memoryOf, type Outside } from './receive-buffer.ts';
import { LuaTimeouts } from './timeouts.ts';

/** The longest of UDP (RFC 768: a length of 16 bits). Unix sockets have longer ones: those are looked at first. */
const LONGEST = 65_536;

/** Calls return what is wrong, in LuaSocket's words, or what they were asked for. */
export class LuaDatagramSocket<Class extends string = string> implements HostObject, Holder {
  readonly kind: Kind;
  className: Class;
  fd = -1;
  readonly timeouts: LuaTimeouts = new LuaTimeouts();
  /** Datagrams are received whole, or cut off: none is ever half received. */
  readonly dirty = false;
  protected readonly descriptors: Descriptors;
  protected readonly outside: Outside;
  readonly #gathered: Gathered;

  constructor(machine: Bindings, kind: Kind, className: Class, fd: number) {
    this.kind = kind;
    this.className = className;
    this.descriptors = descriptorsOf(machine);
    this.descriptors.opened(this, fd);
    const { outside, gathered } = memoryOf(machine.vm);
    this.outside = outside;
    this.#gathered = gathered;
  }

  /** Again: does nothing. */
  close(): void {
    this.descriptors.close(this);
  }

  collected(): void {
    this.close();
  }

  /** Sends bytes of the machine's memory, to the peer or to an address. How many. */
  send(at: number, length: number, to: Packed | undefined): number | string {
    if (this.fd < 0) return 'refused';
    this.timeouts.begin();
    for (;;) {
      const sent = this.sendOnce(at, length, to, C.MSG_DONTWAIT);
      if (sent >= 0) return sent;
      const outcome = this.afterSend(at, length, to);
      if (outcome !== undefined) return outcome;
    }
  }

  protected sendOnce(at: number, length: number, to: Packed | undefined, flags: number): number {
    const address = this.outside.address(at, length);
    return to === undefined
      ? libc.sendAt(this.fd, address, length, flags | C.MSG_NOSIGNAL)
      : libc.sendtoAt(this.fd, address, length, flags | C.MSG_NOSIGNAL, to.bytes, to.length);
  }

  /** After a send that failed: waits for room and returns undefined, or sends and returns how many; or what is wrong. */
  protected afterSend(_at: number, _length: number, _to: Packed | undefined): number | string | undefined {
    return this.timeouts.afterFailure(this.fd, WRITABLE);
  }

  /**
   * Receives a datagram, or as much of it as was asked for; what is wrong, if so. Its bytes are in `gathered`, its sender in
   * NAME if `named`. Without a descriptor it is an empty one: LuaSocket takes the end for that.
   */
  receive(size: number, named: boolean): string | undefined {
    const gathered = this.#gathered;
    gathered.begin();
    if (this.fd < 0) return undefined;
    this.timeouts.begin();
    const flags = mayBlock(this.timeouts.deadline) ? 0 : C.MSG_DONTWAIT;
    for (;;) {
      const room = Math.min(size, LONGEST);
      const at = this.outside.address(gathered.room(room), room);
      if (named) beginName();
      const peek = size > LONGEST ? C.MSG_PEEK | C.MSG_TRUNC : 0;
      const length = named
        ? libc.recvfrom(this.fd, at, room, flags | peek, NAME, NAME_LENGTH)
        : libc.recvAt(this.fd, at, room, flags | peek);
      if (length >= 0) {
        gathered.length = peek === 0 ? length : this.#receiveLong(Math.min(size, length));
        return undefined;
      }
      const wrong = this.timeouts.afterFailure(this.fd, READABLE);
      if (wrong !== undefined) return wrong;
    }
  }

  /** Receives the datagram that was looked at. */
  #receiveLong(length: number): number {
    const at = this.outside.address(this.#gathered.room(length), length);
    return Math.max(0, libc.recvAt(this.fd, at, length, C.MSG_DONTWAIT));
  }
}
