/** Unix stream sockets: masters like TCP's, with a path for host and port. A path that begins with NUL is abstract (Linux). */
import { badArgument, CLOSED_HERE, Failure, failed, misuse, type Outcome } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import type { Io } from '../core/io.ts';
import { DEFAULT_BACKLOG } from '../core/limits.ts';
import { shown } from '../core/shown.ts';
import { Stream } from '../core/stream.ts';
import { type Deadline, Timeouts } from '../core/timeout.ts';
import { Client } from './client.ts';
import type { Acceptor, BoundUnix, UnixEngine } from './engine.ts';
import type { Face, Result, Runner } from './face.ts';
import { SocketObject } from './object.ts';
import { checkBacklog } from './open.ts';
import { Server } from './server.ts';

/** sizeof(sun_path) less the final NUL, in bytes (unix(7)). */
const PATH_LIMIT = 107;

/** A Unix socket that is neither listening nor connected yet. (LuaSocket `unixstream{master}`.) */
export class UnixMaster<F extends Face> extends SocketObject<F> {
  readonly #engine: UnixEngine;
  protected readonly timeouts: Timeouts = new Timeouts();
  #bound: { path: string; socket: BoundUnix } | undefined;
  #spent: string | undefined;
  /** Ends the connect that is under way. */
  #connecting: AbortController | undefined;

  constructor(engine: UnixEngine, runner: Runner<F>) {
    super(runner);
    this.#engine = engine;
  }

  /** Creates the socket's file, or takes the abstract name. `close` of the server removes its file. */
  bind(path: string): Result<F, void> {
    return this.runner.run(this.#bind(path));
  }

  /**
   * Becomes a server, which the call returns. Up to `backlog` connections (4096 without it) may wait to be accepted; in
   * the await face one more is closed. The master is then spent.
   */
  listen(backlog: number = DEFAULT_BACKLOG): Result<F, UnixServer<F>> {
    return this.runner.run(this.#listen(backlog));
  }

  /** Becomes a client, which the call returns. The master is then spent, also after a failure. */
  connect(path: string): Result<F, Client<F>> {
    return this.runner.run(this.#connect(path));
  }

  /**
   * The path; an abstract name begins with NUL.
   *
   * @throws SocketError ERR_NOT_BOUND before `bind`
   */
  getsockname(): string {
    this.#checkUsable('getsockname');
    if (this.#bound === undefined) throw misuse('ERR_NOT_BOUND', 'getsockname: the socket has no path before bind');
    return this.#bound.path;
  }

  /** Gives the socket back. A connect that is under way ends with ClosedError. */
  close(): void {
    this.#connecting?.abort();
    this.#bound?.socket.close();
    this.#bound = undefined;
    this.#spent ??= 'it was closed';
  }

  *#bind(path: string): Flow<void> {
    this.#checkUsable('bind');
    checkPath('bind', path);
    this.#checkUnbound();
    const socket = yield* settle(this.#engine.bind(path));
    if (socket instanceof Failure) throw failed('bind', socket, { target: shownPath(path) });
    // Where calls overlap, the master may be closed by now, or bound by another one.
    if (this.#spent !== undefined || this.#bound !== undefined) socket.close();
    if (this.#spent !== undefined) throw failed('bind', CLOSED_HERE);
    this.#checkUnbound();
    this.#bound = { path, socket };
  }

  *#listen(backlog: number): Flow<UnixServer<F>> {
    this.#checkUsable('listen');
    checkBacklog(backlog);
    if (this.#bound === undefined) throw misuse('ERR_NOT_BOUND', 'listen: the socket has no path; bind it first');
    const { path, socket } = this.#bound;
    this.#bound = undefined;
    this.#spent = 'it became a server';
    const acceptor = yield* settle(socket.listen(backlog));
    if (acceptor instanceof Failure) throw failed('listen', acceptor, { target: shownPath(path) });
    return new UnixServer(acceptor, this.runner, path);
  }

  *#connect(path: string): Flow<Client<F>> {
    this.#checkUsable('connect');
    checkPath('connect', path);
    if (this.#bound !== undefined)
      throw misuse('ERR_BOUND', 'connect: a bound Unix socket cannot connect here; use another one');
    this.#spent = 'it became a client';
    // Only where calls return before they are done can a close come meanwhile.
    const closing = this.runner.face === 'await' ? new AbortController() : undefined;
    this.#connecting = closing;
    const io = yield* settle(this.#engine.connect(path, this.timeouts.begin(closing?.signal)));
    this.#connecting = undefined;
    if (closing?.signal.aborted) {
      if (!(io instanceof Failure)) io.close();
      throw failed('connect', CLOSED_HERE);
    }
    return connected(io, this.runner, path);
  }

  #checkUnbound(): void {
    if (this.#bound !== undefined) throw misuse('ERR_BOUND', 'bind: the socket has a path already; use another one');
  }

  #checkUsable(call: string): void {
    if (this.#spent === undefined) return;
    throw misuse('ERR_SPENT', `${call}: this master is spent, ${this.#spent}; unix.stream() gives a new one`);
  }
}

/** A listening Unix socket. (LuaSocket `unixstream{server}`.) */
export class UnixServer<F extends Face> extends Server<F, Io, Client<F>> {
  readonly #path: string;

  constructor(acceptor: Acceptor<Io>, runner: Runner<F>, path: string) {
    const name = (): string => shownPath(path);
    super(acceptor, runner, (io) => new Client(new Stream(io, name), runner), name);
    this.#path = path;
  }

  /** The path; an abstract name begins with NUL. */
  getsockname(): string {
    return this.#path;
  }
}

/** A client of the socket at a path, for protocols. @throws SocketError with the system's code, TimeoutError, AbortError */
export function* connectUnix<F extends Face>(
  engine: UnixEngine,
  runner: Runner<F>,
  path: string,
  deadline: Deadline,
): Flow<Client<F>> {
  checkPath('connect', path);
  return connected(yield* settle(engine.connect(path, deadline)), runner, path);
}

function connected<F extends Face>(io: Outcome<Io>, runner: Runner<F>, path: string): Client<F> {
  if (io instanceof Failure) throw failed('connect', io, { target: shownPath(path) });
  return new Client(new Stream(io, () => shownPath(path)), runner);
}

/** Throws unless it could be a socket's path. */
export function checkPath(call: string, path: string): void {
  const length = typeof path === 'string' ? Buffer.byteLength(path) : 0;
  const nul = length > 0 && path.indexOf('\0', 1) >= 0;
  if (length === 0 || nul)
    throw badArgument(`${call}: a path is a string, with a NUL at most at its beginning, not ${shown(path)}`);
  if (length > PATH_LIMIT)
    throw badArgument(`${call}: path too long: ${length} bytes, and the system takes ${PATH_LIMIT}`);
}

/** The path as messages have it: an abstract name with an @. */
export function shownPath(path: string): string {
  return path.startsWith('\0') ? `@${path.slice(1)}` : path;
}
