/**
 * UDP over `node:dgram`, pulled: Node pushes datagrams, which stand in a queue of bounded length until they are
 * received; what comes when it is full is dropped and counted, as the kernel does with its own.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Address, Endpoint, Family } from '../core/address.ts';
import { CLOSED_HERE, Failure, type Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Readiness } from '../core/io.ts';
import { DATAGRAM_QUEUE, DATAGRAM_QUEUE_BYTES } from '../core/limits.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Datagram, Outgoing, UdpEngine, UdpIo } from '../sockets/engine.ts';
import { fdOf } from '../sockets/fd.ts';
import { anyAddress } from '../sockets/resolve.ts';
import { resolveLinked } from './dns.ts';
import { yieldAfterBudget } from './fairness.ts';
import { failureOf } from './node-streams.ts';
import { UdpSettings } from './udp-options.ts';
import { Waiter } from './waiter.ts';
import { linked } from './zones.ts';

export const udpEngine: UdpEngine = { resolve: resolveLinked, open: (family) => new DgramIo(family) };

class DgramIo implements UdpIo, Readiness {
  readonly family: Family;
  dropped = 0;
  readonly #settings: UdpSettings;
  /** Made by bind: some options belong to its making. */
  #socket: Socket | undefined;
  #bound = false;
  /** The bind that is under way: calls that need an address wait for it. */
  #binding: Promise<Outcome<void>> | undefined;
  #peer: Endpoint | undefined;
  /** Whose datagrams alone are received. */
  #heard: { address: string; port: number } | undefined;
  #queue: { data: Buffer; from: RemoteInfo }[] = [];
  #queuedBytes = 0;
  readonly #reader = new Waiter<Datagram>();
  #wanted = 0;
  #failure: Failure | undefined;
  #lastLink: { readonly asked: string; readonly address: string } | undefined;
  #closed = false;
  readonly #watchers = new Set<() => void>();

  constructor(family: Family) {
    this.family = family;
    this.#settings = new UdpSettings(family);
  }

  get bound(): boolean {
    return this.#bound;
  }

  async bind(address: Address, port: number): Promise<Outcome<void>> {
    if (this.#socket !== undefined) return new Failure('EINVAL');
    this.#binding = this.#bind(address, port);
    return await this.#binding;
  }

  async #bind({ address }: Address, port: number): Promise<Outcome<void>> {
    const socket = createSocket(this.#settings.creation());
    this.#socket = socket;
    const failure = await this.#event(socket, 'listening', () => socket.bind({ address, port, exclusive: true }));
    this.#binding = undefined;
    const unfit = failure ?? (this.#closed ? CLOSED_HERE : this.#settings.apply(socket));
    if (unfit !== undefined) {
      this.#socket = undefined;
      socket.close();
      return unfit;
    }
    socket.on('message', this.#onMessage).on('error', this.#onError);
    this.#bound = true;
    return undefined;
  }

  async connect(peer: { address: Address; port: number } | undefined): Promise<Outcome<void>> {
    if (this.#peer !== undefined) this.#socket?.disconnect();
    this.#peer = undefined;
    this.#heard = undefined;
    if (peer === undefined) return undefined;
    const bound = await this.#ensureBound();
    if (bound instanceof Failure) return bound;
    const { address, port } = peer;
    const failure = await this.#event(bound, 'connect', () => bound.connect(port, address.address));
    if (failure !== undefined) {
      this.#failure = undefined; // this call throws it
      return failure;
    }
    this.#peer = { ...address, port };
    // In the system's form, as it names the senders of datagrams.
    this.#heard = bound.remoteAddress();
    // What others sent before the socket had a peer is not the peer's. The system may hold some, too.
    this.#queue = this.#queue.filter(({ from }) => this.#isHeard(from));
    this.#queuedBytes = this.#queue.reduce((sum, { data }) => sum + data.length, 0);
    return undefined;
  }

  async send(
    data: Uint8Array,
    to: { address: string; port: number } | undefined,
    deadline: Deadline,
  ): Promise<Outcome<number>> {
    const link = to === undefined ? undefined : this.#linked(to.address);
    if (link instanceof Failure) return link;
    const socket = await this.#ensureBound();
    if (socket instanceof Failure) return socket;
    const failure = this.#takeFailure();
    if (failure !== undefined) return failure;
    const sent = new Waiter<number>();
    const waiting = sent.wait(deadline);
    const done = (error: NodeJS.ErrnoException | null, length: number): void =>
      sent.wake(error ? failureOf(error) : length);
    // Until Node has sent it, the datagram is Node's to read; a caller whose deadline passes may reuse the memory.
    const bytes = deadline.interruptible ? Buffer.from(data) : data;
    try {
      if (to === undefined) socket.send(bytes, done);
      else socket.send(bytes, to.port, link, done);
    } catch (error) {
      done(error as NodeJS.ErrnoException, 0); // Node refuses some addresses before any I/O
    }
    const outcome = await waiting;
    await yieldAfterBudget(data.length);
    return outcome;
  }

  recv(size: number, deadline: Deadline): MaybePromise<Outcome<Datagram>> {
    const failure = this.#closed ? CLOSED_HERE : this.#takeFailure();
    if (failure !== undefined) return failure;
    const first = this.#queue.shift();
    if (first !== undefined) {
      this.#queuedBytes -= first.data.length;
      return cut(first.data, first.from, size);
    }
    this.#wanted = size;
    return this.#reader.wait(deadline);
  }

  async sendmany(datagrams: readonly Outgoing[], deadline: Deadline): Promise<Outcome<number>> {
    let sent = 0;
    for (const { data, to } of datagrams) {
      if (deadline.overAfter(sent)) return sent;
      const outcome = await this.send(data, to, deadline);
      if (outcome instanceof Failure) return sent === 0 ? outcome : sent;
      sent++;
    }
    return sent;
  }

  async recvmany(count: number, size: number, deadline: Deadline): Promise<Outcome<Datagram[]>> {
    const first = await this.recv(size, deadline);
    if (first instanceof Failure) return first;
    const rest = this.#queue.splice(0, count - 1);
    for (const { data } of rest) this.#queuedBytes -= data.length;
    return [first, ...rest.map(({ data, from }) => cut(data, from, size))];
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    this.#settings.set(name, value, this.#bound ? this.#socket : undefined);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    if (name === 'error') return this.#takeFailure()?.code as OptionValue<K>;
    return this.#settings.get(name as OptionName, this.#bound ? this.#socket : undefined) as OptionValue<K>;
  }

  getsockname(): Outcome<Endpoint> {
    if (this.#socket === undefined || this.#closed) return new Failure('EBADF');
    const { address, port } = this.#socket.address();
    return { address, port, family: this.family };
  }

  getpeername(): Outcome<Endpoint> {
    return this.#peer ?? new Failure('ENOTCONN');
  }

  getfd(): number {
    const { handle } = (Object.getOwnPropertySymbols(this.#socket ?? {})
      .filter((symbol) => symbol.description === 'state symbol')
      .map((symbol) => (this.#socket as unknown as Record<symbol, unknown>)[symbol])[0] ?? {}) as {
      handle?: { fd?: number };
    };
    return handle?.fd ?? fdOf(this.#socket);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#bound) this.#socket?.close();
    this.#queue = [];
    this.#reader.wake(CLOSED_HERE);
    this.#changed();
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.#queue.length > 0 || this.#failure !== undefined || this.#closed;
  }

  writable(): boolean {
    return true; // Node queues datagrams; there is no telling when the kernel's buffer has room
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** The address with its link's name. Most datagrams go where the last one went. */
  #linked(address: string): Outcome<string> {
    if (!address.includes('%')) return address;
    if (this.#lastLink?.asked !== address) {
      const link = linked({ address, family: this.family });
      if (link instanceof Failure) return link;
      this.#lastLink = { asked: address, address: link.address };
    }
    return this.#lastLink.address;
  }

  async #ensureBound(): Promise<Outcome<Socket>> {
    if (this.#closed) return CLOSED_HERE;
    if (!this.#bound) {
      const failure = await (this.#binding ?? this.bind(anyAddress(this.family), 0));
      if (failure instanceof Failure) return failure;
    }
    return this.#socket as Socket;
  }

  /** Calls `start`, and waits for the event or the error that comes of it. */
  #event(socket: Socket, event: 'listening' | 'connect', start: () => void): Promise<Failure | undefined> {
    return new Promise((resolve) => {
      const settle = (failure?: Failure): void => {
        socket.off(event, onEvent).off('error', onError).off('close', onClose);
        resolve(failure);
      };
      const onEvent = (): void => settle();
      const onError = (error: NodeJS.ErrnoException): void => settle(failureOf(error));
      const onClose = (): void => settle(CLOSED_HERE);
      socket.on(event, onEvent).on('error', onError).on('close', onClose);
      try {
        start();
      } catch (error) {
        onError(error as NodeJS.ErrnoException);
      }
    });
  }

  #isHeard({ address, port }: RemoteInfo): boolean {
    const heard = this.#heard;
    return heard === undefined || (heard.port === port && unzoned(heard.address) === unzoned(address));
  }

  readonly #onMessage = (data: Buffer, from: RemoteInfo): void => {
    if (!this.#isHeard(from)) return;
    if (this.#reader.waiting) this.#reader.wake(cut(data, from, this.#wanted));
    else if (this.#queue.length >= DATAGRAM_QUEUE || this.#queuedBytes + data.length > DATAGRAM_QUEUE_BYTES)
      this.dropped++;
    else {
      this.#queue.push({ data, from });
      this.#queuedBytes += data.length;
    }
    this.#changed();
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const failure = failureOf(error);
    if (this.#reader.waiting) this.#reader.wake(failure);
    else this.#failure = failure;
    this.#changed();
  };

  /** A pending error, such as a peer's ICMP refusal, is thrown once; the socket goes on. */
  #takeFailure(): Failure | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #changed(): void {
    for (const changed of this.#watchers) changed();
  }
}

function cut(data: Buffer, { address, port, family }: RemoteInfo, size: number): Datagram {
  return {
    data: data.length > size ? data.subarray(0, size) : data,
    address,
    port,
    family: family === 'IPv6' ? 'inet6' : 'inet',
    size: data.length,
  };
}

/** Senders have a zone that peers do not always have. */
function unzoned(address: string): string {
  const at = address.indexOf('%');
  return at < 0 ? address : address.slice(0, at);
}
