/**
 * A tunnel through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6).
 *
 * ```text
 *   CONNECT server.example:443 HTTP/1.1     the authority-form: always with the port (RFC 9112, section 3.2.3)
 *   Host: server.example:443
 *
 *   HTTP/1.1 200 Connection established     from the empty line on the bytes are the server's
 * ```
 */
import { checkHost, checkPort, familyOf, shownEndpoint } from '../../core/address.ts';
import { badArgument, ClosedError, Failure, ProtocolError, SocketError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Stream } from '../../core/stream.ts';
import { HeaderMap } from '../../headers/map.ts';
import { exchange, prepared, type Reply } from '../http/wire/exchange.ts';
import { USER_AGENT } from '../http/wire/head.ts';
import { basic, type Target } from './target.ts';

/** Where the tunnel leads. */
export interface TunnelGoal {
  readonly host: string;
  readonly port: number;
}

/** The longest part of a status line that a message quotes. */
const QUOTED = 80;

/**
 * Asks the proxy at the other end of the stream for a tunnel. Afterwards the stream is the server's, from its first byte
 * on, which may be there already. Whatever this throws, the connection is of no more use.
 *
 * @throws SocketError `ERR_PROXY_AUTHENTICATION` for 407, `ERR_PROXY_REFUSED` for every other reply but 2xx; ClosedError
 * if the proxy says nothing; what {@link exchange} throws for a reply that is none
 */
export function* tunnelThrough(
  stream: Stream,
  proxy: Target,
  { host, port }: TunnelGoal,
  signal?: AbortSignal,
): Flow<void> {
  const target = shownEndpoint(checkedName(host), checkPort('tunnel', port, 1));
  const headers = new HeaderMap({ Host: target, 'User-Agent': USER_AGENT });
  const credentials = basic(proxy.credentials);
  if (credentials !== undefined) headers.append('Proxy-Authorization', credentials);
  let reply: Reply;
  try {
    reply = yield* exchange(stream, prepared({ method: 'CONNECT', target, headers, signal }));
  } catch (error) {
    throw stream.closed ? error : ofProxy(proxy, target, error);
  }
  // Section 9.3.6: Content-Length and Transfer-Encoding mean nothing in a 2xx.
  if (reply.code < 300) return;
  if (reply.code === 407) throw unauthenticated(proxy);
  const message = `the proxy ${proxy.origin} gives no tunnel to ${target}: ${printable(reply.status)}`;
  throw new SocketError('ERR_PROXY_REFUSED', message);
}

/** A proxy reads the line in its own way: a host that is more than a name could lead it elsewhere. */
function checkedName(host: string): string {
  const name = checkHost('tunnel', host);
  // RFC 3986, section 2.3. A zone is a link of this machine, which the proxy does not have.
  if (familyOf(name) === 'inet6' ? !name.includes('%') : /^[\w.~-]+$/.test(name)) return name;
  throw badArgument(`tunnel: ${JSON.stringify(host.slice(0, 80))} is no host that a proxy could be asked for`);
}

/** The error with the proxy's name: the caller has asked somebody else. */
function ofProxy({ origin }: Target, target: string, error: unknown): unknown {
  if (error instanceof ClosedError) {
    const message = `the proxy ${origin} closed the connection before it gave a tunnel to ${target} (${error.code})`;
    const partial = (): Buffer => error.partial ?? Buffer.alloc(0);
    return new ClosedError(error.code, message, { partial }, new Failure(error.code, error));
  }
  if (!(error instanceof ProtocolError)) return error;
  const message = `the proxy ${origin}, asked for a tunnel to ${target}: ${error.message}`;
  return new ProtocolError(error.code, message, {}, new Failure(error.code, error));
}

function unauthenticated(proxy: Target): SocketError {
  const what =
    proxy.credentials === undefined
      ? "wants a user and a password: put user:password@ before the host in the proxy's URL"
      : "does not take the user and the password of its URL, or not by the Basic scheme: look at the proxy's URL";
  return new SocketError('ERR_PROXY_AUTHENTICATION', `the proxy ${proxy.origin} ${what} (407)`);
}

/** What a terminal shows and does not obey. */
function printable(status: string): string {
  return status.slice(0, QUOTED).replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
}
