/** UDP as LuaSocket has it: unconnected (`sendto`, `receivefrom`) or with one peer (`send`, `receive`). */
import { type Address, checkPort, type Endpoint, type Family, shownEndpoint } from '../core/address.ts';
import { checkSize, dataOf } from '../core/data.ts';
import { badArgument, Failure, failed, misuse, type Outcome } from '../core/errors.ts';
import { type Flow, isPromise, type MaybePromise, settle } from '../core/flow.ts';
import type { Readiness } from '../core/io.ts';
import { BATCH_LIMIT, DATAGRAM_SIZE } from '../core/limits.ts';
import {
  checkOption,
  checkReadable,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { shown } from '../core/shown.ts';
import { DatagramObject } from './datagram.ts';
import type { Datagram, Outgoing, UdpEngine, UdpIo } from './engine.ts';
import type { Face, Result, Runner } from './face.ts';
import { addressesOf } from './resolve.ts';
import { type DatagramOptions, destination, type OutgoingDatagram, targetOf, type UdpStats } from './udp-datagrams.ts';
import { checkUdpOption, checkUdpReadable } from './udp-options.ts';

/** A UDP socket, unconnected or with one peer. (LuaSocket `udp{connected}`, `udp{unconnected}`.) */
export class Udp<F extends Face> extends DatagramObject<F> {
  readonly #engine: UdpEngine;
  /** Options set before the socket has a family. */
  readonly #pending: Partial<OptionValues> = {};
  #io: UdpIo | undefined;
  #connected = false;
  #receiving = false;
  protected closed = false;

  /** Without a family, the first address that is named decides. */
  constructor(engine: UdpEngine, runner: Runner<F>, family?: Family) {
    super(runner);
    this.#engine = engine;
    if (family !== undefined) this.#io = opened(engine, family);
  }

  /** Gives the socket a local address; `'*'` is any. It cannot be changed afterwards. */
  setsockname(host: string, port: number): Result<F, void> {
    return this.runner.run(this.#setsockname(host, port));
  }

  /**
   * Makes one peer the only one: `send` goes to it, and only its datagrams are received. `'*'` dissolves that. A socket
   * whose port the system chose may get another one when it changes its peer (Linux, node:dgram); a bound one does not.
   */
  setpeername(host: string, port?: number): Result<F, void> {
    return this.runner.run(this.#setpeername(host, port));
  }

  /** Sends one datagram to a numeric address and returns its length. An unbound socket gets a port from the system. */
  sendto(data: string | Uint8Array, address: string, port: number): Result<F, number> {
    return this.#sendOne('sendto', { data, address, port });
  }

  /** Sends one datagram to the peer and returns its length. */
  send(data: string | Uint8Array): Result<F, number> {
    return this.#sendOne('send', { data });
  }

  /** Waits for a datagram and returns at most `size` bytes of it (8,192); the rest is dropped and counted in `getstats`. */
  receive(size: number = DATAGRAM_SIZE, options?: DatagramOptions): Result<F, Buffer> {
    return this.#receiveOne('receive', size, options, ({ data }) => data);
  }

  /** Like `receive`, with the sender, and the `size` that was sent: more than `data.length` for a truncated datagram. */
  receivefrom(size: number = DATAGRAM_SIZE, options?: DatagramOptions): Result<F, Datagram> {
    return this.#receiveOne('receivefrom', size, options, (datagram) => datagram);
  }

  /**
   * Sends datagrams, in their order, and returns how many the system has taken: fewer than all when the next one failed,
   * which a further call then tells. In the blocking face a batch is one call of the system (Linux: sendmmsg(2)).
   *
   * ```ts
   * const [here, there] = [udp(), udp()];
   * await here.setsockname('127.0.0.1', 0);
   * const { address, port } = here.getsockname();
   * await there.sendmany(['a', 'b', 'c'].map((data) => ({ data, address, port }))); // => 3
   * for (let n = 0; n < 3; ) n += (await here.receivemany(64)).length;
   * here.close();
   * there.close();
   * ```
   *
   * @throws as `send` or `sendto`, when not even the first was taken
   */
  sendmany(datagrams: Iterable<OutgoingDatagram>): Result<F, number> {
    return this.runner.run(this.#sendmany([...datagrams]));
  }

  /**
   * Waits for a datagram, and returns with it those that are there already, at most `count` (1,024) with at most `size`
   * bytes each. With a peer too. In the blocking face that is one call of the system (Linux: recvmmsg(2)).
   */
  receivemany(count: number, size: number = DATAGRAM_SIZE, options?: DatagramOptions): Result<F, Datagram[]> {
    return this.runner.run(this.#receivemany(count, size, options));
  }

  /** The local address and port; ERR_NOT_BOUND before the socket has one. */
  getsockname(): Endpoint {
    return this.named('getsockname', this.#opened('getsockname').getsockname());
  }

  /** The peer's address and port; ENOTCONN without a peer. */
  getpeername(): Endpoint {
    return this.named('getpeername', this.#opened('getpeername').getpeername());
  }

  /**
   * Sets an option by LuaSocket's name; before the socket has a family, for the socket to be.
   *
   * @throws SocketError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, or with the system's code
   */
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    this.checkOpen('setoption');
    if (this.#io === undefined) {
      checkOption(name, value);
      this.#pending[name] = value;
    } else {
      checkUdpOption(name, value, this.#io);
      this.#io.setoption(name, value);
    }
  }

  /** The value of an option; before the socket has a family, the one that was set. */
  getoption<K extends ReadableOption>(name: K): OptionValue<K> | undefined {
    this.checkOpen('getoption');
    if (this.#io !== undefined) {
      checkUdpReadable(name, this.#io);
      return this.#io.getoption(name);
    }
    checkReadable(name);
    return name === 'error' ? undefined : (this.#pending[name as OptionName] as OptionValue<K> | undefined);
  }

  /** Counts of what was received, sent and lost since the object was made. */
  getstats(): UdpStats {
    return { ...this.counts, dropped: this.#io?.dropped ?? 0 };
  }

  /** The descriptor, or -1 where there is none or the runtime does not tell. */
  getfd(): number {
    return this.closed ? -1 : (this.#io?.getfd() ?? -1);
  }

  /** Gives the socket back. A pending receive ends with ClosedError. */
  close(): void {
    this.closed = true;
    this.#io?.close();
  }

  /** For `select`. */
  get readiness(): Readiness | undefined {
    return this.#io?.readiness;
  }

  protected get target(): string | undefined {
    if (this.closed || !this.#io?.bound) return undefined;
    const name = this.#connected ? this.#io.getpeername() : this.#io.getsockname();
    return name instanceof Failure ? undefined : shownEndpoint(name.address, name.port);
  }

  *#setsockname(host: string, port: number): Flow<void> {
    this.checkOpen('setsockname');
    checkPort('setsockname', port);
    const [address] = yield* addressesOf('setsockname', this.#engine, host, this.#io?.family, this.timeouts.begin());
    const io = this.#open('setsockname', (address as Address).family);
    const outcome = yield* settle(io.bind(address as Address, port));
    if (outcome instanceof Failure) throw failed('setsockname', outcome, { target: shownEndpoint(host, port) });
  }

  *#setpeername(host: string, port: number | undefined): Flow<void> {
    this.checkOpen('setpeername');
    if (host === '*') {
      this.#connected = false;
      const outcome = this.#io === undefined ? undefined : yield* settle(this.#io.connect(undefined));
      if (outcome instanceof Failure) throw failed('setpeername', outcome, { target: '*' });
      return;
    }
    if (port === undefined) throw badArgument("setpeername: name the peer's port too");
    checkPort('setpeername', port, 1);
    const [found] = yield* addressesOf('setpeername', this.#engine, host, this.#io?.family, this.timeouts.begin());
    const address = found as Address;
    const io = this.#open('setpeername', address.family);
    const outcome = yield* settle(io.connect({ address, port }));
    if (outcome instanceof Failure) throw failed('setpeername', outcome, { target: shownEndpoint(host, port) });
    this.#connected = true;
  }

  /** Needs no flow for a datagram that the system takes at once, as it mostly does. */
  #sendOne(call: string, datagram: OutgoingDatagram): Result<F, number> {
    let answer: MaybePromise<Outcome<number>>;
    try {
      const { io, outgoing } = this.#outgoing(call, datagram);
      answer = io.send(outgoing.data, outgoing.to, this.timeouts.begin());
    } catch (error) {
      return this.runner.fail(error);
    }
    if (typeof answer !== 'number') return this.runner.run(this.#sendRest(call, datagram, answer));
    return this.runner.done(this.countSent(answer));
  }

  *#sendRest(call: string, datagram: OutgoingDatagram, answer: MaybePromise<Outcome<number>>): Flow<number> {
    const sent = yield* settle(answer);
    if (sent instanceof Failure) throw this.failed(call, sent, targetOf(datagram));
    return this.countSent(sent);
  }

  *#sendmany(datagrams: readonly OutgoingDatagram[]): Flow<number> {
    const checked = datagrams.map((one) => this.#outgoing('sendmany', one));
    const io = checked[0]?.io;
    if (io === undefined) return 0;
    const outgoing = checked.map((one) => one.outgoing);
    const count = yield* settle(io.sendmany(outgoing, this.timeouts.begin()));
    if (count instanceof Failure) throw this.failed('sendmany', count, targetOf(datagrams[0] as OutgoingDatagram));
    for (const { data } of outgoing.slice(0, count)) this.countSent(data.length);
    return count;
  }

  /** A datagram that may be sent now, and the socket that sends it. */
  #outgoing(call: string, { data, address, port }: OutgoingDatagram): { io: UdpIo; outgoing: Outgoing } {
    this.checkOpen(call);
    const bytes = dataOf(call, data);
    if (address === undefined && port === undefined) {
      if (this.#connected) return { io: this.#io as UdpIo, outgoing: { data: bytes, to: undefined } };
      throw misuse('ERR_NOT_CONNECTED', `${call}: the socket has no peer; use sendto, or setpeername first`);
    }
    const { family, ...to } = destination(call, address, port);
    if (this.#connected)
      throw misuse('ERR_CONNECTED', `${call}: the socket has a peer; use send, or setpeername('*') first`);
    return { io: this.#open(call, family), outgoing: { data: bytes, to } };
  }

  /** Gives what `of` makes of a datagram. One that has come already needs no flow. */
  #receiveOne<T>(
    call: 'receive' | 'receivefrom',
    size: number,
    options: DatagramOptions | undefined,
    of: (datagram: Datagram) => T,
  ): Result<F, T> {
    let answer: MaybePromise<Outcome<Datagram>>;
    try {
      if (call === 'receivefrom' && this.#connected)
        throw misuse('ERR_CONNECTED', "receivefrom: the socket has a peer; use receive, or setpeername('*') first");
      answer = this.#beginReceive(call, size, options).recv(size, this.timeouts.begin(options?.signal));
    } catch (error) {
      return this.runner.fail(error);
    }
    if (isPromise(answer) || answer instanceof Failure) return this.runner.run(this.#receiveRest(call, answer, of));
    this.#receiving = false;
    this.countReceived(answer);
    return this.runner.done(of(answer));
  }

  *#receiveRest<T>(call: string, answer: MaybePromise<Outcome<Datagram>>, of: (datagram: Datagram) => T): Flow<T> {
    try {
      const datagram = yield* settle(answer);
      if (datagram instanceof Failure) throw this.failed(call, datagram);
      this.countReceived(datagram);
      return of(datagram);
    } finally {
      this.#receiving = false;
    }
  }

  *#receivemany(count: number, size: number, options: DatagramOptions | undefined): Flow<Datagram[]> {
    if (!Number.isSafeInteger(count) || count < 1 || count > BATCH_LIMIT)
      throw badArgument(`receivemany: count is a number of datagrams from 1 to ${BATCH_LIMIT}, not ${shown(count)}`);
    const io = this.#beginReceive('receivemany', size, options);
    try {
      const datagrams = yield* settle(io.recvmany(count, size, this.timeouts.begin(options?.signal)));
      if (datagrams instanceof Failure) throw this.failed('receivemany', datagrams);
      for (const datagram of datagrams) this.countReceived(datagram);
      return datagrams;
    } finally {
      this.#receiving = false;
    }
  }

  #beginReceive(call: string, size: number, options: DatagramOptions | undefined): UdpIo {
    const io = this.#opened(call);
    checkSize(call, size);
    if (this.#receiving)
      throw misuse('ERR_BUSY', `${call}: another receive of this socket has not ended; await it before the next`);
    if (options?.signal?.aborted) throw this.failed(call, new Failure('ABORT_ERR', options.signal.reason));
    this.#receiving = true;
    return io;
  }

  #open(call: string, family: Family): UdpIo {
    this.checkOpen(call); // it may have been closed while a name was resolved
    if (this.#io === undefined) {
      this.#io = opened(this.#engine, family);
      for (const [name, value] of Object.entries(this.#pending)) this.setoption(name as OptionName, value as never);
    }
    if (this.#io.family === family) return this.#io;
    throw badArgument(`${call}: an ${family} address does not fit this ${this.#io.family} socket`);
  }

  #opened(call: string): UdpIo {
    this.checkOpen(call);
    if (this.#io?.bound) return this.#io;
    throw misuse(
      'ERR_NOT_BOUND',
      `${call}: the socket has no address yet; setsockname, setpeername or sendto give it one`,
    );
  }
}

function opened(engine: UdpEngine, family: Family): UdpIo {
  const io = engine.open(family);
  if (io instanceof Failure) throw failed('udp', io);
  return io;
}
