/**
 * From what a caller names to where a conversation goes: the connection's host and port, a request's target and its Host.
 *
 * `read` alone decides what a URL's host is: for all protocols, for requests, redirects, proxies, `no_proxy` and cookies. Programs
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

/** A server, as a URL names it. */
export interface Place {
  /** Scheme, host and port: credentials are for one of these alone. */
  readonly origin: string;
  /** Whether its scheme begins with TLS: https, ftps, smtps. */
  readonly secure: boolean;
  /** As `connect` takes it: a name in ASCII, or an address without brackets, with its zone. */
  readonly host: string;
  /** From 1 to 65535. */
  readonly port: number;
  /** The whole URL, without user, password and fragment, with the zone of an address. */
  readonly url: string;
}

/** What an HTTP request is for. */
export interface Target extends Place {
  /** What Host says: the port only where it is not the scheme's own. */
  readonly authority: string;
  /** The path with its query, never empty. A fragment is not sent (RFC 9110, section 7.1). */
  readonly path: string;
  /** `user:password` of the URL, unescaped. */
  readonly credentials: Buffer | undefined;
}

/** A protocol, as its URLs are read. */
export interface Spoken {
  /** The call, as messages name it. */
  readonly call: string;
  /** The port of each of its schemes. One whose name ends with "s" begins with TLS. */
  readonly ports: Readonly<Record<string, number>>;
}

const HTTP: Spoken = { call: 'request', ports: { http: 80, https: 443 } };

/**
 * The server that a URL's parts name.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`, whose message has no part of a password
 */
export function placeOf(parts: UrlParts, spoken: Spoken): Place {
  const { origin, secure, host, port, url } = read(parts, spoken);
  return { origin, secure, host, port, url };
}

/** The target of an HTTP request. @throws as {@link placeOf} */
export function targetOf(parts: UrlParts): Target {
  return { ...read(parts, HTTP), credentials: credentialsOf(parts) };
}

function read(parts: UrlParts, { call, ports }: Spoken): Omit<Target, 'credentials'> {
  const scheme = (parts.scheme ?? '').toLowerCase();
  const ownPort = Object.hasOwn(ports, scheme) ? ports[scheme] : undefined;
  if (ownPort === undefined) {
    const schemes = Object.keys(ports).map((name) => `${name}://`);
    throw badArgument(
      `${call}: the URL begins with ${schemes.join(' or ')}, not ${JSON.stringify(parts.scheme ?? '')}`,
    );
  }
  if (parts.host === undefined || parts.host === '') throw badArgument(`${call}: the URL names no host`);
  checkAuthority(call, parts.authority, parts.host);
  const host = hostOf(call, parts.host);
  const port = portOf(call, parts.port, ownPort);
  const literal = host.includes(':') ? `[${host}]` : host;
  // RFC 6874, section 4: the zone is this machine's, and stays here.
  const shown = literal.replace(/%.*\]$/, ']');
  const path = pathOf(call, parts);
  const own = port === ownPort ? '' : `:${port}`;
  return {
    origin: `${scheme}://${literal.toLowerCase()}:${port}`,
    secure: scheme.endsWith('s'),
    host,
    port,
    authority: `${shown}${own}`,
    path,
    url: `${scheme}://${literal.replace('%', '%25')}${own}${path}`,
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
function checkAuthority(call: string, authority: string | undefined, host: string): void {
  if (authority === undefined) return;
  if (authority.includes('\\'))
    throw badArgument(`${call}: the URL has a backslash before its path, which some read as a slash; escape it as %5C`);
  // `http://::1:80/`
  if (host.includes(':') && authority.slice(authority.lastIndexOf('@') + 1).startsWith(host))
    throw badArgument(`${call}: an IPv6 address in a URL stands in brackets`);
}

/** RFC 3986, section 3.2.2: `reg-name`, without `%`, by which some readers hide other characters and some do not. */
const NAME = /^[\w.~!$&'()*+,;=-]+$/;
/** RFC 6874, section 2: `ZoneID`, without its escapes. */
const ZONE = /^[\w.~-]+$/;

/** As DNS and Host have it: a name in other letters by its IDNA form (RFC 5890), which the URL standard knows. */
function hostOf(call: string, host: string): string {
  checkHost(call, host);
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
  throw badArgument(`${call}: ${JSON.stringify(host.slice(0, 80))} is no host name or address`);
}

/** The port is not quoted: a password with an unescaped slash leaves its beginning here. */
function portOf(call: string, port: string | undefined, own: number): number {
  if (port === undefined || port === '') return own;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    throw badArgument(`${call}: the port of the URL is no whole number from 1 to 65535 (a / in a password is %2F)`);
  return Number(port);
}

/**
 * As it stands in the URL; what the grammar has no place for is escaped as browsers do, by the bytes of its UTF-8. So is
 * a backslash, which browsers read as a slash.
 */
function pathOf(call: string, { path = '', params, query }: UrlParts): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const whole = rooted + (params === undefined ? '' : `;${params}`) + (query === undefined ? '' : `?${query}`);
  if (/[\0-\x1f\x7f]/.test(whole)) throw badArgument(`${call}: the URL contains control characters`);
  return whole.replace(/[^\x21-\x5b\x5d-\x7e]+/g, (text) =>
    [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** A user and a password, unescaped. */
export interface Login {
  readonly user: Buffer;
  /** Undefined where the URL has none. */
  readonly password: Buffer | undefined;
}

/** The login that a URL holds. */
export function loginOf({ user, password }: UrlParts): Login | undefined {
  // `http://@host/` names no user, and no password.
  if (user === undefined || (user === '' && (password ?? '') === '')) return undefined;
  return { user: unescapeBytes(user), password: password === undefined ? undefined : unescapeBytes(password) };
}

function credentialsOf(parts: UrlParts): Buffer | undefined {
  const login = loginOf(parts);
  if (login === undefined) return undefined;
  // RFC 7617, section 2: the first colon ends the name, so the server would read another name.
  if (login.user.includes(':')) throw badArgument('request: a user has no colon in its name');
  return Buffer.concat([login.user, Buffer.from(':'), login.password ?? Buffer.alloc(0)]);
}

/** The value of Authorization and Proxy-Authorization: RFC 7617. */
export function basic(credentials: Buffer | undefined): string | undefined {
  return credentials === undefined ? undefined : `Basic ${credentials.toString('base64')}`;
}
