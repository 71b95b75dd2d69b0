/**
 * URLs as LuaSocket's users know them: an object with the parts that are there, down to user, password and port.
 *
 * The five components are RFC 3986's; `params` (RFC 2396) and the parts of the authority are found in them here.
 */
import { badArgument } from '../core/errors.ts';
import { join, split } from './components.ts';

/** The parts of a URL or a relative reference. One that is not there has no field; one that is empty is `''`. */
export interface UrlParts {
  /** Before the first `:`, as it is written: `http`. */
  scheme?: string | undefined;
  /** All between `//` and the path: `user:password@host:port`. */
  authority?: string | undefined;
  /** All before the last `@` of the authority. */
  userinfo?: string | undefined;
  /** Before the first `:` of the userinfo, still escaped. */
  user?: string | undefined;
  /** After it, still escaped. */
  password?: string | undefined;
  /** Without the brackets of an IPv6 literal, as `connect` takes it. */
  host?: string | undefined;
  /** As it is written: `Number(port)` where it matters. */
  port?: string | undefined;
  /** All before the first `;`, with its slashes: `split('/')` or `parsePath` finds the segments. */
  path?: string | undefined;
  /** What follows the first `;` of the path, such as FTP's `type=i` (RFC 1738, section 3.2.2). */
  params?: string | undefined;
  /** Between `?` and `#`, still escaped. */
  query?: string | undefined;
  /** After the `#`, still escaped. */
  fragment?: string | undefined;
}

/**
 * The parts of a URL or of a relative reference (RFC 3986, sections 3 and 4; LuaSocket's `url.parse`).
 *
 * Any string has parts, the empty one none; nothing is unescaped, lower-cased or checked, and `build` gives the same
 * string again. The connect checks the host and the port; `toURL` takes only what browsers take.
 *
 * ```ts
 * import { parse } from 'moonsocket/url';
 *
 * parse('http://[::1]:8080/a/b?q=1').host; // => '::1'
 * parse('../up#top'); // => { path: '../up', fragment: 'top' }
 * parse('ftp://joe@ftp.example/file;type=i').params; // => 'type=i'
 * parse('/only/a/path', { scheme: 'http', host: 'localhost' }).host; // => 'localhost'
 * ```
 *
 * @param url - the URL or reference.
 * @param defaults - parts for those that the URL does not have, each by itself: a `password` too, whatever the host.
 * @throws SocketError `ERR_INVALID_ARGUMENT` if `url` is no string.
 */
export function parse(url: string, defaults: UrlParts = {}): UrlParts {
  if (typeof url !== 'string') throw badArgument(`parse: a URL is a string, not ${typeof url}`);
  const { scheme, authority, path, query, fragment } = split(url);
  const parts: UrlParts = { ...defaults };
  if (scheme !== undefined) parts.scheme = scheme;
  if (authority !== undefined) Object.assign(parts, { authority }, authorityParts(authority));
  const semicolon = path.indexOf(';');
  if (path !== '' && semicolon !== 0) parts.path = semicolon < 0 ? path : path.slice(0, semicolon);
  if (semicolon >= 0) parts.params = path.slice(semicolon + 1);
  if (query !== undefined) parts.query = query;
  if (fragment !== undefined) parts.fragment = fragment;
  return parts;
}

/**
 * The URL or relative reference that has these parts (RFC 3986, section 5.3; LuaSocket's `url.build`).
 *
 * Where there is a `host`, it counts, with `user`, `password` and `port`, and `authority` is but a copy of them; where
 * there is a `user`, `userinfo` is one. Nothing is escaped: a part that may contain anything goes through `escape`, a
 * path through `buildPath`. Only a path that would be read as a host or a scheme is kept apart, by `/`, `/.` or `./`.
 *
 * ```ts
 * import { build, parse } from 'moonsocket/url';
 *
 * build({ scheme: 'http', host: '::1', port: '8080', path: '/' }); // => 'http://[::1]:8080/'
 * build({ ...parse('http://a/b?c'), host: 'd' }); // => 'http://d/b?c'
 * ```
 */
export function build(parts: UrlParts): string {
  const { scheme, params, query, fragment } = parts;
  const path = params === undefined ? (parts.path ?? '') : `${parts.path ?? ''};${params}`;
  return join({ scheme, authority: authorityOf(parts), path, query, fragment });
}

/**
 * The WHATWG URL, which browsers, `fetch` and `node:http` take: escaped, lower-cased and without dot segments.
 *
 * ```ts
 * import { toURL } from 'moonsocket/url';
 *
 * toURL({ scheme: 'HTTP', host: 'Example.ORG', port: '80', path: '/a b' }).href; // => 'http://example.org/a%20b'
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for a relative reference, and for what the URL standard refuses.
 */
export function toURL(url: string | UrlParts): URL {
  const text = typeof url === 'string' ? url : build(url);
  // The text may hold a password, which belongs in no message.
  if (!URL.canParse(text)) throw badArgument('toURL: this is no absolute URL; resolve a reference by absolute first');
  return new URL(text);
}

/**
 * The parts of a WHATWG URL, as it writes itself.
 *
 * ```ts
 * import { fromURL } from 'moonsocket/url';
 *
 * fromURL(new URL('http://Example.org')); // => { scheme: 'http', authority: 'example.org', host: 'example.org', path: '/' }
 * ```
 */
export function fromURL(url: URL): UrlParts {
  return parse(url.href);
}

/** What an authority consists of (RFC 3986, section 3.2: `[ userinfo "@" ] host [ ":" port ]`). */
function authorityParts(authority: string): UrlParts {
  const parts: UrlParts = {};
  // A host has no '@', so the last one ends the userinfo, as in browsers; it should have been escaped before that.
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const userinfo = authority.slice(0, at);
    // Section 3.2.1, and RFC 7617: a password may have colons, a user has none.
    const colon = userinfo.indexOf(':');
    parts.userinfo = userinfo;
    parts.user = colon < 0 ? userinfo : userinfo.slice(0, colon);
    if (colon >= 0) parts.password = userinfo.slice(colon + 1);
  }
  const address = authority.slice(at + 1);
  const colon = address.lastIndexOf(':');
  const hasPort = colon >= 0 && colon > address.lastIndexOf(']');
  const host = hasPort ? address.slice(0, colon) : address;
  if (host !== '') parts.host = isBracketed(host) ? host.slice(1, -1) : host;
  if (hasPort) parts.port = address.slice(colon + 1);
  return parts;
}

/** Brackets without a colon in them would not come back, so they stay: `[v1.x]`, a form that nobody has used yet. */
function isBracketed(host: string): boolean {
  return host.startsWith('[') && host.endsWith(']') && host.includes(':');
}

const PARTS_OF_AUTHORITY = ['userinfo', 'user', 'password', 'host', 'port'] as const;

function authorityOf(parts: UrlParts): string | undefined {
  const { authority, host, port, user, password } = parts;
  if (host === undefined) return authority;
  if (authority !== undefined) {
    // As it was written, if nothing was changed: not every authority comes back from its parts, `a:b:c` for one.
    const written = authorityParts(authority);
    if (PARTS_OF_AUTHORITY.every((name) => written[name] === parts[name])) return authority;
  }
  const userinfo = user === undefined ? parts.userinfo : password === undefined ? user : `${user}:${password}`;
  const literal = host.includes(':') && !isBracketed(host) ? `[${host}]` : host;
  return `${userinfo === undefined ? '' : `${userinfo}@`}${literal}${port === undefined ? '' : `:${port}`}`;
}
