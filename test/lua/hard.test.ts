/** Scripts that go to the ends of a machine (cases 504 to 509): each gets an error of Lua's, and the machine goes on. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createLua, LuaError } from '../../src/entry/lua.ts';

const DEEP: readonly (readonly [title: string, code: string, message: RegExp])[] = [
  ['a function', 'local function f() return 1 + f() end f()', /stack overflow/],
  [
    'nested pcalls',
    'local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end f()',
    /stack overflow/,
  ],
  ['a callback of gsub', 'local function f() return (("x"):gsub("x", f)) end f()', /stack overflow/],
  ['a comparison of sort', 'local function f() table.sort({2, 1}, f) end f()', /stack overflow/],
  [
    'a metamethod',
    'local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x',
    /overflow/,
  ],
  [
    'a chain of __index',
    'local t = {} for i = 1, 3000 do t = setmetatable({}, {__index = t}) end return t.x',
    /'__index' chain too long/,
  ],
  [
    'tostring',
    'local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)',
    /overflow/,
  ],
  ['coroutines in coroutines', 'local function f() return coroutine.wrap(f)() end f()', /stack overflow/],
  [
    'brackets in source',
    'return assert(load("return " .. ("("):rep(300) .. "1" .. (")"):rep(300)))',
    /overflow|too many/,
  ],
  ['requires', 'package.preload.a = function() package.loaded.a = nil return require "a" end require "a"', /overflow/],
];

describe('504: recursion without end', () => {
  const lua = createLua({ permissions: { network: true } });
  for (const [title, code, message] of DEEP) {
    it(`of ${title}`, () => {
      for (let i = 0; i < 3; i++) {
        assert.throws(
          () => lua.run(code),
          (error) => error instanceof LuaError && message.test(error.message),
        );
        assert.deepEqual(lua.run('return #("x"):rep(1e6), select("#", table.unpack({}, 1, 1000))'), [1e6, 1000]);
      }
    });
  }
});

it('505: memory that a script has had can be had again', () => {
  using(createLua({ memory: 100_000_000 }), (lua) => {
    for (let i = 0; i < 5; i++) {
      assert.throws(() => lua.run('return #("x"):rep(2^30)'), /not enough memory|too large/);
      assert.throws(() => lua.run('local t = {} for i = 1, 1e9 do t[i] = {} end'), /not enough memory/);
      assert.deepEqual(lua.run('return #("x"):rep(1e7)'), [1e7]);
    }
  });
});

it('506: a socket call waits for itself alone, wherever it stands', () => {
  using(createLua({ permissions: { network: true } }), (lua) => {
    const [said] = lua.run(`
      local socket = require "socket"
      local server = assert(socket.bind("127.0.0.1", 0))
      local _, port = server:getsockname()
      local client, peer = assert(socket.connect("127.0.0.1", port)), nil
      peer = assert(server:accept())
      local said = {}
      local function ask(word) assert(peer:send(word .. "\\n")) said[#said + 1] = assert(client:receive()) return said[#said] end
      coroutine.wrap(function()
        pcall(function()
          local inner = coroutine.create(function() ask "coroutine" coroutine.yield() ask "resumed" end)
          assert(coroutine.resume(inner)) assert(coroutine.resume(inner))
        end)
      end)()
      local _ = ("x"):gsub("x", function() ask "gsub" end)
      table.sort({ 2, 1 }, function(a, b) ask "sort" return a < b end)
      local _ = setmetatable({}, { __index = function() return ask "index" end }).x
      for word in function() return #said < 7 and ask "iterator" or nil end do end
      do local closing <close> = setmetatable({}, { __close = function() ask "close" end }) end
      return table.concat(said, " ")`);
    assert.match(String(said), /^coroutine resumed gsub sort (sort )*index (iterator )+close$/);
  });
});

it('509: 100,000 sockets that nobody closes', () => {
  const before = readdirSync('/proc/self/fd').length;
  using(createLua({ permissions: { network: true } }), (lua) => {
    lua.run(`
      local socket = require "socket"
      for i = 1, 100000 do assert(socket.udp()) if i % 500 == 0 then collectgarbage() end end
      collectgarbage() collectgarbage()`);
    assert.ok(readdirSync('/proc/self/fd').length <= before + 3);
  });
});

function using(lua: ReturnType<typeof createLua>, use: (lua: ReturnType<typeof createLua>) => void): void {
  try {
    use(lua);
  } finally {
    lua.close();
  }
}
