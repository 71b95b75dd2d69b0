/** What options say of TLS. */
import { readFileSync } from 'node:fs';
import type { ModalTls, TlsMode } from '../protocol/tp/tls-mode.ts';
import type { Parsed } from './parse.ts';

/** `--tls` and `--cacert`, as the protocols take them; undefined without either. @throws the system's errors for the file */
export function tlsOf(options: Parsed): TlsMode | ModalTls | undefined {
  const file = options.text('cacert');
  // The protocol says which modes there are.
  const mode = options.text('tls') as TlsMode | undefined;
  return file === undefined ? mode : { ca: readFileSync(file), mode };
}
