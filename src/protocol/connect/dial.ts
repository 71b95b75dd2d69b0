/**
 * Connections along a route: how one is dialed, directly, to a proxy or through its tunnel, for any protocol; and one
 * for each conversation, closed after it. (`pool.ts` keeps them.)
 */
import { shownEndpoint } from '../../core/address.ts';
import { type Attempt, Failure, failed, unsupported } from '../../core/errors.ts';
import { type Flow, isPromise, type MaybePromise, settle } from '../../core/flow.ts';
import type { Deadline } from '../../core/timeout.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { ConnectOptions } from '../../sockets/tcp.ts';
import type { TlsClient } from '../../sockets/tls.ts';
import type { ProtocolEngine } from './engine.ts';
import { connectEvents, tlsEvents } from './events.ts';
import type { Route } from './route.ts';
import type { ServerTls } from './tls-contexts.ts';
import { TlsSessions } from './tls-sessions.ts';
import { tunnelThrough } from './tunnel.ts';

/** A connection for one conversation: an exchange of HTTP, say. */
export interface Connection<F extends Face> {
  readonly client: Client<F>;
  /** Where it goes to. */
  readonly route: Route;
  /** Whether it has served before: its server may have closed it meanwhile. */
  readonly reused: boolean;
}

/** A supply of connections. */
export interface Connections<F extends Face> {
  /** Whether connections are kept after their conversation, so that servers should keep them, too. */
  readonly keeps: boolean;
  /** A connection along the route; a new one if it has to be fresh. @throws what {@link dial} throws */
  open(route: Route, fresh: boolean, deadline: Deadline, watch: DialWatch): Flow<Connection<F>>;
  /** Takes a connection back after its conversation, and closes it unless it may be used again. */
  release(connection: Connection<F>, reusable: boolean): void;
}

/** Called as a connection is made, for a timeline. */
export interface DialWatch {
  /** The host's addresses are known. */
  readonly resolved: () => void;
  /** All attempts to connect have ended, the last one well. */
  readonly attempted: (attempts: readonly Attempt[]) => void;
  /** The last handshake of TLS is done. */
  readonly secured: () => void;
}

/** What a caller's own way to connect gets to know: how long it may take, and what the connection is for. */
export interface CreateOptions {
  /** Seconds that are left for it; null is no limit. */
  readonly timeout: number | null;
  /** Ends the wait for it. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the URL that it is for (the proxy's, where there is one) is https, and the connection has to be TLS's. */
  readonly secure: boolean;
}

/** Opens a connection: to a Unix socket, through TLS, to a test. */
export type Create<F extends Face> = (host: string, port: number, options: CreateOptions) => MaybePromise<Client<F>>;

/**
 * A new connection along the route: to the server, to a proxy, or through one.
 *
 * @throws SocketError with the system's code, TimeoutError, AbortError; through a proxy what {@link tunnelThrough} throws
 */
export function* dial<F extends Face>(
  engine: ProtocolEngine<F>,
  create: Create<F> | undefined,
  route: Route,
  deadline: Deadline,
  watch: DialWatch,
  sessions?: TlsSessions,
): Flow<Client<F>> {
  const { host, port, secure } = route.proxy ?? route.target;
  const { signal } = deadline;
  const left = deadline.remaining();
  const timeout = left === Number.POSITIVE_INFINITY ? null : left / 1000;
  let client =
    create === undefined
      ? yield* connected(engine, host, port, { timeout, signal }, watch)
      : yield* createByCaller(engine, create(host, port, { timeout, signal, secure }), deadline);
  try {
    const over = { engine, sessions, deadline };
    if (route.tls !== undefined) {
      const to = `${route.proxy === undefined ? '' : 'the proxy '}${shownEndpoint(host, port)}`;
      client = yield* secured(over, client, route.tls, to);
    }
    if (route.proxy !== undefined && route.tunnelled) {
      const restore = client.stream.timeouts.within(deadline.remaining() / 1000);
      yield* tunnelThrough(client.stream, route.proxy, route.target, signal);
      restore();
    }
    if (route.innerTls !== undefined) {
      const { target } = route;
      client = yield* secured(over, client, route.innerTls, shownEndpoint(target.host, target.port));
    }
    if ((route.innerTls ?? route.tls) !== undefined) watch.secured();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A TCP connection, watched and published. */
function* connected<F extends Face>(
  engine: ProtocolEngine<F>,
  host: string,
  port: number,
  options: ConnectOptions,
  { resolved, attempted }: DialWatch,
): Flow<Client<F>> {
  const event = connectEvents.begin(() => ({ host, port }));
  if (event === undefined) return yield* engine.dial(host, port, { ...options, resolved, connected: attempted });
  try {
    const client = yield* engine.dial(host, port, {
      ...options,
      resolved(addresses) {
        event.addresses = addresses;
        resolved();
      },
      connected(attempts) {
        event.attempts = attempts;
        attempted(attempts);
      },
    });
    connectEvents.end(event);
    return client;
  } catch (error) {
    connectEvents.fail(event, error);
    throw error;
  }
}

/** What a handshake needs besides its connection. */
export interface Securing<F extends Face> {
  readonly engine: ProtocolEngine<F>;
  /** Sessions of earlier connections, for a shorter handshake. */
  readonly sessions?: TlsSessions | undefined;
  readonly deadline: Deadline;
}

/**
 * The connection through TLS, which is `client` no longer; `to` names its other end in errors. A connection that was plain
 * is upgraded by a command (`upgrade`): bytes that came before are refused then.
 *
 * @throws SocketError: tls-failures.ts has its codes
 */
export function* secured<F extends Face>(
  { engine, sessions, deadline }: Securing<F>,
  client: Client<F>,
  how: ServerTls,
  to: string,
  upgrade?: string,
): Flow<TlsClient<F>> {
  if (engine.tls === undefined) throw unsupported('TLS', 'a create that gives TLS does it');
  const offering = sessions?.offered(how) ?? how.how;
  const call = upgrade ?? 'connect';
  const event = tlsEvents.begin(() => ({ server: to }));
  const secure = yield* engine.tls.secure(call, client, offering, deadline, upgrade === undefined);
  if (!(secure instanceof Failure)) {
    if (event !== undefined) {
      const { protocol, cipher, alpn, resumed } = secure.info();
      tlsEvents.end(Object.assign(event, { protocol, cipher, alpn, resumed }));
    }
    sessions?.began(secure, offering.session);
    return secure;
  }
  // The clock of the call knows which of its limits a timeout is.
  const phase = secure.code === 'ETIMEDOUT' ? {} : { phase: 'connecting' };
  const error = failed(call, secure, { target: `${to} (handshake)`, ...phase });
  tlsEvents.fail(event, error);
  throw error;
}

/** Closes a connection after its conversation, without waiting for bytes that it has not sent yet. */
export function closed(client: Client<Face>): void {
  client.stream.io.hold?.(false);
  client.close();
}

/** The caller's own connection. One that comes too late is closed. */
function* createByCaller<F extends Face>(
  engine: ProtocolEngine<F>,
  made: MaybePromise<Client<F>>,
  deadline: Deadline,
): Flow<Client<F>> {
  if (!isPromise(made)) return made;
  const client = yield* settle(engine.bounded(made, deadline, (late) => late.close()));
  if (client instanceof Failure) throw failed('connect', client);
  return client;
}

/** A new connection for each conversation, closed after it. */
export class OneEach<F extends Face> implements Connections<F> {
  readonly keeps = false;
  readonly #engine: ProtocolEngine<F>;
  readonly #create: Create<F> | undefined;
  readonly #sessions = new TlsSessions();

  constructor(engine: ProtocolEngine<F>, create?: Create<F>) {
    this.#engine = engine;
    this.#create = create;
  }

  *open(route: Route, _fresh: boolean, deadline: Deadline, watch: DialWatch): Flow<Connection<F>> {
    const client = yield* dial(this.#engine, this.#create, route, deadline, watch, this.#sessions);
    return { client, route, reused: false };
  }

  release({ client, route }: Connection<F>): void {
    this.#sessions.keep(route.innerTls ?? route.tls, client);
    closed(client);
  }
}
