/** The certificates of LuaSec's tests: those of the TLS cases, and more that only LuaSec's functions look at. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, temporaryFiles } from '../../peers/tls-files.ts';

/** Names of every kind that LuaSec reads, and one that it does not. */
const MANY_NAMES =
  'subjectAltName=DNS:two.test,DNS:*.two.test,IP:192.0.2.7,IP:2001:db8::7,email:me@two.test,URI:https://two.test/,' +
  'otherName:1.3.6.1.5.5.7.8.5;UTF8:me@jabber.test,RID:1.2.3.4,dirName:folder\n[folder]\nCN=folder';

/** A folder with them; it goes with the process. */
export function makeFiles(): string {
  const folder = temporaryFiles();
  const run = (...args: string[]): string => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString();
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  for (const name of ['expired', 'purpose', 'self'])
    write(`${name}.whole.pem`, read(folder, `${name}.pem`) + (name === 'self' ? '' : read(folder, 'chain.pem')));
  write('extensions.txt', `[req]\ndistinguished_name=n\nx509_extensions=e\n[n]\n[e]\n${MANY_NAMES}`);
  const selfSigned = (name: string, subject: string, ...more: string[]): void => {
    run(
      'req',
      '-x509',
      '-new',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-utf8',
      '-subj',
      subject,
      ...more,
    );
  };
  selfSigned(
    'two',
    '/CN=two.test/O=Zwölf',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-config',
    'extensions.txt',
  );
  selfSigned('rsa', '/CN=localhost', '-newkey', 'rsa:2048');
  write('dh.pem', DH_PARAMETERS);
  run('ca', '-config', 'ca.cnf', '-cert', 'issuer.pem', '-keyfile', 'issuer.key', '-revoke', 'server.pem');
  run(
    'ca',
    '-config',
    'ca.cnf',
    '-cert',
    'issuer.pem',
    '-keyfile',
    'issuer.key',
    '-gencrl',
    '-crldays',
    '3000',
    '-out',
    'issuer.crl',
  );
  write('revoking.pem', read(folder, 'root.pem') + read(folder, 'issuer.crl'));
  mkdirSync(join(folder, 'hashed'));
  const hash = run('x509', '-hash', '-noout', '-in', 'root.pem').trim();
  writeFileSync(join(folder, 'hashed', `${hash}.0`), readFileSync(join(folder, 'root.pem')));
  writeFileSync(join(folder, 'hashed', 'other.pem'), readFileSync(join(folder, 'other.pem')));
  return folder;
}

/** The group ffdhe2048 (RFC 7919). */
const DH_PARAMETERS = `-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
`;
