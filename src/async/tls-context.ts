/** What node:tls makes of a context's settings: certificates parsed, keys read, or the reason why not. */
import { constants } from 'node:crypto';
import tls, { type SecureContext, type SecureContextOptions } from 'node:tls';
import { badArgument, failed, unsupported } from '../core/errors.ts';
import type { TlsSettings } from '../core/tls.ts';
import { contextFailure } from '../core/tls-failures.ts';
import type { TlsContext } from '../sockets/engine.ts';
import { keyLogOf } from '../sockets/key-log.ts';

const ON_NODE = !('Bun' in globalThis || 'Deno' in globalThis);

export class NodeContext implements TlsContext {
  readonly settings: TlsSettings;
  readonly keylog: ((line: string) => void) | undefined;
  readonly secure: SecureContext;

  constructor(settings: TlsSettings) {
    checkRuntime(settings);
    this.settings = settings;
    this.keylog = keyLogOf(settings);
    const options = secureOptions(settings);
    try {
      this.secure = tls.createSecureContext(options);
    } catch (error) {
      throw failed('context', contextFailure(reasonOf(error), error));
    }
  }
}

/** The context, if it is one of this face. */
export function nodeContext(context: TlsContext): NodeContext {
  if (context instanceof NodeContext) return context;
  throw badArgument('context is what `context` of this very module gave');
}

/** Where a runtime would do without what is asked for, and say nothing of it, there is nothing. */
function checkRuntime({ psk, requestCert }: TlsSettings): void {
  if (psk !== undefined && !ON_NODE) throw unsupported('psk', 'node:tls of this runtime ignores it; Node has it');
  if (requestCert && 'Deno' in globalThis)
    throw unsupported('requestCert', 'node:tls of Deno does not ask clients for certificates; Node and Bun do');
}

/** Throws where servers have one certificate for all names. */
export function checkNames(sni: ReadonlyMap<string, TlsContext> | undefined): void {
  if (sni !== undefined && 'Bun' in globalThis)
    throw unsupported('sni', 'Bun has one certificate for a connection that is wrapped; Node and Deno choose');
}

function secureOptions(settings: TlsSettings): SecureContextOptions {
  const { ca, cert, key, passphrase, pfx, ciphers, minVersion, maxVersion, psk } = settings;
  const list = ciphers ?? (psk !== undefined && cert === undefined && pfx === undefined ? 'PSK' : undefined);
  return {
    minVersion: minVersion ?? lowest(),
    maxVersion,
    // As in the blocking face: a handshake costs a server more than its client, who could ask for one after the other.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...(ca === undefined ? {} : { ca: trusted(ca) }),
    ...(cert === undefined ? {} : { cert: bytesOf(cert), key: bytesOf(key as string | Uint8Array) }),
    ...(pfx === undefined ? {} : { pfx: bytesOf(pfx) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(list === undefined ? {} : { ciphers: list }),
  } as SecureContextOptions;
}

/** TLSv1.2, or a higher minimum that Node was started with (`--tls-min-v1.3`). */
function lowest(): 'TLSv1.2' | 'TLSv1.3' {
  return tls.DEFAULT_MIN_VERSION === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2';
}

/** `'system'` stands for the certificates of the operating system, which Node hands out from 22.15 and 23.9 on. */
function trusted(ca: readonly (string | Uint8Array)[]): (string | Buffer)[] {
  return ca.flatMap((one) => {
    if (one !== 'system') return [bytesOf(one)];
    const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] };
    if (getCACertificates === undefined) {
      const file = 'ca: the text of /etc/ssl/certs/ca-certificates.crt, or wherever this system has them';
      throw badArgument(`context: ca: 'system' needs Node 22.15 or newer here; instead, ${file}`);
    }
    return getCACertificates('system');
  });
}

function bytesOf(pem: string | Uint8Array): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/** OpenSSL's reason, without its numbers and libraries: `error:0A000086:SSL routines::certificate verify failed`. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return /^error:[0-9A-F]+:[^:]*:[^:]*:(.+)$/i.exec(message)?.[1] ?? message;
}
