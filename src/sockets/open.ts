/** The flows that open TCP sockets: from what a user names to a socket of the engine. */
import { type Address, checkPort, type Family, interleave, shownEndpoint } from '../core/address.ts';
import { type Attempt, badArgument, Failure, failed, type Outcome } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import { ADDRESS_LIMIT } from '../core/limits.ts';
import { checkOption, type OptionName } from '../core/options.ts';
import { shown } from '../core/shown.ts';
import type { Deadline } from '../core/timeout.ts';
import type { BoundTcp, SocketOptions, TcpAcceptor, TcpEngine, TcpIo, TcpOptions } from './engine.ts';
import { addressesOf } from './resolve.ts';

/** Options that a socket must have before it has an address. */
export const BEFORE_BIND: ReadonlySet<string> = new Set(['reuseaddr', 'reuseport', 'ipv6-v6only']);

/** A socket bound to the first of the host's addresses that can be. */
export function* bindSocket(
  engine: TcpEngine,
  host: string,
  port: number,
  family: Family | undefined,
  options: TcpOptions,
  deadline: Deadline,
): Flow<BoundTcp> {
  checkPort('bind', port);
  const addresses = yield* addressesOf('bind', engine, host, family, deadline);
  // LuaSocket's: an IPv6 socket leaves IPv4 alone.
  const all = { 'ipv6-v6only': true, ...options };
  let failure = new Failure('ENOTFOUND');
  for (const address of addresses) {
    const bound = yield* settle(engine.bind(address, port, all));
    if (!(bound instanceof Failure)) return bound;
    failure = bound;
  }
  throw failed('bind', failure, { target: shownEndpoint(host, port) });
}

/** Makes a bound socket listen; its descriptor is the acceptor's from then on, or closed. */
export function* listenOn(bound: BoundTcp, backlog: number, options: TcpOptions): Flow<TcpAcceptor> {
  checkBacklog(backlog);
  const { address, port } = bound.getsockname();
  const acceptor = yield* settle(bound.listen(backlog, options));
  if (acceptor instanceof Failure) throw failed('listen', acceptor, { target: shownEndpoint(address, port) });
  return acceptor;
}

/** How a connect is to be done, besides its address. */
export interface Connecting {
  readonly bound?: BoundTcp | undefined;
  readonly family?: Family | undefined;
  readonly options: TcpOptions;
  readonly resolved?: ((addresses: readonly Address[]) => void) | undefined;
  readonly connected?: ((attempts: readonly Attempt[]) => void) | undefined;
}

/** A connection to `host`, from the bound socket if there is one, whose descriptor is then the connection's, or closed. */
export function* connectTo(
  engine: TcpEngine,
  host: string,
  port: number,
  how: Connecting,
  deadline: Deadline,
): Flow<TcpIo> {
  const { bound, options, resolved, connected } = how;
  const attempts: Attempt[] = [];
  let io: Outcome<TcpIo> | undefined;
  try {
    checkPort('connect', port, 1);
    const family = bound?.getsockname().family ?? how.family;
    // An address to connect to is not "any" of them: the loopback is meant, as the system takes it.
    const addresses = yield* addressesOf('connect', engine, host === '*' ? 'localhost' : host, family, deadline);
    resolved?.(addresses);
    io = yield* settle(
      bound === undefined
        ? engine.connect(interleave(addresses).slice(0, ADDRESS_LIMIT), port, options, deadline, attempts)
        : bound.connect(addresses[0] as Address, port, options, deadline),
    );
    if (io instanceof Failure) throw failed('connect', io, { target: shownEndpoint(host, port) });
    connected?.(attempts);
    return io;
  } catch (error) {
    if (io !== undefined && !(io instanceof Failure)) io.close();
    bound?.close();
    throw error;
  }
}

/** Throws unless all of these options exist and the engine can set them. */
export function checkOptions(engine: TcpEngine, options: TcpOptions): void {
  for (const [name, value] of Object.entries(options) as [OptionName, never][]) {
    checkOption(name, value);
    engine.checkOption(name, value);
  }
}

export function checkBacklog(backlog: number): void {
  if (!Number.isSafeInteger(backlog) || backlog < 0) {
    throw badArgument(`listen: backlog is a whole number of connections, 0 or more, not ${shown(backlog)}`);
  }
}

/** Sets the options that may be set at any time. */
export function applyOptions(socket: SocketOptions, options: TcpOptions): void {
  for (const [name, value] of Object.entries(options) as [OptionName, never][]) {
    if (!BEFORE_BIND.has(name)) socket.setoption(name, value);
  }
}
