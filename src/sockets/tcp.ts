/** TCP servers and clients, and the calls that make one of them at once. */
import { type Address, checkPort, type Endpoint, type Family, shownEndpoint } from '../core/address.ts';
import { type Attempt, badArgument, CLOSED_HERE, Failure, failed, type Outcome } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import { DEFAULT_BACKLOG } from '../core/limits.ts';
import {
  checkOption,
  checkReadable,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { shown } from '../core/shown.ts';
import { Stream } from '../core/stream.ts';
import { type Deadline, deadlineAfter, NO_DEADLINE } from '../core/timeout.ts';
import { Client } from './client.ts';
import type { TcpAcceptor, TcpEngine, TcpInfo, TcpIo, TcpOptions } from './engine.ts';
import type { Face, Runner } from './face.ts';
import { bindSocket, checkBacklog, checkOptions, connectTo, listenOn } from './open.ts';
import { Server } from './server.ts';

/** Options of `bind`. */
export interface BindOptions {
  /**
   * Connections that may wait to be accepted (4096 without it). In the await face one more is reset, and each that
   * waits takes a descriptor and 4 KB of memory; in the blocking face they wait in the kernel, and the client of one
   * more goes on trying.
   */
  readonly backlog?: number | undefined;
  /** Whether an address in TIME_WAIT may be bound (true without it). */
  readonly reuseaddr?: boolean | undefined;
  /** Whether several sockets may bind the same address and share its connections. */
  readonly reuseport?: boolean | undefined;
  /** Whether an IPv6 socket leaves IPv4 alone (true without it, as in LuaSocket). */
  readonly ipv6only?: boolean | undefined;
}

/** Options of `connect`. */
export interface ConnectOptions {
  /** The local address to connect from; without it the system chooses. */
  readonly localHost?: string | undefined;
  /** The local port to connect from, 0 to 65535; without it, or with 0, the system chooses. */
  readonly localPort?: number | undefined;
  /** Seconds for the whole call, the name's resolution included; without it there is no limit. */
  readonly timeout?: number | null | undefined;
  /** Ends the wait, with AbortError. (The await face; a call that blocks cannot be aborted.) */
  readonly signal?: AbortSignal | undefined;
  /** Leaves out the addresses of the other family. */
  readonly family?: Family | undefined;
  /** Called with the addresses of the host, as soon as they are known. */
  readonly resolved?: ((addresses: readonly Address[]) => void) | undefined;
  /** Called with all attempts once one of them has connected. (A failure has them in `error.attempts`.) */
  readonly connected?: ((attempts: readonly Attempt[]) => void) | undefined;
}

/** A listening TCP socket. (LuaSocket `tcp{server}`.) */
export class TcpServer<F extends Face> extends Server<F, TcpIo, TcpClient<F>> {
  readonly #acceptor: TcpAcceptor;

  constructor(acceptor: TcpAcceptor, runner: Runner<F>) {
    super(
      acceptor,
      runner,
      (io) => new TcpClient(io, runner),
      () => shownName(acceptor.getsockname()),
    );
    this.#acceptor = acceptor;
  }

  /** The local address and port. */
  getsockname(): Endpoint {
    const name = this.closed ? CLOSED_HERE : this.#acceptor.getsockname();
    if (name instanceof Failure) throw failed('getsockname', name);
    return name;
  }
}

/** A connected TCP socket. (LuaSocket `tcp{client}`.) */
export class TcpClient<F extends Face> extends Client<F> {
  readonly #io: TcpIo;

  constructor(io: TcpIo, runner: Runner<F>) {
    super(new Stream(io, () => shownName(io.getpeername())), runner);
    this.#io = io;
  }

  /** The peer's address and port. */
  getpeername(): Endpoint {
    return this.#ask('getpeername', () => this.#io.getpeername());
  }

  /** The local address and port. */
  getsockname(): Endpoint {
    return this.#ask('getsockname', () => this.#io.getsockname());
  }

  /**
   * Sets an option by LuaSocket's name.
   *
   * @throws SocketError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, or with the system's code
   */
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    if (this.stream.end !== undefined) throw failed('setoption', this.stream.end);
    checkOption(name, value);
    this.#io.setoption(name, value);
  }

  /** The value of an option; `'error'` is the code of the pending error, which reading clears. */
  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    if (this.stream.end !== undefined) throw failed('getoption', this.stream.end);
    checkReadable(name);
    return this.#io.getoption(name);
  }

  /** The kernel's measurements: round trip, retransmissions, congestion window. (Linux, in the blocking face.) */
  info(): TcpInfo {
    return this.#ask('info', () => this.#io.info());
  }

  #ask<T>(call: string, ask: () => Outcome<T>): T {
    const answer = this.stream.end ?? ask();
    if (answer instanceof Failure) throw failed(call, answer);
    return answer;
  }
}

/** `bind` and `listen` in one call. */
export function* bindTcp<F extends Face>(
  engine: TcpEngine,
  runner: Runner<F>,
  host: string,
  port: number,
  options: BindOptions,
): Flow<TcpServer<F>> {
  return new TcpServer(yield* listening(engine, host, port, options), runner);
}

/** A socket that listens for a conversation that goes on over a connection from its peer. */
export interface Listening<F extends Face> {
  /** The address and port. */
  readonly name: Endpoint;
  /** The next connection. */
  accept(deadline: Deadline): Flow<Outcome<TcpClient<F>>>;
  close(): void;
}

/** Listens on a free port of a local address. */
export function* listenTcp<F extends Face>(engine: TcpEngine, runner: Runner<F>, address: string): Flow<Listening<F>> {
  const acceptor = yield* listening(engine, address, 0, {});
  const name = acceptor.getsockname();
  if (name instanceof Failure) {
    acceptor.close();
    throw failed('listen', name, { target: address });
  }
  return {
    name,
    *accept(deadline) {
      const io = yield* settle(acceptor.accept(deadline));
      return io instanceof Failure ? io : new TcpClient(io, runner);
    },
    close: () => acceptor.close(),
  };
}

/** The acceptor of a socket that listens there. */
export function* listening(
  engine: TcpEngine,
  host: string,
  port: number,
  { backlog = DEFAULT_BACKLOG, reuseaddr, reuseport, ipv6only }: BindOptions,
): Flow<TcpAcceptor> {
  checkBacklog(backlog);
  const options = defined({ reuseaddr, reuseport, 'ipv6-v6only': ipv6only });
  checkOptions(engine, options);
  const bound = yield* bindSocket(engine, host, port, undefined, options, NO_DEADLINE);
  return yield* listenOn(bound, backlog, {});
}

/** A connection to `host`, from a local address if one is named. */
export function* connectTcp<F extends Face>(
  engine: TcpEngine,
  runner: Runner<F>,
  host: string,
  port: number,
  { localHost, localPort, timeout, signal, family, resolved, connected }: ConnectOptions,
): Flow<TcpClient<F>> {
  checkFamily(family);
  checkPort('connect', port, 1);
  const deadline = deadlineAfter('connect', timeout, signal);
  const fixed = localHost !== undefined || localPort !== undefined;
  const bound = fixed ? yield* bindSocket(engine, localHost ?? '*', localPort ?? 0, family, {}, deadline) : undefined;
  const how = { bound, family, options: {}, resolved, connected };
  return new TcpClient(yield* connectTo(engine, host, port, how, deadline), runner);
}

/** How a name is written; undefined for one that the system does not tell. */
export function shownName(name: Outcome<Endpoint>): string | undefined {
  return name instanceof Failure ? undefined : shownEndpoint(name.address, name.port);
}

function checkFamily(family: Family | undefined): void {
  if (family === undefined || family === 'inet' || family === 'inet6') return;
  throw badArgument(`connect: family is 'inet' or 'inet6', not ${shown(family)}`);
}

function defined(options: { [K in keyof OptionValues]?: OptionValues[K] | undefined }): TcpOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
