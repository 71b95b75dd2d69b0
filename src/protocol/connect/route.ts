/** The way to a server: to the server itself, to a proxy that asks it, or through a proxy's tunnel. */
import { badArgument, unsupported } from '../../core/errors.ts';
import { type Place, proxyOf, type Target } from './target.ts';
import type { RequestTls, ServerTls, TlsContexts } from './tls-contexts.ts';

/** What decides over which connection a conversation may go. */
export interface Route {
  /** Whom the conversation is with. */
  readonly target: Place;
  /** Whom the connection goes to instead. */
  readonly proxy: Target | undefined;
  /** Whether the proxy only passes bytes on (CONNECT), and the server is asked through it. */
  readonly tunnelled: boolean;
  /** TLS to where the connection goes, server or proxy; undefined without, and where the caller makes the connection. */
  readonly tls: ServerTls | undefined;
  /** TLS to the server, through the tunnel. */
  readonly innerTls: ServerTls | undefined;
  /** Connections of one key are as good as each other. */
  readonly key: string;
}

/** The URL of a proxy, with its `user:password@` if it wants one, or what names it for each URL; undefined for none. */
export type ProxyChoice = string | ((url: string) => string | undefined);

/** What else decides the way. */
export interface RouteOptions {
  /** The call, as messages name it. */
  readonly call: string;
  readonly proxy: ProxyChoice | undefined;
  /** Whether plain conversations go through the proxy by a tunnel; secure ones always do. */
  readonly tunnel: boolean | undefined;
  readonly tls: RequestTls | undefined;
  readonly proxyTls: RequestTls | undefined;
  /** What is spoken, by its name for ALPN (RFC 7301); undefined offers none. */
  readonly alpn: string | undefined;
  /** Whether the caller makes the connections, with their TLS. */
  readonly made: boolean;
}

/**
 * How a conversation goes to its server. `contexts` is what TLS is made by, where there is one.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`, `ERR_UNSUPPORTED`, `ERR_TLS_CONTEXT`, and what the caller's choice throws
 */
export function routeOf(target: Place, options: RouteOptions, contexts: TlsContexts | undefined): Route {
  const { call, proxy, tunnel, alpn, made } = options;
  if (tunnel && proxy === undefined) throw badArgument(`${call}: a tunnel goes through a proxy; name one`);
  const named = typeof proxy === 'function' ? proxy(target.url) : proxy;
  const through = named === undefined ? undefined : proxyOf(named);
  const tlsTo = ({ host, port }: Place, name: 'tls' | 'proxyTls'): ServerTls => {
    if (contexts === undefined) throw unsupported('TLS', 'a create that gives TLS does it');
    return contexts.to(call, host, port, options[name], alpn, name);
  };
  if (through === undefined) {
    const tls = target.secure && !made ? tlsTo(target, 'tls') : undefined;
    return { target, proxy: undefined, tunnelled: false, tls, innerTls: undefined, key: keyOf(target.origin, tls) };
  }
  const tls = through.secure && !made ? tlsTo(through, 'proxyTls') : undefined;
  const key = keyOf(through.origin, tls);
  const tunnelled = target.secure || tunnel === true;
  if (!tunnelled) return { target, proxy: through, tunnelled, tls, innerTls: undefined, key };
  const innerTls = target.secure ? tlsTo(target, 'tls') : undefined;
  const login = through.credentials?.toString('base64') ?? '';
  return { target, proxy: through, tunnelled, tls, innerTls, key: `${key} ${login} ${keyOf(target.origin, innerTls)}` };
}

function keyOf(origin: string, tls: ServerTls | undefined): string {
  return tls === undefined ? origin : `${origin} ${tls.key}`;
}
