/** Where the blocking face cannot be: its import says so, and which face to use. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';

/** Imports a module in a process in which `before` has run, and tells what came of it. */
function imported(module: string, before = ''): { name: string; code: string; message: string } {
  const program = `${before}
    import(${JSON.stringify(pathToFileURL(module).href)}).then(
      () => console.log('{}'),
      ({ name, code, message }) => console.log(JSON.stringify({ name, code, message })),
    );`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

const BUILT = join(import.meta.dirname, '..', '..', 'src');

it('another system, another processor, another runtime', () => {
  for (const before of [
    "Object.defineProperty(process, 'platform', { value: 'win32' });",
    "Object.defineProperty(process, 'arch', { value: 'ia32' });",
    'globalThis.Bun = {};',
    'globalThis.Deno = {};',
  ]) {
    const { name, code, message } = imported(join(BUILT, 'entry', 'blocking.js'), before);
    assert.deepEqual([name, code], ['SocketError', 'ERR_UNSUPPORTED']);
    assert.match(message, /import 'moonsocket', the await face, instead$/);
  }
  assert.deepEqual(imported(join(BUILT, 'entry', 'blocking.js')), {});
});

it('no koffi: the error says how to install it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  try {
    cpSync(BUILT, folder, { recursive: true });
    cpSync('package.json', join(folder, 'package.json'));
    const { name, code, message } = imported(join(folder, 'entry', 'blocking.js'));
    assert.deepEqual([name, code], ['SocketError', 'ERR_UNSUPPORTED']);
    assert.match(message, /npm install koffi/);
    assert.deepEqual(imported(join(folder, 'entry', 'index.js')), {}, 'the await face needs none');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
