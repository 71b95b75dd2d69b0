/** Values between a program and its scripts: nothing is lost in silence, and one conversion is bounded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import {
  createLua,
  type FromLua,
  type Lua,
  LuaError,
  type LuaOptions,
  runInWorker,
  type ToLua,
} from '../../src/entry/lua.ts';

function using<T>(options: LuaOptions, use: (lua: Lua) => T): T {
  const lua = createLua(options);
  try {
    return use(lua);
  } finally {
    lua.close();
  }
}

const one = (code: string): FromLua | undefined => using({}, (lua) => lua.run(code)[0]);

describe('tables that leave Lua', () => {
  it('are arrays only if their keys are 1 to n', () => {
    const cases: readonly (readonly [string, FromLua])[] = [
      ['{ "a", "b" }', ['a', 'b']],
      ['{ [2] = "b", [1] = "a", [3] = "c" }', ['a', 'b', 'c']],
      [
        '(function() local t = {} for i = 20, 1, -1 do t[i] = i end return t end)()',
        Array.from({ length: 20 }, (_, i) => i + 1),
      ],
      ['{ [1] = "a", [3] = "c" }', { 1: 'a', 3: 'c' }],
      ['{ 1, 2, n = 2 }', { 1: 1, 2: 2, n: 2 }],
      ['{ [0] = 0, 1 }', { 0: 0, 1: 1 }],
      ['{ [-1] = 0 }', { '-1': 0 }],
      ['{ [1.5] = 0, [2^53 | 0] = 1 }', { '1.5': 0, '9007199254740992': 1 }],
      ['{ ["1"] = "text" }', { 1: 'text' }],
      ['{ ["grün"] = 1, [""] = 2 }', { grün: 1, '': 2 }],
      ['{}', {}],
    ];
    for (const [code, value] of cases) assert.deepEqual(one(`return ${code}`), value, code);
    const odd = one('return { __proto__ = 1, constructor = 2 }') as Record<string, unknown>;
    assert.deepEqual(Object.keys(odd).sort(), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(odd), Object.prototype);
  });

  it('are one object where they are one table', () => {
    const [a, b, c] = using({}, (lua) => lua.run('local t = { 1 } return t, { t, t }, { 1 }')) as FromLua[][];
    assert.ok(b![0] === a && b![1] === a && c !== a);
    type Loop = { readonly self: Loop; readonly list: Loop[] };
    const loop = one('local t = {} t.self = t t.list = { t, t } return t') as unknown as Loop;
    assert.ok(loop.self === loop && loop.list[0] === loop && loop.list[1] === loop && loop.list.length === 2);
    const list = one('local t = { 1 } t[2] = { t } t[3] = t return t') as FromLua[][];
    assert.ok(Array.isArray(list) && list[2] === (list as unknown) && list[1]![0] === (list as unknown));
    assert.equal(list.length, 3);
  });

  it('are refused by name and place, if something cannot leave', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['{ a = { 1, 2, print } }', 'a function cannot leave Lua, at .a[3] of result 1'],
      ['nil, { ["a b"] = { io.stdout } }', 'a userdata cannot leave Lua, at ["a b"][1] of result 2'],
      ['coroutine.create(print)', 'a thread cannot leave Lua, at result 1'],
      ['{ { [true] = 1 } }', 'a key that is a boolean cannot leave Lua, at [1] of result 1'],
      ['{ [{}] = 1 }', 'a key that is a table cannot leave Lua, at result 1'],
      ['{ ["\\255"] = 1 }', 'a key that is no UTF-8 cannot leave Lua, at result 1'],
      ['{ [1] = 1, [3] = 2, ["3"] = 3 }', 'the keys 3 and "3" of one table cannot both leave Lua, at result 1'],
    ];
    using({}, (lua) => {
      for (const [code, message] of cases) assert.throws(() => lua.run(`return ${code}`), { code: 'ERR_LUA', message });
      lua.set('take', () => 1);
      assert.throws(() => lua.run('take(1, { x = print })'), {
        message: "a function cannot leave Lua, at .x of argument 2 of 'take'",
      });
      assert.deepEqual(lua.run('return pcall(take, print)').slice(0, 1), [false]);
    });
  });
});

describe('values that go into Lua', () => {
  it('are one table where they are one object', () => {
    using({}, (lua) => {
      const shared = { n: 1 };
      const loop: ToLua[] = [shared];
      loop.push(loop);
      const code = 'local a, b, c = ... return a == b[1], b[2] == b, rawequal(a, c), #b';
      assert.deepEqual(lua.run(code, shared, loop, { n: 1 }), [true, true, false, 2]);
      lua.set('loop', loop);
      lua.set('give', () => loop);
      assert.deepEqual(lua.run('local l = give() return loop[2] == loop, l[2] == l, l == loop'), [true, true, false]);
    });
  });

  it('are refused by name and place, if Lua has nothing for them', () => {
    const values: readonly (readonly [unknown, RegExp])[] = [
      [new Map(), /a value of class Map has no meaning in Lua/],
      [new Date(), /class Date/],
      [Promise.resolve(), /class Promise/],
      [new Error('x'), /class Error/],
      [new Float64Array(1), /class Float64Array/],
      [new ArrayBuffer(1), /class ArrayBuffer/],
      [Symbol('s'), /a symbol/],
      [() => 1, /a function/],
      [2n ** 63n, /an integer of more than 64 bits/],
      ['\ud800', /half of a surrogate pair/],
      [{ [Symbol('s')]: 1 }, /a symbol as a key/],
      [/x/.exec('x'), /a property of an array has no meaning in Lua, at .*\.groups of/],
      [new (class Point {})(), /class Point/],
    ];
    using({}, (lua) => {
      for (const [value, message] of values) {
        const nested = { a: [0, value] } as unknown as ToLua;
        const invalid = { code: 'ERR_INVALID_ARGUMENT', message };
        assert.throws(() => lua.run('return 1', nested), invalid);
        assert.throws(() => lua.run('return 1', 0, nested), {
          message: /^run: .* at \.a\[1\].* of argument 2$|groups of argument 2$/,
        });
        assert.throws(() => lua.set('x', nested), { message: /^set: .* of 'x'$/ });
        lua.set('give', () => value as ToLua);
        const [ok, said] = lua.run('return pcall(give)');
        assert.equal(ok, false);
        assert.match(String(said), message);
      }
      const given: unknown = assert.throws(
        () => lua.set('x', { deep: new Map() } as never),
        (error: Error) => String(error.stack).includes('values.test'),
      );
      assert.equal(given, undefined);
      assert.deepEqual(lua.run('return x'), [null]);
    });
  });

  it('may come from another realm, without a prototype, with holes', () => {
    using({}, (lua) => {
      const foreign = vm.runInNewContext('({ list: [1, 2], bytes: new Uint8Array([104, 105]) })') as ToLua;
      assert.deepEqual(lua.run('return ...', foreign), [{ list: [1, 2], bytes: 'hi' }]);
      assert.deepEqual(lua.run('return ...', Object.assign(Object.create(null), { a: 1 }) as ToLua), [{ a: 1 }]);
      // biome-ignore lint/suspicious/noSparseArray: that is the case
      assert.deepEqual(lua.run('return ...', [1, , 3] as ToLua), [{ 1: 1, 3: 3 }]);
    });
  });
});

describe('one conversion', () => {
  const small: LuaOptions = { transfer: 100_000, instructions: 1e7 };
  const TOO_MUCH = /more than 100000 bytes of values at once \(limit 'transfer'\)/;

  it('counts each value and each byte, in both directions', () => {
    using(small, (lua) => {
      let calls = 0;
      lua.set('take', () => {
        calls++;
      });
      for (const value of ['("x"):rep(100001)', 'big', '{ big }', 'many', 'wide', 'table.unpack(many, 1, 7000)']) {
        const code = `local many = {} for i = 1, 7000 do many[i] = i end local wide = {} for i = 1, 1500 do wide[i] = {} end
          local s = ("x"):rep(1000) local big = {} for i = 1, 100 do big[i] = s end`;
        assert.throws(() => lua.run(`${code} return ${value}`), TOO_MUCH, value);
        assert.throws(() => lua.run(`${code} take(${value})`), TOO_MUCH, value);
        assert.match(String(lua.run(`${code} return select(2, pcall(take, ${value}))`)[0]), TOO_MUCH);
      }
      assert.equal(calls, 0);
      const many = Array.from({ length: 7000 }, (_, i) => i);
      for (const value of [
        'x'.repeat(100_001),
        Buffer.alloc(100_001),
        many,
        new Array(1e9) as ToLua,
        [many.slice(1, 5000), many],
      ]) {
        assert.throws(() => lua.run('return 1', value), { code: 'ERR_INVALID_ARGUMENT', message: TOO_MUCH });
        assert.throws(() => lua.set('x', value), { code: 'ERR_INVALID_ARGUMENT', message: TOO_MUCH });
        lua.set('give', () => value);
        assert.match(String(lua.run('return select(2, pcall(give))')[0]), TOO_MUCH);
      }
      assert.deepEqual(lua.run('return ("x"):rep(99000)'), ['x'.repeat(99_000)]);
    });
  });

  it('takes what is there once, once', () => {
    using({ memory: 32 * 2 ** 20, instructions: 1e6 }, (lua) => {
      const [top] = lua.run('local t = { 1 } for i = 1, 40 do t = { t, t } end return t') as [FromLua[]];
      let depth = 0;
      for (let at: FromLua = top; Array.isArray(at) && at[0] === at[1]; at = at[0]!) depth++;
      assert.equal(depth, 40);
      let pairs: ToLua = [1];
      for (let i = 0; i < 40; i++) pairs = [pairs, pairs];
      lua.set('pairs_', pairs);
      assert.deepEqual(
        lua.run('local n, t = 0, pairs_ while t[2] do assert(t[1] == t[2]) t = t[1] n = n + 1 end return n'),
        [40],
      );
    });
  });

  it('goes 200 tables deep', () => {
    using({}, (lua) => {
      const nested = 'local t = 1 for i = 1, ... do t = { t } end return t';
      const [deep] = lua.run(nested, 200);
      assert.deepEqual(lua.run('return ...', deep!), [deep]);
      assert.throws(() => lua.run(nested, 300), /more than 200 levels of tables, at (\[1\]){10}\.\.\. of result 1/);
      assert.throws(() => lua.run('return 1', [deep!]), {
        code: 'ERR_INVALID_ARGUMENT',
        message: /more than 200 levels/,
      });
    });
  });

  it('has a limit that is checked', () => {
    assert.throws(() => createLua({ transfer: 0 }), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('runInWorker', () => {
  it('gives tables within themselves, and bytes in them', async () => {
    const [loop] = (await runInWorker('local t = { bytes = "\\255" } t.self = t return t')) as [
      { bytes: Buffer; self: unknown },
    ];
    assert.ok(loop.self === loop && Buffer.isBuffer(loop.bytes));
    await assert.rejects(runInWorker('return ("x"):rep(200)', { transfer: 100 }), LuaError);
    await assert.rejects(runInWorker('return 1', { args: [new Map() as never] }), { code: 'ERR_INVALID_ARGUMENT' });
  });
});
