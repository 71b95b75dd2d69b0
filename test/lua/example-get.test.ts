/** The examples in Lua, run by us and by the system's Lua. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'node:test';
import { newFolder, withTools } from '../peers/peer.ts';
import { KIB, PAGE, startNginx } from '../peers/servers/nginx.ts';
import { lua, native } from './support.ts';

const GET = path.resolve('examples/lua/get.lua');

describe('get.lua', () => {
  for (const [name, run] of Object.entries({ ours: lua, native })) {
    withTools(`${name} downloads`, ['lua5.4', 'luasocket', 'nginx'], async (cleanup) => {
      const { url } = await startNginx(cleanup);
      const cwd = newFolder(cleanup);
      const known = run([GET, `${url}/1k.bin?x=/y`], { cwd });
      assert.deepEqual([known.status, known.output], [0, '1k.bin: 1024 bytes\n']);
      assert.match(known.errors, /(?:\r\d+ bytes of 1024, \d+ %, \d+\.\d s)+\n$/);
      assert.deepEqual(readFileSync(path.join(cwd, '1k.bin')), KIB);

      const unknown = run([GET, `${url}/chunked/page.html`, 'named'], { cwd });
      assert.deepEqual([unknown.status, unknown.output], [0, `named: ${PAGE.length} bytes\n`]);
      assert.equal(readFileSync(path.join(cwd, 'named'), 'latin1'), PAGE);

      assert.deepEqual(run([GET, `${url}/missing`], { cwd }), {
        status: 1,
        output: '',
        errors: `${url}/missing: HTTP/1.1 404 Not Found\n`,
      });
      assert.deepEqual(run([GET, 'http://127.0.0.1:1/'], { cwd }), {
        status: 1,
        output: '',
        errors: 'http://127.0.0.1:1/: connection refused\n',
      });
      assert.equal(run([GET], { cwd }).status, 2);
      assert.ok(!existsSync(path.join(cwd, 'missing')) && !existsSync(path.join(cwd, 'index.html')));
    });
  }
});
