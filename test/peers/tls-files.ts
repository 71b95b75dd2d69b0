/** The certificates of these tests, by their names in a folder: what our faces take, and files as other programs want them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../conformance/tls/certificates.ts';

export function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** A certificate with its chain, and its key. */
export function identityIn(folder: string, name: string): { readonly cert: string; readonly key: string } {
  return { cert: read(folder, `${name}.pem`) + read(folder, 'chain.pem'), key: read(folder, `${name}.key`) };
}

/** Makes them for this process; NAME.whole.pem has the chain behind the certificate, and NAME.both.pem the key behind that. */
export function temporaryFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-peer-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  makeCertificates(folder);
  for (const name of ['server', 'second', 'client']) {
    const { cert, key } = identityIn(folder, name);
    writeFileSync(join(folder, `${name}.whole.pem`), cert);
    writeFileSync(join(folder, `${name}.both.pem`), cert + key);
  }
  return folder;
}
