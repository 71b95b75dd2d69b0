/** The library `debug` in machines of `createLua`: nothing of it forges a value of C's, and what is harmless is as in Lua. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ran, refused } from './walls.ts';

describe('the library debug', () => {
  const REFUSED = [
    'debug.debug()',
    'debug.getregistry()',
    'local x = 1 debug.setlocal(1, 1, 2)',
    'debug.setmetatable(io.stdout, {})',
    'debug.setmetatable(debug.upvalueid(function() return REFUSED end, 1), getmetatable(io.stdout))',
    'debug.setupvalue(("x"):gmatch("."), 3, io.stdout)',
    'debug.setupvalue(coroutine.wrap(print), 1, 5)',
  ];
  for (const code of REFUSED) {
    it(`refuses what puts a value in C's place: ${code}`, () => {
      assert.match(refused({}, code), /debug\.\w+: not permitted \(permission 'bytecode'\)/);
    });
  }

  it('refuses nothing of that where precompiled code may do the same', () => {
    const code = `
      local x = 1
      debug.setlocal(1, 1, 2)
      local stdout = debug.setmetatable(io.stdout, debug.getmetatable(io.stdout))
      return x, type(debug.getregistry()), stdout == io.stdout, debug.debug()`;
    assert.deepEqual(ran({ bytecode: true }, code), [2, 'table', true]);
  });

  it("shows nothing of C's: the buffer of gsub, which is on its stack", () => {
    const code = `
      local seen = {}
      local function look() for i = 1, 9 do seen[#seen + 1] = debug.getlocal(2 + LEVEL, i) end end
      local text = ("x"):rep(9000):gsub("x$", look)
      return table.concat(seen, " "), #text`;
    for (const level of ['0', '0x100000000']) {
      assert.deepEqual(ran({}, code.replace('LEVEL', level)), ['', 9000]);
      assert.match(String(ran({ bytecode: true }, code.replace('LEVEL', level))[0]), /C temporary/);
    }
  });

  it('has what is harmless', () => {
    const code = `
      local a = 'local'
      local function f(...) return debug.getlocal(1, -1) end
      local function g(x) return a end
      local length = debug.setmetatable({}, { __len = function() return 7 end })
      local name, value = debug.getlocal(1, 1)
      return name, value, #length, debug.setupvalue(g, 1, 'set'), a, debug.getlocal(g, 1), f('x')`;
    assert.deepEqual(ran({}, code), ['a', 'local', 7, 'a', 'set', 'x', '(vararg)', 'x']);
    assert.match(refused({}, 'debug.getlocal(99, 1)'), /level out of range/);
    assert.match(refused({}, 'debug.setupvalue(1, 1, 1)'), /function expected, got number/);
  });
});
