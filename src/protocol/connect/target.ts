/**
 * From what a caller names to where a request goes: the connection's host and port, the request's target and its Host.
 *
 *     origin-form    GET /path?query HTTP/1.1       to the server itself      (RFC 9112, section 3.2.1)
 *     absolute-form  GET http://host/path HTTP/1.1  to a proxy                (section 3.2.2)
 */
import { checkHost } from '../../core/address.ts';
import { badArgument } from '../../core/errors.ts';
import { unescapeBytes } from '../../url/escape.ts';
import { build, parse, type UrlParts } from '../../url/parts.ts';

/** Where a request goes. */
export interface Target {
  /** Scheme, host and port: credentials are for one of these alone. */
  readonly origin: string;
  /** Whether it is https. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** What Host says: the port only where it is not the scheme's own. */
  readonly authority: string;
  /** The path with its query, never empty. A fragment is not sent (RFC 9110, section 7.1). */
  readonly path: string;
  /** `user:password` of the URL, unescaped. */
  readonly credentials: Buffer | undefined;
}

/** The port of each scheme that is spoken here. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** The target of a URL, or of the parts of one. */
export function targetOf(parts: UrlParts): Target {
  const scheme = (parts.scheme ?? '').toLowerCase();
  const ownPort = PORTS[scheme];
  if (ownPort === undefined)
    throw badArgument(`request: the URL begins with http:// or https://, not ${JSON.stringify(parts.scheme ?? '')}`);
  if (parts.host === undefined || parts.host === '') throw badArgument('request: the URL names no host');
  const host = hostOf(parts.host);
  const port = portOf(parts.port, ownPort);
  const literal = host.includes(':') ? `[${host}]` : host;
  // RFC 6874, section 4: the zone is this machine's, and nobody else is told.
  const shown = literal.replace(/%[^\]]*\]$/, ']');
  return {
    origin: `${scheme}://${literal.toLowerCase()}:${port}`,
    secure: scheme === 'https',
    host,
    port,
    authority: port === ownPort ? shown : `${shown}:${port}`,
    path: pathOf(parts),
    credentials: credentialsOf(parts),
  };
}

/** Throws for a target that cannot be reached from here. `made`: whether the caller makes the connections. */
export function checkReachable({ secure }: Target, made: boolean): void {
  if (secure && !made)
    throw badArgument(
      'request: https needs TLS, which is still to come; http works, and so does a create that gives TLS',
    );
}

/** A URL without what is secret in it, and without its fragment. */
export function publicURL(parts: UrlParts): string {
  const { scheme, host, port, path, params, query } = parts;
  return build({ scheme, host, port, path, params, query });
}

/** A proxy's URL; without a port it is LuaSocket's 3128. */
export function proxyOf(url: string): Target {
  const parts = parse(url.includes('://') ? url : `http://${url}`);
  return targetOf({ ...parts, port: parts.port ?? '3128' });
}

/** As DNS and Host have it: a name in other letters by its IDNA form (RFC 5890), which the URL standard knows. */
function hostOf(host: string): string {
  checkHost('request', host);
  // RFC 6874, section 2: in a URL the mark of a zone is escaped.
  if (host.includes(':')) return host.replace('%25', '%');
  if (!/[^\0-\x7f]/.test(host)) return host;
  const url = `http://${host}/`;
  if (/[/?#@:\\]/.test(host) || !URL.canParse(url))
    throw badArgument(`request: ${JSON.stringify(host.slice(0, 80))} is no host name or address`);
  return new URL(url).hostname;
}

function portOf(port: string | undefined, own: number): number {
  if (port === undefined || port === '') return own;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    throw badArgument(`request: a port is a whole number from 1 to 65535, not ${JSON.stringify(port)}`);
  return Number(port);
}

/** As it stands in the URL; what the grammar has no place for is escaped as browsers do, by the bytes of its UTF-8. */
function pathOf({ path = '', params, query }: UrlParts): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const whole = rooted + (params === undefined ? '' : `;${params}`) + (query === undefined ? '' : `?${query}`);
  if (/[\0-\x1f\x7f]/.test(whole)) throw badArgument('request: the URL contains control characters');
  return whole.replace(/[^\x21-\x7e]+/g, (text) =>
    [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function credentialsOf({ user, password }: UrlParts): Buffer | undefined {
  if (user === undefined) return undefined;
  const name = unescapeBytes(user);
  // RFC 7617, section 2: the first colon ends the name, so whose password it is would be read in another way.
  if (name.includes(':')) throw badArgument('request: a user has no colon in its name');
  return Buffer.concat([name, Buffer.from(':'), unescapeBytes(password ?? '')]);
}

/** The value of Authorization and Proxy-Authorization: RFC 7617. */
export function basic(credentials: Buffer | undefined): string | undefined {
  return credentials === undefined ? undefined : `Basic ${credentials.toString('base64')}`;
}
