/** What Debian's `lua5.4` has besides the language: functions of Lua 5.3, precompiled files, places of standard streams, SIGPIPE. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { needs } from '../peers/tools.ts';
import { alike, lua, native, PROGRAMS } from './support.ts';

alike('as Debian builds it', '', {
  'functions of math': `
    local function digits(...) local values = table.pack(...) for i = 1, values.n do values[i] = type(values[i]) == "number" and math.type(values[i]) .. (" %.13g"):format(values[i]) or tostring(values[i]) end print((table.concat(values, " "):gsub("-nan", "nan"))) end
    local NUMBERS = { 0, -0.0, 1, -1, 0.5, 8, -3.75, 1e300, 2^-1022, 5e-324, -5e-324, 1/0, -1/0, 3, 1e-310, 709.5, 0.1 }
    for _, x in ipairs(NUMBERS) do digits(x, math.cosh(x), math.sinh(x), math.tanh(x), math.log10(math.abs(x))) digits(math.frexp(x)) for _, e in ipairs { 0, 1, -1, 1023, -1074, 2000, -2000, 1 << 40 } do digits(math.ldexp(x, e)) end for _, y in ipairs(NUMBERS) do digits(math.pow(x, y)) end end
    digits(math.ldexp(1.1, -1070), math.ldexp(3, -1076), math.ldexp(0x1.8p1000, -2074), math.pow(1, 0/0) == 1, math.pow(-1, 1/0), math.atan2(1, -2), math.atan2 == math.atan)
    for _, name in ipairs { "pow", "ldexp", "frexp", "log10", "cosh" } do print(pcall(math[name])) print(pcall(math[name], "x")) print(pcall(math[name], "2", "3")) end print(pcall(math.ldexp, 1, 1.5))`,
  locales: `for _, name in ipairs { "C", "POSIX", "nosuch", "xx_YY.UTF-8" } do print(name, os.setlocale(name), os.setlocale(name, "numeric")) end print(os.setlocale(), os.setlocale(nil, "time"), pcall(os.setlocale, "C", "nosuch"))`,
  'a place in a pipe':
    'print((io.stdout:seek())) print(select(3, io.stdout:seek("set", 1))) print(pcall(io.stdout.seek, io.stdout, "nosuch")) print(pcall(io.stdout.seek, 5))',
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'moonsocket-compat-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('the program lua', () => {
  it('begins with the collector in generations', needs('lua5.4'), () => {
    const args = ['-e', 'print(collectgarbage("incremental"))'];
    assert.deepEqual([lua(args).output, native(args).output], ['generational\n', 'generational\n']);
  });

  it('runs a file of precompiled code, which may begin with a line for the shell', (t) => {
    const path = folder(t);
    // The engine's own: its integers of C have 32 bits, and luac's 64.
    writeFileSync(
      join(path, 'dump.lua'),
      'local f = io.open(arg[1], "wb") f:write(arg[2] or "", string.dump(assert(load "print([[compiled]], ...) return 5"))) f:close()',
    );
    lua(['dump.lua', 'own.lua'], { cwd: path });
    lua(['dump.lua', 'shell.lua', '#!/usr/bin/lua\n'], { cwd: path });
    for (const file of ['own.lua', 'shell.lua']) {
      assert.deepEqual(lua([file, 'x'], { cwd: path }), { status: 0, output: 'compiled\tx\n', errors: '' });
      const code = `for i = 1, 3 do print(loadfile("${file}")(i), dofile("${file}")) end`;
      assert.equal(
        lua(['-e', code], { cwd: path }).output,
        [1, 2, 3].map((i) => `compiled\t${i}\ncompiled\n5\t5\n`).join(''),
      );
    }
  });

  it('knows and sets the places of standard streams that are files', needs('lua5.4'), (t) => {
    const path = folder(t);
    writeFileSync(join(path, 'in'), 'one\ntwo\nthree\n');
    const code = `print(io.read(), io.stdin:seek("cur")) io.write("12345") print(io.stdout:seek("cur")) print(io.stdin:seek("end"), io.stdin:seek("set", 4), io.read())
      io.stdout:seek("set", 0) io.write("ONE") io.stdout:seek("end") io.stderr:write("e") print(io.stderr:seek("cur", 0))`;
    const [ours, theirs] = (['ours', 'native'] as const).map((host) => {
      const program = [...PROGRAMS[host], '-e', code];
      const { status } = spawnSync('sh', ['-c', '"$0" "$@" <in >out 2>err', ...program], { cwd: path });
      return [status, readFileSync(join(path, 'out'), 'utf8'), readFileSync(join(path, 'err'), 'utf8')];
    });
    assert.deepEqual(ours, theirs);
  });

  it('ends where nothing reads what it writes, until it has loaded socket', needs('lua5.4', 'luasocket'), () => {
    const code = {
      ends: 'while true do print(("x"):rep(1000)) end',
      'goes on': 'require "socket" for i = 1, 200 do print(("x"):rep(1000)) end io.stderr:write "went on"',
    };
    for (const script of Object.values(code)) {
      const [ours, theirs] = (['ours', 'native'] as const).map((host) => {
        const run = `{ "$0" "$@"; echo "status $?" >&2; } | head -c 1`;
        const { stderr } = spawnSync('sh', ['-c', run, ...PROGRAMS[host], '-e', script], { encoding: 'utf8' });
        return stderr.replace(/Broken pipe\n/, '');
      });
      assert.equal(ours, theirs);
    }
  });
});
