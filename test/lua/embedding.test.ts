/** `createLua`: what a script may reach, what stops it, and what its errors are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLua, type Lua, LuaError, type LuaOptions } from '../../src/entry/lua.ts';
import { Bindings } from '../../src/lua/bindings.ts';
import { granted } from '../../src/lua/granted.ts';
import { OutputCallback } from '../../src/lua/host/files.ts';

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

describe('values', () => {
  it('go in and come out', () => {
    using({}, (lua) => {
      const values = [
        1,
        -1,
        0.5,
        2 ** 53,
        -0,
        Number.NaN,
        2n ** 60n,
        'grüße',
        '',
        '\0',
        true,
        false,
        null,
        [1, ['a']],
        { a: { b: 1 } },
      ];
      assert.deepEqual(lua.run('return ...', ...values), values);
      assert.deepEqual(lua.run('return math.type(...), math.type(1.5), select("#", ...)', 3), ['integer', 'float', 1]);
      assert.deepEqual(lua.run('return 2.0, 1 << 62, {}, {x = {}}'), [2, 2n ** 62n, {}, { x: {} }]);
    });
  });

  it('code is read as it was given, whatever finalizers hand over meanwhile', () => {
    using({}, (lua) => {
      lua.set('written', () => 'x '.repeat(1500));
      lua.run(`local metatable = {}
        function metatable.__gc() written() setmetatable({}, metatable) end
        for i = 1, 10 do setmetatable({}, metatable) end
        collectgarbage("setpause", 0) collectgarbage("setstepmul", 1000)`);
      const words = Array.from({ length: 300 }, (_, i) => `word${i}`);
      for (let i = 0; i < 20; i++) {
        const own = words.map((word) => `${word}of${i}`);
        assert.deepEqual(lua.run(`return {${own.map((word) => `"${word}"`).join()}}`), [own]);
      }
    });
  });

  it('all bytes go in and come out', () => {
    using({}, (lua) => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      assert.deepEqual(lua.run('local s = ... return s, #s, s:byte(1), s:byte(256)', all), [all, 256, 0, 255]);
      assert.deepEqual(lua.run(Buffer.from([...Buffer.from('return "'), 0xff, 0xfe, ...Buffer.from('"')])), [
        Buffer.of(255, 254),
      ]);
    });
  });

  it('that have no meaning are refused', () => {
    using({}, (lua) => {
      assert.match(failing(lua, 'return print').message, /a function cannot leave Lua, at result 1$/);
      assert.throws(() => lua.run('return ...', (() => {}) as never), /a function has no meaning in Lua here/);
      assert.deepEqual(lua.run('return 1'), [1]);
    });
  });
});

describe('callbacks', () => {
  it('get values and give one', () => {
    using({}, (lua) => {
      lua.set('add', (a, b) => Number(a) + Number(b));
      lua.set('nothing', () => {});
      lua.set('größe', 42);
      assert.deepEqual(lua.run('return add(1, 2), nothing(), _G["größe"]'), [3, null, 42]);
    });
  });

  it('what they throw is an error in Lua, which goes on', () => {
    using({}, (lua) => {
      lua.set('fail', () => {
        throw new TypeError('on the host');
      });
      assert.deepEqual(lua.run('return pcall(fail)'), [false, 'on the host']);
      assert.deepEqual(lua.run('return select(2, pcall(coroutine.wrap(fail)))'), ['on the host']);
      const error = failing(lua, 'local function f() fail() end f()');
      assert.equal(error.message, 'on the host');
      assert.match(error.traceback, /in function 'fail'\n\s*script:1: in local 'f'/);
    });
  });

  it('may not use the machine that calls them', () => {
    using({}, (lua) => {
      lua.set('again', () => lua.run('return 1')[0]);
      lua.set('close', () => lua.close());
      assert.match(failing(lua, 'again()').message, /runs in this machine already/);
      assert.match(failing(lua, 'close()').message, /a script runs in this machine/);
    });
  });
});

describe('errors', () => {
  it('have a message and a traceback, and the machine goes on', () => {
    using({}, (lua) => {
      assert.equal(failing(lua, 'error("text")').message, 'script:1: text');
      assert.match(
        failing(lua, 'local function inner() error("deep") end\ninner()').traceback,
        /script:1: in .*'inner'\n\s*script:2:/,
      );
      assert.equal(failing(lua, 'error("bare", 0)').message, 'bare');
      assert.equal(failing(lua, 'error({})').message, '(error object is a table value)');
      assert.equal(failing(lua, 'error(nil)').message, '(error object is a nil value)');
      assert.equal(
        failing(lua, 'error(setmetatable({}, {__tostring = function() return "shown" end}))').message,
        'shown',
      );
      assert.match(failing(lua, 'x =').message, /^script:1: unexpected symbol near <eof>$/);
      assert.deepEqual(lua.run('return "usable"'), ['usable']);
    });
  });

  it('recursion without end is one', () => {
    using({}, (lua) => {
      for (const code of [
        'local function f() return f() + 1 end f()',
        'local function f() return (string.gsub("a", "a", f)) end f()',
        'local function f() return pcall(f) and error("deep") or error("deep") end f()',
        'local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end return t[1]',
        'local t = {} for i = 1, 200 do t = setmetatable({}, { __index = t }) end return t.x or error("chain")',
        'return string.rep("(", 1000) .. load(string.rep("(", 100000))()',
        'local co function f() return coroutine.wrap(f)() end f()',
        'return ("x"):rep(300000):find((".-"):rep(300000) .. "y")',
      ]) {
        failing(lua, code);
        assert.deepEqual(lua.run('return 1 + 1'), [2], code);
      }
    });
  });
});

describe('limits', () => {
  it('instructions stop a loop, also one around pcall or in coroutines', () => {
    using({ instructions: 100_000 }, (lua) => {
      for (const code of [
        'while true do end',
        'while true do pcall(function() while true do end end) end',
        'local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end',
        'while true do local co = coroutine.create(function() while true do end end) coroutine.resume(co) end',
        'repeat until pcall(error)',
      ]) {
        assert.match(failing(lua, code).message, /instruction limit: more than 100000 instructions/, code);
        assert.deepEqual(lua.run('local n = 0 for i = 1, 1000 do n = n + i end return n'), [500500]);
      }
    });
  });

  it('memory ends with an error, and the machine goes on', () => {
    using({ memory: 64 * 2 ** 20, transfer: 2 ** 30 }, (lua) => {
      assert.throws(() => lua.run('return ...', Buffer.alloc(100 * 2 ** 20)), /not enough memory/);
      assert.equal(failing(lua, 'return ("x"):rep(2^30)').message, 'not enough memory');
      assert.equal(failing(lua, 'local t = {} for i = 1, 1e9 do t[i] = i end').message, 'not enough memory');
      assert.deepEqual(lua.run('return pcall(string.rep, "x", 2^30)'), [false, 'not enough memory']);
      assert.deepEqual(lua.run('local s = ("x"):rep(2^20) return #s'), [2 ** 20]);
    });
  });

  it('are checked', () => {
    for (const options of [{ memory: 1 }, { memory: 2 ** 40 }, { instructions: 0 }, { instructions: 1.5 }])
      assert.throws(() => createLua(options), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('reach', () => {
  it('is nothing but computing', () => {
    using({}, (lua) => {
      assert.deepEqual(lua.run('return io.open("/etc/passwd")'), [null, '/etc/passwd: Permission denied', 13]);
      assert.deepEqual(lua.run('return os.remove("/tmp/x"), os.getenv("HOME"), io.read("l")'), [null, null, null]);
      for (const [code, permission] of [
        ['os.execute("true")', 'processes'],
        ['io.popen("true")', 'processes'],
        ['os.tmpname()', 'files'],
        ['require "socket"', 'network'],
        ['require "socket.core"', 'network'],
      ] as const)
        assert.match(failing(lua, code).message, new RegExp(`not permitted \\(permission '${permission}'\\)`));
      assert.match(failing(lua, 'os.exit(1)').message, /os.exit: not permitted/);
      assert.deepEqual(lua.run('return pcall(dofile, "/etc/passwd")')[0], false);
      assert.deepEqual(lua.run('return package.loadlib("x", "y")').slice(2), ['absent']);
    });
  });

  it('is what it is given', () => {
    const said: string[] = [];
    const options: LuaOptions = {
      stdin: 'first\nsecond\n',
      stdout: (bytes) => said.push(`out ${bytes}`),
      stderr: (bytes) => said.push(`err ${bytes}`),
      env: { GREETING: 'grüß dich' },
      permissions: { files: true, network: true },
    };
    using(options, (lua) => {
      const code =
        'print(io.read()) io.stderr:write("!") return os.getenv("GREETING"), io.read(), io.read(), io.open("package.json"):read(1)';
      assert.deepEqual(lua.run(code), ['grüß dich', 'second', null, '{']);
      assert.deepEqual(said.sort(), ['err !', 'out first\n']);
      assert.deepEqual(lua.run('local s = require "socket" return s._VERSION, s == require "socket.core"'), [
        'LuaSocket 3.1.0',
        true,
      ]);
    });
  });

  it('is each machine for itself', () => {
    using({ permissions: { network: true } }, (one) => {
      using({ permissions: { network: true } }, (other) => {
        one.run('x = 1; require("socket").mine = true');
        assert.deepEqual(other.run('return x, require("socket").mine'), [null, null]);
      });
      assert.deepEqual(one.run('return x, require("socket").mine'), [1, true]);
    });
  });

  it('ends with close: sockets are closed, finalizers run', () => {
    const said: string[] = [];
    const lua = createLua({ stdout: (bytes) => said.push(String(bytes)), permissions: { network: true } });
    const code = `local socket = require "socket"
      server = socket.bind("127.0.0.1", 0) setmetatable({}, { __gc = function() print("gc") end })
      return math.tointeger(select(2, server:getsockname()))`;
    const [port] = lua.run(code);
    lua.close();
    lua.close();
    assert.deepEqual(said, ['gc\n']);
    assert.throws(() => lua.run('return 1'), { code: 'ERR_CLOSED_MACHINE' });
    using({ permissions: { network: true } }, (next) => {
      assert.deepEqual(next.run('return require("socket").connect("127.0.0.1", ...)', port as number), [
        null,
        'connection refused',
      ]);
    });
  });

  it('ends with close: what fails to close keeps nothing else open, and is thrown at the end', () => {
    const streams = [0, 1, 2].map(() => new OutputCallback(() => {})) as never;
    const machine = new Bindings({ streams, env: {}, ...granted() });
    const closed: string[] = [];
    const { __syscall_openat: open } = machine.kernel.env as Record<string, (...args: number[]) => number>;
    for (const name of ['first', 'second', 'third']) {
      const file = Object.assign(new OutputCallback(() => {}), {
        close() {
          closed.push(name);
          if (name !== 'third') throw new Error(name);
        },
      });
      machine.kernel.openAs(file, () => open!(0, 0, 0, 0));
    }
    machine.atEnd(() => closed.push('sockets'));
    assert.throws(() => machine.close(), { message: 'first' });
    assert.deepEqual(closed, ['first', 'second', 'third', 'sockets']);
  });

  it('sockets that are dropped are closed', () => {
    using({ permissions: { network: true } }, (lua) => {
      const code =
        'local s = require "socket" for i = 1, 20000 do assert(s.tcp4()) end collectgarbage() return s.tcp4():getfd()';
      assert.ok((lua.run(code)[0] as number) < 1000);
    });
  });
});
