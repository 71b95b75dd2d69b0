/** What programs say of TLS, and what of it can be told to be wrong before a byte is sent. */
import { checkHost, familyOf } from './address.ts';
import { badArgument } from './errors.ts';

/** The versions that are offered and taken: older ones are not to be used (RFC 8996). */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Text or bytes in PEM, or several such; `'system'` stands for the certificates of the operating system. */
export type TlsTrust = string | Uint8Array | readonly (string | Uint8Array)[];

/** What connections may share: who they are, whom they trust, and what they offer. */
export interface TlsContextOptions {
  /**
   * The certificates that are trusted, instead of Node's default list (which honours NODE_EXTRA_CA_CERTS,
   * `--use-system-ca` and `--use-openssl-ca`).
   */
  readonly ca?: TlsTrust | undefined;
  /** This side's certificate in PEM, followed by those between it and its CA. */
  readonly cert?: string | Uint8Array | undefined;
  /** Its private key, in PEM. */
  readonly key?: string | Uint8Array | undefined;
  /** What `key` or `pfx` is encrypted with. */
  readonly passphrase?: string | undefined;
  /** Certificate and key in PKCS #12, instead of `cert` and `key`. */
  readonly pfx?: Uint8Array | undefined;
  /**
   * Whether the peer's certificate has to be good (true without it). `false` takes any, for this context alone;
   * `'optional'`, on a server with `requestCert`, lets in who has none, but nobody with a bad one.
   */
  readonly verify?: boolean | 'optional' | undefined;
  /**
   * SHA-256 hashes of public keys (SubjectPublicKeyInfo), in base64: one of them has to be in the peer's verified chain.
   * With `verify: false` it has to be that of the peer's own certificate.
   */
  readonly pins?: readonly string[] | undefined;
  /** Protocols in order of preference (RFC 7301), such as `['imap']`. Two sides without one in common do not connect. */
  readonly alpn?: readonly string[] | undefined;
  /** TLSv1.2 without it, or Node's own minimum (`tls.DEFAULT_MIN_VERSION`) where that is higher. */
  readonly minVersion?: TlsVersion | undefined;
  /** TLSv1.3 without it. */
  readonly maxVersion?: TlsVersion | undefined;
  /** In OpenSSL's words (openssl-ciphers(1)); those of Node without it. */
  readonly ciphers?: string | undefined;
  /** On a server: whether clients are asked for a certificate (false without it). */
  readonly requestCert?: boolean | undefined;
  /** Keys that both sides know (RFC 4279, RFC 8446), by identity; a client names one. */
  readonly psk?: Readonly<Record<string, Uint8Array>> | undefined;
  /**
   * Is given the lines of the key log, with which others can read the connections (NSS's format). `'SSLKEYLOGFILE'` appends
   * them to the file which that variable of the environment names, and to none where it is not set: it is not obeyed unasked.
   */
  readonly keylog?: ((line: string) => void) | 'SSLKEYLOGFILE' | undefined;
  /**
   * What an end without the peer's goodbye (close_notify) is: an error, since somebody may have cut the stream, or
   * with `'end'` an end, for peers that never say it.
   */
  readonly truncation?: 'error' | 'end' | undefined;
}

/** What is one connection's alone. */
export interface TlsPeerOptions {
  /** The peer's name: it is asked for (SNI), and its certificate has to have it. An address is compared, and not asked for. */
  readonly servername?: string | undefined;
  /** What `getsession` gave, of a connection to the same host with the same context: the handshake is shorter. */
  readonly session?: Uint8Array | undefined;
}

/** The options of a context, checked, with their defaults. */
export interface TlsSettings {
  /** Undefined stands for Node's default list. */
  readonly ca: readonly (string | Uint8Array)[] | undefined;
  readonly cert: string | Uint8Array | undefined;
  readonly key: string | Uint8Array | undefined;
  readonly passphrase: string | undefined;
  readonly pfx: Uint8Array | undefined;
  readonly verify: boolean | 'optional';
  readonly pins: readonly string[];
  readonly alpn: readonly string[];
  /** Undefined where the program has none: then Node's may be higher than TLSv1.2. */
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion;
  readonly ciphers: string | undefined;
  readonly requestCert: boolean;
  readonly psk: ReadonlyMap<string, Uint8Array> | undefined;
  readonly keylog: ((line: string) => void) | 'SSLKEYLOGFILE' | undefined;
  readonly truncation: 'error' | 'end';
}

const VERSIONS: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3'];
/** A list of protocols with their lengths has to fit into an extension (RFC 7301, section 3.1). */
const ALPN_LIMIT = 65_533;

/** RFC 7468, section 2. */
const PEM_BEGINS = '-----BEGIN ';

/** What a context has already, and a connection with a context cannot have again. */
const CONTEXT_NAMES: ReadonlySet<string> = new Set([
  'ca',
  'cert',
  'key',
  'passphrase',
  'pfx',
  'verify',
  'pins',
  'alpn',
  'minVersion',
  'maxVersion',
  'ciphers',
  'requestCert',
  'psk',
  'keylog',
  'truncation',
] satisfies (keyof TlsContextOptions)[]);

/** The names of options that a context has, of those that are given. */
export function contextOptionsIn(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    CONTEXT_NAMES.has(name) && value !== undefined ? [name] : [],
  );
}

/** The settings of a context, or an error in the words of the option. */
export function tlsSettings(call: string, options: TlsContextOptions): TlsSettings {
  const wrong = (what: string): Error => badArgument(`${call}: ${what}`);
  const { cert, key, passphrase, pfx, verify = true, minVersion, maxVersion = 'TLSv1.3', ciphers } = options;
  const { requestCert = false, keylog, truncation = 'error' } = options;
  for (const [name, value] of Object.entries({ cert, key })) {
    if (value !== undefined && !isPem(value)) throw wrong(`${name} is text or bytes in PEM`); // and is not shown: it may be a secret in the wrong place
  }
  if ((cert === undefined) !== (key === undefined)) throw wrong('cert and key belong together; name both');
  if (pfx !== undefined && !(pfx instanceof Uint8Array)) throw wrong(`pfx is bytes, not ${shown(pfx)}`);
  if (pfx !== undefined && cert !== undefined) throw wrong('pfx has a certificate and a key; leave out cert and key');
  if (passphrase !== undefined && (typeof passphrase !== 'string' || passphrase.includes('\0')))
    throw wrong('passphrase is a string without NUL'); // and is not shown
  if (typeof verify !== 'boolean' && verify !== 'optional')
    throw wrong(`verify is true, false or 'optional', not ${shown(verify)}`);
  if (typeof requestCert !== 'boolean') throw wrong(`requestCert is true or false, not ${shown(requestCert)}`);
  if (verify === 'optional' && !requestCert)
    throw wrong("verify: 'optional' is for servers that ask their clients for a certificate: requestCert");
  for (const [name, value] of Object.entries({ minVersion, maxVersion })) {
    if (value !== undefined && !VERSIONS.includes(value))
      throw wrong(`${name} is ${VERSIONS.join(' or ')}, not ${shown(value)}`);
  }
  if (minVersion !== undefined && minVersion > maxVersion)
    throw wrong(`no version is left from ${minVersion} to ${maxVersion}`);
  if (ciphers !== undefined && (typeof ciphers !== 'string' || !/^[\x21-\x7e ]+$/.test(ciphers)))
    throw wrong(`ciphers is a list in OpenSSL's words, not ${shown(ciphers)}`);
  if (keylog !== undefined && keylog !== 'SSLKEYLOGFILE' && typeof keylog !== 'function')
    throw wrong("keylog is a function that takes a line, or 'SSLKEYLOGFILE'");
  if (truncation !== 'error' && truncation !== 'end')
    throw wrong(`truncation is 'error' or 'end', not ${shown(truncation)}`);
  return {
    ca: trustOf(options.ca, wrong),
    cert,
    key,
    passphrase,
    pfx,
    verify,
    pins: pinsOf(options.pins, wrong),
    alpn: protocolsOf(options.alpn, wrong),
    minVersion,
    maxVersion,
    ciphers,
    requestCert,
    psk: keysOf(options.psk, wrong),
    keylog,
    truncation,
  };
}

/**
 * The name or address that a peer's certificate has to have: in lower case, in ASCII (IDN by the URL standard), without
 * brackets, zone and final dot.
 */
export function tlsName(call: string, host: string): string {
  const bare = checkHost(call, host).split('%')[0] as string;
  if (familyOf(bare) !== undefined) return bare.toLowerCase();
  const url = `https://${bare}/`;
  const name = URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : '';
  // A port, a path, or an address in another writing is no name: the URL would be of another host, or of none.
  if (name === '' || /[/?#@:\\[\]]/.test(bare) || familyOf(name) !== undefined)
    throw badArgument(`${call}: servername ${JSON.stringify(host.slice(0, 80))} is no name that a certificate has`);
  return name;
}

/** Throws unless it could be a session. */
export function checkSession(call: string, session: Uint8Array | undefined): void {
  if (session !== undefined && !(session instanceof Uint8Array))
    throw badArgument(`${call}: session is what getsession gave, not ${shown(session)}`);
}

type Wrong = (what: string) => Error;

function trustOf(ca: TlsTrust | undefined, wrong: Wrong): TlsSettings['ca'] {
  if (ca === undefined) return undefined;
  const list = Array.isArray(ca) ? (ca as readonly (string | Uint8Array)[]) : [ca as string | Uint8Array];
  for (const one of list) {
    if (one !== 'system' && !isPem(one)) throw wrong(`ca is certificates in PEM, or 'system', not ${shown(one)}`);
  }
  return list;
}

function pinsOf(pins: readonly string[] | undefined, wrong: Wrong): readonly string[] {
  if (pins === undefined) return [];
  if (!Array.isArray(pins) || pins.length === 0) throw wrong('pins is a list of at least one hash');
  for (const pin of pins as readonly unknown[]) {
    // 32 bytes are 43 digits and a pad.
    if (typeof pin !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(pin))
      throw wrong(`a pin is the SHA-256 of a public key in base64, 44 characters, not ${shown(pin)}`);
  }
  return pins;
}

function protocolsOf(alpn: readonly string[] | undefined, wrong: Wrong): readonly string[] {
  if (alpn === undefined) return [];
  if (!Array.isArray(alpn) || alpn.length === 0) throw wrong('alpn is a list of at least one protocol');
  let size = 0;
  for (const name of alpn as readonly unknown[]) {
    // Bytes by the RFC; those that are registered are ASCII, and the runtimes would write others differently.
    if (typeof name !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(name))
      throw wrong(`a protocol of alpn is 1 to 255 characters of ASCII, not ${shown(name)}`);
    size += name.length + 1;
  }
  if (size > ALPN_LIMIT) throw wrong(`alpn is too long: ${size} bytes, and ${ALPN_LIMIT} are possible`);
  return alpn;
}

function keysOf(psk: Readonly<Record<string, Uint8Array>> | undefined, wrong: Wrong): TlsSettings['psk'] {
  if (psk === undefined) return undefined;
  const keys = new Map(Object.entries(psk));
  if (keys.size === 0) throw wrong('psk has no key; name an identity and its key');
  for (const [identity, key] of keys) {
    // RFC 4279, section 5.3: 128 bytes each; OpenSSL takes keys of up to 256.
    if (identity === '' || identity.includes('\0') || Buffer.byteLength(identity) > 128)
      throw wrong(`an identity of psk is 1 to 128 bytes without NUL, not ${shown(identity)}`);
    if (!(key instanceof Uint8Array) || key.length === 0 || key.length > 256)
      throw wrong(`the key of ${shown(identity)} in psk is 1 to 256 bytes`); // and is not shown
  }
  return keys;
}

/** DER is none: an engine would trust nobody, or read on for a text that never comes. */
function isPem(value: unknown): boolean {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).includes(PEM_BEGINS);
  return typeof value === 'string' && value.includes(PEM_BEGINS);
}

/** A wrong value in a message: what could be a secret is not shown. */
function shown(value: unknown): string {
  return typeof value === 'string' && value.length <= 40 ? JSON.stringify(value) : `a ${typeof value}`;
}
