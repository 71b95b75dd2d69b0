/** What a session of SMTP takes: where the server is, how the conversation is secured, and who logs in. */
import { badArgument } from '../../core/errors.ts';
import type { MaybePromise } from '../../core/flow.ts';
import { shown } from '../../core/shown.ts';
import type { Face } from '../../sockets/face.ts';
import { checkPath } from '../../sockets/unix.ts';
import { unescapeText } from '../../url/escape.ts';
import { parse, type UrlParts } from '../../url/parts.ts';
import { MECHANISMS, type MechanismName, type SaslMechanism } from '../auth/sasl.ts';
import type { Create } from '../connect/dial.ts';
import type { DialogueLog } from '../connect/log.ts';
import type { ProxyChoice } from '../connect/route.ts';
import { loginOf, type Place, placeOf } from '../connect/target.ts';
import type { RequestTls } from '../connect/tls-contexts.ts';
import { DialogueClock, type DialogueTimeouts } from '../tp/clock.ts';
import { type Opening, placeAt } from '../tp/open.ts';
import { type TlsChoice, type TlsMode, tlsChoice } from '../tp/tls-mode.ts';

/** How long the parts of a conversation may take. */
export interface SmtpTimeouts extends DialogueTimeouts {
  /** From the end of a message to its reply: 600 without it, since a server may do much before it answers (RFC 5321, section 4.5.3.2.6). */
  readonly delivery?: number | null | undefined;
}

/** How a session is made. */
export interface SmtpOptions<F extends Face = Face> {
  /** The server, in options without a URL: `localhost`, without it. */
  readonly host?: string | undefined;
  /** Its port: 25 (465 with `tls: 'implicit'`), and 24 for LMTP, without it. */
  readonly port?: number | undefined;
  /** Whether the server speaks LMTP (RFC 2033), which answers for each recipient. */
  readonly lmtp?: boolean | undefined;
  /** Who logs in. */
  readonly user?: string | undefined;
  /** The password; a string is UTF-8. */
  readonly password?: string | Uint8Array | undefined;
  /** A token of OAuth 2 instead of a password, or what gives one. */
  readonly token?: string | (() => MaybePromise<string>) | undefined;
  /** How to log in: a mechanism by its name, or one of your own; the strongest one that is offered, without it. */
  readonly auth?: MechanismName | SaslMechanism | undefined;
  /**
   * Whether the conversation goes through TLS: `'auto'` without it, by STARTTLS where the server has it, and no password
   * without it (ERR_TLS_REQUIRED); `'implicit'` on port 465 and with smtps:.
   */
  readonly tls?: TlsChoice | undefined;
  /** The name that this side says in EHLO: the address of its socket, without it. (LuaSocket `domain`.) */
  readonly domain?: string | undefined;
  /** Seconds for each of connecting, a reply as a whole, and each wait of a transfer. (LuaSocket `TIMEOUT`.) */
  readonly timeout?: number | null | undefined;
  /** The same, one by one. Without either, those of RFC 5321, section 4.5.3.2: replies 300, waits of a transfer 180; connecting 60. */
  readonly timeouts?: SmtpTimeouts | undefined;
  /** An HTTP proxy, through whose tunnel (CONNECT) the server is reached. */
  readonly proxy?: ProxyChoice | undefined;
  /** TLS to a proxy whose URL begins with https. */
  readonly proxyTls?: RequestTls | undefined;
  /** Opens the connection instead. (LuaSocket `create`.) */
  readonly create?: Create<F> | undefined;
  /** Called with each line of the dialogue; secrets are covered, and the message is left out. */
  readonly log?: DialogueLog | undefined;
  /** Ends connecting. */
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked. */
export interface SmtpPlan<F extends Face> {
  readonly opening: Opening<F>;
  readonly mode: TlsMode;
  readonly lmtp: boolean;
  readonly domain: string | undefined;
  readonly login: SmtpLogin | undefined;
  /** Seconds for the reply to a message. */
  readonly delivery: number | null;
}

/** Who logs in, and how. */
export interface SmtpLogin {
  readonly user: string;
  readonly password: string | Uint8Array | undefined;
  readonly token: SmtpOptions['token'];
  readonly auth: SmtpOptions['auth'];
}

const LOCAL = 'lmtp+unix';
const PORTS = { smtp: 25, smtps: 465, lmtp: 24 };
const IMPLICIT_PORT = 465;
/** RFC 5321, section 4.5.3.2; connecting is LuaSocket's. */
const TIMEOUTS = { connect: 60, reply: 300, idle: 180 };
const DELIVERY = 600;

/** @throws SocketError `ERR_INVALID_ARGUMENT`, with nothing of a password in its message */
export function planOf<F extends Face>(call: string, url: string | undefined, options: SmtpOptions<F>): SmtpPlan<F> {
  if (typeof options !== 'object' || options === null) throw badArgument(`${call}: takes a URL or an object`);
  const parts = url === undefined ? undefined : parse(url);
  if (parts !== undefined && (options.host !== undefined || options.port !== undefined))
    throw badArgument(`${call}: host and port are in the URL`);
  const local = parts?.scheme?.toLowerCase() === LOCAL ? localPath(call, parts, options) : undefined;
  const named = parts === undefined || local !== undefined ? undefined : placeOf(parts, { call, ports: PORTS });
  const lmtp = local !== undefined || (named === undefined ? options.lmtp === true : named.origin.startsWith('lmtp:'));
  const secure = named?.secure ?? false;
  const isImplicit = secure || (named?.port ?? options.port) === IMPLICIT_PORT;
  const usual = local !== undefined ? 'never' : isImplicit ? 'implicit' : 'auto';
  const { mode, options: tls } = tlsChoice(call, options.tls, secure, usual);
  const place = placeFor(call, named, options, lmtp, mode === 'implicit');
  const fromUrl = parts === undefined || local !== undefined ? undefined : loginOf(parts);
  const user = options.user ?? fromUrl?.user.toString();
  const password = options.password ?? fromUrl?.password;
  const { timeout, timeouts = {}, domain, token, auth, proxy, proxyTls, create, log, signal } = options;
  const { delivery = timeout === undefined ? DELIVERY : timeout, ...others } = timeouts;
  const clock = new DialogueClock(call, timeout, timeout === undefined ? { ...TIMEOUTS, ...others } : others);
  if (delivery !== null && (typeof delivery !== 'number' || Number.isNaN(delivery)))
    throw badArgument(`${call}: timeouts.delivery is a number of seconds, or null, not ${shown(delivery)}`);
  if (
    domain !== undefined &&
    (typeof domain !== 'string' || !/^(?:[\w.-]+|\[[\w.:]+\])$/.test(domain) || domain.length > 255)
  )
    throw badArgument(`${call}: domain is the name of this machine or its address in brackets, not ${shown(domain)}`);
  return {
    opening: { call, place, tls, local, proxy, proxyTls, create, refusal: 'ERR_SMTP_REPLY', clock, log, signal },
    mode,
    lmtp,
    domain,
    login: loginFor(call, user, password, token, auth),
    delivery,
  };
}

/** The path of `lmtp+unix:///run/dovecot/lmtp`; nothing leaves the machine, so that there is no TLS, and nothing between. */
function localPath(
  call: string,
  { authority = '', path = '', params, query, fragment }: UrlParts,
  { tls, proxy, create }: SmtpOptions,
): string {
  const whole = unescapeText(params === undefined ? path : `${path};${params}`);
  if (authority !== '' || query !== undefined || fragment !== undefined || !/^[/\0]/.test(whole))
    throw badArgument(`${call}: ${LOCAL}: is followed by the path of a socket, with ? and # as %3F and %23`);
  if (tls !== undefined || proxy !== undefined || create !== undefined)
    throw badArgument(`${call}: tls, proxy and create are for servers that are not reached by a Unix socket`);
  checkPath(call, whole);
  return whole;
}

function placeFor(
  call: string,
  named: Place | undefined,
  { host = 'localhost', port }: SmtpOptions,
  lmtp: boolean,
  implicit: boolean,
): Place {
  if (named !== undefined) return implicit === named.secure ? named : { ...named, secure: implicit };
  const own = lmtp ? PORTS.lmtp : implicit ? PORTS.smtps : PORTS.smtp;
  return placeAt(call, lmtp ? 'lmtp' : implicit ? 'smtps' : 'smtp', host, port ?? own, implicit);
}

function loginFor(
  call: string,
  user: string | undefined,
  password: SmtpLogin['password'],
  token: SmtpLogin['token'],
  auth: SmtpLogin['auth'],
): SmtpLogin | undefined {
  if (typeof auth === 'string' && !(MECHANISMS as readonly string[]).includes(auth))
    throw badArgument(`${call}: auth is ${MECHANISMS.join(', ')}, or a mechanism of yours, not ${shown(auth)}`);
  if (user === undefined && password === undefined && token === undefined && auth === undefined) return undefined;
  if (typeof auth !== 'object') {
    if (typeof user !== 'string' || user === '') throw badArgument(`${call}: user says who logs in`);
    if ((password === undefined) === (token === undefined))
      throw badArgument(`${call}: a login has either a password or a token`);
  }
  return { user: user ?? '', password, token, auth };
}
