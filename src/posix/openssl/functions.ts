/**
 * OpenSSL's functions: all that knows its C. They are those that the process has, since Node carries and exports OpenSSL;
 * else those of the system's libssl.
 *
 * Only functions that are the same from 3.0 on, no macro, and no structure that is read here: the numbers below are those
 * of the macros.
 */
import { SocketError } from '../../core/errors.ts';
import { type CMemory, type Library, openLibrary, type Pointer, SYSTEM } from '../libc/functions.ts';

/** SSL_ctrl(3) and SSL_CTX_ctrl(3), by what the macros say. */
export const CTRL = {
  MODE: 33,
  SESS_CACHE_MODE: 44,
  EXTRA_CHAIN_CERT: 14,
  SET_TLSEXT_SERVERNAME_CB: 53,
  SET_TLSEXT_HOSTNAME: 55,
  SET_MIN_PROTO_VERSION: 123,
  SET_MAX_PROTO_VERSION: 124,
} as const;

/** Buffers of an idle connection are given back; a send that is tried again may have its bytes elsewhere. */
export const SSL_MODES: number = 0x2 | 0x10;
/** No renegotiation by the client (SSL_OP_NO_RENEGOTIATION), which TLS 1.3 has no more. */
export const SSL_OP_NO_RENEGOTIATION = 0x4000_0000n;
export const SSL_OP_NO_TICKET = 0x4000n;
export const SSL_VERIFY = { NONE: 0, PEER: 1, FAIL_IF_NO_PEER_CERT: 2 } as const;
export const SSL_ERROR = { SSL: 1, WANT_READ: 2, WANT_WRITE: 3, SYSCALL: 5, ZERO_RETURN: 6 } as const;
export const VERSIONS = { 'TLSv1.2': 0x303, 'TLSv1.3': 0x304 } as const;
/** X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS and _NEVER_CHECK_SUBJECT (RFC 9525, section 6.3). */
export const HOST_FLAGS: number = 0x4 | 0x20;
/** BIO_ctrl(3), BIO_C_SET_BUF_MEM_EOF_RETURN: -1 says "come again" when a memory BIO is empty, and not the end. */
export const BIO_C_SET_BUF_MEM_EOF_RETURN = 130;
export const BIO_CTRL_PENDING = 10;

/** NULL where C gives none. */
type Maybe = Pointer | null;

/** What subclasses declare themselves with. */
export class Declared {
  protected readonly declare: Library['declare'];

  constructor(library: Library) {
    this.declare = library.declare;
  }
}

export class OpenSsl extends Declared {
  readonly OpenSSL_version: (type: number) => string = this.declare('const char *OpenSSL_version(int)');

  readonly TLS_method: () => Pointer = this.declare('void *TLS_method()');
  readonly SSL_CTX_new: (method: Pointer) => Maybe = this.declare('void *SSL_CTX_new(void *)');
  readonly SSL_CTX_free: (context: Pointer) => void = this.declare('void SSL_CTX_free(void *)');
  readonly SSL_CTX_ctrl: (context: Pointer, command: number, number: number, pointer: Maybe) => number = this.declare(
    'long SSL_CTX_ctrl(void *, int, long, void *)',
  );
  readonly SSL_CTX_callback_ctrl: (context: Pointer, command: number, callback: Pointer) => number = this.declare(
    'long SSL_CTX_callback_ctrl(void *, int, void *)',
  );
  readonly SSL_CTX_set_options: (context: Pointer, options: bigint) => number | bigint = this.declare(
    'uint64_t SSL_CTX_set_options(void *, uint64_t)',
  );
  readonly SSL_CTX_set_cipher_list: (context: Pointer, ciphers: string) => number = this.declare(
    'int SSL_CTX_set_cipher_list(void *, const char *)',
  );
  readonly SSL_CTX_set_ciphersuites: (context: Pointer, ciphers: string) => number = this.declare(
    'int SSL_CTX_set_ciphersuites(void *, const char *)',
  );
  readonly SSL_CTX_set1_cert_store: (context: Pointer, store: Pointer) => void = this.declare(
    'void SSL_CTX_set1_cert_store(void *, void *)',
  );
  readonly SSL_CTX_add_client_CA: (context: Pointer, certificate: Pointer) => number = this.declare(
    'int SSL_CTX_add_client_CA(void *, void *)',
  );
  readonly SSL_CTX_use_certificate: (context: Pointer, certificate: Pointer) => number = this.declare(
    'int SSL_CTX_use_certificate(void *, void *)',
  );
  readonly SSL_CTX_use_PrivateKey: (context: Pointer, key: Pointer) => number = this.declare(
    'int SSL_CTX_use_PrivateKey(void *, void *)',
  );
  readonly SSL_CTX_check_private_key: (context: Pointer) => number = this.declare(
    'int SSL_CTX_check_private_key(void *)',
  );
  readonly SSL_CTX_set_alpn_protos: (context: Pointer, protocols: CMemory, length: number) => number = this.declare(
    'int SSL_CTX_set_alpn_protos(void *, const void *, unsigned int)',
  );
  readonly SSL_CTX_set_alpn_select_cb: (context: Pointer, callback: Pointer, argument: null) => void = this.declare(
    'void SSL_CTX_set_alpn_select_cb(void *, void *, void *)',
  );
  readonly SSL_CTX_set_keylog_callback: (context: Pointer, callback: Pointer) => void = this.declare(
    'void SSL_CTX_set_keylog_callback(void *, void *)',
  );
  readonly SSL_CTX_set_psk_client_callback: (context: Pointer, callback: Pointer) => void = this.declare(
    'void SSL_CTX_set_psk_client_callback(void *, void *)',
  );
  readonly SSL_CTX_set_psk_server_callback: (context: Pointer, callback: Pointer) => void = this.declare(
    'void SSL_CTX_set_psk_server_callback(void *, void *)',
  );

  readonly SSL_new: (context: Pointer) => Maybe = this.declare('void *SSL_new(void *)');
  readonly SSL_free: (ssl: Pointer) => void = this.declare('void SSL_free(void *)');
  readonly SSL_set_SSL_CTX: (ssl: Pointer, context: Pointer) => Maybe = this.declare(
    'void *SSL_set_SSL_CTX(void *, void *)',
  );
  readonly SSL_set_session_id_context: (ssl: Pointer, id: CMemory, length: number) => number = this.declare(
    'int SSL_set_session_id_context(void *, const void *, unsigned int)',
  );
  readonly SSL_set_options: (ssl: Pointer, options: bigint) => number | bigint = this.declare(
    'uint64_t SSL_set_options(void *, uint64_t)',
  );
  readonly SSL_ctrlText: (ssl: Pointer, command: number, number: number, text: string) => number = this.declare(
    'long SSL_ctrl(void *, int, long, const char *)',
  );
  readonly SSL_set_verify: (ssl: Pointer, mode: number, callback: Maybe) => void = this.declare(
    'void SSL_set_verify(void *, int, void *)',
  );
  readonly SSL_set_bio: (ssl: Pointer, incoming: Pointer, outgoing: Pointer) => void = this.declare(
    'void SSL_set_bio(void *, void *, void *)',
  );
  readonly SSL_set_connect_state: (ssl: Pointer) => void = this.declare('void SSL_set_connect_state(void *)');
  readonly SSL_set_accept_state: (ssl: Pointer) => void = this.declare('void SSL_set_accept_state(void *)');
  readonly SSL_do_handshake: (ssl: Pointer) => number = this.declare('int SSL_do_handshake(void *)');
  /** The memory is given by its address: a view of it for each record would cost as much as the call. */
  readonly SSL_read: (ssl: Pointer, address: number, size: number) => number = this.declare(
    'int SSL_read(void *, uintptr_t, int)',
  );
  readonly SSL_write: (ssl: Pointer, bytes: CMemory, length: number) => number = this.declare(
    'int SSL_write(void *, const void *, int)',
  );
  readonly SSL_shutdown: (ssl: Pointer) => number = this.declare('int SSL_shutdown(void *)');
  readonly SSL_get_error: (ssl: Pointer, result: number) => number = this.declare('int SSL_get_error(void *, int)');
  readonly SSL_get0_param: (ssl: Pointer) => Pointer = this.declare('void *SSL_get0_param(void *)');
  readonly SSL_get_verify_result: (ssl: Pointer) => number = this.declare('long SSL_get_verify_result(void *)');
  readonly SSL_get_version: (ssl: Pointer) => string = this.declare('const char *SSL_get_version(void *)');
  readonly SSL_get_current_cipher: (ssl: Pointer) => Maybe = this.declare('void *SSL_get_current_cipher(void *)');
  /** The name that OpenSSL has for it; the RFCs have another one, SSL_CIPHER_standard_name, for those before TLS 1.3. */
  readonly SSL_CIPHER_get_name: (cipher: Pointer) => string = this.declare('const char *SSL_CIPHER_get_name(void *)');
  readonly SSL_get0_alpn_selected: (ssl: Pointer, name: CMemory, length: CMemory) => void = this.declare(
    'void SSL_get0_alpn_selected(void *, void *, void *)',
  );
  readonly SSL_get_servername: (ssl: Pointer, type: number) => string | null = this.declare(
    'const char *SSL_get_servername(void *, int)',
  );
  readonly SSL_get1_peer_certificate: (ssl: Pointer) => Maybe = this.declare('void *SSL_get1_peer_certificate(void *)');
  readonly SSL_get_peer_cert_chain: (ssl: Pointer) => Maybe = this.declare('void *SSL_get_peer_cert_chain(void *)');
  readonly SSL_get0_verified_chain: (ssl: Pointer) => Maybe = this.declare('void *SSL_get0_verified_chain(void *)');
  readonly SSL_get1_session: (ssl: Pointer) => Maybe = this.declare('void *SSL_get1_session(void *)');
  readonly SSL_set_session: (ssl: Pointer, session: Pointer) => number = this.declare(
    'int SSL_set_session(void *, void *)',
  );
  readonly SSL_session_reused: (ssl: Pointer) => number = this.declare('int SSL_session_reused(void *)');
  readonly SSL_export_keying_material: (
    ssl: Pointer,
    out: CMemory,
    length: number,
    label: CMemory,
    labelLength: number,
    context: CMemory | null,
    contextLength: number,
    useContext: number,
  ) => number = this.declare(
    'int SSL_export_keying_material(void *, void *, size_t, const void *, size_t, const void *, size_t, int)',
  );
  readonly SSL_key_update: (ssl: Pointer, type: number) => number = this.declare('int SSL_key_update(void *, int)');
  readonly SSL_SESSION_free: (session: Pointer) => void = this.declare('void SSL_SESSION_free(void *)');
  readonly SSL_SESSION_is_resumable: (session: Pointer) => number = this.declare(
    'int SSL_SESSION_is_resumable(void *)',
  );
  readonly i2d_SSL_SESSION: (session: Pointer, at: CMemory | null) => number = this.declare(
    'int i2d_SSL_SESSION(void *, void *)',
  );
  readonly d2i_SSL_SESSION: (into: null, at: CMemory, length: number) => Maybe = this.declare(
    'void *d2i_SSL_SESSION(void *, void *, long)',
  );

  readonly BIO_new: (method: Pointer) => Maybe = this.declare('void *BIO_new(void *)');
  readonly BIO_s_mem: () => Pointer = this.declare('void *BIO_s_mem()');
  readonly BIO_new_mem_buf: (bytes: CMemory, length: number) => Maybe = this.declare(
    'void *BIO_new_mem_buf(const void *, int)',
  );
  readonly BIO_free: (bio: Pointer) => number = this.declare('int BIO_free(void *)');
  readonly BIO_read: (bio: Pointer, into: CMemory, size: number) => number = this.declare(
    'int BIO_read(void *, void *, int)',
  );
  readonly BIO_write: (bio: Pointer, bytes: CMemory, length: number) => number = this.declare(
    'int BIO_write(void *, const void *, int)',
  );
  readonly BIO_ctrl: (bio: Pointer, command: number, number: number, pointer: Maybe) => number = this.declare(
    'long BIO_ctrl(void *, int, long, void *)',
  );

  readonly PEM_read_bio_X509_AUX: (bio: Pointer, into: null, callback: null, passphrase: null) => Maybe = this.declare(
    'void *PEM_read_bio_X509_AUX(void *, void *, void *, void *)',
  );
  readonly PEM_read_bio_PrivateKey: (bio: Pointer, into: null, callback: null, passphrase: string) => Maybe =
    this.declare('void *PEM_read_bio_PrivateKey(void *, void *, void *, const char *)');
  readonly EVP_PKEY_free: (key: Pointer) => void = this.declare('void EVP_PKEY_free(void *)');
  readonly d2i_PKCS12_bio: (bio: Pointer, into: null) => Maybe = this.declare('void *d2i_PKCS12_bio(void *, void *)');
  readonly PKCS12_parse: (
    pkcs12: Pointer,
    passphrase: string,
    key: CMemory,
    certificate: CMemory,
    others: CMemory,
  ) => number = this.declare('int PKCS12_parse(void *, const char *, void *, void *, void *)');
  readonly PKCS12_free: (pkcs12: Pointer) => void = this.declare('void PKCS12_free(void *)');

  readonly X509_free: (certificate: Pointer) => void = this.declare('void X509_free(void *)');
  readonly X509_up_ref: (certificate: Pointer) => number = this.declare('int X509_up_ref(void *)');
  readonly i2d_X509: (certificate: Pointer, at: CMemory | null) => number =
    this.declare('int i2d_X509(void *, void *)');
  readonly X509_STORE_new: () => Maybe = this.declare('void *X509_STORE_new()');
  readonly X509_STORE_free: (store: Pointer) => void = this.declare('void X509_STORE_free(void *)');
  readonly X509_STORE_add_cert: (store: Pointer, certificate: Pointer) => number = this.declare(
    'int X509_STORE_add_cert(void *, void *)',
  );
  readonly X509_STORE_CTX_get0_cert: (verification: Pointer) => Maybe = this.declare(
    'void *X509_STORE_CTX_get0_cert(void *)',
  );
  readonly X509_STORE_set_default_paths: (store: Pointer) => number = this.declare(
    'int X509_STORE_set_default_paths(void *)',
  );
  readonly X509_VERIFY_PARAM_set1_host: (param: Pointer, name: string, length: number) => number = this.declare(
    'int X509_VERIFY_PARAM_set1_host(void *, const char *, size_t)',
  );
  readonly X509_VERIFY_PARAM_set1_ip_asc: (param: Pointer, address: string) => number = this.declare(
    'int X509_VERIFY_PARAM_set1_ip_asc(void *, const char *)',
  );
  readonly X509_VERIFY_PARAM_set_hostflags: (param: Pointer, flags: number) => void = this.declare(
    'void X509_VERIFY_PARAM_set_hostflags(void *, unsigned int)',
  );
  readonly X509_verify_cert_error_string: (number: number) => string = this.declare(
    'const char *X509_verify_cert_error_string(long)',
  );
  readonly OPENSSL_sk_num: (stack: Pointer) => number = this.declare('int OPENSSL_sk_num(void *)');
  readonly OPENSSL_sk_value: (stack: Pointer, index: number) => Pointer = this.declare(
    'void *OPENSSL_sk_value(void *, int)',
  );
  readonly OPENSSL_sk_free: (stack: Pointer) => void = this.declare('void OPENSSL_sk_free(void *)');

  readonly ERR_get_error: () => number | bigint = this.declare('unsigned long ERR_get_error()');
  readonly ERR_peek_error: () => number | bigint = this.declare('unsigned long ERR_peek_error()');
  readonly ERR_clear_error: () => void = this.declare('void ERR_clear_error()');
  readonly ERR_reason_error_string: (error: number) => string | null = this.declare(
    'const char *ERR_reason_error_string(unsigned long)',
  );
}

let loaded: OpenSsl | undefined;
let library: Library | undefined;

/** OpenSSL, loaded by the first call; throws ERR_UNSUPPORTED where there is none that is known here. */
export function openssl(): OpenSsl {
  loaded ??= new OpenSsl(libraryOf());
  return loaded;
}

/** The library that has it. */
export function libraryOf(): Library {
  library ??= openOpenSsl();
  return library;
}

export function loadOpenSsl(open: typeof openLibrary = openLibrary): OpenSsl {
  return new OpenSsl(openOpenSsl(open));
}

/**
 * Looks for OpenSSL, by `open`. Never a plain dlopen of libssl: in a process that exports an OpenSSL of its own, it would be
 * linked with that one's libcrypto, of another version, and crash.
 */
function openOpenSsl(open: typeof openLibrary = openLibrary): Library {
  const tried: string[] = [];
  for (const [name, deep] of [
    [null, false],
    [SYSTEM === 'darwin' ? 'libssl.3.dylib' : 'libssl.so.3', true],
  ] as const) {
    const where = name ?? 'the process';
    try {
      const library = open(name, deep);
      library.declare('void *SSL_CTX_new(void *)');
      const version = library.declare<(type: number) => string>('const char *OpenSSL_version(int)')(0);
      if (version.startsWith('OpenSSL 3')) return library;
      // Another one's names (BoringSSL's, in Electron) would be mixed with those of a second library.
      tried.push(`${where} has ${version}`);
      break;
    } catch (error) {
      tried.push(`${where}: ${(error as Error).message}`);
    }
  }
  throw new SocketError(
    'ERR_UNSUPPORTED',
    `moonsocket/blocking/tls needs OpenSSL 3, and there is none here (${tried.join('; ')}); import 'moonsocket/tls', the await face, instead`,
  );
}
