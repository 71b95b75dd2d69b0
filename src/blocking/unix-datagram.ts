/** Unix datagram sockets as LuaSocket has them: unconnected (`sendto`, `receivefrom`) or with one peer (`send`). */
import { checkSize, dataOf } from '../core/data.ts';
import { Failure, failed, misuse, type Outcome } from '../core/errors.ts';
import type { Readiness } from '../core/io.ts';
import { DATAGRAM_SIZE } from '../core/limits.ts';
import {
  checkOption,
  checkReadable,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { DatagramObject, type DatagramStats } from '../sockets/datagram.ts';
import { SocketFile } from '../sockets/socket-file.ts';
import { checkPath, shownPath } from '../sockets/unix.ts';
import { blockingRunner } from './runner.ts';
import { UnixDatagramIo, type UnixDatagramMessage } from './unix-datagram-io.ts';

/** The system drops no datagrams of Unix sockets (unix(7)): nothing else is counted. */
export type UnixDatagramStats = DatagramStats;

/** A Unix datagram socket. A path that begins with NUL is an abstract name (Linux), here and wherever a path is meant. (LuaSocket `unixdgram`.) */
export class UnixDatagram extends DatagramObject<'blocking'> {
  readonly #io: UnixDatagramIo;
  #path: string | undefined;
  #file: SocketFile | undefined;
  /** The path that `send` goes to. */
  #peer: string | undefined;

  constructor() {
    super(blockingRunner);
    const io = UnixDatagramIo.open();
    if (io instanceof Failure) throw failed('dgram', io);
    this.#io = io;
  }

  /** Creates the socket's file, or takes the abstract name, to be sent to. `close` removes the file. */
  bind(path: string): void {
    this.checkOpen('bind');
    checkPath('bind', path);
    if (this.#path !== undefined) throw misuse('ERR_BOUND', 'bind: the socket has a path already; use another one');
    const refused = this.#io.bind(path);
    if (refused !== undefined) throw failed('bind', refused, { target: shownPath(path) });
    this.#path = path;
    this.#file = new SocketFile(path);
  }

  /**
   * Makes one peer the only one: `send` goes to it, and only its datagrams are received. Again: another peer.
   *
   * @throws SocketError ENOENT where there is no such file, ECONNREFUSED where it is not open any more
   */
  connect(path: string): void {
    this.checkOpen('connect');
    checkPath('connect', path);
    const refused = this.#io.connect(path);
    if (refused !== undefined) throw failed('connect', refused, { target: shownPath(path) });
    this.#peer = path;
  }

  /**
   * Sends one datagram to the socket that has the path, and returns its length. Waits while the queue there is full
   * (Linux: net.unix.max_dgram_qlen, often 10 or 512; macOS does not wait, and says ENOBUFS).
   */
  sendto(data: string | Uint8Array, path: string): number {
    this.checkOpen('sendto');
    const bytes = dataOf('sendto', data);
    checkPath('sendto', path);
    if (this.#peer !== undefined)
      throw misuse('ERR_CONNECTED', 'sendto: the socket has a peer; use send, or another socket');
    return this.#sent(this.#io.send(bytes, path, this.timeouts.begin()), 'sendto', shownPath(path));
  }

  /**
   * Sends one datagram to the peer and returns its length. Waits as `sendto` does. ECONNREFUSED says that the peer was
   * closed; the socket has none then.
   */
  send(data: string | Uint8Array): number {
    this.checkOpen('send');
    const bytes = dataOf('send', data);
    if (this.#peer === undefined)
      throw misuse('ERR_NOT_CONNECTED', 'send: the socket has no peer; use sendto, or connect first');
    const peer = this.#peer;
    const outcome = this.#io.send(bytes, undefined, this.timeouts.begin());
    // The system has dissolved the association: it would say ENOTCONN next.
    if (outcome instanceof Failure && outcome.code === 'ECONNREFUSED') this.#peer = undefined;
    return this.#sent(outcome, 'send', shownPath(peer));
  }

  /** Waits for a datagram and returns at most `size` bytes of it (8,192); the rest is dropped and counted in `getstats`. */
  receive(size: number = DATAGRAM_SIZE): Buffer {
    return this.#receive('receive', size).data;
  }

  /** Like `receive`, with the sender, and the `size` that was sent: more than `data.length` for a truncated datagram. */
  receivefrom(size: number = DATAGRAM_SIZE): UnixDatagramMessage {
    return this.#receive('receivefrom', size);
  }

  /**
   * The path; an abstract name begins with NUL.
   *
   * @throws SocketError ERR_NOT_BOUND before `bind`
   */
  getsockname(): string {
    this.#checkBound('getsockname');
    return this.named('getsockname', this.#io.getsockname());
  }

  /** The path as the peer has bound it. */
  getpeername(): string {
    this.checkOpen('getpeername');
    return this.named('getpeername', this.#io.getpeername());
  }

  /** Sets an option of the system by LuaSocket's name. */
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    this.checkOpen('setoption');
    checkOption(name, value);
    this.#io.setoption(name, value);
  }

  /** The value of an option; `'error'` is the code of the pending error, which reading clears. */
  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    this.checkOpen('getoption');
    checkReadable(name);
    return this.#io.getoption(name);
  }

  /** Counts of what was received and sent since the object was made. */
  getstats(): UnixDatagramStats {
    return this.counts;
  }

  /** The descriptor, or -1 when it is closed. */
  getfd(): number {
    return this.#io.getfd();
  }

  /** Gives the socket back, and removes its file. What it has not received yet is gone. */
  close(): void {
    if (this.#io.getfd() < 0) return;
    this.#io.close();
    this.#file?.remove();
  }

  /** For `select`: without a peer, a socket counts as writable, since the system does not know where it will send to. */
  get readiness(): Readiness {
    return this.#io.readiness;
  }

  #receive(call: string, size: number): UnixDatagramMessage {
    this.#checkBound(call);
    checkSize(call, size);
    const message = this.#io.receive(size, this.timeouts.begin());
    if (message instanceof Failure) throw this.failed(call, message);
    this.countReceived(message);
    return message;
  }

  #sent(sent: Outcome<number>, call: string, target = this.target): number {
    if (sent instanceof Failure) throw this.failed(call, sent, target);
    return this.countSent(sent);
  }

  protected get closed(): boolean {
    return this.#io.getfd() < 0;
  }

  protected get target(): string | undefined {
    const path = this.#peer ?? this.#path;
    return path === undefined ? undefined : shownPath(path);
  }

  #checkBound(call: string): void {
    this.checkOpen(call);
    if (this.#path === undefined)
      throw misuse('ERR_NOT_BOUND', `${call}: the socket has no path, so nothing can be sent to it; bind it first`);
  }
}
