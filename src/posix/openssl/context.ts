/** An SSL_CTX from the settings of a context: whom it trusts, who it is, and what it offers. */
import tls from 'node:tls';
import type { TlsSettings, TlsVersion } from '../../core/tls.ts';
import type { TlsRole } from '../../sockets/engine.ts';
import { keyLogOf } from '../../sockets/key-log.ts';
import type { Pointer } from '../libc/functions.ts';
import { type Asked, anyCertificate, ownJudgement, setCallbacks } from './callbacks.ts';
import { contextError } from './errors.ts';
import { CTRL, type OpenSsl, openssl, SSL_MODES, SSL_OP_NO_RENEGOTIATION, SSL_VERIFY, VERSIONS } from './functions.ts';
import { bytesOf, certificatesIn, isThere, pointerTo, reading, there } from './memory.ts';
import { storeOf } from './roots.ts';

/** OpenSSL counts who has a context: connections keep theirs, and this is the program's. */
const forgotten = new FinalizationRegistry<Pointer>((pointer) => openssl().SSL_CTX_free(pointer));

export class Context implements Asked {
  readonly settings: TlsSettings;
  readonly keylog: ((line: string) => void) | undefined;
  readonly pointer: Pointer;

  /** Throws ERR_TLS_CONTEXT for what OpenSSL does not take. */
  constructor(settings: TlsSettings) {
    const c = openssl();
    this.settings = settings;
    this.keylog = keyLogOf(settings);
    this.pointer = there(c.SSL_CTX_new(c.TLS_method()));
    forgotten.register(this, this.pointer);
    c.ERR_clear_error();
    try {
      setProtocol(c, this.pointer, settings);
      setTrust(c, this.pointer, settings);
      if (settings.pfx !== undefined) usePfx(c, this.pointer, settings.pfx, settings.passphrase);
      if (settings.cert !== undefined && settings.key !== undefined)
        usePem(c, this.pointer, settings.cert, settings.key, settings.passphrase);
      setCallbacks(c, this);
    } finally {
      c.ERR_clear_error();
    }
  }

  /** SSL_set_verify(3). */
  verifyMode(role: TlsRole): number {
    const { verify, requestCert } = this.settings;
    if (role === 'client') return verify === false ? SSL_VERIFY.NONE : SSL_VERIFY.PEER;
    if (!requestCert) return SSL_VERIFY.NONE;
    return verify === true ? SSL_VERIFY.PEER | SSL_VERIFY.FAIL_IF_NO_PEER_CERT : SSL_VERIFY.PEER;
  }

  /** A server that asks and does not verify still has to go through with it: NONE would not ask. */
  verifyCallback(role: TlsRole): Pointer | null {
    const mode = this.verifyMode(role);
    if (mode === SSL_VERIFY.NONE) return null;
    return this.settings.verify === false ? anyCertificate() : ownJudgement();
  }
}

function setProtocol(c: OpenSsl, context: Pointer, settings: TlsSettings): void {
  c.SSL_CTX_ctrl(context, CTRL.MODE, SSL_MODES, null);
  c.SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  c.SSL_CTX_ctrl(context, CTRL.SESS_CACHE_MODE, 0, null); // sessions are the program's to keep, and a server's are tickets
  // As node:tls does: suites of TLS 1.3 have a list of their own, and where the one or the other is empty its version goes.
  const names = (settings.ciphers ?? tls.DEFAULT_CIPHERS).split(/[: ,]/).filter((name) => name !== '');
  const suites = names.filter((name) => name.startsWith('TLS_'));
  const older = names.filter((name) => !name.startsWith('TLS_'));
  if (suites.length > 0 && c.SSL_CTX_set_ciphersuites(context, suites.join(':')) !== 1)
    throw contextError(c, 'ciphers');
  if (older.length > 0 && c.SSL_CTX_set_cipher_list(context, older.join(':')) !== 1) throw contextError(c, 'ciphers');
  const least = settings.minVersion ?? (tls.DEFAULT_MIN_VERSION === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2');
  const most: TlsVersion = suites.length === 0 && least === 'TLSv1.2' ? 'TLSv1.2' : settings.maxVersion;
  c.SSL_CTX_ctrl(context, CTRL.SET_MIN_PROTO_VERSION, VERSIONS[older.length === 0 ? 'TLSv1.3' : least], null);
  c.SSL_CTX_ctrl(context, CTRL.SET_MAX_PROTO_VERSION, VERSIONS[most], null);
  if (settings.alpn.length > 0) {
    const list = Buffer.concat(
      settings.alpn.flatMap((name) => [Uint8Array.of(name.length), Buffer.from(name, 'latin1')]),
    );
    c.SSL_CTX_set_alpn_protos(context, list, list.length); // a client's; a server's is a callback
  }
}

function setTrust(c: OpenSsl, context: Pointer, { ca, verify, requestCert }: TlsSettings): void {
  if (verify === false && ca === undefined) return;
  const { store, shared } = storeOf(c, ca);
  c.SSL_CTX_set1_cert_store(context, store);
  if (!shared) c.X509_STORE_free(store);
  if (!requestCert) return;
  // A server names the CAs whose certificates it takes; Node's default list would be too long for a handshake.
  for (const pem of ca ?? []) {
    for (const certificate of pem === 'system' ? [] : certificatesIn(c, pem)) {
      c.SSL_CTX_add_client_CA(context, certificate);
      c.X509_free(certificate);
    }
  }
}

function usePem(
  c: OpenSsl,
  context: Pointer,
  cert: string | Uint8Array,
  key: string | Uint8Array,
  passphrase = '', // without one OpenSSL would ask at the terminal
): void {
  const certificates = certificatesIn(c, cert);
  if (certificates.length === 0) throw contextError(c, 'cert');
  useChain(c, context, certificates, 'cert');
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  const privateKey = reading(c, bytes, (bio) => c.PEM_read_bio_PrivateKey(bio, null, null, passphrase));
  if (!isThere(privateKey)) throw contextError(c, 'key');
  useKey(c, context, privateKey, 'key');
}

function usePfx(c: OpenSsl, context: Pointer, pfx: Uint8Array, passphrase = ''): void {
  const pkcs12 = reading(c, pfx, (bio) => c.d2i_PKCS12_bio(bio, null));
  if (!isThere(pkcs12)) throw contextError(c, 'pfx');
  const [key, certificate, others] = [pointerTo(0n), pointerTo(0n), pointerTo(0n)];
  const parsed = c.PKCS12_parse(pkcs12, passphrase, bytesOf(key), bytesOf(certificate), bytesOf(others));
  c.PKCS12_free(pkcs12);
  if (parsed !== 1) throw contextError(c, 'pfx');
  const stack = others[0] as bigint;
  const chain =
    stack === 0n ? [] : Array.from({ length: c.OPENSSL_sk_num(stack) }, (_, i) => c.OPENSSL_sk_value(stack, i));
  if (stack !== 0n) c.OPENSSL_sk_free(stack);
  const own = [certificate[0] as bigint].filter((one) => one !== 0n);
  if (own.length === 0) for (const one of chain) c.X509_free(one);
  else useChain(c, context, [...own, ...chain], 'pfx');
  if (own.length === 0 || key[0] === 0n) throw contextError(c, 'pfx');
  useKey(c, context, key[0] as bigint, 'pfx');
}

/** Takes the certificates over: this side's own, and those between it and its CA. */
function useChain(c: OpenSsl, context: Pointer, [own, ...others]: Pointer[], option: string): void {
  const used = c.SSL_CTX_use_certificate(context, own as Pointer);
  c.X509_free(own as Pointer);
  for (const certificate of others) c.SSL_CTX_ctrl(context, CTRL.EXTRA_CHAIN_CERT, 0, certificate); // the context's from now on
  if (used !== 1) throw contextError(c, option);
}

/** Takes the key over. */
function useKey(c: OpenSsl, context: Pointer, key: Pointer, option: string): void {
  c.ERR_clear_error();
  const used = c.SSL_CTX_use_PrivateKey(context, key) === 1 && c.SSL_CTX_check_private_key(context) === 1;
  c.EVP_PKEY_free(key);
  if (!used) throw contextError(c, option);
}
