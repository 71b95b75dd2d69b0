/** The certificates of the TLS cases, made by openssl(1): a CA of three levels, and leaves of every kind. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = 'subjectAltName=DNS:localhost,DNS:*.wild.test,IP:127.0.0.1,IP:::1';

/** Each leaf: its subject, its extensions, and when it is good, if not today. */
const LEAVES: Readonly<Record<string, { subject?: string; extensions?: string; from?: string; to?: string }>> = {
  server: { extensions: `${NAMES}\nextendedKeyUsage=serverAuth` },
  second: { subject: '/CN=second.test', extensions: 'subjectAltName=DNS:second.test\nextendedKeyUsage=serverAuth' },
  client: { subject: '/CN=a client', extensions: 'extendedKeyUsage=clientAuth' },
  nameless: { subject: '/CN=localhost', extensions: 'extendedKeyUsage=serverAuth' },
  purpose: { extensions: `${NAMES}\nextendedKeyUsage=clientAuth` },
  partial: { extensions: 'subjectAltName=DNS:f*.wild.test' },
  script: { extensions: 'subjectAltName=DNS:xn--bcher-kva.test' },
  // A name with a NUL in it, in DER: `localhost\0.other.test`.
  nul: {
    extensions: `2.5.29.17=DER:3017 8215 ${Buffer.from('localhost\0.other.test').toString('hex')}`.replaceAll(' ', ''),
  },
  critical: { extensions: `${NAMES}\n1.2.3.4=critical,DER:0500` },
  expired: { extensions: NAMES, from: '20200101000000Z', to: '20210101000000Z' },
  future: { extensions: NAMES, from: '20400101000000Z', to: '20450101000000Z' },
};

const CA_EXTENSIONS = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign';

/** Makes them in a folder; each has NAME.pem and NAME.key, `chain` what a server sends besides its own, `root` is trusted. */
export function makeCertificates(folder: string): void {
  mkdirSync(join(folder, 'issued'), { recursive: true });
  const run = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const key = (name: string): void => run('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', `${name}.key`);
  const selfSigned = (name: string, subject: string, extensions: string): void => {
    key(name);
    const added = extensions.split('\n').flatMap((line) => ['-addext', line]);
    run(
      'req',
      '-x509',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      subject,
      '-days',
      '3000',
      '-out',
      `${name}.pem`,
      ...added,
    );
  };
  write('index.txt', '');
  write('serial', '1000');
  write('ca.cnf', CONFIG);
  const signed = (
    name: string,
    issuer: string,
    subject: string,
    extensions: string,
    from?: string,
    to?: string,
  ): void => {
    key(name);
    run('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
    write(`${name}.ext`, extensions);
    const dates = from === undefined ? ['-days', '3000'] : ['-startdate', from, '-enddate', to as string];
    const by = ['-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`];
    run(
      'ca',
      '-batch',
      '-notext',
      '-config',
      'ca.cnf',
      ...by,
      '-in',
      `${name}.csr`,
      '-extfile',
      `${name}.ext`,
      ...dates,
      '-out',
      `${name}.pem`,
    );
  };
  selfSigned('root', '/CN=root', 'keyUsage=critical,keyCertSign,cRLSign');
  selfSigned('other', '/CN=other root', 'keyUsage=critical,keyCertSign,cRLSign');
  selfSigned('self', '/CN=localhost', NAMES);
  signed('middle', 'root', '/CN=middle', CA_EXTENSIONS);
  signed('issuer', 'middle', '/CN=issuer', CA_EXTENSIONS);
  for (const [name, { subject = '/CN=localhost', extensions = '', from, to }] of Object.entries(LEAVES))
    signed(name, 'issuer', subject, extensions, from, to);
  signed('by-leaf', 'second', '/CN=localhost', NAMES);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  write('by-leaf.pem', read('by-leaf.pem') + read('second.pem'));
  write('chain.pem', read('issuer.pem') + read('middle.pem'));
  run('ec', '-in', 'client.key', '-aes128', '-passout', 'pass:secret', '-out', 'encrypted.key');
  run(
    'pkcs12',
    '-export',
    '-in',
    'client.pem',
    '-inkey',
    'client.key',
    '-certfile',
    'chain.pem',
    '-passout',
    'pass:secret',
    '-out',
    'client.pfx',
  );
}

const CONFIG = `
[ca]
default_ca = ours
[ours]
dir = .
database = ./index.txt
serial = ./serial
new_certs_dir = ./issued
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
`;
