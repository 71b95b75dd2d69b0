/** Unix datagram sockets as LuaSocket has them: unconnected (`sendto`, `receivefrom`) or with one peer (`send`). */
import { checkSize, dataOf } from '../core/data.ts';
import { CLOSED_HERE, Failure, failed, misuse, type Outcome } from '../core/errors.ts';
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
import { now, Timeouts } from '../core/timeout.ts';
import { SocketObject } from '../sockets/object.ts';
import { SocketFile } from '../sockets/socket-file.ts';
import type { UdpStats } from '../sockets/udp.ts';
import { checkPath, shownPath } from '../sockets/unix.ts';
import { blockingRunner } from './runner.ts';
import { UnixDatagramIo, type UnixDatagramMessage } from './unix-datagram-io.ts';

/** Those of UDP, except that the system drops nothing (unix(7)). */
export type UnixDatagramStats = Omit<UdpStats, 'dropped'>;

/** A path that begins with NUL is an abstract name (Linux), here and wherever a path is meant. (LuaSocket `unixdgram`.) */
export class UnixDatagram extends SocketObject<'blocking'> {
  protected readonly timeouts: Timeouts = new Timeouts();
  readonly #io: UnixDatagramIo;
  readonly #born = now();
  #path: string | undefined;
  #file: SocketFile | undefined;
  #connected = false;
  #received = 0;
  #sent = 0;
  #truncated = 0;

  constructor() {
    super(blockingRunner);
    const io = UnixDatagramIo.open();
    if (io instanceof Failure) throw failed('dgram', io);
    this.#io = io;
  }

  /** Creates the socket's file, or takes the abstract name, to be sent to. `close` removes the file. */
  bind(path: string): void {
    this.#checkOpen('bind');
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
   * @throws SocketError ENOENT where there is no such file, ECONNREFUSED where nobody has it open any more
   */
  connect(path: string): void {
    this.#checkOpen('connect');
    checkPath('connect', path);
    const refused = this.#io.connect(path);
    if (refused !== undefined) throw failed('connect', refused, { target: shownPath(path) });
    this.#connected = true;
  }

  /**
   * Sends one datagram to the socket that has the path, and returns its length. Waits while the queue there is full
   * (Linux: net.unix.max_dgram_qlen, often 10 or 512; macOS does not wait, and says ENOBUFS).
   */
  sendto(data: string | Uint8Array, path: string): number {
    this.#checkOpen('sendto');
    const bytes = dataOf('sendto', data);
    checkPath('sendto', path);
    if (this.#connected) throw misuse('ERR_CONNECTED', 'sendto: the socket has a peer; use send, or another socket');
    return this.#count(this.#io.send(bytes, path, this.timeouts.begin()), 'sendto', path);
  }

  /**
   * Sends one datagram to the peer and returns its length. Waits as `sendto` does. ECONNREFUSED says that the peer was
   * closed; the socket has none then.
   */
  send(data: string | Uint8Array): number {
    this.#checkOpen('send');
    const bytes = dataOf('send', data);
    if (!this.#connected)
      throw misuse('ERR_NOT_CONNECTED', 'send: the socket has no peer; use sendto, or connect first');
    const outcome = this.#io.send(bytes, undefined, this.timeouts.begin());
    // The system has dissolved the association: it would say ENOTCONN next.
    if (outcome instanceof Failure && outcome.code === 'ECONNREFUSED') this.#connected = false;
    return this.#count(outcome, 'send');
  }

  /** Waits for a datagram and returns at most `size` bytes of it (8,192); the rest is dropped and counted in `getstats`. */
  receive(size: number = DATAGRAM_SIZE): Buffer {
    return this.#receive('receive', size).data;
  }

  /** Like `receive`, with the sender, and the `size` that was sent: more than `data.length` for a truncated datagram. */
  receivefrom(size: number = DATAGRAM_SIZE): UnixDatagramMessage {
    return this.#receive('receivefrom', size);
  }

  getsockname(): string {
    this.#checkBound('getsockname');
    return named('getsockname', this.#io.getsockname());
  }

  /** The path as the peer has bound it. */
  getpeername(): string {
    this.#checkOpen('getpeername');
    return named('getpeername', this.#io.getpeername());
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    this.#checkOpen('setoption');
    checkOption(name, value);
    this.#io.setoption(name, value);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    this.#checkOpen('getoption');
    checkReadable(name);
    return this.#io.getoption(name);
  }

  getstats(): UnixDatagramStats {
    return {
      received: this.#received,
      sent: this.#sent,
      truncated: this.#truncated,
      age: (now() - this.#born) / 1000,
    };
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
    if (message instanceof Failure) throw failed(call, message);
    this.#received += message.data.length;
    if (message.size > message.data.length) this.#truncated++;
    return message;
  }

  #count(sent: Outcome<number>, call: string, path?: string): number {
    if (sent instanceof Failure) throw failed(call, sent, path === undefined ? {} : { target: shownPath(path) });
    this.#sent += sent;
    return sent;
  }

  #checkBound(call: string): void {
    this.#checkOpen(call);
    if (this.#path === undefined)
      throw misuse('ERR_NOT_BOUND', `${call}: the socket has no path, so nobody can send to it; bind it first`);
  }

  #checkOpen(call: string): void {
    if (this.#io.getfd() < 0) throw failed(call, CLOSED_HERE);
  }
}

function named(call: string, name: Outcome<string>): string {
  if (name instanceof Failure) throw failed(call, name);
  return name;
}
