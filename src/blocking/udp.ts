/** UDP over libc: the kernel's own queues, and no others. */
import { type Address, type Endpoint, type Family, familyOf } from '../core/address.ts';
import { CLOSED_HERE, Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import { LONGEST_DATAGRAM } from '../core/limits.ts';
import { type Deadline, NO_WAIT } from '../core/timeout.ts';
import { Descriptor } from '../posix/descriptor.ts';
import { resolve } from '../posix/dns.ts';
import { failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { dissolved, NAME_WORDS, nameOf, type Packed, packed, SenderNames } from '../posix/libc/sockaddr.ts';
import { bindTo, domainOf, newSocket } from '../posix/open-socket.ts';
import { dropsOf, trySetoption } from '../posix/socket-options.ts';
import { READABLE, WRITABLE, wait } from '../posix/wait.ts';
import type { Datagram, Outgoing, UdpEngine, UdpIo } from '../sockets/engine.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { afterFailure } from './socket-io.ts';
import { CAN_BATCH, receiveBatch, sendBatch } from './udp-batch.ts';

export const udpEngine: UdpEngine = {
  resolve,

  open(family) {
    const fd = newSocket(domainOf(family), C.SOCK_DGRAM);
    if (fd instanceof Failure) return fd;
    // LuaSocket's: an IPv6 socket leaves IPv4 alone.
    if (family === 'inet6') trySetoption(fd, 'ipv6-v6only', true);
    return new DatagramIo(Descriptor.own(fd), family);
  },
};

class DatagramIo extends DatagramSocket<Endpoint> implements UdpIo {
  readonly family: Family;
  #bound = false;
  #dropped = 0;
  readonly #names = new SenderNames();
  /** The last datagram's destination: most go to the same place. */
  #lastTo: { address: string; port: number; name: Packed } | undefined;

  constructor(descriptor: Descriptor, family: Family) {
    super(descriptor);
    this.family = family;
  }

  get bound(): boolean {
    return this.#bound;
  }

  bind(address: Address, port: number): Outcome<void> {
    const refused = bindTo(this.descriptor.fd, address, port);
    if (refused !== undefined) return refused;
    this.#bound = true;
  }

  connect(peer: { address: Address; port: number } | undefined): Outcome<void> {
    const name = peer === undefined ? dissolved() : packed(peer.address, peer.port);
    if (name instanceof Failure) return name;
    if (libc.connect(this.descriptor.fd, name.bytes, name.length) < 0) return failure();
    // In the system's form, as it names the senders of datagrams.
    const named = peer === undefined ? undefined : this.getpeername();
    if (named instanceof Failure) return named;
    this.peer = named;
    // Nothing waits in the kernel: what comes from now on, it has looked at.
    this.only = wait(this.descriptor.fd, READABLE, NO_WAIT) === TIMED_OUT ? undefined : named;
    if (named !== undefined) this.#bound = true;
  }

  send(data: Uint8Array, to: { address: string; port: number } | undefined, deadline: Deadline): Outcome<number> {
    const name = to === undefined ? undefined : this.#packed(to.address, to.port);
    if (name instanceof Failure) return name;
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    const flags = C.MSG_DONTWAIT | C.MSG_NOSIGNAL;
    for (;;) {
      const length =
        name === undefined
          ? libc.send(fd, data, data.length, flags)
          : libc.sendto(fd, data, data.length, flags, name.bytes, name.length);
      if (length >= 0) {
        this.#bound = true; // by the system, if by nothing before
        return length;
      }
      const waited = afterFailure(fd, WRITABLE, deadline);
      if (waited !== undefined) return waited;
    }
  }

  recv(size: number, deadline: Deadline): Outcome<Datagram> {
    const received = this.receiveFrom(size, deadline);
    if (received instanceof Failure) return received;
    const { address, port, family } = received.sender;
    return { data: received.data, address, port, family, size: received.size };
  }

  sendmany(datagrams: readonly Outgoing[], deadline: Deadline): Outcome<number> {
    let sent = 0;
    for (let calls = 0; sent < datagrams.length; calls++) {
      if (deadline.overAfter(calls)) return sent;
      const some = this.#sendSome(datagrams, sent, deadline);
      if (some instanceof Failure) return sent === 0 ? some : sent;
      sent += some;
    }
    return sent;
  }

  recvmany(count: number, size: number, deadline: Deadline): Outcome<Datagram[]> {
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    // One by one while strangers' datagrams may be among them.
    if (CAN_BATCH && this.only === undefined)
      return receiveBatch(fd, count, Math.min(size, LONGEST_DATAGRAM), this.#names, deadline);
    const first = this.recv(size, deadline);
    return first instanceof Failure ? first : [first];
  }

  protected override sender(): Endpoint {
    return this.#names.of(NAME_WORDS);
  }

  protected override same(a: Endpoint, b: Endpoint): boolean {
    return a.port === b.port && a.address === b.address;
  }

  getsockname(): Outcome<Endpoint> {
    return nameOf(libc.getsockname, this.descriptor.fd);
  }

  getpeername(): Outcome<Endpoint> {
    return nameOf(libc.getpeername, this.descriptor.fd);
  }

  get dropped(): number {
    return this.descriptor.fd < 0 ? this.#dropped : dropsOf(this.descriptor.fd);
  }

  close(): void {
    this.#dropped = this.dropped;
    this.descriptor.close();
  }

  /** Sends the datagram at `first`, and those after it if that is no more work. */
  #sendSome(datagrams: readonly Outgoing[], first: number, deadline: Deadline): Outcome<number> {
    const { data, to } = datagrams[first] as Outgoing;
    if (!CAN_BATCH) {
      const sent = this.send(data, to, deadline);
      return sent instanceof Failure ? sent : 1;
    }
    const { fd } = this.descriptor;
    if (fd < 0) return CLOSED_HERE;
    this.#bound = true;
    return sendBatch(fd, datagrams, first, ({ address, port }) => this.#packed(address, port), deadline);
  }

  #packed(address: string, port: number): Outcome<Packed> {
    const last = this.#lastTo;
    if (last !== undefined && last.port === port && last.address === address) return last.name;
    const name = packed({ address, family: familyOf(address) as Family }, port);
    if (!(name instanceof Failure)) this.#lastTo = { address, port, name };
    return name;
  }
}
