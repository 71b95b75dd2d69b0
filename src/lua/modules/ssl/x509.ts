/** The module `ssl.x509`, and the class SSL:Certificate. */
import { createHash } from 'node:crypto';
import type { Pointer } from '../../../posix/libc/functions.ts';
import { openssl } from '../../../posix/openssl/functions.ts';
import { derOf, isThere, reading, there } from '../../../posix/openssl/memory.ts';
import { moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { verifyWords } from '../../../posix/openssl/words.ts';
import type { Bindings, Functions, HostObject } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { singletonModule } from '../base/singleton.ts';
import { pushExtensions, pushName } from './names.ts';
import { type Owned, structuresOf } from './structures.ts';

const CERTIFICATE = 'SSL:Certificate';

/** Bytes that one takes for each of its own: measured on OpenSSL 3. */
const FACTOR = 3;
const LEAST = 8192;

/** EVP_PKEY_get_base_id(3) */
const KEYS: Readonly<Record<number, string>> = { 6: 'RSA', 116: 'DSA', 28: 'DH', 408: 'EC' };
const DIGESTS = ['sha1', 'sha256', 'sha512'];

class Certificate implements HostObject {
  readonly className: string = CERTIFICATE;
  readonly owned: Owned;
  /** Texts as UTF-8, and not as the certificate has them. */
  utf8 = false;

  constructor(owned: Owned) {
    this.owned = owned;
  }

  collected(): void {
    this.owned.free();
  }
}

export const open: (machine: Bindings) => HostFunction = singletonModule((machine, lua) => {
  defineCertificates(machine, lua);
  lua.newTable();
  machine.setFunctions(lua, {
    load(caller) {
      const pem = caller.data(1);
      const c = moreOpenssl();
      const certificate = reading(openssl(), pem, (bio) => c.PEM_read_bio_X509(bio, null, null, null));
      openssl().ERR_clear_error();
      if (!isThere(certificate)) return caller.give(null);
      pushCertificate(machine, caller, certificate);
      return 1;
    },
  });
});

const defined = new WeakSet<Bindings>();

/** Defines the class, for whichever module is loaded first. */
export function defineCertificates(machine: Bindings, lua: State): void {
  if (defined.has(machine)) return;
  defined.add(machine);
  structuresOf(machine).useCollector(lua);
  machine.defineClass(lua, {
    name: CERTIFICATE,
    groups: [],
    methods: methods(machine),
    shown: () => ['X509 certificate', ''],
  });
}

/** Pushes a certificate, and takes it over. */
export function pushCertificate(machine: Bindings, lua: State, pointer: Pointer): void {
  const c = openssl();
  const structures = structuresOf(machine);
  const size = Math.max(LEAST, c.i2d_X509(pointer, null) * FACTOR);
  const owned = structures.own(pointer, (one) => c.X509_free(one), size);
  try {
    structures.needRoom(lua, 0);
  } catch (error) {
    owned.free();
    throw error;
  }
  machine.pushObject(lua, new Certificate(owned));
}

function methods(machine: Bindings): Functions {
  const object = (lua: State, argument: number): Certificate => {
    const certificate = machine.object<Certificate>(lua, argument, CERTIFICATE);
    return certificate.owned.there ? certificate : lua.argumentError(argument, 'the certificate is gone');
  };
  const at = (lua: State): Pointer => object(lua, 1).owned.pointer;
  const c = moreOpenssl();
  return {
    subject: (lua) => pushName(lua, c.X509_get_subject_name(at(lua)), object(lua, 1).utf8),
    issuer: (lua) => pushName(lua, c.X509_get_issuer_name(at(lua)), object(lua, 1).utf8),
    extensions: (lua) => pushExtensions(lua, at(lua), object(lua, 1).utf8),

    pem: (lua) => lua.give(written((bio) => c.PEM_write_bio_X509(bio, at(lua)))),
    pubkey(lua) {
      const key = c.X509_get_pubkey(at(lua));
      if (!isThere(key)) {
        openssl().ERR_clear_error();
        return lua.give(null);
      }
      const pem = written((bio) => c.PEM_write_bio_PUBKEY(bio, key));
      const [kind, bits] = [KEYS[c.EVP_PKEY_get_base_id(key)] ?? 'Unknown', c.EVP_PKEY_get_bits(key)];
      openssl().EVP_PKEY_free(key);
      return lua.give(pem, kind, BigInt(bits));
    },
    digest(lua) {
      const certificate = at(lua);
      const name = lua.optText(2, 'sha1');
      if (!DIGESTS.includes(name)) return lua.refuse(`digest algorithm not supported (${name})`);
      return lua.give(createHash(name).update(derOf(openssl().i2d_X509, certificate)).digest('hex'));
    },
    getsignaturename(lua) {
      const number = c.X509_get_signature_nid(at(lua));
      return lua.give(number === 0 ? null : c.OBJ_nid2ln(number));
    },
    serial: (lua) => lua.give(serialOf(at(lua))),

    notbefore: (lua) => lua.give(written((bio) => c.ASN1_TIME_print(bio, c.X509_get0_notBefore(at(lua))))),
    notafter: (lua) => lua.give(written((bio) => c.ASN1_TIME_print(bio, c.X509_get0_notAfter(at(lua))))),
    validat(lua) {
      const certificate = at(lua);
      const time = Buffer.alloc(8);
      time.writeBigInt64LE(BigInt(Math.trunc(lua.integer(2))));
      const isValid =
        c.X509_cmp_time(c.X509_get0_notAfter(certificate), time) >= 0 &&
        c.X509_cmp_time(c.X509_get0_notBefore(certificate), time) <= 0;
      return lua.give(isValid);
    },

    /** Whether this certificate has issued another, through those that follow. */
    issued(lua) {
      const [issuer, subject] = [at(lua), object(lua, 2).owned.pointer];
      const between: Pointer[] = [];
      for (let i = 3; i <= lua.top; i++) between.push(object(lua, i).owned.pointer);
      const wrong = verified(issuer, subject, between);
      return wrong === undefined ? lua.give(true) : lua.refuse(wrong);
    },

    setencode(lua) {
      const certificate = object(lua, 1);
      const name = lua.text(2);
      const [ai5, utf8] = [name.startsWith('ai5'), name.startsWith('utf8')];
      if (ai5 || utf8) certificate.utf8 = utf8;
      return lua.give(ai5 || utf8);
    },
  };
}

/** What OpenSSL writes to a BIO; nil where it writes nothing. */
function written(write: (bio: Pointer) => number): Buffer | null {
  const c = openssl();
  const bio = there(c.BIO_new(c.BIO_s_mem()));
  try {
    write(bio);
    const pieces: Buffer[] = [];
    const piece = Buffer.alloc(4096);
    for (;;) {
      const length = c.BIO_read(bio, piece, piece.length);
      if (length <= 0) break;
      pieces.push(Buffer.from(piece.subarray(0, length)));
    }
    return pieces.length === 0 ? null : Buffer.concat(pieces);
  } finally {
    c.BIO_free(bio);
    c.ERR_clear_error();
  }
}

/** In hexadecimal digits, as BN_bn2hex(3) writes them. */
function serialOf(certificate: Pointer): string {
  const c = moreOpenssl();
  const number = c.ASN1_INTEGER_to_BN(c.X509_get_serialNumber(certificate), null);
  if (!isThere(number)) return '0';
  const bytes = Buffer.alloc(Math.ceil(c.BN_num_bits(number) / 8));
  if (bytes.length > 0) c.BN_bn2bin(number, bytes);
  const sign = c.BN_is_negative(number) === 1 ? '-' : '';
  c.BN_free(number);
  return sign + (bytes.length === 0 ? '0' : bytes.toString('hex').toUpperCase());
}

/** What is wrong with a chain from the subject to the issuer, if so. */
function verified(issuer: Pointer, subject: Pointer, between: readonly Pointer[]): string | undefined {
  const [c, more] = [openssl(), moreOpenssl()];
  const store = there(c.X509_STORE_new());
  const verification = there(more.X509_STORE_CTX_new());
  const chain = there(more.OPENSSL_sk_new_null());
  try {
    if (c.X509_STORE_add_cert(store, issuer) !== 1) return 'X509_STORE_add_cert() error';
    for (const one of between) more.OPENSSL_sk_push(chain, one);
    if (more.X509_STORE_CTX_init(verification, store, subject, chain) !== 1) return 'X509_STORE_CTX_init() error';
    if (more.X509_verify_cert(verification) > 0) return undefined;
    return verifyWords(c, more.X509_STORE_CTX_get_error(verification));
  } finally {
    more.X509_STORE_CTX_free(verification);
    c.X509_STORE_free(store);
    c.OPENSSL_sk_free(chain);
    c.ERR_clear_error();
  }
}
