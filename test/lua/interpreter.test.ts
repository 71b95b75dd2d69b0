/** `moonsocket lua` beside the `lua5.4` of the system: the same programs, and the same output, errors and status. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { lua, native } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'moonsocket-lua-'));
after(() => rmSync(folder, { recursive: true }));

/** A program that must do with us what it does with lua5.4. */
function same(
  title: string,
  args: readonly string[],
  more: { input?: string; env?: Record<string, string> } = {},
): void {
  it(title, needs('lua5.4'), () => {
    const options = { cwd: folder, input: more.input ?? '', env: more.env ?? {} };
    assert.deepEqual(lua(args, options), native(args, options));
  });
}

function script(name: string, code: string): string {
  writeFileSync(join(folder, name), code);
  return name;
}

describe('the program lua', () => {
  same('executes a string', ['-e', 'print(1, "x", 2^53, -0.0, math.maxinteger)']);
  same('has the arguments of a script', [script('args.lua', 'print(arg[0], #arg, ..., arg[-2])'), 'a', '', 'c']);
  same('executes the standard input', ['-', 'x'], { input: 'print(arg[0], ...)' });
  same('executes the standard input by itself', [], { input: 'print("by itself")' });
  same('requires modules', ['-l', 'string', '-e', 'print(string.format("%q", "x"))']);
  same('requires modules by another name', ['-l', 's=string', '-e', 'print(s.rep("x", 3))']);
  same('goes on after --', ['-e', 'x = 1', '--', script('-dash.lua', 'print(x)')]);
  same('turns warnings on', ['-W', '-e', 'warn("careful")']);
  same('has warnings off', ['-e', 'warn("careful")']);
  same('executes LUA_INIT', ['-e', 'print(x)'], { env: { LUA_INIT: 'x = "of the environment"' } });
  same('ignores the environment', ['-E', '-e', 'print(x)'], { env: { LUA_INIT: 'x = 1' } });
  same('finds modules by LUA_PATH', ['-e', 'print(require "found")'], { env: { LUA_PATH: `${folder}/lib_?.lua;;` } });
  script('lib_found.lua', 'return "by its path"');
  same('loads files', ['-e', 'print(dofile "value.lua", loadfile("value.lua")(), loadfile("none.lua"))']);
  script('value.lua', '#!/usr/bin/lua\nreturn 42');

  same('ends with the status of os.exit', ['-e', 'io.write("unfinished") os.exit(7)']);
  same('ends with os.exit(false)', ['-e', 'os.exit(false)']);
  same('closes the state when asked', [
    '-e',
    'setmetatable({}, {__gc = function() print "gc" end}) os.exit(true, true)',
  ]);
  same('runs finalizers at the end', ['-e', 'setmetatable({}, {__gc = function() print "gc" end})']);

  same('shows an error with its traceback', [script('boom.lua', 'local function f() error "boom" end\nf()\n')]);
  same('shows a syntax error', ['-e', 'x =']);
  same('shows a missing script', ['none.lua']);
  same('shows an error that is a table', ['-e', 'error({})']);
  same('shows an error that shows itself', [
    '-e',
    'error(setmetatable({}, {__tostring = function() return "me" end}))',
  ]);
  same('shows an error that is nil', ['-e', 'error(nil)']);
  same('shows an error that is a number', ['-e', 'error(42)']);
  same('shows an error of a library', ['-e', 'local x = ("x"):rep(-1):bad()']);
  same('shows an error in a coroutine', ['-e', 'coroutine.wrap(function() error "inside" end)()']);
});

describe('io and os of the program lua', () => {
  const cases: Record<string, string> = {
    'write and read a file': `
      local f = assert(io.open("data", "wb"))
      print(f:write("one\\r\\n", 2, "\\0\\255\\n", 3.5) == f, f:seek("cur"))
      print(f:close(), pcall(f.read, f))
      for line in io.lines("data") do print(#line, line:byte(1, -1)) end
      f = io.open("data", "r+b") print(f:read("l", "n", "L", "a", "a", "l"))
      print(f:seek("set", 2), f:write("X") == f, f:seek("end"), f:seek("set"), f:read("a"):byte(1, -1)) f:close()
      f = io.open("data", "a") f:write("end") print(f:seek("cur")) f:close()
      print(io.open("data"):read(4, 0, 100, 0))`,
    'tell errors by their names and numbers': `
      print(io.open("none")) print(io.open("none/there", "w")) print(os.remove("none")) print(os.rename("none", "x"))
      print(io.open("."):read(1)) print(io.open("data2", "w"):read(1)) print(io.open("value.lua"):write("x"))
      print(pcall(io.open, "x", "bad")) print(pcall(io.lines, "none")) print(io.open(".", "w"))
      print(os.remove(".."))`,
    'have times': `
      print(os.date("!%Y-%m-%d %H:%M:%S %a %A %b %B %d %D %e %F %g %G %h %I %j %m %M %n %p %r %R %t %T %u %U %V %w %W %x %X %y %%", 1e9))
      print(os.time { year = 2021, month = 14, day = -3, hour = 30 }, os.time { year = 2024, month = 2, day = 29, hour = 0, isdst = false })
      for _, at in ipairs { 0, 951782400, 1709164800, 1735603200, 4102444800 } do
        print(os.date("!%c %G-W%V-%u %U %W %j", at)) local t = os.date("*t", at)
        print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst, os.time(t) == at) end
      print(pcall(os.date, "%Q")) print(os.clock() >= 0, math.type(os.time()), os.difftime(5, 3))`,
    'run commands': `
      print(os.execute("exit 3")) print(os.execute("kill -9 $$")) print(os.execute("true")) print(os.execute())
      local p = io.popen("printf 'a\\\\nb\\\\n'; exit 4") print(p:read("l", "l", "l")) print(p:close())
      io.stdout:flush() p = io.popen("cat", "w") p:write("to cat\\n") print(p:close())
      for line in io.popen("printf 'x\\\\ny'"):lines() do print(line) end
      print(pcall(io.popen, "x", "rw")) print(io.type(p), io.popen("kill -15 $$"):close())`,
    'make temporary files': `
      local f = io.tmpfile() f:write("kept") f:seek("set") print(f:read("a")) f:close()
      local name = os.tmpname() print(io.open(name):read("a")) print(os.remove(name), os.rename("value.lua", "value.lua"))`,
    'read the standard input': `
      print(io.read()) print(io.read("n", "n")) print(io.read(3)) print(io.read("L")) io.input("value.lua") print(io.read("a"))
      print(io.stdin:read("a")) print(io.stdin:read("a", "l"))`,
    'know the environment': 'print(os.getenv("GREETING"), os.getenv("NONE"), #os.getenv("PATH") > 0)',
  };
  for (const [title, code] of Object.entries(cases)) {
    same(title, ['-e', code], {
      input: 'first\n 12 0x1p4 abcdef\nrest\nof it',
      env: { GREETING: 'grüß dich', TZ: 'Europe/Berlin' },
    });
  }
});
