/** The flows that make TLS connections: over a new TCP connection, over any that is there, and behind a listening socket. */
import { familyOf, shownEndpoint } from '../core/address.ts';
import { badArgument, Failure, failed, type Outcome, type SocketError } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import { DEFAULT_BACKLOG, HANDSHAKE_LIMIT } from '../core/limits.ts';
import { type Deadline, deadlineAfter } from '../core/timeout.ts';
import {
  checkSession,
  contextOptionsIn,
  type TlsContextOptions,
  type TlsPeerOptions,
  tlsName,
  tlsSettings,
} from '../core/tls.ts';
import { beginsTls } from '../core/tls-failures.ts';
import type { Client } from './client.ts';
import type { TcpEngine, TlsContext, TlsEngine, TlsListening, TlsRole, TlsWrapping } from './engine.ts';
import type { Face, Runner } from './face.ts';
import { type BindOptions, type ConnectOptions, connectTcp, listening } from './tcp.ts';
import { TlsClient, TlsServer } from './tls.ts';

/** How one side of a connection does TLS: by a context, or by the options of one. */
export interface TlsOptions extends TlsContextOptions {
  /** What `context` gave, instead of the options that it has. Many connections share what it has parsed. */
  readonly context?: TlsContext | undefined;
}

/** What `connect` takes besides the address. */
export interface TlsConnectOptions extends ConnectOptions, TlsOptions, TlsPeerOptions {}

/** What `wrap` takes besides the connection. */
export interface TlsWrapOptions extends TlsOptions, TlsPeerOptions {
  /** Which side this is: `'client'` without it. */
  readonly role?: TlsRole | undefined;
  /** A server's: what it is for the names that clients ask for (SNI), as `listen` has it. */
  readonly sni?: TlsNames | undefined;
  /** Seconds for the handshake. Without it the connection's own timeouts hold for a client, and 10 seconds for a server. */
  readonly timeout?: number | null | undefined;
  /** Ends the handshake; the connection is then closed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Contexts, or options for them, by the names that clients ask for; `*.example` stands for one label before it. Options
 * have from the server's own what they leave out.
 */
export type TlsNames = Readonly<Record<string, TlsContext | TlsContextOptions>>;

/** What `listen` takes besides the address. */
export interface TlsListenOptions extends BindOptions, TlsOptions {
  /** Contexts by the names that clients ask for (SNI, RFC 6066, section 3); other clients get the server's own. */
  readonly sni?: TlsNames | undefined;
  /** Seconds that a client has for its handshake (10 without it). It keeps no other client waiting. */
  readonly timeout?: number | undefined;
  /** Called with the error of each handshake that failed; `accept` does not throw it. */
  readonly onrejected?: ((error: SocketError) => void) | undefined;
}

/** A connection to `host`, and the handshake on it, under one timeout. */
export function* connectTls<F extends Face>(
  tcp: TcpEngine,
  tls: TlsEngine,
  runner: Runner<F>,
  host: string,
  port: number,
  options: TlsConnectOptions,
): Flow<TlsClient<F>> {
  const how = wrapping('connect', tls, { servername: host === '*' ? 'localhost' : host, ...given(options) });
  const deadline = deadlineAfter('connect', options.timeout, options.signal);
  const client = yield* connectTcp(tcp, runner, host, port, options);
  return yield* handshaken('connect', tls, runner, client, how, deadline, shownEndpoint(host, port));
}

/** The connection of `client`, through TLS from now on. The client is spent. */
export function* wrapTls<F extends Face>(
  tls: TlsEngine,
  runner: Runner<F>,
  client: Client<F>,
  options: TlsWrapOptions,
): Flow<TlsClient<F>> {
  const how = wrapping('wrap', tls, options);
  const { signal, timeout = how.role === 'server' ? HANDSHAKE_LIMIT : undefined } = options;
  const deadline =
    timeout === undefined ? client.stream.timeouts.begin(signal) : deadlineAfter('wrap', timeout, signal);
  return yield* handshaken('wrap', tls, runner, client, how, deadline);
}

/** A socket that listens there, whose connections do their handshakes before they are accepted. */
export function* listenTls<F extends Face>(
  tcp: TcpEngine,
  tls: TlsEngine,
  runner: Runner<F>,
  host: string,
  port: number,
  options: TlsListenOptions,
): Flow<TlsServer<F>> {
  const { backlog = DEFAULT_BACKLOG, timeout = HANDSHAKE_LIMIT, onrejected } = options;
  const how = wrapping('listen', tls, { ...options, role: 'server' });
  if (typeof timeout !== 'number' || !(timeout > 0))
    throw badArgument(`listen: timeout is the seconds of a handshake, above 0, not ${String(timeout)}`);
  if (onrejected !== undefined && typeof onrejected !== 'function')
    throw badArgument('listen: onrejected is a function that takes an error');
  const acceptor = yield* listening(tcp, host, port, options);
  const listeningHow: TlsListening = {
    ...how,
    backlog: Math.max(1, backlog),
    limit: timeout * 1000,
    rejected: (failure, peer) => {
      const target = peer instanceof Failure ? 'a peer that is gone' : shownEndpoint(peer.address, peer.port);
      onrejected?.(failed('accept', failure, { target, phase: 'handshake' }));
    },
  };
  return new TlsServer(tls.listen(acceptor, listeningHow), runner);
}

/** See `context` of the faces. */
export function contextOf(tls: TlsEngine, options: TlsContextOptions): TlsContext {
  return tls.context(tlsSettings('context', options));
}

function* handshaken<F extends Face>(
  call: string,
  tls: TlsEngine,
  runner: Runner<F>,
  client: Client<F>,
  how: Omit<TlsWrapping, 'unread'>,
  deadline: Deadline,
  peer?: string,
): Flow<TlsClient<F>> {
  // A server may have read a line before TLS, such as a PROXY header, and with it the first bytes of the handshake. On a
  // new connection there was nothing else to come: what has come already says what the peer speaks.
  const belongs = how.role === 'server' ? beginsTls : () => call === 'connect';
  const secure = yield* upgraded(call, tls, runner, client, how, deadline, belongs);
  if (!(secure instanceof Failure)) return secure;
  const target = peer === undefined ? '(handshake)' : `${peer} (handshake)`;
  throw failed(call, secure, { target, phase: 'handshake' });
}

/** The handshake over the connection of `client`, which is spent. `belongs`: which unread bytes are the peer's part of it. */
export function* upgraded<F extends Face>(
  call: string,
  tls: TlsEngine,
  runner: Runner<F>,
  client: Client<F>,
  how: Omit<TlsWrapping, 'unread'>,
  deadline: Deadline,
  belongs: (unread: Uint8Array) => boolean,
): Flow<Outcome<TlsClient<F>>> {
  const { stream } = client;
  const { io, unread } = yield* stream.takeOver(call, belongs);
  const secure = yield* settle(tls.wrap(io, { ...how, unread }, deadline));
  return secure instanceof Failure ? secure : new TlsClient(secure, runner, stream.timeouts);
}

/** How a connection is to become TLS's, checked. */
export function wrapping(call: string, tls: TlsEngine, options: TlsWrapOptions): Omit<TlsWrapping, 'unread'> {
  const { role = 'client', servername, session, sni } = options;
  if (role !== 'client' && role !== 'server')
    throw badArgument(`${call}: role is 'client' or 'server', not ${String(role)}`);
  checkSession(call, session);
  const context = contextIn(call, tls, options);
  const { verify, cert, pfx, psk, requestCert } = context.settings;
  if (role === 'client') {
    if (sni !== undefined) throw badArgument(`${call}: sni is a server's; a client has a servername`);
    if (requestCert) throw badArgument(`${call}: requestCert is a server's; a client always asks for one`);
    if (servername === undefined && verify !== false && psk === undefined) {
      throw badArgument(
        `${call}: servername is missing, the name that the peer's certificate has to have; verify: false takes any certificate`,
      );
    }
    const name = servername === undefined ? undefined : tlsName(call, servername);
    return { role, context, servername: name, session, sni: undefined };
  }
  if (servername !== undefined || session !== undefined)
    throw badArgument(`${call}: servername and session are a client's; a server has sni`);
  if (cert === undefined && pfx === undefined && psk === undefined)
    throw badArgument(`${call}: a server needs a certificate: cert and key, or pfx`);
  return { role, context, servername: undefined, session: undefined, sni: namesOf(call, tls, sni, options) };
}

function contextIn(call: string, tls: TlsEngine, options: TlsOptions): TlsContext {
  const { context } = options;
  if (context === undefined) return tls.context(tlsSettings(call, options));
  const twice = contextOptionsIn(options);
  if (twice.length > 0)
    throw badArgument(`${call}: the context has its options already; leave out ${twice.join(', ')}`);
  return context;
}

function namesOf(
  call: string,
  tls: TlsEngine,
  names: TlsNames | undefined,
  options: TlsWrapOptions,
): ReadonlyMap<string, TlsContext> | undefined {
  if (names === undefined) return undefined;
  const contexts = new Map<string, TlsContext>();
  for (const [name, entry] of Object.entries(names)) {
    const wildcard = name.startsWith('*.') ? '*.' : '';
    const bare = tlsName(call, name.slice(wildcard.length));
    if (familyOf(bare) !== undefined) throw badArgument(`${call}: sni has names, and no client asks for ${bare}`);
    contexts.set(wildcard + bare, 'settings' in entry ? entry : inheriting(call, tls, options, entry));
  }
  return contexts;
}

/** The context of one of a server's names, whose options have from the server's what they leave out. */
function inheriting(call: string, tls: TlsEngine, options: TlsWrapOptions, own: TlsContextOptions): TlsContext {
  if (options.context !== undefined)
    throw badArgument(`${call}: a server that is given by a context takes contexts in sni, too`);
  const { cert: _cert, key: _key, passphrase: _passphrase, pfx: _pfx, ...rest } = options;
  const hasOwn = own.cert !== undefined || own.pfx !== undefined;
  return tls.context(tlsSettings(call, { ...(hasOwn ? rest : options), ...given(own) }));
}

/** Without what is undefined, which would stand before a default. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The context for a name that a client asks for: its own, or that of its parent's wildcard. */
export function contextFor(sni: TlsWrapping['sni'], servername: string): TlsContext | undefined {
  const name = servername.toLowerCase();
  return sni?.get(name) ?? sni?.get(`*${name.slice(name.indexOf('.'))}`);
}
