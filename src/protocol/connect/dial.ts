/**
 * Where the connections of requests come from, and what becomes of them. Here: one for each exchange, closed after it.
 * (`pool.ts` keeps them.)
 */
import { shownEndpoint } from '../../core/address.ts';
import { Failure, failed, unsupported } from '../../core/errors.ts';
import { type Flow, isPromise, type MaybePromise, settle } from '../../core/flow.ts';
import type { Deadline } from '../../core/timeout.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { CallClock } from './clock.ts';
import type { ProtocolEngine } from './engine.ts';
import type { Route } from './route.ts';
import type { ServerTls } from './tls-contexts.ts';
import type { TlsSessions } from './tls-sessions.ts';
import { tunnelThrough } from './tunnel.ts';

/** A connection for one exchange. */
export interface Connection<F extends Face> {
  readonly client: Client<F>;
  /** Where it goes to. */
  readonly route: Route;
  /** Whether it has served before: its server may have closed it meanwhile. */
  readonly reused: boolean;
}

export interface Connections<F extends Face> {
  /** Whether servers are to keep their connections. */
  readonly keeps: boolean;
  /** A connection along the route, one that nobody has used before if it has to be fresh. */
  open(route: Route, fresh: boolean, deadline: Deadline, clock: CallClock): Flow<Connection<F>>;
  /** Takes a connection back after its exchange, which is closed unless it may be used again. */
  release(connection: Connection<F>, reusable: boolean): void;
}

/** What a caller's own way to connect is told: how long it may take, and what it is for. */
export interface CreateOptions {
  /** Seconds that are left for it; null is no limit. */
  readonly timeout: number | null;
  readonly signal?: AbortSignal | undefined;
  /** Whether the URL that it is for (the proxy's, where there is one) is https, and the connection has to be TLS's. */
  readonly secure: boolean;
}

/** Opens a connection: to a Unix socket, through TLS, to a test. */
export type Create<F extends Face> = (host: string, port: number, options: CreateOptions) => MaybePromise<Client<F>>;

/** A new connection along the route: to the server, to a proxy, or through one. */
export function* dial<F extends Face>(
  engine: ProtocolEngine<F>,
  create: Create<F> | undefined,
  route: Route,
  deadline: Deadline,
  clock: CallClock,
  sessions?: TlsSessions,
): Flow<Client<F>> {
  const { host, port, secure } = route.proxy ?? route.target;
  const { signal } = deadline;
  const left = deadline.remaining();
  const timeout = left === Number.POSITIVE_INFINITY ? null : left / 1000;
  const { resolved, attempted: connected } = clock;
  let client =
    create === undefined
      ? yield* engine.dial(host, port, { timeout, signal, resolved, connected })
      : yield* createByCaller(engine, create(host, port, { timeout, signal, secure }), deadline);
  try {
    if (route.tls !== undefined)
      client = yield* secured(
        engine,
        client,
        route.tls,
        sessions,
        `${route.proxy === undefined ? '' : 'the proxy '}${shownEndpoint(host, port)}`,
        deadline,
      );
    if (route.proxy !== undefined && route.tunnelled) {
      const restore = client.stream.timeouts.within(deadline.remaining() / 1000);
      yield* tunnelThrough(client.stream, route.proxy, route.target, signal);
      restore();
    }
    if (route.innerTls !== undefined) {
      const { target } = route;
      client = yield* secured(
        engine,
        client,
        route.innerTls,
        sessions,
        shownEndpoint(target.host, target.port),
        deadline,
      );
    }
    if ((route.innerTls ?? route.tls) !== undefined) clock.secured();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The connection through TLS; `to` names its other end in errors. */
function* secured<F extends Face>(
  { tls }: ProtocolEngine<F>,
  client: Client<F>,
  how: ServerTls,
  sessions: TlsSessions | undefined,
  to: string,
  deadline: Deadline,
): Flow<Client<F>> {
  if (tls === undefined) throw unsupported('https', 'a create that gives TLS does it');
  const offering = sessions?.offered(how) ?? how.how;
  const secure = yield* tls.secure(client, offering, deadline);
  if (!(secure instanceof Failure)) {
    sessions?.began(secure, offering.session);
    return secure;
  }
  // The clock of the call knows which of its limits a timeout is.
  const phase = secure.code === 'ETIMEDOUT' ? {} : { phase: 'connecting' };
  throw failed('connect', secure, { target: `${to} (handshake)`, ...phase });
}

/** Closes a connection after its exchange. What it has not sent yet nobody waits for. */
export function closed(client: Client<Face>): void {
  client.stream.io.hold?.(false);
  client.close();
}

/** The caller's own connection. One that comes too late is closed. */
function* createByCaller<F extends Face>(
  engine: ProtocolEngine<F>,
  answer: MaybePromise<Client<F>>,
  deadline: Deadline,
): Flow<Client<F>> {
  if (!isPromise(answer)) return answer;
  const client = yield* settle(engine.bounded(answer, deadline, (late) => late.close()));
  if (client instanceof Failure) throw failed('request', client);
  return client;
}

/** A new connection for each exchange, closed after it. */
export class OneEach<F extends Face> implements Connections<F> {
  readonly keeps = false;
  readonly #engine: ProtocolEngine<F>;
  readonly #create: Create<F> | undefined;

  constructor(engine: ProtocolEngine<F>, create?: Create<F>) {
    this.#engine = engine;
    this.#create = create;
  }

  *open(route: Route, _fresh: boolean, deadline: Deadline, clock: CallClock): Flow<Connection<F>> {
    return { client: yield* dial(this.#engine, this.#create, route, deadline, clock), route, reused: false };
  }

  release({ client }: Connection<F>): void {
    closed(client);
  }
}
