/** TCP over `node:net`: the engine of the await face. */
import type { AddressInfo, Server } from 'node:net';
import { type Address, type Endpoint, type Family, shownEndpoint } from '../core/address.ts';
import { Failure, type Outcome } from '../core/errors.ts';
import type { OptionName, OptionValues } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import type { BoundTcp, TcpAcceptor, TcpEngine, TcpIo, TcpOptions } from '../sockets/engine.ts';
import { fdOf } from '../sockets/fd.ts';
import { applyOptions } from '../sockets/open.ts';
import { ServerAcceptor } from './acceptor.ts';
import { type BoundHandle, bindHandle, CAN_BIND, CAN_REUSE_PORT } from './bind.ts';
import { resolveLinked } from './dns.ts';
import { drainOnReset } from './drain-on-reset.ts';
import { type Contender, race } from './happy-eyeballs.ts';
import { EarlyServer, newServer, untilListening } from './listen.ts';
import { failureOf } from './node-streams.ts';
import { checkTcpOption, newSocket, optionUnsupported, TcpSocketIo } from './tcp-io.ts';

export const tcpEngine: TcpEngine = {
  resolve: resolveLinked,

  bind(address, port, options) {
    if (!CAN_BIND) return EarlyBound.open(address, port, options);
    const flags = { ipv6Only: options['ipv6-v6only'] === true, reusePort: options.reuseport === true };
    const handle = bindHandle(address, port, flags);
    return handle instanceof Failure ? handle : new HandleBound(handle);
  },

  async connect(addresses, port, options, deadline, attempts) {
    const contenders = addresses.map(({ address }) => ({
      name: shownEndpoint(address, port),
      start: butNotItself(port, attempt({}, { host: address, port })),
    }));
    return withOptions(await race(contenders, deadline, attempts), options);
  },

  checkOption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    if (name === 'ipv6-v6only') return;
    if (name === 'reuseaddr') {
      if (!value) throw optionUnsupported('binding without reuseaddr');
    } else if (name === 'reuseport') {
      if (value && !CAN_REUSE_PORT) throw optionUnsupported('reuseport in this version of the runtime');
    } else {
      checkTcpOption(name, value);
    }
  },
};

/** A socket bound by a handle of the runtime. */
class HandleBound implements BoundTcp {
  #bound: BoundHandle | undefined;
  readonly #name: Endpoint;

  constructor(bound: BoundHandle) {
    this.#bound = bound;
    this.#name = bound.name;
  }

  getsockname(): Endpoint {
    return this.#name;
  }

  getfd(): number {
    return this.#bound?.fd ?? -1;
  }

  async listen(backlog: number, options: TcpOptions): Promise<Outcome<TcpAcceptor>> {
    const server = newServer();
    const failure = await untilListening(server, () => server.listen(this.#release(), Math.max(1, backlog)));
    return failure ?? withOptions(new TcpServerAcceptor(server, backlog), options);
  }

  async connect({ address }: Address, port: number, options: TcpOptions, deadline: Deadline): Promise<Outcome<TcpIo>> {
    const start = attempt({ handle: this.#release(), manualStart: true }, { host: address, port });
    return withOptions(await race([{ name: shownEndpoint(address, port), start }], deadline), options);
  }

  close(): void {
    this.#bound?.close();
    this.#bound = undefined;
  }

  #release(): object {
    const handle = this.#bound?.handle as object;
    this.#bound = undefined;
    return handle;
  }
}

/** Where the runtime cannot bind alone (Bun). */
class EarlyBound implements BoundTcp {
  readonly #early: EarlyServer;
  readonly #name: Endpoint;

  static async open({ address, family }: Address, port: number, options: TcpOptions): Promise<Outcome<BoundTcp>> {
    const ipv6Only = options['ipv6-v6only'] === true && family === 'inet6';
    const early = await EarlyServer.open({ host: address, port, ipv6Only });
    return early instanceof Failure ? early : new EarlyBound(early, family);
  }

  private constructor(early: EarlyServer, family: Family) {
    this.#early = early;
    const { address, port } = early.server.address() as AddressInfo;
    this.#name = { address, port, family };
  }

  getsockname(): Endpoint {
    return this.#name;
  }

  getfd(): number {
    return fdOf(this.#early.server);
  }

  listen(backlog: number, options: TcpOptions): Outcome<TcpAcceptor> {
    return withOptions(new TcpServerAcceptor(this.#early.release(), backlog), options);
  }

  async connect({ address }: Address, port: number, options: TcpOptions, deadline: Deadline): Promise<Outcome<TcpIo>> {
    this.close();
    const { address: localAddress, port: localPort } = this.#name;
    const start = attempt({}, { host: address, port, localAddress, localPort });
    return withOptions(await race([{ name: shownEndpoint(address, port), start }], deadline), options);
  }

  close(): void {
    this.#early.close();
  }
}

class TcpServerAcceptor extends ServerAcceptor<TcpIo> implements TcpAcceptor {
  constructor(server: Server, backlog: number) {
    super(server, backlog, (socket) => {
      const io = new TcpSocketIo(drainOnReset(socket), false);
      io.keepNames();
      return io;
    });
  }

  getsockname(): Outcome<Endpoint> {
    const name = this.server.address();
    if (name === null || typeof name === 'string') return new Failure('EBADF');
    return { address: name.address, port: name.port, family: name.family === 'IPv6' ? 'inet6' : 'inet' };
  }
}

function withOptions<S extends TcpIo | TcpAcceptor>(socket: Outcome<S>, options: TcpOptions): Outcome<S> {
  if (!(socket instanceof Failure)) applyOptions(socket, options);
  return socket;
}

/** One attempt to connect: a socket made with `options` that goes `to` there. */
export function attempt(options: object, to: object): Contender<TcpSocketIo> {
  return (done) => {
    const { socket, io } = newSocket(options);
    const onError = (error: NodeJS.ErrnoException): void => done(failureOf(error));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      io.keepNames();
      done(io);
    });
    socket.connect({ ...to, autoSelectFamily: false } as never);
    return { callOff: () => void socket.destroy() };
  };
}

/**
 * Where the system chooses, of all ports, the one that is connected to, TCP connects the socket with itself (RFC 9293,
 * section 3.5, simultaneous open). Nobody listens there, or the port could not have been chosen.
 */
function butNotItself(port: number, start: Contender<TcpSocketIo>): Contender<TcpSocketIo> {
  return (done) =>
    start((outcome) => {
      if (outcome instanceof Failure || !outcome.meetsItself(port)) return done(outcome);
      outcome.setoption('linger', { on: true, timeout: 0 });
      outcome.close();
      done(new Failure('ECONNREFUSED'));
    });
}
