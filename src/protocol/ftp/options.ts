/** Where a session goes to, and as whom: from a URL, or from an object, checked before anything is sent. */
import { badArgument } from '../../core/errors.ts';
import { shown } from '../../core/shown.ts';
import type { Face } from '../../sockets/face.ts';
import { unescapeBytes } from '../../url/escape.ts';
import { parse } from '../../url/parts.ts';
import type { Create } from '../connect/dial.ts';
import type { DialogueLog } from '../connect/log.ts';
import type { ProxyChoice } from '../connect/route.ts';
import { type Place, placeOf } from '../connect/target.ts';
import type { RequestTls } from '../connect/tls-contexts.ts';
import type { DialogueTimeouts } from '../tp/clock.ts';
import { placeAt } from '../tp/open.ts';
import { type TlsChoice, type TlsMode, tlsChoice } from '../tp/tls-mode.ts';
import { type Argument, argumentBytes } from './argument.ts';
import type { NameEncoding } from './entry.ts';

/** How a session is made. */
export interface FtpOptions<F extends Face = Face> {
  /** `ftp://user:password@host:port/`, or `ftps://` for TLS from the first byte on. Instead of `host`. */
  readonly url?: string | URL | undefined;
  /** The server, instead of `url`. */
  readonly host?: string | undefined;
  /** 21 without it, and 990 with `tls: 'implicit'`. */
  readonly port?: number | undefined;
  /** `'ftp'` without it, the anonymous user. (LuaSocket `ftp.USER`.) */
  readonly user?: Argument | undefined;
  /** `'anonymous@anonymous.org'` without it. (LuaSocket `ftp.PASSWORD`.) */
  readonly password?: Argument | undefined;
  /** For servers that ask for one (ACCT). */
  readonly account?: Argument | undefined;
  /**
   * `'auto'` without it where a `host` is named: no password goes out in clear. A URL says it by its scheme, and `ftp:`
   * means `'never'`.
   */
  readonly tls?: TlsChoice | undefined;
  /** Who connects for data: this side (`false`), the server (`true`), or the server where this side cannot. */
  readonly active?: boolean | undefined;
  /** Of names: `'utf8'` without it. */
  readonly encoding?: NameEncoding | undefined;
  /** An HTTP proxy, through whose tunnels (CONNECT) all connections go. */
  readonly proxy?: ProxyChoice | undefined;
  /** TLS to a proxy whose URL begins with https. */
  readonly proxyTls?: RequestTls | undefined;
  /** Opens the connections instead, those for data too. (LuaSocket `create`.) */
  readonly create?: Create<F> | undefined;
  /** Seconds for each reply as a whole and each wait of a transfer: 60 without it, null for no limit. (LuaSocket `ftp.TIMEOUT`.) */
  readonly timeout?: number | null | undefined;
  /** The same, one by one; `total` is for each call. */
  readonly timeouts?: DialogueTimeouts | undefined;
  /** Called with each command and each line of a reply; secrets are covered. */
  readonly log?: DialogueLog | undefined;
  /** Ends connecting, and the login. */
  readonly signal?: AbortSignal | undefined;
}

/** The same, checked. */
export interface FtpTarget {
  readonly place: Place;
  readonly user: Buffer;
  readonly password: Buffer;
  readonly account: Buffer | undefined;
  /** Whether user and password are known to everybody. */
  readonly anonymous: boolean;
  readonly mode: TlsMode;
  readonly tls: RequestTls;
  /** Of the URL, without its first slash: relative to where the login leads (RFC 1738, section 3.2.2). */
  readonly path: Buffer;
  /** Of the URL's `;type=`. */
  readonly type: 'a' | 'i' | undefined;
}

/** LuaSocket's. */
const USER = 'ftp';
const PASSWORD = 'anonymous@anonymous.org';
const PORTS = { ftp: 21, ftps: 990 } as const;

/** @throws SocketError `ERR_INVALID_ARGUMENT`, whose message has no part of a password */
export function targetOf(call: string, options: FtpOptions): FtpTarget {
  const { url, host, port, active, encoding = 'utf8' } = options;
  if ((url === undefined) === (host === undefined)) throw badArgument(`${call}: name a url or a host, one of them`);
  if (active !== undefined && typeof active !== 'boolean')
    throw badArgument(`${call}: active is true, false or left out, not ${shown(active)}`);
  if (encoding !== 'utf8' && encoding !== 'latin1')
    throw badArgument(`${call}: encoding is 'utf8' or 'latin1', not ${shown(encoding)}`);
  const named = url === undefined ? undefined : readUrl(call, url, port);
  const { mode, options: tls } = tlsChoice(
    call,
    options.tls,
    named?.place.secure === true,
    named === undefined ? 'auto' : 'never',
  );
  const place = named?.place ?? placeAtHost(call, host as string, port, mode === 'implicit');
  const user = argumentBytes(`${call}: user`, options.user ?? named?.user ?? USER, encoding);
  const password = argumentBytes(`${call}: password`, options.password ?? named?.password ?? PASSWORD, encoding);
  const account =
    options.account === undefined ? undefined : argumentBytes(`${call}: account`, options.account, encoding);
  const anonymous = /^(?:ftp|anonymous)$/i.test(user.toString('latin1')) && account === undefined;
  const secure = mode === 'implicit';
  const { path = Buffer.alloc(0), type } = named ?? {};
  return { place: { ...place, secure }, user, password, account, anonymous, mode, tls, path, type };
}

function placeAtHost(call: string, host: string, port: number | undefined, secure: boolean): Place {
  const scheme = secure ? 'ftps' : 'ftp';
  return placeAt(call, scheme, host, port ?? PORTS[scheme], secure);
}

interface Named {
  readonly place: Place;
  readonly user: Buffer | undefined;
  readonly password: Buffer | undefined;
  readonly path: Buffer;
  readonly type: 'a' | 'i' | undefined;
}

function readUrl(call: string, url: string | URL, port: number | undefined): Named {
  if (port !== undefined) throw badArgument(`${call}: the url names the port; leave out port`);
  const parts = parse(String(url));
  const place = placeOf(parts, { call, ports: PORTS });
  const { path = '', params, query, user, password } = parts;
  // A question mark has no meaning in a URL of FTP (RFC 1738, section 3.2.2): the one semicolon ends the path.
  const text = [path, params === undefined ? '' : `;${params}`, query === undefined ? '' : `?${query}`].join('');
  const [whole = '', ...behind] = text.split(';');
  const bytes = unescapeBytes(whole.replace(/^\//, ''));
  return {
    place,
    user: user === undefined ? undefined : unescapeBytes(user),
    password: password === undefined ? undefined : unescapeBytes(password),
    path: argumentBytes(`${call}: the path of the url`, bytes),
    type: behind.length === 0 ? undefined : typeOf(call, behind.join(';')),
  };
}

/** RFC 1738, section 3.2.2: `;type=` and a letter; `d` stands for a listing, which is another call here. */
function typeOf(call: string, params: string): 'a' | 'i' {
  const type = /^type=([ai])$/i.exec(params)?.[1]?.toLowerCase();
  if (type === undefined)
    throw badArgument(`${call}: behind the path of the url stands ;type=a or ;type=i, not ;${params.slice(0, 40)}`);
  return type as 'a' | 'i';
}
