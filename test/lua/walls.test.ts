/** Scripts that try to get round the permissions of a machine: memory, precompiled code, workers. Each test is named after what it protects. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createLua, runInWorker } from '../../src/entry/lua.ts';
import { Bindings } from '../../src/lua/bindings.ts';
import { granted } from '../../src/lua/granted.ts';
import { OutputCallback } from '../../src/lua/host/files.ts';
import { Outside } from '../../src/lua/modules/socket/receive-buffer.ts';
import { addressOf } from '../../src/posix/libc/functions.ts';
import { folder, ran, refused } from './walls.ts';

describe('the host’s memory', () => {
  const SENDER = `
    local socket = require "socket"
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local client = assert(socket.connect("127.0.0.1", port))
    client:settimeout(0)`;
  const ESCAPES = {
    'send far behind it': `${SENDER} return pcall(client.send, client, forged(0x7fffffff), 1000000000, 1000001000)`,
    'send where an address has its highest bit': `${SENDER} return pcall(client.send, client, forged(0xffffffff), 0x80000000 - 2000000, 0x80000000)`,
    'send of a string that is longer than it': `${SENDER} return pcall(client.send, client, forged(0xffffffff))`,
    sendto: 'local u = require("socket").udp4() return pcall(u.sendto, u, forged(0xffffffff), "127.0.0.1", 9)',
    'a codec': 'return pcall(require("mime").b64, forged(0xffffffff))',
    'output of a file': 'return pcall(io.write, forged(0xffffffff))',
  };
  for (const [what, code] of Object.entries(ESCAPES)) {
    it(`is out of reach of a forged string: ${what}`, { timeout: 60_000 }, () => {
      const result = ran({ network: true, bytecode: true }, code, 'forged-string.lua');
      assert.deepEqual(result, [false, 'memory outside of the Lua machine']);
    });
  }

  it('has no address inside of a machine: addresses are unsigned, and looked at with their length', () => {
    const taken = new OutputCallback(() => {});
    const machine = new Bindings({ streams: [taken, taken, taken], env: {}, ...granted() });
    const outside = new Outside(machine.vm);
    const { length } = machine.vm.bytes;
    const base = Number(addressOf(machine.vm.bytes));
    assert.equal(outside.address(length - 8, 8), base + length - 8);
    for (const [at, size] of [
      [-2_147_483_648, 1],
      [-1, 1],
      [length, 1],
      [length - 8, 9],
      [0, length + 1],
      [0, -1],
      [0, Number.NaN],
    ] as const)
      assert.throws(() => outside.address(at, size), { message: 'memory outside of the Lua machine' }, `${at} ${size}`);
    machine.close();
  });
});

describe('precompiled code', () => {
  const DUMPED = 'local code = string.dump(function() return 1 end) ';
  const BINARY = /attempt to load a binary chunk/;
  /** Files are opened a second time for it, which fails before. */
  const REFUSED = /attempt to load a binary chunk|cannot reopen/;

  it('is not loaded, whatever the mode says', () => {
    for (const load of [
      'load(code)',
      'load(code, "code", "b")',
      'load(code, "code", "bt")',
      'load(code, nil, nil, {})',
      'load(function() local piece = code code = nil return piece end, "code", "b")',
    ])
      assert.match(String(ran({}, `${DUMPED} return select(2, ${load})`)[0]), BINARY, load);
    const code = createLua({}).run(`${DUMPED} return code`)[0] as Buffer;
    assert.throws(() => createLua().run(code), BINARY);
    assert.deepEqual(createLua({ permissions: { bytecode: true } }).run(code), [1]);
    assert.deepEqual(ran({ bytecode: true }, `${DUMPED} return load(code)(), load(code, "code", "b")()`), [1, 1]);
  });

  it('is not loaded from files either: loadfile, dofile, require', () => {
    const root = folder('precompiled');
    const code = createLua({}).run(`${DUMPED} return code`)[0] as Buffer;
    fs.writeFileSync(path.join(root, 'module.lua'), code);
    const files = { files: { root } };
    for (const load of [
      'loadfile("module.lua")',
      'loadfile("module.lua", "b")',
      'pcall(dofile, "module.lua")',
      'pcall(require, "module")',
    ])
      assert.match(String(ran(files, `return select(2, ${load})`)[0]), REFUSED, load);
  });

  it('is not loaded from the standard input', () => {
    const stdin = createLua({}).run(`${DUMPED} return code`)[0] as Buffer;
    for (const load of ['loadfile()', 'loadfile(nil, "b")', 'pcall(dofile)'])
      assert.match(String(createLua({ stdin }).run(`return select(2, ${load})`)[0]), BINARY, load);
    assert.deepEqual(createLua({ stdin, permissions: { bytecode: true } }).run('return dofile()'), [1]);
  });

  it('loading text is as it was', () => {
    const root = folder('text');
    fs.writeFileSync(path.join(root, 'module.lua'), 'local name, file = ... return { name = name, file = file }');
    fs.writeFileSync(path.join(root, 'wrong.lua'), 'x =');
    fs.writeFileSync(path.join(root, 'yields.lua'), 'return coroutine.yield(1) + 1');
    const files = { files: { root } };
    assert.deepEqual(ran(files, 'local m, file = require "module" return m.name, m.file, file'), [
      'module',
      './module.lua',
      './module.lua',
    ]);
    assert.match(refused(files, 'require "wrong"'), /^error loading module 'wrong' from file '\.\/wrong\.lua':\n\t/);
    assert.match(refused(files, 'dofile "wrong.lua"'), /^wrong\.lua:1: unexpected symbol/);
    assert.match(refused(files, 'dofile "none.lua"'), /^cannot open none\.lua/);
    assert.match(refused(files, 'require "none"'), /no file '\.\/none\.lua'/);
    assert.match(refused({}, 'load({})'), /bad argument #1 to 'load' \(function expected, got table\)/);
    assert.match(refused({}, 'load("", "", {})'), /bad argument #3 to 'load' \(string expected, got table\)/);
    assert.deepEqual(
      ran(
        files,
        'local f = coroutine.wrap(dofile) return f("yields.lua"), f(41), load("return x", "n", "t", { x = 7 })()',
      ),
      [1, 42, 7],
    );
  });
});

describe('permissions in a worker', () => {
  it('are the same, and what is wrong with them is told', async () => {
    const root = folder('worker');
    fs.writeFileSync(path.join(root, 'a'), 'text');
    assert.deepEqual(
      await runInWorker('return io.open("a"):read("a"), io.open("/proc/self/maps")', {
        permissions: { files: { root } },
      }),
      ['text', null, '/proc/self/maps: No such file or directory', os.constants.errno.ENOENT],
    );
    const wrong = [{ files: { root: '/none' } }, { network: { allow: () => true } }, { bytecode: 'no' }];
    for (const permissions of wrong)
      await assert.rejects(runInWorker('', { permissions: permissions as never }), { code: 'ERR_INVALID_ARGUMENT' });
  });

  it('leave a signal the last word, over precompiled code too', { timeout: 60_000 }, async () => {
    const controller = new AbortController();
    const code = `print() io.flush()
      local code = string.dump(load("while true do end"), true)
      debug.sethook() load(code)()`;
    const options = { signal: controller.signal, stdout: () => controller.abort(), permissions: { bytecode: true } };
    await assert.rejects(runInWorker(code, options), { name: 'AbortError' });
  });
});
