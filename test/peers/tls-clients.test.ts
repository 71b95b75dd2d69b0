/** TLS servers of both faces with clients of others: versions, 1 MiB each way in pieces, halves, names, protocols, certificates, sessions. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import { TLS_CLIENTS } from './clients/tls.ts';
import { withTools } from './peer.ts';
import type { Served } from './tls-echo.ts';
import { temporaryFiles } from './tls-files.ts';
import { DATA, SUM, VERSIONS } from './tls-talk.ts';
import { Child, type Cleanup } from './tools.ts';

const PROGRAM = join(import.meta.dirname, 'tls-echo.js');

let folder: string;
before(() => {
  folder = temporaryFiles();
  writeFileSync(join(folder, 'data'), DATA);
});

/** Our server, as another process, since blocking calls would stop this one; and what it says of the next connection. */
async function startOurs(cleanup: Cleanup, face: string) {
  const child = new Child(cleanup, process.execPath, [PROGRAM, face, folder]);
  let at = 0;
  const said = async (): Promise<unknown> => {
    const [line] = await child.said(new RegExp(`(?<=^(?:.*\\n){${at++}}).*(?=\\n)`));
    return JSON.parse(line);
  };
  const { port, mutual } = (await said()) as { port: number; mutual: number };
  return { port, mutual, served: said as () => Promise<Served> };
}

for (const [name, { tools, alpn, resumes = VERSIONS, twice, mutual }] of Object.entries(TLS_CLIENTS)) {
  for (const face of ['await', 'blocking'] as const) {
    withTools(`${name} as the client (${face})`, tools, async (cleanup) => {
      const { served, ...ports } = await startOurs(cleanup, face);
      for (const version of VERSIONS) {
        const ours = { ...ports, version, folder };
        // JSON has nothing of what is undefined.
        const common = { protocol: version, sum: SUM, end: 'ERR_CLOSED', ...(alpn === undefined ? {} : { alpn }) };
        const first = { ...common, servername: 'second.test', resumed: false, verified: false };
        await twice(cleanup, ours);
        assert.deepEqual(await served(), first);
        const resumed = resumes.includes(version);
        const { servername, ...again } = { ...first, resumed };
        // node:tls does not say the name that a session of TLS 1.2 began with.
        const unnamed = face === 'await' && resumed && version === 'TLSv1.2';
        assert.deepEqual(await served(), unnamed ? again : { ...again, servername });
        await mutual(cleanup, ours);
        const known = { servername: 'localhost', resumed: false, verified: true, peer: 'CN=a client' };
        assert.deepEqual(await served(), { ...common, ...known });
      }
    });
  }
}

for (const face of ['await', 'blocking'] as const) {
  withTools(`a client that asks for another handshake gets none (${face})`, ['openssl'], async (cleanup) => {
    const { port, served } = await startOurs(cleanup, face);
    const child = new Child(cleanup, 'openssl', ['s_client', '-tls1_2', '-connect', `127.0.0.1:${port}`]);
    await child.said(/Verify return code/);
    child.process.stdin?.write('R\n');
    assert.notEqual((await child.ended).code, 0);
    assert.match(child.stderr, /no renegotiation/);
    assert.match(JSON.stringify(await served()), /"end":"ERR_/);
  });
}
