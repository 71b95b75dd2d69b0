/**
 * What OpenSSL asks a program of LuaSec's while it works: as `callbacks.ts` has it for our own contexts, but each question
 * goes to the program, whose functions may themselves make connections. So who answers is a stack, of the calls under way.
 *
 * Each kind has one callback in a thread. An exception in it would leave OpenSSL's stack by a jump: it is kept, OpenSSL is
 * refused what it asks for from then on, and the call throws it once OpenSSL has returned.
 */
import { callback, copyOf, memcpy, type Pointer } from '../libc/functions.ts';
import { CTRL, type OpenSsl, openssl } from './functions.ts';
import { bytesOf, isThere, pointerTo } from './memory.ts';
import { FOR_SERVERS, moreOpenssl, strlen } from './more-functions.ts';

/** A party that answers. What it throws is thrown by the call of OpenSSL. */
export interface Answers {
  /** The context for the name that a client asks for: undefined is the one there is, and null refuses the client. */
  context?(name: string): Pointer | undefined | null;
  /** The protocol of those that a client offers (RFC 7301's list); undefined is none. */
  protocol?(offered: Buffer): string | undefined;
  /** A client's identity and key, for a server's hint. */
  identity?(hint: Buffer | undefined, room: number, keyRoom: number): { name: Buffer; key: Buffer } | undefined;
  /** A server's key for an identity. */
  key?(identity: Buffer, keyRoom: number): Buffer | undefined;
  /** A server's DH parameters, which stay the answerer's. */
  parameters?(isExport: boolean, bits: number): Pointer | null;
  /** Whether a verification goes on after an error (X509_V_ERR_*) of the certificate at this depth. */
  goesOn?(error: number, depth: number): boolean;
  /** Whether a peer's certificate may be for another purpose. */
  readonly ignoresPurpose?: boolean;
  /** The password of a key; undefined is none. */
  password?(): Buffer | undefined;
}

/** A call under way. */
interface Frame {
  readonly who: Answers;
  thrown: { readonly error: unknown } | undefined;
}

let frame: Frame | undefined;

/** Whether a call is under way whose party would be asked by another one, made within it. */
export function isAnswering(): boolean {
  return frame !== undefined;
}

/** Makes a call of OpenSSL in which `who` answers. */
export function answeredBy<T>(who: Answers, call: () => T): T {
  const outer = frame;
  const own: Frame = { who, thrown: undefined };
  frame = own;
  let result: T;
  try {
    result = call();
  } finally {
    frame = outer;
  }
  if (own.thrown === undefined) return result;
  openssl().ERR_clear_error();
  throw own.thrown.error;
}

/** The answer, or `otherwise` where none is to be had. */
function asking<A extends unknown[], R>(otherwise: R, ask: (who: Answers, ...args: A) => R): (...args: A) => R {
  return (...args) => {
    const asked = frame;
    if (asked === undefined || asked.thrown !== undefined) return otherwise;
    try {
      return ask(asked.who, ...args);
    } catch (error) {
      asked.thrown = { error };
      return otherwise;
    }
  };
}

/** SSL_TLSEXT_ERR_*, of <openssl/tls1.h>. */
const OK = 0;
const FATAL = 2;
const NOT_ANSWERED = 3;
const NO_KEY = 0;

const chooseContext = asking(FATAL, (who, ssl: Pointer) => {
  const name = openssl().SSL_get_servername(ssl, 0);
  if (name === null || who.context === undefined) return NOT_ANSWERED;
  const chosen = who.context(name);
  if (chosen === null) return FATAL;
  if (chosen !== undefined) openssl().SSL_set_SSL_CTX(ssl, chosen);
  return OK;
});

const chooseProtocol = asking(
  NOT_ANSWERED,
  (who, _ssl: Pointer, out: Pointer, outLength: Pointer, offered: Pointer, length: number) => {
    const bytes = copyOf(offered, length);
    const name = who.protocol?.(bytes);
    if (name === undefined) return NOT_ANSWERED;
    for (let at = 0; at < bytes.length; at += 1 + (bytes[at] as number)) {
      if (bytes.toString('latin1', at + 1, at + 1 + (bytes[at] as number)) !== name) continue;
      memcpy(out, bytesOf(pointerTo(offered + BigInt(at + 1))), 8);
      memcpy(outLength, Uint8Array.of(name.length), 1);
      return OK;
    }
    return NOT_ANSWERED;
  },
);

const giveKey = asking(
  NO_KEY,
  (who, _ssl: Pointer, hint: Pointer | null, identity: Pointer, room: number, key: Pointer, keyRoom: number) => {
    const given = who.identity?.(isThere(hint) ? textAt(hint) : undefined, room - 1, keyRoom);
    if (given === undefined || given.name.length >= room || given.key.length > keyRoom) return NO_KEY;
    memcpy(identity, Buffer.concat([given.name, Uint8Array.of(0)]), given.name.length + 1);
    memcpy(key, given.key, given.key.length);
    return given.key.length;
  },
);

const findKey = asking(NO_KEY, (who, _ssl: Pointer, identity: Pointer | null, key: Pointer, keyRoom: number) => {
  const found = isThere(identity) ? who.key?.(textAt(identity), keyRoom) : undefined;
  if (found === undefined || found.length === 0 || found.length > keyRoom) return NO_KEY;
  memcpy(key, found, found.length);
  return found.length;
});

const giveParameters = asking(
  null as Pointer | null,
  (who, _ssl: Pointer, isExport: number, bits: number) => who.parameters?.(isExport !== 0, bits) ?? null,
);

const judge = asking(0, (who, ok: number, verification: Pointer) => {
  if (ok === 1 || who.goesOn === undefined) return ok;
  const c = moreOpenssl();
  const error = c.X509_STORE_CTX_get_error(verification);
  return who.goesOn(error, c.X509_STORE_CTX_get_error_depth(verification)) ? 1 : 0;
});

const verifyChain = asking(0, (who, verification: Pointer) => {
  const c = moreOpenssl();
  const param = who.ignoresPurpose === true ? c.X509_STORE_CTX_get0_param(verification) : null;
  if (isThere(param)) {
    c.X509_VERIFY_PARAM_set_purpose(param, FOR_SERVERS.purpose);
    c.X509_VERIFY_PARAM_set_trust(param, FOR_SERVERS.trust);
  }
  return c.X509_verify_cert(verification);
});

/** No password is an empty one: without a callback OpenSSL would ask at the terminal. */
const givePassword = asking(0, (who, into: Pointer, size: number) => {
  const password = who.password?.()?.subarray(0, size - 1);
  if (password === undefined || password.length === 0) return 0;
  memcpy(into, password, password.length);
  return password.length;
});

function textAt(text: Pointer): Buffer {
  return copyOf(text, strlen(text));
}

type Kind = Exclude<keyof Answers, 'ignoresPurpose'> | 'verification';

const KINDS: Readonly<Record<Kind, () => Pointer>> = {
  context: () => callback('int', ['void *', 'void *', 'void *'], chooseContext),
  protocol: () => callback('int', ['void *', 'void *', 'void *', 'void *', 'unsigned int', 'void *'], chooseProtocol),
  identity: () =>
    callback('unsigned int', ['void *', 'void *', 'void *', 'unsigned int', 'void *', 'unsigned int'], giveKey),
  key: () => callback('unsigned int', ['void *', 'void *', 'void *', 'unsigned int'], findKey),
  parameters: () => callback('void *', ['void *', 'int', 'int'], giveParameters),
  goesOn: () => callback('int', ['int', 'void *'], judge),
  verification: () => callback('int', ['void *', 'void *'], verifyChain),
  password: () => callback('int', ['void *', 'int', 'int', 'void *'], givePassword),
};

const made = new Map<Kind, Pointer>();

/** The callback that asks a question, as long as this thread lives. */
export function callbackFor(kind: Kind): Pointer {
  let pointer = made.get(kind);
  if (pointer === undefined) {
    pointer = KINDS[kind]();
    made.set(kind, pointer);
  }
  return pointer;
}

/** Has a context ask for the name that a client wants. */
export function asksForName(c: OpenSsl, context: Pointer): void {
  c.SSL_CTX_callback_ctrl(context, CTRL.SET_TLSEXT_SERVERNAME_CB, callbackFor('context'));
}
