// Which programs of Lua are worth a well compiled engine before they begin.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mayLoop } from '../../src/cli/loops.ts';
import { luaArguments } from '../../src/cli/lua.ts';
import type { Program } from '../../src/lua/interpreter.ts';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const mayLoopWith = (...args: string[]): boolean => mayLoop(luaArguments(args, false) as Program);

test('code of one line after another is not worth it', () => {
  for (const code of [
    'print "hello"',
    'require "socket"',
    'local h = require("socket.http") print(h.request "http://a/")',
  ])
    assert.equal(mayLoopWith('-e', code), false, code);
  assert.equal(mayLoopWith('-l', 'socket', '-e', 'print(socket._VERSION)'), false);
});

test('code with a loop or a function is, and code that is elsewhere', () => {
  for (const code of [
    'for i = 1, 9 do end',
    'f = function() end',
    'require "app".run()',
    'require(arg[1])',
    'dofile "a.lua"',
  ])
    assert.equal(mayLoopWith('-e', code), true, code);
  assert.equal(mayLoopWith('-l', 'app', '-e', ''), true);
  assert.equal(mayLoopWith('-i'), true);
  assert.equal(mayLoopWith('-'), true, 'the standard input');
});

test('a script is looked into; one that is not there is an error of Lua as ever', () => {
  assert.equal(mayLoopWith(fileURLToPath(new URL('../../../bench/programs/fib.lua', import.meta.url))), true);
  assert.equal(mayLoopWith('/nowhere/to-be/found.lua'), true);
});

test('where V8 compiles nothing well, the program begins all the same', () => {
  const args = ['--liftoff', '--no-wasm-tier-up', main, 'lua', '-e', 'for i = 1, 3 do io.write(i) end'];
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), '123');
});
