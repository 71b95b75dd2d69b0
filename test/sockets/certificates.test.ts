/** Pins: a peer may send any certificates besides its own, and only those count that have signed what it is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import type { TlsSettings } from '../../src/core/tls.ts';
import { checkPins, pinOf, X509Certificate } from '../../src/sockets/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
after(() => rmSync(folder, { recursive: true }));

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}

function key(name: string): void {
  openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', `${name}.key`);
}

function read(name: string): X509Certificate {
  return new X509Certificate(readFileSync(join(folder, `${name}.pem`)));
}

function authority(name: string, subject: string): X509Certificate {
  key(name);
  const [to, extension] = [['-out', `${name}.pem`, '-days', '30'], 'basicConstraints=critical,CA:TRUE'];
  openssl('req', '-x509', '-new', '-key', `${name}.key`, '-subj', subject, ...to, '-addext', extension);
  return read(name);
}

function signed(name: string, by: string): X509Certificate {
  key(name);
  openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  const issuer = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...issuer, '-days', '30', '-out', `${name}.pem`);
  return read(name);
}

const ca = authority('ca', '/CN=ca');
const namesake = authority('namesake', '/CN=ca');
const other = authority('other', '/CN=other');
const leaf = signed('leaf', 'ca');
const below = signed('below', 'leaf');

for (const [title, chain, pinned, verify, taken] of [
  ["the peer's own", [leaf, ca], leaf, true, true],
  ["the peer's own, not verified", [leaf, ca], leaf, false, true],
  ['its issuer', [leaf, ca], ca, true, true],
  ['its issuer, of a chain that was not verified', [leaf, ca], ca, false, false],
  ['a CA that was sent as well', [leaf, other], other, true, false],
  ['a CA behind its issuer, which that does not have', [leaf, ca, other], other, true, false],
  ['another CA of the same name', [leaf, namesake], namesake, true, false],
  ['one that has signed it, and is no CA', [below, leaf, ca], leaf, true, false],
  ['none that was sent', [leaf], ca, true, false],
] as const) {
  it(`a pin of ${title} ${taken ? 'is taken' : 'is refused'}`, () => {
    const settings = { pins: [pinOf(pinned)], verify } as unknown as TlsSettings;
    assert.equal(checkPins(chain, settings)?.code, taken ? undefined : 'ERR_TLS_PIN');
  });
}
