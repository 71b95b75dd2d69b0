/** Programs whose sockets share one select, as cosock and copas have them: the same with us and with LuaSocket and LuaSec. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe } from 'node:test';
import { withTools } from '../peers/peer.ts';
import { startNginx } from '../peers/servers/nginx.ts';
import { temporaryFiles } from '../peers/tls-files.ts';
import type { Cleanup, Tool } from '../peers/tools.ts';
import { start } from './support.ts';

const FOLDER = temporaryFiles();
const LUASEC: readonly Tool[] = ['lua5.4', 'luasocket', 'luasec', 'openssl'];

/** What a program of test/lua/programs prints with both. */
async function alike(cleanup: Cleanup, name: string, ...args: string[]): Promise<string[]> {
  const [ours, theirs] = await Promise.all(
    (['ours', 'native'] as const).map(async (host) => {
      const child = start(cleanup, host, [`test/lua/programs/${name}.lua`, ...args]);
      const { code } = await child.ended;
      assert.deepEqual([code, child.stderr], [0, ''], host);
      return child.stdout.trim().split('\n');
    }),
  );
  assert.deepEqual(ours, theirs);
  return ours as string[];
}

describe('sockets of coroutines', () => {
  for (const how of ['plain', 'tls'])
    withTools(`a server and twenty clients, ${how}`, LUASEC, async (cleanup) => {
      assert.deepEqual(await alike(cleanup, 'echo-loop', FOLDER, how), ['20\t200']);
    });

  withTools(
    'socket.http and ssl.https, loaded over them, wait without holding each other up',
    [...LUASEC, 'nginx'],
    async (cleanup) => {
      const file = (name: string): string => join(FOLDER, name);
      const { url, secure } = await startNginx(cleanup, 'nginx', {
        cert: file('server.whole.pem'),
        key: file('server.key'),
      });
      const lines = await alike(cleanup, 'downloads', url, secure, file('root.pem'), file('other.pem'));
      assert.equal(lines[0], '13');
      assert.match(lines[1]!, /^1 1 200 215000 /);
      assert.equal(lines[13], '13 nil certificate verify failed 0 0');
    },
  );
});

withTools('a loop of handlers, whose connections begin TLS within', LUASEC, async (cleanup) => {
  const [first, second] = await alike(cleanup, 'server-loop', FOLDER);
  assert.equal(first, '20\t400000\ttrue');
  assert.equal(second, 'client done 20, server closed 20');
});
