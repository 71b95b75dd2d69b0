/** The limits of `createLua` as a boundary: whatever a script does meets them, and the machine can be used and closed after that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLua, type Lua, LuaError, type LuaOptions } from '../../src/entry/lua.ts';

function using<T>(options: LuaOptions, use: (lua: Lua) => T): T {
  const lua = createLua(options);
  try {
    return use(lua);
  } finally {
    lua.close();
  }
}

function failing(lua: Lua, code: string): LuaError {
  try {
    lua.run(code);
  } catch (error) {
    assert.ok(error instanceof LuaError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${code} did not fail` });
}

const LIMIT = /instruction limit: more than 20000 instructions/;
const limited: LuaOptions = { instructions: 20_000 };

describe('one count of instructions for the machine', () => {
  const scripts: Readonly<Record<string, string>> = {
    'a hook that was removed': 'debug.sethook() while true do end',
    'a hook of a coroutine that was removed':
      'local co = coroutine.create(function() debug.sethook() while true do end end) debug.sethook(co) coroutine.resume(co)',
    'a hook function': 'debug.sethook(function() while true do end end, "", 10) for i = 1, 100 do end',
    'a line hook, again and again':
      'debug.sethook(function() for i = 1, 100 do end end, "l")\nwhile true do\nlocal x = 1\nend',
    'a hook that removes itself': 'debug.sethook(function() debug.sethook() while true do end end, "c") print()',
    'a finalizer': 'setmetatable({}, { __gc = function() while true do end end }) collectgarbage()',
    'a finalizer around pcall':
      'setmetatable({}, { __gc = function() while true do pcall(function() while true do end end) end end }) collectgarbage()',
    'finalizers within a hook':
      'debug.sethook(function() collectgarbage() end, "", 1) setmetatable({}, { __gc = function() while true do end end }) while true do end',
    'many short coroutines': 'while true do coroutine.wrap(function() for i = 1, 10 do end end)() end',
    'a coroutine that yields':
      'local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end',
    'coroutines that are closed':
      'while true do local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() for i = 1, 50 do end end }) coroutine.yield() end) coroutine.resume(co) coroutine.close(co) end',
    'a message handler': 'xpcall(function() while true do end end, function() while true do end end)',
    'message handlers, again and again': 'while true do xpcall(error, function() while true do end end) end',
    'a text of an error': 'error(setmetatable({}, { __tostring = function() while true do end end }))',
    'a variable to be closed':
      'local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end',
    'pcall in itself': 'local function f() while true do pcall(f) end end f()',
    'pcall that C makes': 'while true do ("x"):rep(20):gsub("x", pcall) end',
    'a reader of a chunk': 'load(function() return " " end)',
    'an order': 'table.sort({ 3, 2, 1 }, function() while true do end end)',
  };
  for (const [title, code] of Object.entries(scripts)) {
    it(`ends ${title}`, () => {
      using(limited, (lua) => {
        // A finalizer's own error is nobody's: what was interrupted goes on to its next instruction.
        assert.match(failing(lua, code).message, LIMIT);
        assert.throws(() => lua.run('debug.sethook() while true do end'), LIMIT);
        assert.deepEqual(lua.run('debug.sethook() local n = 0 for i = 1, 1000 do n = n + i end return n'), [500_500]);
      });
    });
  }

  it('is the same whoever runs', () => {
    using({ instructions: 100_000 }, (lua) => {
      const counted = (code: string): number => {
        assert.throws(() => lua.run(`n = 0 ${code}`), LuaError);
        return lua.run('return n')[0] as number;
      };
      const alone = counted('while true do n = n + 1 end');
      assert.ok(alone > 20_000 && alone <= 25_000, String(alone));
      const each = counted('while true do coroutine.wrap(function() for i = 1, 25 do n = n + 1 end end)() end');
      assert.ok(each > 15_000 && each <= 25_000, String(each));
      const collected = counted(
        'while true do setmetatable({}, { __gc = function() for i = 1, 25 do n = n + 1 end end }) collectgarbage() end',
      );
      assert.ok(collected > 15_000 && collected <= 25_000, String(collected));
    });
  });

  it('leaves hooks to the script', () => {
    using({ instructions: 1e6 }, (lua) => {
      const events =
        'local e = {} debug.sethook(function(kind, line) e[#e + 1] = kind .. (line or "") end, "crl") local x = math.abs(1)\nlocal y = 2\ndebug.sethook() return table.concat(e, " "), debug.gethook()';
      const [said, hook] = lua.run(events);
      assert.deepEqual([said, hook], ['return call return line2 line3 call', null]);
      const count =
        'local n = 0 local function f() n = n + 1 end debug.sethook(f, "", 100) for i = 1, 10000 do end local hook, mask, count = debug.gethook() debug.sethook() return n > 95 and n < 110, hook == f, mask, count';
      assert.deepEqual(lua.run(count), [true, true, '', 100]);
      assert.deepEqual(
        using({}, (other) => other.run(events)),
        [said, hook],
      );
    });
  });

  it('goes for set, which may collect', () => {
    using(limited, (lua) => {
      lua.run('collectgarbage("generational") setmetatable({}, { __gc = function() while true do end end })');
      for (let i = 0; i < 100; i++)
        lua.set(
          'x',
          Array.from({ length: 100 }, (_, n) => ({ n })),
        );
      assert.deepEqual(lua.run('return #x'), [100]);
    });
  });
});

describe('close', () => {
  const endless = 'setmetatable({}, { __gc = function() while true do end end })';
  for (const [title, options] of [
    ['with a limit', limited],
    ['without one', {}],
  ] as const) {
    it(`ends finalizers, ${title}`, () => {
      const lua = createLua(options);
      lua.run(`for i = 1, 20 do ${endless} end
        local co = coroutine.create(function() while true do coroutine.yield() while true do end end end) coroutine.resume(co)
        setmetatable({}, { __gc = function() debug.sethook() coroutine.resume(co) while true do end end })
        local function again() setmetatable({}, { __gc = again }) end again()`);
      lua.close();
      lua.close();
      assert.throws(() => lua.run('return 1'), { code: 'ERR_CLOSED_MACHINE' });
    });
  }

  it('works after the limits were hit', () => {
    const lua = createLua({ instructions: 1000, memory: 20 * 2 ** 20 });
    failing(lua, `${endless} while true do end`);
    failing(lua, `${endless} local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1e6) .. i end`);
    lua.close();
  });
});

describe('a machine is never stuck', () => {
  it('when stdout throws', () => {
    for (const thrown of [new Error('full'), undefined, Object.assign(new Error('gone'), { code: 'EPIPE' })]) {
      const said: string[] = [];
      let works = true;
      const stdout = (bytes: Buffer): void => {
        if (!works) throw thrown;
        said.push(String(bytes));
      };
      const lua = createLua({ stdout });
      const caught = (run: () => unknown): unknown => {
        try {
          run();
        } catch (error) {
          return error;
        }
        throw new assert.AssertionError({ message: 'nothing was thrown' });
      };
      works = false;
      const error = caught(() => lua.run('print("lost")')) as LuaError;
      assert.ok(error instanceof LuaError && 'cause' in error && error.cause === thrown);
      assert.equal(
        caught(() => lua.run('io.stdout:setvbuf("full", 1000) io.write("lost, too")')),
        thrown,
      );
      works = true;
      assert.deepEqual(lua.run('print("told") return 1'), [1]);
      lua.run('setmetatable({}, { __gc = function() io.write("last") end })');
      works = false;
      assert.equal(
        caught(() => lua.close()),
        thrown,
      );
      assert.equal(said.join(''), 'told\n');
      assert.throws(() => lua.run('return 1'), { code: 'ERR_CLOSED_MACHINE' });
    }
  });

  it("when the host's stack is nearly full", () => {
    const deep = 'local function f() return pcall(f) and error("deep") or error("deep") end f()';
    for (const code of ['return 1', deep, 'local function f() return (xpcall(f, f)) end f()']) {
      const lua = createLua({ instructions: 1e6 });
      let runs = 0;
      let overflows = 0;
      const down = (): void => {
        try {
          lua.run(code);
        } catch (error) {
          if (error instanceof RangeError) overflows++;
          else assert.ok(error instanceof LuaError);
        }
        runs++;
        if (overflows < 20) down();
      };
      down();
      assert.ok(runs > 20 && overflows === 20);
      assert.deepEqual(lua.run('return 1'), [1]);
      lua.close();
    }
  });
});

describe('what a host function throws', () => {
  const values = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    42,
    Number.NaN,
    undefined,
    null,
    '',
    'text',
    true,
    2n ** 60n,
    [1, 2],
    { code: 5 },
  ];
  for (const value of [...values, new Map(), Symbol('s'), () => 1, new Error('told'), new Date(0)]) {
    it(`arrives: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`, () => {
      using({}, (lua) => {
        lua.set('fail', () => {
          throw value;
        });
        const [ok, error] = lua.run('local ok, e = pcall(fail) return ok, e');
        assert.equal(ok, false);
        if (values.includes(value as never)) assert.deepEqual(error, value ?? null);
        else assert.equal(typeof error, 'string');
        for (const code of ['fail()', 'local ok, e = pcall(fail) error(e, 0)', 'coroutine.wrap(fail)()']) {
          const uncaught = failing(lua, code);
          if (code !== 'fail()' && value === '') continue; // any error ends with that
          assert.ok('cause' in uncaught, code);
          // Lua has one NaN, which is no other value's equal.
          assert.ok(Object.is(uncaught.cause, value), code);
        }
        assert.ok(!('cause' in failing(lua, 'error("own")')));
      });
    });
  }

  it('arrives also from code that fails when it is looked at, and from another machine', () => {
    using({}, (lua) => {
      class Hostile extends Error {
        override get message(): string {
          throw this;
        }
      }
      lua.set('hostile', () => {
        throw new Hostile();
      });
      assert.deepEqual(lua.run('return pcall(hostile)'), [false, 'an error that has no text']);
      lua.set('other', () => using({}, (other) => other.run('error("there", 0)')) as never);
      assert.deepEqual(lua.run('return pcall(other)'), [false, 'there']);
      assert.equal(failing(lua, 'other()').message, 'there');
      assert.deepEqual(lua.run('return 1'), [1]);
    });
  });
});
