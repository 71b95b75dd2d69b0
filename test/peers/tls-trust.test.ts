/** Whose certificates are trusted, by what Node and the environment say: each in a process of its own, for both faces. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { before } from 'node:test';
import tls from 'node:tls';
import { withTools } from './peer.ts';
import { identityIn, temporaryFiles } from './tls-files.ts';
import { Child } from './tools.ts';

const at = (file: string): string => JSON.stringify(new URL(`../../src/entry/${file}.js`, import.meta.url).href);

/** Prints whether the server's certificate is taken, or the code of why not. */
const program = (entry: string): string => `
  import { connect } from ${at(entry)};
  const [port, ca] = process.argv.slice(1);
  try {
    const client = await connect('localhost', Number(port), { timeout: 20, ...(ca && { ca }) });
    console.log(client.info().verified);
    client.close();
  } catch (error) {
    console.log(error.code);
  }`;

const FACES = { await: 'tls', blocking: 'tls-blocking' } as const;
const UNKNOWN = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
/** From Node 22.15 on: then there is a switch for the system's certificates, too. */
const NODE_KNOWS_SYSTEM = 'getCACertificates' in tls;

interface Trust {
  readonly name: string;
  readonly env?: 'NODE_EXTRA_CA_CERTS' | 'SSL_CERT_FILE';
  readonly flags?: readonly string[];
  readonly ca?: 'system';
  readonly expected: (face: keyof typeof FACES) => string;
}

const TRUST: readonly Trust[] = [
  { name: 'nothing but what Node has', expected: () => UNKNOWN },
  { name: 'NODE_EXTRA_CA_CERTS', env: 'NODE_EXTRA_CA_CERTS', expected: () => 'true' },
  { name: "the system's, unasked", env: 'SSL_CERT_FILE', expected: () => UNKNOWN },
  {
    name: "ca: 'system'",
    env: 'SSL_CERT_FILE',
    ca: 'system',
    expected: (face) => (NODE_KNOWS_SYSTEM || face === 'blocking' ? 'true' : 'ERR_INVALID_ARGUMENT'),
  },
  ...(NODE_KNOWS_SYSTEM
    ? [{ name: '--use-system-ca', env: 'SSL_CERT_FILE', flags: ['--use-system-ca'], expected: () => 'true' } as const]
    : []),
  { name: '--use-openssl-ca', env: 'SSL_CERT_FILE', flags: ['--use-openssl-ca'], expected: () => 'true' },
];

let folder: string;
before(() => {
  folder = temporaryFiles();
});

for (const { name, env, flags = [], ca, expected } of TRUST) {
  for (const [face, entry] of Object.entries(FACES) as [keyof typeof FACES, string][]) {
    withTools(`trust: ${name} (${face})`, ['openssl'], async (cleanup) => {
      const server = tls.createServer(identityIn(folder, 'server'), (socket) => socket.on('error', () => {}).resume());
      server.on('tlsClientError', () => {});
      cleanup.defer(() => server.close());
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const variables = env === undefined ? {} : { [env]: join(folder, 'root.pem') };
      const args = [
        ...flags,
        '--input-type=module',
        '-e',
        program(entry),
        String(port),
        ...(ca === undefined ? [] : [ca]),
      ];
      const child = new Child(cleanup, process.execPath, args, variables);
      await child.ended;
      assert.equal(child.stdout.trim(), expected(face), child.stderr);
    });
  }
}
