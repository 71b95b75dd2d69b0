/** How a dialogue begins: a connection along its route, and TLS over it, from the first byte on or by a command. */
import { checkHost, checkPort, shownEndpoint } from '../../core/address.ts';
import { unsupported } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Deadline } from '../../core/timeout.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { TlsClient } from '../../sockets/tls.ts';
import { shownPath } from '../../sockets/unix.ts';
import { type Create, dial, secured } from '../connect/dial.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import type { DialogueLog } from '../connect/log.ts';
import { type ProxyChoice, routeOf } from '../connect/route.ts';
import type { Place } from '../connect/target.ts';
import type { RequestTls, ServerTls } from '../connect/tls-contexts.ts';
import type { DialogueClock } from './clock.ts';
import { Dialogue } from './dialogue.ts';

/** How a connection is made. */
export interface Way<F extends Face> {
  /** The call, as messages name it. */
  readonly call: string;
  /** Whether TLS begins with the first byte is said by `secure`. */
  readonly place: Place;
  readonly tls: RequestTls;
  /** The path of a Unix socket, which the connection goes to instead. */
  readonly local?: string | undefined;
  readonly proxy?: ProxyChoice | undefined;
  readonly proxyTls?: RequestTls | undefined;
  readonly create?: Create<F> | undefined;
}

/** How a dialogue begins. */
export interface Opening<F extends Face> extends Way<F> {
  readonly refusal: `ERR_${string}`;
  readonly clock: DialogueClock;
  readonly log?: DialogueLog | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A server that is named by host and port. @throws SocketError `ERR_INVALID_ARGUMENT` */
export function placeAt(call: string, scheme: string, host: string, port: number, secure: boolean): Place {
  const origin = `${scheme}://${shownEndpoint(checkHost(call, host), checkPort(call, port, 1)).toLowerCase()}`;
  return { origin, secure, host, port, url: `${origin}/` };
}

/**
 * A dialogue over a new connection, before its greeting.
 *
 * @throws SocketError with the system's code, TimeoutError, AbortError; what a proxy and TLS throw
 */
export function* opened<F extends Face>(engine: ProtocolEngine<F>, opening: Opening<F>): Flow<Dialogue<F>> {
  const { call, place, local, refusal, clock, log, signal } = opening;
  const client = yield* connectedTo(engine, opening, clock.connecting(signal));
  const name = `${call} ${local === undefined ? shownEndpoint(place.host, place.port) : shownPath(local)}`;
  return new Dialogue(client, { name, refusal, clock, log });
}

/** A new connection: directly, to a Unix socket, or through the tunnel of a proxy. @throws as {@link opened} */
export function* connectedTo<F extends Face>(
  engine: ProtocolEngine<F>,
  { call, place, tls, local, proxy, proxyTls, create }: Way<F>,
  deadline: Deadline,
): Flow<Client<F>> {
  if (local !== undefined) {
    if (engine.local === undefined) throw unsupported('a Unix socket', 'a create that gives one does it');
    return yield* engine.local(local, deadline);
  }
  const how = { call, proxy, tunnel: proxy !== undefined, tls, proxyTls, alpn: undefined, made: create !== undefined };
  return yield* dial(engine, create, routeOf(place, how, engine.tls?.contexts), deadline, UNWATCHED);
}

/** TLS to a server that is asked for it by a command. @throws SocketError `ERR_UNSUPPORTED` where the face has none */
export function tlsTo<F extends Face>(
  engine: ProtocolEngine<F>,
  call: string,
  { host, port }: Place,
  tls: RequestTls,
): ServerTls {
  if (engine.tls === undefined) throw unsupported('TLS', 'a create that gives TLS does it');
  return engine.tls.contexts.to(call, host, port, tls, undefined, 'tls');
}

/**
 * The dialogue goes on through TLS, after the server has agreed to `command`. What it said before then is refused where
 * it is unread (STARTTLS injection), and forgotten otherwise.
 */
export function* upgraded<F extends Face>(
  engine: ProtocolEngine<F>,
  dialogue: Dialogue<F>,
  command: string,
  { call, place, tls, clock, signal }: Opening<F>,
): Flow<TlsClient<F>> {
  const { host, port } = place;
  const deadline = clock.connecting(signal);
  const how = tlsTo(engine, call, place, tls);
  const client = yield* secured({ engine, deadline }, dialogue.client, how, shownEndpoint(host, port), command);
  dialogue.goOn(client);
  return client;
}

const UNWATCHED = { resolved(): void {}, attempted(): void {}, secured(): void {} };
