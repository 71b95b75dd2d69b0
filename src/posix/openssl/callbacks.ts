/**
 * What OpenSSL asks while it works: which certificate for the name that a client wants (SNI), which protocol (ALPN), keys
 * that both sides know, and where its keys are to be logged.
 *
 * Each kind has one callback in a thread, for as long as that lives, made when a context first needs it: there is none
 * that a connection could outlive. It answers for the connection whose call is under way. An exception in it would leave
 * OpenSSL's stack by a jump: it is kept, the peer gets an alert, and the call throws it once OpenSSL has returned.
 */
import type { TlsContext, TlsRole } from '../../sockets/engine.ts';
import { contextFor } from '../../sockets/open-tls.ts';
import { callback, copyOf, memcpy, type Pointer } from '../libc/functions.ts';
import { CTRL, type OpenSsl } from './functions.ts';
import { bytesOf, derOf, isThere, pointerTo } from './memory.ts';

/** A context, as far as it is asked. */
export interface Asked extends TlsContext {
  readonly pointer: Pointer;
  readonly keylog: ((line: string) => void) | undefined;
  verifyMode(role: TlsRole): number;
  verifyCallback(role: TlsRole): Pointer | null;
}

/** Who is asked. */
export interface Party {
  readonly c: OpenSsl;
  readonly ssl: Pointer;
  /** That of the name which the client has asked for, once it is known; before, the server's own. */
  context: Asked;
  /** The server's own: what the other one leaves open. */
  readonly main: Asked;
  /** Other contexts, by names in lower case; `*.` stands for one label. */
  readonly sni: ReadonlyMap<string, Asked> | undefined;
  /** The DER of a peer's certificate that was refused: OpenSSL itself forgets it. */
  refused: Buffer | undefined;
}

let party: Party | undefined;
let thrown: { readonly error: unknown } | undefined;

/** Makes a call of OpenSSL in which `asked` answers. */
export function answering(asked: Party, call: () => number): number {
  party = asked;
  try {
    return call();
  } finally {
    party = undefined;
    const caught = thrown;
    thrown = undefined;
    if (caught !== undefined) {
      asked.c.ERR_clear_error();
      // biome-ignore lint/correctness/noUnsafeFinally: what the program's function has thrown is what there is to tell
      throw caught.error;
    }
  }
}

/** The answer to the call, or `otherwise` where it throws. */
function caught<A extends unknown[]>(otherwise: number, answer: (asked: Party, ...args: A) => number) {
  return (...args: A): number => {
    if (party === undefined) return otherwise;
    try {
      return answer(party, ...args);
    } catch (error) {
      thrown ??= { error };
      return otherwise;
    }
  };
}

/** SSL_TLSEXT_ERR_*, of <openssl/tls1.h>. */
const OK = 0;
const FATAL = 2;
const NOT_ANSWERED = 3;
/** An identity and a key have room for this many bytes, by SSL_CTX_set_psk_client_callback(3). */
const NO_KEY = 0;

const made = new Map<string, Pointer>();

function once(name: string, make: () => Pointer): Pointer {
  const pointer = made.get(name) ?? make();
  made.set(name, pointer);
  return pointer;
}

/** The context for the name that the client asks for. */
const chooseContext = caught(FATAL, (asked) => {
  const { c, ssl, sni } = asked;
  const name = c.SSL_get_servername(ssl, 0);
  const chosen = contextFor(sni, name ?? '') as Asked | undefined;
  if (chosen === undefined) return sni === undefined ? NOT_ANSWERED : OK;
  asked.context = chosen;
  c.SSL_set_SSL_CTX(ssl, chosen.pointer);
  c.SSL_set_verify(ssl, chosen.verifyMode('server'), chosen.verifyCallback('server'));
  return OK;
});

/** The first of our protocols that the client offers; without one in common the handshake fails (RFC 7301, section 3.2). */
const chooseProtocol = caught(
  FATAL,
  (asked, _ssl: Pointer, out: Pointer, outLength: Pointer, offered: Pointer, length: number) => {
    // OpenSSL asks the context that the name has led to; what it leaves open is as the server has it.
    const alpn = asked.context.settings.alpn.length > 0 ? asked.context.settings.alpn : asked.main.settings.alpn;
    if (alpn.length === 0) return NOT_ANSWERED;
    const bytes = copyOf(offered, length);
    const places = new Map<string, number>();
    for (let at = 0; at < bytes.length; at += 1 + (bytes[at] as number))
      places.set(bytes.toString('latin1', at + 1, at + 1 + (bytes[at] as number)), at + 1);
    const name = alpn.find((one) => places.has(one));
    if (name === undefined) return FATAL;
    memcpy(out, bytesOf(pointerTo(offered + BigInt(places.get(name) as number))), 8);
    memcpy(outLength, Uint8Array.of(name.length), 1);
    return OK;
  },
);

const logKeys = caught(0, (asked, _ssl: Pointer, line: string) => {
  asked.context.keylog?.(line);
  return 0;
});

/** A client's identity, the first that it has, and the key to it. */
const giveKey = caught(
  NO_KEY,
  (asked, _ssl: Pointer, _hint: string | null, identity: Pointer, room: number, key: Pointer, keyRoom: number) => {
    const first = asked.main.settings.psk?.entries().next().value;
    if (first === undefined) return NO_KEY;
    const name = Buffer.from(`${first[0]}\0`);
    if (name.length > room || first[1].length > keyRoom) return NO_KEY;
    memcpy(identity, name, name.length);
    memcpy(key, first[1], first[1].length);
    return first[1].length;
  },
);

/** A server's key to the identity that the client names. */
const findKey = caught(NO_KEY, (asked, _ssl: Pointer, identity: string | null, key: Pointer, keyRoom: number) => {
  const found = identity === null ? undefined : asked.main.settings.psk?.get(identity);
  if (found === undefined || found.length > keyRoom) return NO_KEY;
  memcpy(key, found, found.length);
  return found.length;
});

/** Gives a context the callbacks that its settings need. */
export function setCallbacks(c: OpenSsl, { pointer, settings, keylog }: Asked): void {
  // All contexts have these two: a name may lead from one to another, which is then asked for the rest.
  c.SSL_CTX_callback_ctrl(
    pointer,
    CTRL.SET_TLSEXT_SERVERNAME_CB,
    once('sni', () => callback('int', ['void *', 'void *', 'void *'], chooseContext)),
  );
  const alpn = once('alpn', () =>
    callback('int', ['void *', 'void *', 'void *', 'void *', 'unsigned int', 'void *'], chooseProtocol),
  );
  c.SSL_CTX_set_alpn_select_cb(pointer, alpn, null);
  if (keylog !== undefined) {
    const log = once('keylog', () => callback('void', ['void *', 'const char *'], logKeys));
    c.SSL_CTX_set_keylog_callback(pointer, log);
  }
  if (settings.psk !== undefined) {
    const client = once('psk client', () =>
      callback('unsigned int', ['void *', 'const char *', 'void *', 'unsigned int', 'void *', 'unsigned int'], giveKey),
    );
    const server = once('psk server', () =>
      callback('unsigned int', ['void *', 'const char *', 'void *', 'unsigned int'], findKey),
    );
    c.SSL_CTX_set_psk_client_callback(pointer, client);
    c.SSL_CTX_set_psk_server_callback(pointer, server);
  }
}

/** Remembers a certificate that is refused, to say why. */
const noteRefused = caught(0, (asked, ok: number, verification: Pointer) => {
  if (ok === 1) return ok;
  const certificate = asked.c.X509_STORE_CTX_get0_cert(verification);
  if (isThere(certificate)) asked.refused ??= derOf(asked.c.i2d_X509, certificate);
  return 0;
});

/** What is asked about each certificate of a peer's chain. */
export function ownJudgement(): Pointer {
  return once('verify', () => callback('int', ['int', 'void *'], noteRefused));
}

/** Takes any certificate; whether it is good, the result of the verification still says. */
export function anyCertificate(): Pointer {
  return once('any', () => callback('int', ['int', 'void *'], () => 1));
}
