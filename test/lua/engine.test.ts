/** The engine that is installed is the one that the walls are made for, or there is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';

const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'moonsocket-engine-'));
after(() => fs.rmSync(FOLDER, { recursive: true }));

/** What becomes of `createLua` beside a package wasmoon whose code has been changed. */
function created(name: string, change: (code: Buffer) => Buffer): string {
  const root = path.join(FOLDER, name);
  const wasmoon = path.join(root, 'node_modules/wasmoon/dist');
  fs.mkdirSync(wasmoon, { recursive: true });
  fs.cpSync('.build/src', path.join(root, 'src'), { recursive: true });
  fs.writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }');
  fs.writeFileSync(path.join(root, 'node_modules/wasmoon/package.json'), '{ "name": "wasmoon", "version": "9.9.9" }');
  fs.writeFileSync(path.join(wasmoon, 'glue.wasm'), change(fs.readFileSync('node_modules/wasmoon/dist/glue.wasm')));
  const code = `import { createLua } from './src/entry/lua.js';
    try { console.log(createLua().run('return "runs"')[0]) } catch (error) { console.log(error.code, error.message) }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return stdout;
}

describe('a machine', () => {
  it('starts with few modules of WebAssembly, and none is compiled for a second machine', () => {
    const code = `import { createLua } from './.build/src/entry/lua.js';
      const made = { Module: 0, Instance: 0 };
      for (const name of Object.keys(made)) {
        WebAssembly[name] = class extends WebAssembly[name] { constructor(...args) { super(...args); made[name]++; } };
      }
      for (let i = 0; i < 2; i++) {
        createLua().run('return 1');
        console.log(made.Module, made.Instance);
        made.Module = made.Instance = 0;
      }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    // The engine, the room on the stack, what runs a script, and all other functions.
    assert.deepEqual([stdout, stderr], ['4 4\n0 3\n', '']);
  });
});

describe('the engine', () => {
  it('of the release that is known runs', () => {
    assert.equal(
      created('same', (code) => code),
      'runs\n',
    );
  });

  it('that is another is refused by name', () => {
    // A custom section at the end changes nothing that runs (WebAssembly, section 5.5.3).
    const changed = (code: Buffer): Buffer => Buffer.concat([code, Buffer.from([0, 2, 1, 0x78])]);
    assert.match(created('other', changed), /^ERR_UNSUPPORTED .* wasmoon 1\.16\.0, .*npm install wasmoon@1\.16\.0\n$/);
  });
});
