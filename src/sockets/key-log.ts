/** Where a context's keys are logged, for both faces alike: with the program, or in the file that SSLKEYLOGFILE names. */
import { appendFileSync } from 'node:fs';
import { failed } from '../core/errors.ts';
import type { TlsSettings } from '../core/tls.ts';
import { contextFailure } from '../core/tls-failures.ts';

/** Takes a line; undefined where nothing is to be logged. Throws ERR_TLS_CONTEXT for a file that cannot be written. */
export function keyLogOf({ keylog }: TlsSettings): ((line: string) => void) | undefined {
  if (keylog !== 'SSLKEYLOGFILE') return keylog;
  const path = process.env['SSLKEYLOGFILE'];
  if (path === undefined || path === '') return undefined;
  try {
    append(path, '');
  } catch (error) {
    throw failed('context', contextFailure(`keylog: ${(error as Error).message}`, error));
  }
  return (line) => {
    try {
      append(path, `${line}\n`);
    } catch (error) {
      process.emitWarning(`a line of SSLKEYLOGFILE is lost: ${(error as Error).message}`);
    }
  };
}

/** Readable by the user alone: whoever reads it reads the connections. */
function append(path: string, text: string): void {
  appendFileSync(path, text, { mode: 0o600 });
}
