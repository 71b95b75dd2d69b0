/** The way of a request to its server: to the server itself, to a proxy that asks it, or through a proxy's tunnel. */
import { badArgument } from '../../core/errors.ts';
import { proxyOf, type Target } from './target.ts';

/** What decides over which connection a request may go. */
export interface Route {
  /** Whom the request is for. */
  readonly target: Target;
  /** Whom the connection goes to instead. */
  readonly proxy: Target | undefined;
  /** Whether the proxy only passes bytes on (CONNECT), and the server is asked through it. */
  readonly tunnelled: boolean;
  /** Connections of one key are as good as each other. */
  readonly key: string;
}

/** The URL of a proxy, with its `user:password@` if it wants one, or what names it for each URL; undefined for none. */
export type ProxyChoice = string | ((url: string) => string | undefined);

/**
 * How a request goes to its server.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`, and what the caller's choice throws
 */
export function routeOf(target: Target, proxy: ProxyChoice | undefined, tunnel: boolean | undefined): Route {
  if (tunnel && proxy === undefined) throw badArgument('request: a tunnel goes through a proxy; name one');
  const named = typeof proxy === 'function' ? proxy(target.url) : proxy;
  if (named === undefined) return { target, proxy: undefined, tunnelled: false, key: target.origin };
  const through = proxyOf(named);
  if (target.secure || through.secure)
    throw badArgument('request: https and a proxy together need TLS, which is still to come');
  if (!tunnel) return { target, proxy: through, tunnelled: false, key: through.origin };
  const login = through.credentials?.toString('base64') ?? '';
  return { target, proxy: through, tunnelled: true, key: `${through.origin} ${login} ${target.origin}` };
}
