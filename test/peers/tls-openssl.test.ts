/** TLS clients of both faces against openssl(1) as the server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../src/entry/tls.ts';
import { connect as connectBlocking } from '../../src/entry/tls-blocking.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';
import { newFolder, PATIENCE, withTools } from './peer.ts';
import { Child, type Cleanup } from './tools.ts';

type Version = 'TLSv1.2' | 'TLSv1.3';

/** What the faces have in common, to be awaited. */
interface Talker {
  info(): { readonly protocol: string; readonly verified: boolean };
  receive(pattern: '*l'): string | Promise<string>;
  send(data: string): number | Promise<number>;
  close(): void;
}

const FACES: Readonly<Record<string, (port: number, ca: string) => Talker | Promise<Talker>>> = {
  await: (port, ca) => connect('localhost', port, { ca, timeout: PATIENCE }),
  // The server is another process: that this one does nothing else meanwhile is nothing to it.
  blocking: (port, ca) => connectBlocking('localhost', port, { ca, timeout: PATIENCE }),
};

async function startServer(cleanup: Cleanup, version: Version): Promise<{ child: Child; port: number; ca: string }> {
  const folder = newFolder(cleanup);
  makeCertificates(folder);
  const file = (name: string): string => join(folder, name);
  const only = version === 'TLSv1.3' ? '-tls1_3' : '-tls1_2';
  const certificates = ['-cert', file('server.pem'), '-key', file('server.key'), '-cert_chain', file('chain.pem')];
  const child = new Child(cleanup, 'openssl', ['s_server', '-accept', '127.0.0.1:0', only, ...certificates]);
  const [, port] = await child.said(/ACCEPT \S+:(\d+)/);
  return { child, port: Number(port), ca: readFileSync(file('root.pem'), 'utf8') };
}

for (const [face, open] of Object.entries(FACES)) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    withTools(`openssl s_server, ${version}: lines both ways (${face})`, ['openssl'], async (cleanup) => {
      const { child, port, ca } = await startServer(cleanup, version);
      const client = await open(port, ca);
      cleanup.defer(() => client.close());
      assert.deepEqual([client.info().protocol, client.info().verified], [version, true]);
      child.process.stdin?.write('from openssl\n');
      assert.equal(await client.receive('*l'), 'from openssl');
      await client.send('from here\n');
      await child.said(/^from here$/m);
    });
  }
}
