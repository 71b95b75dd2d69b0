/** Further functions of OpenSSL, by the same rules: those that LuaSec's modules stand on, over a descriptor of the system's. */
import { type CMemory, openLibrary, type Pointer } from '../libc/functions.ts';
import { Declared, libraryOf } from './functions.ts';

type Maybe = Pointer | null;

/** SSL_ctrl(3) and SSL_CTX_ctrl(3), by what the macros say. */
export const MORE_CTRL = {
  SET_GROUPS: 91,
  SET_GROUPS_LIST: 92,
  CHAIN: 88,
  CHAIN_CERT: 89,
  GET_CHAIN_CERTS: 115,
} as const;
/** Part of a write may be done; what is offered again may be elsewhere; buffers of an idle connection are given back. */
export const DESCRIPTOR_MODES: number = 0x1 | 0x2 | 0x10;
export const X509_V_FLAG = { CRL_CHECK: 0x4, CRL_CHECK_ALL: 0x8 } as const;
/** X509_PURPOSE_SSL_SERVER and X509_TRUST_SSL_SERVER. */
export const FOR_SERVERS = { purpose: 2, trust: 3 } as const;
export const NID_SUBJECT_ALT_NAME = 85;

export class MoreOpenSsl extends Declared {
  // Contexts
  readonly SSL_CTX_ctrlText: (context: Pointer, command: number, number: number, text: string) => number = this.declare(
    'long SSL_CTX_ctrl(void *, int, long, const char *)',
  );
  readonly SSL_CTX_ctrlAt: (context: Pointer, command: number, number: number, memory: CMemory) => number =
    this.declare('long SSL_CTX_ctrl(void *, int, long, void *)');
  readonly SSL_CTX_set_verify: (context: Pointer, mode: number, callback: Maybe) => void = this.declare(
    'void SSL_CTX_set_verify(void *, int, void *)',
  );
  readonly SSL_CTX_get_verify_mode: (context: Pointer) => number = this.declare('int SSL_CTX_get_verify_mode(void *)');
  readonly SSL_CTX_set_verify_depth: (context: Pointer, depth: number) => void = this.declare(
    'void SSL_CTX_set_verify_depth(void *, int)',
  );
  readonly SSL_CTX_set_cert_verify_callback: (context: Pointer, callback: Maybe, argument: null) => void = this.declare(
    'void SSL_CTX_set_cert_verify_callback(void *, void *, void *)',
  );
  readonly SSL_CTX_get0_param: (context: Pointer) => Pointer = this.declare('void *SSL_CTX_get0_param(void *)');
  readonly SSL_CTX_get_cert_store: (context: Pointer) => Pointer = this.declare('void *SSL_CTX_get_cert_store(void *)');
  readonly SSL_CTX_set_tmp_dh_callback: (context: Pointer, callback: Pointer) => void = this.declare(
    'void SSL_CTX_set_tmp_dh_callback(void *, void *)',
  );
  readonly SSL_CTX_use_psk_identity_hint: (context: Pointer, hint: CMemory) => number = this.declare(
    'int SSL_CTX_use_psk_identity_hint(void *, const void *)',
  );
  readonly SSL_CTX_dane_enable: (context: Pointer) => number = this.declare('int SSL_CTX_dane_enable(void *)');
  /** How they were before. */
  readonly SSL_CTX_dane_set_flags: (context: Pointer, flags: number) => number = this.declare(
    'unsigned long SSL_CTX_dane_set_flags(void *, unsigned long)',
  );

  // Connections
  readonly SSL_set_fd: (ssl: Pointer, fd: number) => number = this.declare('int SSL_set_fd(void *, int)');
  readonly SSL_writeAt: (ssl: Pointer, address: number, length: number) => number = this.declare(
    'int SSL_write(void *, uintptr_t, int)',
  );
  readonly SSL_ctrlAt: (ssl: Pointer, command: number, number: number, memory: CMemory) => number = this.declare(
    'long SSL_ctrl(void *, int, long, void *)',
  );
  readonly SSL_pending: (ssl: Pointer) => number = this.declare('int SSL_pending(void *)');
  readonly SSL_want: (ssl: Pointer) => number = this.declare('int SSL_want(void *)');
  readonly SSL_is_server: (ssl: Pointer) => number = this.declare('int SSL_is_server(void *)');
  /** How long the message is, whatever there is room for. */
  readonly SSL_get_finished: (ssl: Pointer, into: CMemory, size: number) => number = this.declare(
    'size_t SSL_get_finished(void *, void *, size_t)',
  );
  readonly SSL_get_peer_finished: (ssl: Pointer, into: CMemory, size: number) => number = this.declare(
    'size_t SSL_get_peer_finished(void *, void *, size_t)',
  );
  readonly SSL_get_certificate: (ssl: Pointer) => Maybe = this.declare('void *SSL_get_certificate(void *)');
  readonly SSL_dane_enable: (ssl: Pointer, name: string) => number = this.declare(
    'int SSL_dane_enable(void *, const char *)',
  );
  readonly SSL_dane_tlsa_add: (
    ssl: Pointer,
    usage: number,
    selector: number,
    matching: number,
    data: CMemory,
    length: number,
  ) => number = this.declare('int SSL_dane_tlsa_add(void *, uint8_t, uint8_t, uint8_t, const void *, size_t)');
  readonly SSL_CIPHER_description: (cipher: Pointer, into: CMemory, size: number) => string = this.declare(
    'const char *SSL_CIPHER_description(void *, void *, int)',
  );
  readonly SSL_CIPHER_get_bits: (cipher: Pointer, algorithm: CMemory) => number = this.declare(
    'int SSL_CIPHER_get_bits(void *, void *)',
  );

  // Verification
  readonly PEM_read_bio_X509_CRL: (bio: Pointer, into: null, callback: null, argument: null) => Maybe = this.declare(
    'void *PEM_read_bio_X509_CRL(void *, void *, void *, void *)',
  );
  readonly X509_CRL_free: (crl: Pointer) => void = this.declare('void X509_CRL_free(void *)');
  readonly X509_STORE_add_crl: (store: Pointer, crl: Pointer) => number = this.declare(
    'int X509_STORE_add_crl(void *, void *)',
  );
  readonly X509_STORE_set_flags: (store: Pointer, flags: number) => number = this.declare(
    'int X509_STORE_set_flags(void *, unsigned long)',
  );
  readonly X509_STORE_CTX_new: () => Maybe = this.declare('void *X509_STORE_CTX_new()');
  readonly X509_STORE_CTX_free: (verification: Pointer) => void = this.declare('void X509_STORE_CTX_free(void *)');
  readonly X509_STORE_CTX_init: (verification: Pointer, store: Pointer, leaf: Pointer, chain: Maybe) => number =
    this.declare('int X509_STORE_CTX_init(void *, void *, void *, void *)');
  readonly X509_STORE_CTX_get_error: (verification: Pointer) => number = this.declare(
    'int X509_STORE_CTX_get_error(void *)',
  );
  readonly X509_STORE_CTX_get_error_depth: (verification: Pointer) => number = this.declare(
    'int X509_STORE_CTX_get_error_depth(void *)',
  );
  readonly X509_STORE_CTX_get0_param: (verification: Pointer) => Maybe = this.declare(
    'void *X509_STORE_CTX_get0_param(void *)',
  );
  readonly X509_VERIFY_PARAM_set_purpose: (param: Pointer, purpose: number) => number = this.declare(
    'int X509_VERIFY_PARAM_set_purpose(void *, int)',
  );
  readonly X509_VERIFY_PARAM_set_trust: (param: Pointer, trust: number) => number = this.declare(
    'int X509_VERIFY_PARAM_set_trust(void *, int)',
  );
  readonly X509_verify_cert: (verification: Pointer) => number = this.declare('int X509_verify_cert(void *)');
  readonly OPENSSL_sk_new_null: () => Maybe = this.declare('void *OPENSSL_sk_new_null()');
  readonly OPENSSL_sk_push: (stack: Pointer, item: Pointer) => number = this.declare(
    'int OPENSSL_sk_push(void *, void *)',
  );

  // Keys
  readonly PEM_read_bio_PrivateKeyBy: (bio: Pointer, into: null, callback: Pointer, argument: null) => Maybe =
    this.declare('void *PEM_read_bio_PrivateKey(void *, void *, void *, void *)');
  readonly PEM_read_bio_DHparams: (bio: Pointer, into: null, callback: null, argument: null) => Maybe = this.declare(
    'void *PEM_read_bio_DHparams(void *, void *, void *, void *)',
  );
  readonly DH_free: (parameters: Pointer) => void = this.declare('void DH_free(void *)');
  readonly EC_KEY_new_by_curve_name: (curve: number) => Maybe = this.declare('void *EC_KEY_new_by_curve_name(int)');
  readonly EC_KEY_free: (key: Pointer) => void = this.declare('void EC_KEY_free(void *)');
  /** How many there are; the array is of pairs of a number and a pointer to a comment. */
  readonly EC_get_builtin_curves: (into: CMemory | null, size: number) => number = this.declare(
    'size_t EC_get_builtin_curves(void *, size_t)',
  );

  // Certificates
  readonly PEM_read_bio_X509: (bio: Pointer, into: null, callback: null, argument: null) => Maybe = this.declare(
    'void *PEM_read_bio_X509(void *, void *, void *, void *)',
  );
  readonly PEM_write_bio_X509: (bio: Pointer, certificate: Pointer) => number = this.declare(
    'int PEM_write_bio_X509(void *, void *)',
  );
  readonly PEM_write_bio_PUBKEY: (bio: Pointer, key: Pointer) => number = this.declare(
    'int PEM_write_bio_PUBKEY(void *, void *)',
  );
  readonly X509_get_pubkey: (certificate: Pointer) => Maybe = this.declare('void *X509_get_pubkey(void *)');
  readonly EVP_PKEY_get_base_id: (key: Pointer) => number = this.declare('int EVP_PKEY_get_base_id(void *)');
  readonly EVP_PKEY_get_bits: (key: Pointer) => number = this.declare('int EVP_PKEY_get_bits(void *)');
  readonly X509_get0_notBefore: (certificate: Pointer) => Pointer = this.declare('void *X509_get0_notBefore(void *)');
  readonly X509_get0_notAfter: (certificate: Pointer) => Pointer = this.declare('void *X509_get0_notAfter(void *)');
  readonly ASN1_TIME_print: (bio: Pointer, time: Pointer) => number = this.declare(
    'int ASN1_TIME_print(void *, void *)',
  );
  /** `seconds` is a time_t. */
  readonly X509_cmp_time: (time: Pointer, seconds: CMemory) => number = this.declare(
    'int X509_cmp_time(void *, void *)',
  );
  readonly X509_get_serialNumber: (certificate: Pointer) => Pointer = this.declare(
    'void *X509_get_serialNumber(void *)',
  );
  readonly ASN1_INTEGER_to_BN: (integer: Pointer, into: null) => Maybe = this.declare(
    'void *ASN1_INTEGER_to_BN(void *, void *)',
  );
  readonly BN_num_bits: (number: Pointer) => number = this.declare('int BN_num_bits(void *)');
  readonly BN_bn2bin: (number: Pointer, into: CMemory) => number = this.declare('int BN_bn2bin(void *, void *)');
  readonly BN_is_negative: (number: Pointer) => number = this.declare('int BN_is_negative(void *)');
  readonly BN_free: (number: Pointer) => void = this.declare('void BN_free(void *)');
  readonly X509_get_signature_nid: (certificate: Pointer) => number = this.declare(
    'int X509_get_signature_nid(void *)',
  );
  readonly X509_get_subject_name: (certificate: Pointer) => Pointer = this.declare(
    'void *X509_get_subject_name(void *)',
  );
  readonly X509_get_issuer_name: (certificate: Pointer) => Pointer = this.declare('void *X509_get_issuer_name(void *)');
  readonly X509_NAME_entry_count: (name: Pointer) => number = this.declare('int X509_NAME_entry_count(void *)');
  readonly X509_NAME_get_entry: (name: Pointer, index: number) => Pointer = this.declare(
    'void *X509_NAME_get_entry(void *, int)',
  );
  readonly X509_NAME_ENTRY_get_object: (entry: Pointer) => Pointer = this.declare(
    'void *X509_NAME_ENTRY_get_object(void *)',
  );
  readonly X509_NAME_ENTRY_get_data: (entry: Pointer) => Maybe = this.declare('void *X509_NAME_ENTRY_get_data(void *)');
  readonly X509_get_ext_by_NID: (certificate: Pointer, nid: number, after: number) => number = this.declare(
    'int X509_get_ext_by_NID(void *, int, int)',
  );
  readonly X509_get_ext: (certificate: Pointer, index: number) => Maybe = this.declare(
    'void *X509_get_ext(void *, int)',
  );
  readonly X509V3_EXT_d2i: (extension: Pointer) => Maybe = this.declare('void *X509V3_EXT_d2i(void *)');
  readonly X509_EXTENSION_get_object: (extension: Pointer) => Pointer = this.declare(
    'void *X509_EXTENSION_get_object(void *)',
  );
  readonly GENERAL_NAMES_free: (names: Pointer) => void = this.declare('void GENERAL_NAMES_free(void *)');
  readonly GENERAL_NAME_get0_value: (name: Pointer, type: CMemory) => Maybe = this.declare(
    'void *GENERAL_NAME_get0_value(void *, void *)',
  );
  readonly GENERAL_NAME_get0_otherName: (name: Pointer, object: CMemory, value: CMemory) => number = this.declare(
    'int GENERAL_NAME_get0_otherName(void *, void *, void *)',
  );

  // ASN.1
  readonly OBJ_obj2txt: (into: CMemory, size: number, object: Pointer, noName: number) => number = this.declare(
    'int OBJ_obj2txt(void *, int, void *, int)',
  );
  readonly OBJ_nid2sn: (nid: number) => string | null = this.declare('const char *OBJ_nid2sn(int)');
  readonly OBJ_nid2ln: (nid: number) => string | null = this.declare('const char *OBJ_nid2ln(int)');
  readonly ASN1_STRING_get0_data: (text: Pointer) => Pointer = this.declare('void *ASN1_STRING_get0_data(void *)');
  readonly ASN1_STRING_length: (text: Pointer) => number = this.declare('int ASN1_STRING_length(void *)');
  readonly ASN1_STRING_to_UTF8: (out: CMemory, text: Pointer) => number = this.declare(
    'int ASN1_STRING_to_UTF8(void *, void *)',
  );
  readonly ASN1_STRING_free: (text: Pointer) => void = this.declare('void ASN1_STRING_free(void *)');
  readonly i2d_ASN1_TYPE: (value: Pointer, at: CMemory | null) => number = this.declare(
    'int i2d_ASN1_TYPE(void *, void *)',
  );
  readonly d2i_ASN1_PRINTABLE: (into: null, at: CMemory, length: number) => Maybe = this.declare(
    'void *d2i_ASN1_PRINTABLE(void *, void *, long)',
  );
  readonly CRYPTO_free: (memory: Pointer, file: null, line: number) => void = this.declare(
    'void CRYPTO_free(void *, const char *, int)',
  );
}

let loaded: MoreOpenSsl | undefined;

/** The same library's; throws ERR_UNSUPPORTED where there is none. */
export function moreOpenssl(): MoreOpenSsl {
  loaded ??= new MoreOpenSsl(libraryOf());
  return loaded;
}

/** The length of C's text. */
export const strlen: (text: Pointer) => number = openLibrary(null).declare('size_t strlen(const void *)');
