/** The certificates that are trusted: Node's default list with its switches, the system's, or the program's own. */
import { existsSync, readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { Pointer } from '../libc/functions.ts';
import { contextError } from './errors.ts';
import type { OpenSsl } from './functions.ts';
import { certificatesIn, there } from './memory.ts';

/** From Node 22.15 on; it knows --use-system-ca, --use-openssl-ca and NODE_EXTRA_CA_CERTS. */
type GetCertificates = ((type: 'default' | 'system') => string[]) | undefined;
const { getCACertificates } = tls as { getCACertificates?: GetCertificates };

/** Where systems keep theirs, in one file: Debian, Fedora, openSUSE, Alpine and macOS's OpenSSL. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Built once for the thread, since it takes some tens of milliseconds, and shared by all contexts. */
let byDefault: Pointer | undefined;

/** A store for one more owner, who frees it: OpenSSL counts. */
export function storeOf(
  c: OpenSsl,
  ca: readonly (string | Uint8Array)[] | undefined,
): { store: Pointer; shared: boolean } {
  if (ca !== undefined) return { store: ownStore(c, ca), shared: false };
  byDefault ??= defaultStore(c);
  return { store: byDefault, shared: true };
}

function ownStore(c: OpenSsl, ca: readonly (string | Uint8Array)[]): Pointer {
  const store = there(c.X509_STORE_new());
  try {
    for (const one of ca) {
      if (one === 'system') addSystem(c, store);
      else if (add(c, store, one) === 0) throw contextError(c, 'ca');
    }
    return store;
  } catch (error) {
    c.X509_STORE_free(store);
    throw error;
  } finally {
    c.ERR_clear_error();
  }
}

function defaultStore(c: OpenSsl): Pointer {
  const store = there(c.X509_STORE_new());
  // Node does not list what it has OpenSSL look up itself.
  if (usesOpenSslCa()) c.X509_STORE_set_default_paths(store);
  add(c, store, (usesOpenSslCa() ? extraCertificates() : defaultCertificates()).join('\n'));
  c.ERR_clear_error();
  return store;
}

/** How many certificates of the text the store has from now on. */
function add(c: OpenSsl, store: Pointer, pem: string | Uint8Array): number {
  const certificates = certificatesIn(c, pem);
  for (const certificate of certificates) {
    c.X509_STORE_add_cert(store, certificate);
    c.X509_free(certificate);
  }
  return certificates.length;
}

function defaultCertificates(): readonly string[] {
  if (getCACertificates !== undefined) return getCACertificates('default');
  return [...tls.rootCertificates, ...extraCertificates()];
}

function usesOpenSslCa(): boolean {
  const options = (process.env['NODE_OPTIONS'] ?? '').split(' ');
  return [...process.execArgv, ...options].includes('--use-openssl-ca');
}

/** Node goes on without a file that it cannot read, and says so in a warning. */
function extraCertificates(): string[] {
  const path = process.env['NODE_EXTRA_CA_CERTS'];
  if (path === undefined || path === '') return [];
  try {
    return [readFileSync(path, 'latin1')];
  } catch (error) {
    process.emitWarning(`NODE_EXTRA_CA_CERTS is ignored: ${(error as Error).message}`);
    return [];
  }
}

function addSystem(c: OpenSsl, store: Pointer): void {
  if (getCACertificates !== undefined) {
    add(c, store, getCACertificates('system').join('\n'));
    return;
  }
  c.X509_STORE_set_default_paths(store); // OpenSSL's own idea of the place, and SSL_CERT_FILE and SSL_CERT_DIR
  const bundle = BUNDLES.find((path) => existsSync(path));
  if (bundle !== undefined) add(c, store, readFileSync(bundle));
}
