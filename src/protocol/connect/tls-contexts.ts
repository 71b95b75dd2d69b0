/**
 * How a connection to a server is to be TLS's. Contexts are made once for each content of the options: certificates are
 * parsed once, and connections can be told to be alike, which lets one serve for another.
 */
import { badArgument } from '../../core/errors.ts';
import { TLS_CONTEXTS } from '../../core/limits.ts';
import { type TlsPeerOptions, tlsSettings } from '../../core/tls.ts';
import type { TlsContext, TlsEngine, TlsWrapping } from '../../sockets/engine.ts';
import { type TlsOptions, wrapping } from '../../sockets/open-tls.ts';

/** The TLS of a conversation with a server: a context or its options, and what is for that server alone. */
export interface RequestTls extends Omit<TlsOptions, 'alpn' | 'requestCert'>, TlsPeerOptions {}

/** TLS to one server. */
export interface ServerTls {
  readonly how: Omit<TlsWrapping, 'unread'>;
  /** Connections of one key are as good as each other, and so are sessions. It holds no secret. */
  readonly key: string;
}

interface Known {
  /** Undefined for a context that a caller has made. */
  readonly options: object | undefined;
  readonly context: TlsContext;
  readonly id: number;
}

/** What shows who this side is, or was made with one server. */
const OWN = ['servername', 'session', 'cert', 'key', 'passphrase', 'pfx', 'psk'] as const;

export class TlsContexts {
  readonly #engine: TlsEngine;
  /** The last one is the one that was used last. */
  readonly #known: Known[] = [];
  #ids = 0;

  constructor(engine: TlsEngine) {
    this.#engine = engine;
  }

  /**
   * TLS to a server by what the caller says of it, with the protocol's own name (ALPN). `option` is what messages call it.
   *
   * @throws SocketError `ERR_INVALID_ARGUMENT`, `ERR_TLS_CONTEXT`
   */
  to(
    call: string,
    host: string,
    port: number,
    tls: RequestTls | undefined,
    alpn: string | undefined,
    option: string,
  ): ServerTls {
    const { servername = host, session, ...options } = checked(call, tls, option);
    const { context, id } = this.#contextFor(`${call}: ${option}`, options, alpn);
    const how = wrapping(`${call}: ${option}`, this.#engine, { context, servername, session });
    return { how, key: `tls ${id} ${how.servername ?? ''} ${host.toLowerCase()}:${port}` };
  }

  #contextFor(named: string, options: TlsOptions, alpn: string | undefined): Known {
    const given = options.context;
    const content = { ...options, alpn: alpn === undefined ? undefined : [alpn] };
    const at = this.#known.findLastIndex(({ context, options: known }) =>
      given === undefined ? known !== undefined && isSame(known, content) : context === given,
    );
    const found = this.#known[at] ?? this.#made(named, options, content);
    if (at !== this.#known.length - 1 || at < 0) {
      if (at >= 0) this.#known.splice(at, 1);
      this.#known.push(found);
      if (this.#known.length > TLS_CONTEXTS) this.#known.shift();
    }
    return found;
  }

  #made(named: string, { context: given, ...options }: TlsOptions, content: TlsOptions): Known {
    if (given === undefined) {
      const context = this.#engine.context(tlsSettings(named, { ...options, alpn: content.alpn }));
      return { options: copied(content) as object, context, id: ++this.#ids };
    }
    const twice = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (twice.length > 0)
      throw badArgument(`${named}: the context has its options already; leave out ${twice.join(', ')}`);
    const others = given.settings.alpn.filter((name) => !content.alpn?.includes(name));
    if (others.length > 0)
      throw badArgument(`${named}: its context offers ${others.join(', ')}, which is not what is spoken here`);
    return { options: undefined, context: given, id: ++this.#ids };
  }
}

/**
 * The options for another server than the caller's: whom to trust stays, and who this side is does not go there.
 * Undefined where a context cannot be parted so.
 */
export function forAnotherServer(tls: RequestTls | undefined): RequestTls | undefined {
  if (tls === undefined) return {};
  const { cert, pfx, psk } = tls.context?.settings ?? {};
  if (cert !== undefined || pfx !== undefined || psk !== undefined) return undefined;
  return Object.fromEntries(Object.entries(tls).filter(([name]) => !OWN.some((own) => own === name)));
}

function checked(call: string, tls: RequestTls | undefined, option: string): RequestTls {
  if (tls === undefined) return {};
  if (typeof tls !== 'object' || tls === null)
    throw badArgument(`${call}: ${option} is an object of TLS options, such as { ca }, not a ${typeof tls}`);
  for (const name of ['mode', 'alpn', 'role', 'sni', 'requestCert']) {
    if (name in tls) throw badArgument(`${call}: ${option} has no ${name}; leave it out`);
  }
  return tls;
}

/** Whether two options have the same content: text, bytes, lists and tables of them; functions and others by identity. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys({ ...left, ...right });
  return names.every((name) => isSame(left[name], right[name]));
}

/** The caller may use its bytes and lists for something else. */
function copied(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]));
}
