/** Certificates and keys of a context, from the files that the program names. */
import type { Pointer } from '../../../posix/libc/functions.ts';
import { answeredBy, callbackFor } from '../../../posix/openssl/answers.ts';
import { openssl } from '../../../posix/openssl/functions.ts';
import { isThere, reading } from '../../../posix/openssl/memory.ts';
import { MORE_CTRL, moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { allIn, NO_WORDS } from '../../../posix/openssl/words.ts';
import type { Bindings } from '../../bindings.ts';
import type { State } from '../../state.ts';
import type { ErrorStack } from './errors.ts';
import { filesOf, readFile } from './files.ts';
import type { SslContext } from './ssl-context.ts';
import { structuresOf } from './structures.ts';

/** What OpenSSL leaves on its stack for a file that it cannot open: the system's own error has no words. */
const MISSING = [NO_WORDS, 'system lib', 'system lib'];
const MISSING_LOCATIONS = [NO_WORDS, 'no such file', 'system lib'];

/** Bytes that a certificate takes for each of its PEM: measured with Debian's bundle on OpenSSL 3. */
const SIZE_OF_PEM = 5;

/** Each returns whether it has succeeded; if not, the stack says why. */
export class Trust {
  readonly #machine: Bindings;
  readonly #errors: ErrorStack;

  constructor(machine: Bindings, errors: ErrorStack) {
    this.#machine = machine;
    this.#errors = errors;
  }

  /** Trusts the certificates of a file and of a folder, and takes their revocation lists. */
  locations(lua: State, context: SslContext, file: Buffer | undefined, folder: Buffer | undefined): boolean {
    const { files } = this.#machine.reach;
    if (file === undefined && folder === undefined) return false;
    if (file !== undefined) {
      const pem = readFile(files, file);
      if (pem === undefined) return this.#missing(MISSING_LOCATIONS);
      if (this.#addTo(lua, context, pem) === 0) {
        this.#errors.add(openssl(), 'no certificate or crl found');
        return false;
      }
    }
    if (folder !== undefined) for (const pem of filesOf(files, folder)) this.#addTo(lua, context, pem);
    return true;
  }

  /** How many certificates and lists the context has from now on. */
  #addTo(lua: State, context: SslContext, pem: Buffer): number {
    const [c, more] = [openssl(), moreOpenssl()];
    const structures = structuresOf(this.#machine);
    structures.needRoom(lua, pem.length * SIZE_OF_PEM);
    structures.grew(context.owned, pem.length * SIZE_OF_PEM);
    const store = more.SSL_CTX_get_cert_store(context.pointer);
    const certificates = reading(c, pem, (bio) => allIn(() => c.PEM_read_bio_X509_AUX(bio, null, null, null)));
    for (const one of certificates) {
      c.X509_STORE_add_cert(store, one);
      c.X509_free(one);
    }
    const lists = pem.includes('X509 CRL')
      ? reading(c, pem, (bio) => allIn(() => more.PEM_read_bio_X509_CRL(bio, null, null, null)))
      : [];
    for (const one of lists) {
      more.X509_STORE_add_crl(store, one);
      more.X509_CRL_free(one);
    }
    c.ERR_clear_error();
    return certificates.length + lists.length;
  }

  /** The context's own certificate, and those between it and its CA. */
  certificate(context: SslContext, path: Buffer): boolean {
    const c = openssl();
    this.#errors.clear(c);
    const pem = readFile(this.#machine.reach.files, path);
    if (pem === undefined) return this.#missing(MISSING);
    const [own, ...others] = reading(c, pem, (bio) => allIn(() => c.PEM_read_bio_X509_AUX(bio, null, null, null)));
    if (own === undefined) {
      this.#errors.add(c, 'PEM lib');
      return false;
    }
    c.ERR_clear_error(); // why there is no further one
    const used = c.SSL_CTX_use_certificate(context.pointer, own) === 1;
    c.X509_free(own);
    if (used) c.SSL_CTX_ctrl(context.pointer, MORE_CTRL.CHAIN, 0, null);
    for (const one of others) {
      if (!used || c.SSL_CTX_ctrl(context.pointer, MORE_CTRL.CHAIN_CERT, 0, one) !== 1) c.X509_free(one);
    }
    this.#errors.add(c);
    return used;
  }

  key(context: SslContext, path: Buffer, password: () => Buffer | undefined): boolean {
    const c = openssl();
    const pem = readFile(this.#machine.reach.files, path);
    if (pem === undefined) return this.#missing(MISSING);
    const key = answeredBy({ password }, () => readKey(pem));
    if (!isThere(key)) {
      this.#errors.add(c, 'PEM lib');
      return false;
    }
    const used = c.SSL_CTX_use_PrivateKey(context.pointer, key) === 1;
    c.EVP_PKEY_free(key);
    this.#errors.add(c);
    return used;
  }

  #missing(words: readonly string[]): boolean {
    this.#errors.add(openssl(), ...words);
    return false;
  }
}

function readKey(pem: Buffer): Pointer | null {
  const c = openssl();
  return reading(c, pem, (bio) => moreOpenssl().PEM_read_bio_PrivateKeyBy(bio, null, callbackFor('password'), null));
}
