/** A TCP socket of LuaSocket's: one object, whatever its class, with a descriptor that may change. */

import { EAGAIN, ECONNABORTED, EINPROGRESS, EINTR, failure } from '../../blocking/libc/errno.ts';
import * as libc from '../../blocking/libc/functions.ts';
import { C } from '../../blocking/libc/functions.ts';
import { packed } from '../../blocking/libc/sockaddr.ts';
import { closeOnExec, domainOf, newSocket } from '../../blocking/opening.ts';
import { pendingError, trySetoption } from '../../blocking/options.ts';
import { close, track } from '../../blocking/tracked.ts';
import { READABLE, WRITABLE } from '../../blocking/wait.ts';
import type { Address, Family } from '../../core/address.ts';
import { Failure } from '../../core/errors.ts';
import { now } from '../../core/timeout.ts';
import type { HostObject } from '../machine.ts';
import type { Vm } from '../vm.ts';
import { Input, type Outside } from './input.ts';
import { reasonOf } from './reasons.ts';
import type { ObjectFamily } from './resolve.ts';
import { Timeouts } from './timeouts.ts';

export type TcpClass = 'tcp{master}' | 'tcp{client}' | 'tcp{server}';

/** Calls return what is wrong, in LuaSocket's words, or what they were asked for. */
export class TcpSocket implements HostObject {
  className: TcpClass;
  family: ObjectFamily;
  fd: number;
  readonly timeouts: Timeouts = new Timeouts();
  readonly input: Input;
  sent = 0;
  /** When the object was made, on our clock. */
  born: number = now();
  /** What `setstats` has put before the input's own count. */
  receivedBefore = 0;
  readonly #outside: Outside;

  constructor(vm: Vm, outside: Outside, className: TcpClass, family: ObjectFamily, fd = -1) {
    this.className = className;
    this.family = family;
    this.fd = fd;
    this.input = new Input(vm, outside);
    this.#outside = outside;
  }

  get dirty(): boolean {
    return this.input.dirty;
  }

  /** Makes the descriptor for a family; one of IPv6 is of IPv6 only. */
  open(family: Family): string | undefined {
    const fd = newSocket(domainOf(family), C.SOCK_STREAM);
    if (fd instanceof Failure) return reasonOf(fd);
    if (family === 'inet6') trySetoption(fd, 'ipv6-v6only', true);
    this.close();
    this.fd = fd;
    this.family = family;
    return undefined;
  }

  /** Again: does nothing. What has arrived may still be received. */
  close(): void {
    if (this.fd >= 0) close(this.fd);
    this.fd = -1;
  }

  collected(): void {
    this.close();
    this.input.free();
  }

  bind(addresses: readonly Address[], port: number): string | undefined {
    let wrong: string | undefined;
    for (const address of addresses) {
      if (this.fd < 0) wrong = this.open(address.family);
      if (this.fd < 0) continue;
      const name = packed(address, port);
      if (name instanceof Failure) wrong = reasonOf(name);
      else if (libc.bind(this.fd, name.bytes, name.length) === 0) return undefined;
      else wrong = reasonOf(failure());
    }
    return wrong;
  }

  /** Listens at the first address that can be had, as soon as a server that was there before is gone. */
  serve(addresses: readonly Address[], port: number, backlog: number): string | undefined {
    let wrong: string | undefined;
    for (const address of addresses) {
      wrong = this.open(address.family);
      if (wrong !== undefined) continue;
      trySetoption(this.fd, 'reuseaddr', true);
      wrong = this.bind([address], port) ?? this.listen(backlog);
      if (wrong === undefined) return undefined;
      this.close();
    }
    return wrong;
  }

  /**
   * Connects to the first address that answers. A descriptor that the program has bound or given options is used as it is, where
   * its family allows; else each address gets a new one.
   */
  connect(addresses: readonly Address[], port: number): string | undefined {
    const given = this.fd >= 0;
    let wrong: string | undefined;
    for (const address of addresses) {
      this.timeouts.begin();
      if (!given || this.fd < 0 || this.family !== address.family) {
        wrong = this.open(address.family);
        if (wrong !== undefined) continue;
      }
      wrong = this.#connectTo(address, port);
      if (wrong === undefined || (wrong === 'timeout' && this.timeouts.block === 0)) return wrong;
    }
    return wrong;
  }

  #connectTo(address: Address, port: number): string | undefined {
    const name = packed(address, port);
    if (name instanceof Failure) return reasonOf(name);
    libc.fcntl(this.fd, C.F_SETFL, C.O_NONBLOCK);
    while (libc.connect(this.fd, name.bytes, name.length) < 0) {
      const number = libc.errno();
      if (number === EINTR) continue;
      if (number !== EINPROGRESS) return reasonOf(failure(number));
      const wrong = this.timeouts.wait(this.fd, WRITABLE);
      if (wrong !== undefined) return wrong;
      const refused = pendingError(this.fd);
      if (refused !== undefined) return reasonOf(refused);
      break;
    }
    // A call that must not wait says so itself; those that may wait do it in the kernel.
    libc.fcntl(this.fd, C.F_SETFL, 0);
    return undefined;
  }

  listen(backlog: number): string | undefined {
    return libc.listen(this.fd, backlog) < 0 ? reasonOf(failure()) : undefined;
  }

  /** The descriptor of the next connection. */
  accept(): number | string {
    if (this.fd < 0) return 'closed';
    this.timeouts.begin();
    for (;;) {
      const fd = accepted(this.fd);
      if (fd >= 0) return track(fd);
      const number = libc.errno();
      if (number === EAGAIN) {
        const wrong = this.timeouts.wait(this.fd, READABLE);
        if (wrong !== undefined) return wrong;
      } else if (number !== EINTR && number !== ECONNABORTED) return reasonOf(failure(number));
    }
  }

  /** Sends bytes of the machine's memory. How many were sent is added to `sent`, also when something is wrong then. */
  send(at: number, length: number): string | undefined {
    this.timeouts.begin();
    while (length > 0) {
      if (this.fd < 0) return 'closed';
      const taken = libc.sendAt(this.fd, this.#outside.address(at), length, C.MSG_NOSIGNAL | C.MSG_DONTWAIT);
      if (taken >= 0) {
        this.sent += taken;
        at += taken;
        length -= taken;
        continue;
      }
      const number = libc.errno();
      if (number === EAGAIN) {
        const wrong = this.timeouts.wait(this.fd, WRITABLE);
        if (wrong !== undefined) return wrong;
      } else if (number !== EINTR) return reasonOf(failure(number));
    }
    return undefined;
  }
}

function accepted(fd: number): number {
  if (libc.accept4 !== undefined) return libc.accept4(fd, null, null, C.SOCK_CLOEXEC);
  const connection = libc.accept(fd, null, null);
  if (connection >= 0) closeOnExec(connection);
  return connection;
}
