/** A connected TCP socket over `net.Socket`: names and options on top of the stream. */
import { Socket } from 'node:net';
import type { Endpoint } from '../core/address.ts';
import { Failure, failed, type Outcome, unsupported } from '../core/errors.ts';
import type { Linger, OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { TcpIo } from '../sockets/engine.ts';
import { drainOnReset } from './drain-on-reset.ts';
import { DuplexIo } from './duplex.ts';
import { ownerOf } from './node-streams.ts';

/** The most that one read takes from the kernel, in bytes. */
const READ_SIZE = 65_536;
/** Less than this is copied out, or a small piece would keep a large buffer. */
const COPIED = 16_384;
/** What the reads of connecting sockets go through. Each read is copied out at once, so one buffer serves all. */
const SHARED: Buffer = Buffer.allocUnsafeSlow(READ_SIZE);
/** Where the socket reads next whose turn it is. One whose peer fills the buffer gets its own, and nothing is copied then. */
let next = SHARED;

/** Seconds (linux/include/net/tcp.h, MAX_TCP_KEEPIDLE). */
const MAX_KEEPIDLE = 32_767;

/** The options that are kept, since Node does not read them back; no one else can change them on a socket of ours. */
type Settings = Pick<OptionValues, 'keepalive' | 'tcp-nodelay' | 'linger'> & { 'tcp-keepidle'?: number };

const DEFAULTS: Settings = { keepalive: false, 'tcp-nodelay': false, linger: { on: false, timeout: 0 } };

export class TcpSocketIo extends DuplexIo implements TcpIo {
  readonly #socket: Socket;
  #name: Endpoint | undefined;
  #settings: Settings | undefined;

  constructor(socket: Socket, pushed: boolean) {
    super(socket, socket, pushed);
    this.#socket = socket;
  }

  /** Takes down both names, once the connection stands: after a reset the runtime has them no more. */
  keepNames(): void {
    this.getsockname();
    this.getpeername();
  }

  getsockname(): Outcome<Endpoint> {
    if (this.#name !== undefined) return this.#name;
    const { localAddress, localPort, localFamily } = this.#socket;
    const name = endpoint(localAddress, localPort, localFamily);
    if (!(name instanceof Failure)) this.#name = name;
    return name;
  }

  /** Node keeps it from when it is asked for first. */
  getpeername(): Outcome<Endpoint> {
    const { remoteAddress, remotePort, remoteFamily } = this.#socket;
    return endpoint(remoteAddress, remotePort, remoteFamily);
  }

  /** Whether this socket, connected to `port`, is its own peer. */
  meetsItself(port: number): boolean {
    const { localPort, localAddress, remoteAddress } = this.#socket;
    return localPort === port && localAddress === remoteAddress;
  }

  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    checkTcpOption(name, value);
    this.#settings = { ...(this.#settings ?? DEFAULTS), [name]: value };
    const { keepalive, 'tcp-keepidle': idle, 'tcp-nodelay': nodelay } = this.#settings;
    if (name === 'tcp-nodelay') this.#socket.setNoDelay(nodelay);
    if (name === 'keepalive' || name === 'tcp-keepidle') this.#socket.setKeepAlive(keepalive, (idle ?? 0) * 1000);
  }

  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    if (name === 'error') return this.takeError() as OptionValue<K>;
    const settings: Partial<OptionValues> = this.#settings ?? DEFAULTS;
    const value = settings[name as OptionName];
    if (value === undefined) throw optionUnsupported(`reading ${name}`);
    return value as OptionValue<K>;
  }

  hold(holds: boolean): void {
    if (holds) this.#socket.ref();
    else this.#socket.unref();
  }

  info(): never {
    throw unsupported('info', 'Node has no call for it; moonsocket/blocking asks the kernel');
  }

  protected override release(): void {
    // linger { on: true, timeout: 0 } closes by a reset (RFC 1122, section 4.2.2.13; socket(7), SO_LINGER).
    if (this.#settings?.linger.on) this.#socket.resetAndDestroy();
    else super.release();
  }
}

/**
 * Reads through the shared buffer. Node and Deno call it as a method of the socket, so that one function serves all of
 * them; Bun calls it without one, and gets no `onread` at all.
 */
const ONREAD = 'Bun' in globalThis ? undefined : { buffer: nextBuffer, callback: onRead };

/** A socket that is not connected yet, and its transport; options as for `net.Socket`. */
export function newSocket(options: object): { socket: Socket; io: TcpSocketIo } {
  const socket = new Socket({ ...options, allowHalfOpen: true, ...(ONREAD && { onread: ONREAD }) } as never);
  socket.pause();
  if (ONREAD) drainOnReset(socket);
  return { socket, io: new TcpSocketIo(socket, ONREAD !== undefined) };
}

function onRead(this: Socket, length: number, buffer: Uint8Array): boolean {
  const goesOn = ownerOf(this).deliver(taken(buffer as Buffer, length));
  // A socket that nobody reads for a while keeps none.
  if (goesOn && length === READ_SIZE) next = Buffer.allocUnsafeSlow(READ_SIZE);
  return goesOn;
}

/** What a read has put into the buffer, as the caller's own. */
function taken(buffer: Buffer, length: number): Buffer {
  if (buffer !== SHARED && length >= COPIED) return buffer.subarray(0, length);
  const bytes = Buffer.allocUnsafe(length);
  buffer.copy(bytes, 0, 0, length);
  return bytes;
}

/** Asked for by each new socket, and after each read: no two get the same, but for the shared one. */
function nextBuffer(): Buffer {
  const buffer = next;
  next = SHARED;
  return buffer;
}

/** Throws for what Node cannot set on a TCP socket. */
export function checkTcpOption<K extends OptionName>(name: K, value: OptionValues[K]): void {
  switch (name) {
    case 'keepalive':
    case 'tcp-nodelay':
      return;
    case 'tcp-keepidle':
      // The system refuses it, and libuv keeps that to itself.
      if ((value as number) >= 1 && (value as number) <= MAX_KEEPIDLE) return;
      throw failed('setoption', new Failure('EINVAL'), { target: name });
    case 'linger': {
      const { on, timeout } = value as Linger;
      if (on && timeout > 0) throw optionUnsupported('linger with a timeout above 0');
      return;
    }
    default:
      throw optionUnsupported(`setting ${name}`);
  }
}

export function optionUnsupported(what: string): Error {
  return unsupported(what, 'Node has no call for it; moonsocket/blocking sets and gets every option');
}

function endpoint(
  address: string | undefined,
  port: number | undefined,
  family: string | undefined,
): Outcome<Endpoint> {
  if (address === undefined || port === undefined) return new Failure('ENOTCONN');
  return { address, port, family: family === 'IPv6' ? 'inet6' : 'inet' };
}
