/**
 * From what a caller names to where a request goes: the connection's host and port, the request's target and its Host.
 *
 * {@link targetOf} alone decides what a URL's host is: for requests, redirects, proxies, `no_proxy` and cookies. Programs
 * read a sloppy URL in different ways (the host of `http://a.example\@127.0.0.1/` is a.example to browsers, 127.0.0.1 by
 * RFC 3986), so what one has checked another connects to. What RFC 3986 has no place for in a host is refused.
 *
 *     origin-form    GET /path?query HTTP/1.1       to the server itself      (RFC 9112, section 3.2.1)
 *     absolute-form  GET http://host/path HTTP/1.1  to a proxy                (section 3.2.2)
 */
import { checkHost } from '../../core/address.ts';
import { badArgument } from '../../core/errors.ts';
import { unescapeBytes } from '../../url/escape.ts';
import { parse, type UrlParts } from '../../url/parts.ts';

/** The place that a URL names. */
export interface Target {
  /** Scheme, host and port: credentials are for one of these alone. */
  readonly origin: string;
  /** Whether its scheme is https. */
  readonly secure: boolean;
  /** As `connect` takes it: a name in ASCII, or an address without brackets, with its zone. */
  readonly host: string;
  /** From 1 to 65535. */
  readonly port: number;
  /** What Host says: the port only where it is not the scheme's own. */
  readonly authority: string;
  /** The path with its query, never empty. A fragment is not sent (RFC 9110, section 7.1). */
  readonly path: string;
  /** All of this as a URL: without user, password and fragment, with the zone of an address. */
  readonly url: string;
  /** `user:password` of the URL, unescaped. */
  readonly credentials: Buffer | undefined;
}

/** The port of each scheme that is spoken here. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * The target of a URL's parts.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`, whose message has no part of a password
 */
export function targetOf(parts: UrlParts): Target {
  const scheme = (parts.scheme ?? '').toLowerCase();
  const ownPort = PORTS[scheme];
  if (ownPort === undefined)
    throw badArgument(`request: the URL begins with http:// or https://, not ${JSON.stringify(parts.scheme ?? '')}`);
  if (parts.host === undefined || parts.host === '') throw badArgument('request: the URL names no host');
  checkAuthority(parts.authority, parts.host);
  const host = hostOf(parts.host);
  const port = portOf(parts.port, ownPort);
  const literal = host.includes(':') ? `[${host}]` : host;
  // RFC 6874, section 4: the zone is this machine's, and stays here.
  const shown = literal.replace(/%.*\]$/, ']');
  const path = pathOf(parts);
  const own = port === ownPort ? '' : `:${port}`;
  return {
    origin: `${scheme}://${literal.toLowerCase()}:${port}`,
    secure: scheme === 'https',
    host,
    port,
    authority: `${shown}${own}`,
    path,
    url: `${scheme}://${literal.replace('%', '%25')}${own}${path}`,
    credentials: credentialsOf(parts),
  };
}

/** The target's URL as the URL standard has it, which knows no zones: what a cookie jar reads. */
export function standardURL({ secure, authority, path }: Target): string {
  return `${secure ? 'https' : 'http'}://${authority}${path}`;
}

/**
 * The target of a proxy's URL, `http://` without a scheme; without a port it is LuaSocket's 3128, and for https the
 * scheme's own. @throws as {@link targetOf}
 */
export function proxyOf(url: string): Target {
  const parts = parse(url.includes('://') ? url : `http://${url}`);
  return targetOf({ ...parts, port: parts.port ?? (parts.scheme?.toLowerCase() === 'https' ? undefined : '3128') });
}

/** Throws for what two readers divide in two ways. The message quotes nothing: it may be a password. */
function checkAuthority(authority: string | undefined, host: string): void {
  if (authority === undefined) return;
  if (authority.includes('\\'))
    throw badArgument('request: the URL has a backslash before its path, which some read as a slash; escape it as %5C');
  // `http://::1:80/`
  if (host.includes(':') && authority.slice(authority.lastIndexOf('@') + 1).startsWith(host))
    throw badArgument('request: an IPv6 address in a URL stands in brackets');
}

/** RFC 3986, section 3.2.2: `reg-name`, without `%`, by which some readers hide other characters and some do not. */
const NAME = /^[\w.~!$&'()*+,;=-]+$/;
/** RFC 6874, section 2: `ZoneID`, without its escapes. */
const ZONE = /^[\w.~-]+$/;

/** As DNS and Host have it: a name in other letters by its IDNA form (RFC 5890), which the URL standard knows. */
function hostOf(host: string): string {
  checkHost('request', host);
  if (host.includes(':')) {
    // RFC 6874, section 2: in a URL the mark of a zone is escaped.
    const address = host.replace('%25', '%');
    const [, zone] = address.split('%');
    if (zone === undefined || ZONE.test(zone)) return address;
  } else {
    const ascii = !/[^\0-\x7f]/.test(host);
    const url = `http://${host}/`;
    // Letters beyond ASCII are the URL standard's to map, and its marks are not to be among the others.
    if ((ascii || !/[/?#@:\\%]/.test(host)) && URL.canParse(url)) {
      const name = ascii ? host : new URL(url).hostname;
      if (NAME.test(name)) return name;
    }
  }
  throw badArgument(`request: ${JSON.stringify(host.slice(0, 80))} is no host name or address`);
}

/** The port is not quoted: a password with an unescaped slash leaves its beginning here. */
function portOf(port: string | undefined, own: number): number {
  if (port === undefined || port === '') return own;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    throw badArgument('request: the port of the URL is no whole number from 1 to 65535 (a / in a password is %2F)');
  return Number(port);
}

/**
 * As it stands in the URL; what the grammar has no place for is escaped as browsers do, by the bytes of its UTF-8. So is
 * a backslash, which browsers read as a slash.
 */
function pathOf({ path = '', params, query }: UrlParts): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const whole = rooted + (params === undefined ? '' : `;${params}`) + (query === undefined ? '' : `?${query}`);
  if (/[\0-\x1f\x7f]/.test(whole)) throw badArgument('request: the URL contains control characters');
  return whole.replace(/[^\x21-\x5b\x5d-\x7e]+/g, (text) =>
    [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function credentialsOf({ user, password }: UrlParts): Buffer | undefined {
  // `http://@host/` names no user, and no password.
  if (user === undefined || (user === '' && (password ?? '') === '')) return undefined;
  const name = unescapeBytes(user);
  // RFC 7617, section 2: the first colon ends the name, so the server would read another name.
  if (name.includes(':')) throw badArgument('request: a user has no colon in its name');
  return Buffer.concat([name, Buffer.from(':'), unescapeBytes(password ?? '')]);
}

/** The value of Authorization and Proxy-Authorization: RFC 7617. */
export function basic(credentials: Buffer | undefined): string | undefined {
  return credentials === undefined ? undefined : `Basic ${credentials.toString('base64')}`;
}
