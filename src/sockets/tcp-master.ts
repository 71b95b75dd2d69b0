/** TCP masters: a master becomes a server by `bind` and `listen`, or a client by `connect`. */
import type { Endpoint, Family } from '../core/address.ts';
import { CLOSED_HERE, failed, misuse } from '../core/errors.ts';
import type { Flow } from '../core/flow.ts';
import { DEFAULT_BACKLOG } from '../core/limits.ts';
import {
  checkOption,
  checkReadable,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { Timeouts } from '../core/timeout.ts';
import type { BoundTcp, TcpEngine } from './engine.ts';
import type { Face, Result, Runner } from './face.ts';
import { SocketObject } from './object.ts';
import { BEFORE_BIND, bindSocket, checkBacklog, connectTo, listenOn } from './open.ts';
import { type ConnectOptions, TcpClient, TcpServer } from './tcp.ts';

/** A TCP socket that is neither listening nor connected yet. (LuaSocket `tcp{master}`.) */
export class TcpMaster<F extends Face> extends SocketObject<F> {
  readonly #engine: TcpEngine;
  readonly #family: Family | undefined;
  protected readonly timeouts: Timeouts = new Timeouts();
  readonly #options: Partial<OptionValues> = {};
  #bound: BoundTcp | undefined;
  #spent: string | undefined;
  /** Ends the connect that is under way. */
  #connecting: AbortController | undefined;

  constructor(engine: TcpEngine, runner: Runner<F>, family?: Family) {
    super(runner);
    this.#engine = engine;
    this.#family = family;
  }

  /**
   * Gives the socket a local address: a real bind(2), so that `getsockname` tells the port right afterwards.
   * `'*'` is any address, port 0 lets the system choose. After a failure, another address may be tried.
   *
   * @throws SocketError EADDRINUSE (the system may also tell this at `listen`), EADDRNOTAVAIL, EACCES
   */
  bind(host: string, port: number): Result<F, void> {
    return this.runner.run(this.#bind(host, port));
  }

  /**
   * Becomes a server, which the call returns; `backlog` as in `bind` (4096 without it). The master is then spent, also
   * after a failure.
   */
  listen(backlog: number = DEFAULT_BACKLOG): Result<F, TcpServer<F>> {
    return this.runner.run(this.#listen(backlog));
  }

  /**
   * Becomes a client of `host`, which the call returns: of the address that answers first, where it has several
   * (RFC 8305). The master is then spent, also after a failure, whose error lists each attempt in `attempts`.
   */
  connect(host: string, port: number, options: Pick<ConnectOptions, 'signal'> = {}): Result<F, TcpClient<F>> {
    return this.runner.run(this.#connect(host, port, options.signal));
  }

  /** The local address and port. */
  getsockname(): Endpoint {
    this.#checkUsable('getsockname');
    if (this.#bound === undefined) throw misuse('ERR_NOT_BOUND', 'getsockname: the socket has no address before bind');
    return this.#bound.getsockname();
  }

  /** Sets an option by LuaSocket's name, for the socket to be. */
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    this.#checkUsable('setoption');
    checkOption(name, value);
    this.#engine.checkOption(name, value);
    if (this.#bound !== undefined && BEFORE_BIND.has(name)) {
      throw misuse('ERR_BOUND', `setoption: ${name} has to be set before bind`);
    }
    this.#options[name] = value;
  }

  /** The value that `setoption` gave; undefined where the system's default is in force. */
  getoption<K extends ReadableOption>(name: K): OptionValue<K> | undefined {
    this.#checkUsable('getoption');
    checkReadable(name);
    return name === 'error' ? undefined : (this.#options[name as OptionName] as OptionValue<K> | undefined);
  }

  /** The descriptor, or -1 before `bind` or where the runtime does not tell. */
  getfd(): number {
    return this.#bound?.getfd() ?? -1;
  }

  /** Gives the socket back. A connect that is under way ends with ClosedError. */
  close(): void {
    this.#connecting?.abort();
    this.#spend('it was closed')?.close();
  }

  *#bind(host: string, port: number): Flow<void> {
    this.#checkUsable('bind');
    this.#checkUnbound();
    const bound = yield* bindSocket(this.#engine, host, port, this.#family, this.#options, this.timeouts.begin());
    // The name may have taken its time, and the socket may be closed by now, or bound by another call.
    if (this.#spent !== undefined || this.#bound !== undefined) bound.close();
    if (this.#spent !== undefined) throw failed('bind', CLOSED_HERE);
    this.#checkUnbound();
    this.#bound = bound;
  }

  *#listen(backlog: number): Flow<TcpServer<F>> {
    this.#checkUsable('listen');
    checkBacklog(backlog);
    // As in C, a socket without an address gets one from the system.
    if (this.#bound === undefined) yield* this.#bind('*', 0);
    const bound = this.#spend('it became a server') as BoundTcp;
    return new TcpServer(yield* listenOn(bound, backlog, this.#options), this.runner);
  }

  *#connect(host: string, port: number, signal: AbortSignal | undefined): Flow<TcpClient<F>> {
    this.#checkUsable('connect');
    const from = { bound: this.#spend('it became a client'), family: this.#family, options: this.#options };
    // Only where calls return before they are done can a close come meanwhile.
    const closing = this.runner.face === 'await' ? new AbortController() : undefined;
    this.#connecting = closing;
    const signals = [signal, closing?.signal].filter((one) => one !== undefined);
    const either = signals.length === 2 ? AbortSignal.any(signals) : signals[0];
    try {
      const io = yield* connectTo(this.#engine, host, port, from, this.timeouts.begin(either));
      if (!closing?.signal.aborted) return new TcpClient(io, this.runner);
      io.close();
    } catch (error) {
      if (!closing?.signal.aborted) throw error;
    } finally {
      this.#connecting = undefined;
    }
    throw failed('connect', CLOSED_HERE);
  }

  #spend(how: string): BoundTcp | undefined {
    const bound = this.#bound;
    this.#bound = undefined;
    this.#spent ??= how;
    return bound;
  }

  #checkUnbound(): void {
    if (this.#bound === undefined) return;
    throw misuse('ERR_BOUND', 'bind: the socket has an address already; use another one');
  }

  #checkUsable(call: string): void {
    if (this.#spent === undefined) return;
    throw misuse('ERR_SPENT', `${call}: this master is spent, ${this.#spent}; tcp() gives a new one`);
  }
}
