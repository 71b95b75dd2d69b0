/**
 * Random scripts under limits: a seed names a script of loops, hooks, finalizers, coroutines, conversions, host functions that
 * throw, sockets and files, in which some bytes may be others, and permissions. It ends by a result or an error, within the
 * limits, and the machine can be closed, which leaves nothing open.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SocketError } from '../../src/entry/index.ts';
import { createLua, type Permissions, type ToLua } from '../../src/entry/lua.ts';

/** FUZZ_SEED=n runs that seed alone; FUZZ_RUNS=n so many from there on. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const RUNS = Number(process.env.FUZZ_RUNS ?? (process.env.FUZZ_SEED === undefined ? 300 : 1));
/** Seeds of one test. */
const BATCH = 100;

const THROWN = [
  Number.POSITIVE_INFINITY,
  Number.NaN,
  undefined,
  null,
  'text',
  7,
  { a: 1 },
  new Map(),
  Symbol('s'),
  new Error('told'),
  new RangeError('x'),
];
const GIVEN: readonly unknown[] = [
  1,
  'x',
  { a: [1, { b: 2 }] },
  new Map(),
  Promise.resolve(1),
  null,
  2n ** 70n,
  new Array(1e7),
  Buffer.from('\xff', 'latin1'),
  Array.from({ length: 3000 }, (_, i) => i),
];

/** Where a hole is, `@` is another piece, `#` a small number. */
const PIECES = [
  'tick()',
  'tick() @ @',
  'for i = 1, # do tick() @ end',
  'while true do tick() @ end',
  'repeat tick() @ until false',
  'pcall(function() @ end)',
  'while true do pcall(function() @ end) end',
  'xpcall(function() @ end, function() @ end)',
  'while true do xpcall(function() @ end, debug.traceback) end',
  'debug.sethook()',
  'debug.sethook(function() tick() @ end, "crl", #)',
  'debug.sethook(function() @ end, "", #)',
  'debug.sethook(coroutine.create(function() @ end))',
  'local h, m, c = debug.gethook() if h then debug.sethook(h, m, c) end',
  'setmetatable({}, { __gc = function() tick() @ end })',
  'x = setmetatable({}, { __gc = function(o) setmetatable(o, getmetatable(o)) @ end }) x = nil',
  'collectgarbage()',
  'collectgarbage("step") collectgarbage("generational")',
  'coroutine.wrap(function() tick() @ end)()',
  'local co = coroutine.wrap(function() while true do tick() @ coroutine.yield() end end) for i = 1, # do pcall(co) end',
  'local co = coroutine.create(function() local y <close> = setmetatable({}, { __close = function() @ end }) coroutine.yield() @ end) coroutine.resume(co) coroutine.close(co)',
  'kept = kept or {} kept[#kept + 1] = coroutine.create(function() @ end) coroutine.resume(kept[1])',
  'local y <close> = setmetatable({}, { __close = function() tick() @ end })',
  'local f f = function() @ return f() end f()',
  'local f f = function() @ return 1 + f() end f()',
  'local f f = function() @ pcall(f) end f()',
  'load("tick() @")()',
  'load(function() tick() return " " end)',
  'local t = {} for i = 1, # do t = { t, t } end take(t)',
  'local t = {} t[1] = t t.x = { t } take(t) @',
  'take(("x"):rep(#00), print, coroutine.running(), 1, nil, {})',
  'take({ [#] = 1, 2, 3, [0.5] = 4, ["#"] = 5 })',
  'pcall(take, { [{}] = 1 }) pcall(take, { print })',
  'fail(#)',
  'pcall(fail, #)',
  'while true do tick() pcall(fail, #) end',
  'coroutine.wrap(fail)(#)',
  'setmetatable({}, { __gc = function() fail(#) end }) collectgarbage()',
  'give(#)',
  'pcall(give, #) @',
  'print(give(#))',
  'local s = ("x"):rep(1000) while true do tick() s = s .. s end',
  'local t = {} while true do tick() t[#t + 1] = { ("x"):rep(1000) .. #t } end',
  'for k, v in pairs(_G) do tick() @ end',
  '("x"):rep(#0):gsub("x", function() tick() @ end)',
  'table.sort({ 3, 1, 2, 5, 4 }, function(a, b) tick() @ return a < b end)',
  'error(setmetatable({}, { __tostring = function() @ return "e" end }))',
  'error({ 1 })',
  'return x, # , "y", { 1, { 2 } }',
  'return setmetatable({}, { __index = function() @ end }).x',
  'debug.setmetatable(nil, { __index = function() tick() @ end }) local z = nil z = z.x',
  'string.format("%s", setmetatable({}, { __tostring = function() @ return "" end }))',
  'io.write("x") print("y") io.stderr:write("z")',
  'pcall(debug.setlocal, #, #, 5) debug.getlocal(#, #) pcall(debug.setupvalue, print, 1, 1)',
  'pcall(debug.getregistry) pcall(debug.setmetatable, io.stdout, {})',
  'pcall(load, string.dump(function() tick() @ end))',
  'reach[#]()',
  'reach[#]() @ reach[#]() @ reach[#]()',
  'while true do tick() pcall(reach[#]) end',
  'setmetatable({}, { __gc = reach[#] }) collectgarbage()',
  'coroutine.wrap(reach[#])() reach[#]()',
  'for w in ("a b c"):gmatch("%w") do tick() @ end',
];

/**
 * Where scripts reach out, by numbers, since a name in which a byte is another would be asked of the network. Nothing here waits:
 * no time but that of instructions has a limit.
 */
const REACH = `
local _, socket = pcall(require, "socket")
local last, file
reach = {
  function() last = socket.tcp4() end,
  function() last = socket.udp4() end,
  function() last = socket.bind("127.0.0.1", 0) end,
  function() local _, port = last:getsockname() last = socket.connect("127.0.0.1", port) end,
  function() last = socket.connect("127.0.0.2", 1) end,
  function() local other = socket.tcp4() other:setfd(last:getfd()) last:close() last = other end,
  function() for fd = 0, 20 do last:setfd(fd) end end,
  function() socket.select({ last }, { last }, 0) end,
  function() file = io.open("a", "w") or io.tmpfile() file:write("text") end,
  function() file = io.open("a") or io.open("/proc/self/mem", "r+") file:read("a") end,
  function() os.rename("a", "b") os.remove("b") os.tmpname() end,
  function() file:close() loadfile("a") package.loaded.a = nil pcall(require, "a") end,
}
pcall(reach[3]) pcall(reach[9])`;

/** What a machine may reach, nobody and nothing outside of this process. */
function permissions(draw: (n: number) => number, root: string): Partial<Permissions> {
  const allow = (): boolean => {
    if (draw(16) === 0) throw THROWN[draw(THROWN.length)];
    return draw(4) > 0;
  };
  return {
    network: draw(3) === 0 ? false : { tcp: draw(4) > 0, udp: draw(2) === 0, allow },
    files: draw(2) === 0 ? false : { root, write: draw(4) > 0 },
  };
}

function drawing(seed: number): (n: number) => number {
  let state = seed * 2_654_435_761;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % n;
  };
}

function script(draw: (n: number) => number): string {
  const fill = (depth: number): string => {
    const piece = PIECES[draw(PIECES.length)]!;
    // `#t` and `#kept` are lengths, and no numbers.
    return piece
      .replace(/#(?![a-z])/g, () => String(1 + draw(12)))
      .replace(/@/g, () =>
        depth === 0 ? 'tick()' : fill(depth - 1).replace(/"/g, depth > 0 && piece.includes('"tick() @"') ? "'" : '"'),
      );
  };
  const outside = Array.from({ length: draw(4) }, () => `pcall(reach[${1 + draw(12)}])`);
  const statements = Array.from({ length: 1 + draw(4) }, () => `do ${fill(3)} end`);
  let code = [...outside, ...statements].join('\n');
  for (let i = draw(3) === 0 ? draw(4) : 0; i > 0; i--) {
    const at = draw(code.length);
    const kind = draw(3);
    const byte = kind === 0 ? '' : kind === 1 ? String.fromCharCode(32 + draw(95)) : code[draw(code.length)]!;
    code = code.slice(0, at) + byte + code.slice(at + 1);
  }
  return code;
}

const MEMORY = 17 * 2 ** 20;

/** Descriptors that the runtime may open meanwhile for itself. */
const OTHERS = 10;

/** How many descriptors the process has open; 0 where nothing says so. */
function descriptors(): number {
  return process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : 0;
}

describe('random scripts end within their limits', () => {
  const memories: WebAssembly.Memory[] = [];
  const { Instance } = WebAssembly;
  let root = '';
  before(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'moonsocket-limits-'));
    WebAssembly.Instance = class extends Instance {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports);
        if (this.exports.memory instanceof WebAssembly.Memory) memories.push(this.exports.memory);
      }
    };
  });
  after(() => {
    WebAssembly.Instance = Instance;
    fs.rmSync(root, { recursive: true });
  });

  function machine(seed: number): void {
    const draw = drawing(seed);
    const code = script(draw);
    const instructions = 200 + draw(20_000);
    let ticks = 0;
    let output = 0;
    const lua = createLua({
      instructions,
      memory: MEMORY,
      transfer: 100_000,
      permissions: permissions(draw, root),
      stdout: (bytes) => {
        output += bytes.length;
        if (draw(8) === 0) throw THROWN[draw(THROWN.length)];
      },
    });
    memories.splice(0, memories.length - 1);
    lua.set('tick', () => {
      ticks++;
    });
    lua.set('take', () => {});
    lua.set('fail', () => {
      throw THROWN[draw(THROWN.length)];
    });
    lua.set('give', () => GIVEN[draw(GIVEN.length)] as ToLua);
    for (const part of [REACH, code, code]) {
      ticks = 0;
      try {
        lua.run(part);
      } catch (error) {
        assert.ok(
          error instanceof SocketError || THROWN.includes(error as never),
          `seed ${seed}: ${String(error)}\n${code}`,
        );
      }
      assert.ok(ticks <= 2 * instructions, `seed ${seed}: ${ticks} calls in ${instructions} instructions\n${code}`);
    }
    ticks = 0;
    try {
      lua.close();
    } catch (error) {
      assert.ok(THROWN.includes(error as never), `seed ${seed}: close: ${String(error)}\n${code}`);
    }
    assert.ok(ticks <= 2 * instructions, `seed ${seed}: ${ticks} calls in close\n${code}`);
    assert.ok(memories[0]!.buffer.byteLength <= 2 * MEMORY, `seed ${seed}: memory\n${code}`);
    assert.throws(() => lua.run('return 1'), { code: 'ERR_CLOSED_MACHINE' });
    assert.ok(output <= 100 * instructions);
  }

  for (let first = SEED; first < SEED + RUNS; first += BATCH) {
    const last = Math.min(first + BATCH, SEED + RUNS) - 1;
    it(`seeds ${first} to ${last}`, () => {
      const open = descriptors();
      for (let seed = first; seed <= last; seed++) machine(seed);
      assert.ok(descriptors() <= open + OTHERS, `${descriptors()} descriptors are open, ${open} were`);
    });
  }
});
