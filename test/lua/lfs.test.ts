/** `lfs`: one script with us and with LuaFileSystem, and what a machine with permissions may reach by it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createLua, type Lua } from '../../src/entry/lua.ts';
import { needs } from '../peers/tools.ts';
import { lua, native, SHOW } from './support.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'moonsocket-lfs-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** `ROOT` is a new folder, which is named so in what is shown. */
const SETUP = `
  local lfs, ROOT = require "lfs", arg[1]
  local print_line = print
  local function print(text) print_line((text:gsub(ROOT:gsub("%p", "%%%0"), "ROOT"))) end
  local function write(name, text) local file = assert(io.open(ROOT .. "/" .. name, "w")) file:write(text or "") file:close() end
`;
const SHOWN = SHOW.replace('local function show', `${SETUP} local function show`);

const CASES: Readonly<Record<string, string>> = {
  folders: `
    show(lfs.mkdir(ROOT .. "/a")) show(lfs.mkdir(ROOT .. "/a")) show(lfs.mkdir(ROOT .. "/none/b")) show(lfs.attributes(ROOT .. "/a", "permissions"):sub(1, 3))
    write "a/x" show(lfs.rmdir(ROOT .. "/a")) os.remove(ROOT .. "/a/x") show(lfs.rmdir(ROOT .. "/a")) show(lfs.rmdir(ROOT .. "/a")) write "f" show(lfs.rmdir(ROOT .. "/f")) show(lfs.mkdir(ROOT .. "/f/g"))`,
  'the current one': `
    show(lfs.mkdir(ROOT .. "/a")) show(lfs.chdir(ROOT .. "/a")) show(lfs.currentdir()) show(lfs.mkdir("b")) show(lfs.chdir("b")) show(lfs.currentdir())
    show(lfs.chdir("..")) show(lfs.currentdir()) local file = io.open("here", "w") file:write("x") file:close() show(lfs.attributes(ROOT .. "/a/here", "size"))
    show(lfs.chdir("none")) show(lfs.chdir("here")) show(lfs.currentdir()) show(io.popen("pwd"):read())`,
  'what is in one': `
    for i = 1, 20 do write("file " .. i) end lfs.mkdir(ROOT .. "/sub") write("b\\255")
    local names = {} for name in lfs.dir(ROOT) do names[#names + 1] = name end table.sort(names) show(table.concat(names, "|"))
    local iterator, object, none, closed = lfs.dir(ROOT) show(type(iterator), type(object), none, object == closed) show(type(object:next())) show(object:close()) show(pcall(object.next, object)) show(pcall(iterator, object))
    iterator, object = lfs.dir(ROOT .. "/sub") show(iterator(object) ~= nil, object:next() ~= nil, object:next()) show(pcall(object.next, object)) show(object:close())
    for name in lfs.dir(ROOT) do break end show(pcall(lfs.dir, ROOT .. "/none")) show(pcall(lfs.dir, ROOT .. "/b\\255"))
    do local _, object <close> = lfs.dir(ROOT) end show(getmetatable(object).__name)`,
  attributes: `
    write("f", "12345") lfs.link("f", ROOT .. "/l", true) lfs.link("nowhere", ROOT .. "/dead", true) lfs.mkdir(ROOT .. "/d") os.execute("mkfifo " .. ROOT .. "/p")
    local function shape(t) local names = {} for name, value in pairs(t) do names[#names + 1] = name .. ":" .. (math.type(value) or type(value)) end table.sort(names) show(table.concat(names, " ")) end
    for _, name in ipairs { "f", "l", "d", "p" } do local t = lfs.attributes(ROOT .. "/" .. name) shape(t) show(t.mode, t.size, t.nlink, t.permissions, t.uid, t.rdev, t.blksize) end
    for _, name in ipairs { "f", "l", "dead" } do local t = lfs.symlinkattributes(ROOT .. "/" .. name) shape(t) show(t.mode, t.size, t.target, t.permissions) end
    for _, name in ipairs { "mode", "size", "dev", "ino", "access", "blocks" } do show(math.type(lfs.attributes(ROOT .. "/f", name)) or lfs.attributes(ROOT .. "/f", name)) end
    show(lfs.attributes(ROOT .. "/none")) show(lfs.attributes(ROOT .. "/none", "mode")) show(lfs.attributes(ROOT .. "/dead")) show(lfs.symlinkattributes(ROOT .. "/none")) show(lfs.symlinkattributes(ROOT .. "/l", "target"), (lfs.symlinkattributes(ROOT .. "/f", "target")))
    show(pcall(lfs.attributes, ROOT, "bogus")) show(pcall(lfs.attributes, ROOT, 5)) show(pcall(lfs.attributes, ROOT, "target")) show(pcall(lfs.attributes)) local t = { mine = 1 } show(lfs.attributes(ROOT .. "/f", t) == t, t.mine, t.size) show(lfs.attributes("/dev/null", "mode"), lfs.attributes(ROOT .. "/f\\0g", "size"))`,
  'links and times': `
    write("f", "x") show(lfs.link(ROOT .. "/f", ROOT .. "/hard")) show(lfs.attributes(ROOT .. "/f", "nlink")) show(lfs.link(ROOT .. "/f", ROOT .. "/hard")) show(lfs.link(ROOT .. "/none", ROOT .. "/x"))
    show(lfs.link("f", ROOT .. "/soft", true)) show(lfs.symlinkattributes(ROOT .. "/soft", "target")) show(lfs.link("f", ROOT .. "/soft", true)) show(lfs.attributes(ROOT .. "/soft", "size"))
    show(lfs.touch(ROOT .. "/f", 1000, 2000)) show(lfs.attributes(ROOT .. "/f", "access"), lfs.attributes(ROOT .. "/f", "modification")) show(lfs.touch(ROOT .. "/f", 5)) show(lfs.attributes(ROOT .. "/f", "modification"))
    show(lfs.touch(ROOT .. "/soft", 7)) show(lfs.attributes(ROOT .. "/f", "modification")) show(lfs.touch(ROOT .. "/f")) show(lfs.attributes(ROOT .. "/f", "modification") > 1e9) show(lfs.touch(ROOT .. "/none")) show(lfs.touch(ROOT, 9)) show(lfs.attributes(ROOT, "access"))`,
  locks: `
    write("f", "12345") local file = io.open(ROOT .. "/f", "r+") show(lfs.lock(file, "w")) show(lfs.lock(file, "r", 1, 2)) show(lfs.unlock(file, 1, 2)) show(lfs.unlock(file))
    show(pcall(lfs.lock, file, "x")) show(pcall(lfs.lock, file)) show(pcall(lfs.lock, 5, "r")) local reader = io.open(ROOT .. "/f") show(lfs.lock(reader, "read")) show(lfs.lock(reader, "w"))
    file:close() show((pcall(lfs.lock, file, "w"))) show(lfs.setmode(reader, "binary")) show(lfs.setmode(reader, "text")) show(pcall(lfs.setmode, reader, "x"))
    local lock = lfs.lock_dir(ROOT) show(lock ~= nil, lfs.symlinkattributes(ROOT .. "/lockfile.lfs", "mode"), lfs.symlinkattributes(ROOT .. "/lockfile.lfs", "target")) show(lfs.lock_dir(ROOT)) show(lock:free()) show(lfs.symlinkattributes(ROOT .. "/lockfile.lfs")) local again = lfs.lock_dir(ROOT) show(again ~= nil) again:free() show(lfs.lock_dir(ROOT .. "/none"))`,
  'wrong arguments': `for _, name in ipairs { "mkdir", "rmdir", "chdir", "dir", "touch", "link", "symlinkattributes", "lock_dir" } do show(pcall(lfs[name])) show(pcall(lfs[name], {})) end show(lfs._VERSION)`,
};

describe('lfs and LuaFileSystem', () => {
  for (const [name, code] of Object.entries(CASES)) {
    it(name, needs('lua5.4', 'luasocket', 'luafilesystem'), (t) => {
      const [ours, theirs] = [lua, native].map((run) => {
        const root = folder(t);
        const script = join(folder(t), 'script.lua');
        writeFileSync(script, SHOWN + code, 'latin1');
        return run([script, root]);
      });
      const named = (text: string): string => text.replace(/[^\s"]*script\.lua/g, 'SCRIPT');
      assert.equal(named(ours!.errors), named(theirs!.errors));
      assert.deepEqual(named(ours!.output).split('\n'), named(theirs!.output).split('\n'));
      assert.equal(theirs!.status, 0);
    });
  }

  it('a lock keeps another process out', needs('lua5.4', 'luafilesystem'), (t) => {
    const file = join(folder(t), 'file');
    writeFileSync(file, 'x');
    const code = `local lfs = require "lfs" local file = io.open("${file}", "r+") assert(lfs.lock(file, "w"))
      os.execute [[lua5.4 -e 'print(require "lfs".lock(io.open("${file}", "r+"), "w"))']]`;
    assert.match(lua(['-e', code]).output, /^nil\tResource temporarily unavailable\n/);
  });
});

describe('lfs in a machine with permissions', () => {
  const machine = (t: TestContext, files: boolean | { root: string; write?: boolean }): Lua => {
    const made = createLua({ permissions: { files } });
    t.after(() => made.close());
    return made;
  };

  it('is not there without files', (t) => {
    assert.throws(() => machine(t, false).run('require "lfs"'), { message: /permission 'files'/ });
  });

  it('stays in its folder', (t) => {
    const root = folder(t);
    const inside = join(root, 'inside');
    mkdirSync(join(inside, 'sub'), { recursive: true });
    writeFileSync(join(root, 'outside'), 'secret');
    writeFileSync(join(inside, 'sub', 'file'), 'abc');
    symlinkSync('../../outside', join(inside, 'sub', 'out'));
    symlinkSync('..', join(inside, 'up'));
    const run = (code: string): unknown[] => reached.run(`local lfs = require "lfs" ${code}`);
    const reached = machine(t, { root: inside, write: true });
    assert.deepEqual(run('return lfs.currentdir(), lfs.chdir("sub"), lfs.currentdir()'), ['/', true, '/sub']);
    assert.deepEqual(run('return lfs.attributes("file", "size"), io.open("file"):read("a")'), [3, 'abc']);
    assert.deepEqual(run('return lfs.attributes("out")').slice(0, 2), [
      null,
      "cannot obtain information from file 'out': Permission denied",
    ]);
    assert.deepEqual(run('return lfs.symlinkattributes("out", "mode")'), ['link']);
    for (const name of ['../..', '/..', '../up', '/up/sub'])
      assert.match(String(run(`return select(2, lfs.chdir("${name}"))`)[0]), /^Unable to change/, name);
    assert.match(String(run('return select(2, pcall(lfs.dir, "/up"))')[0]), /cannot open/);
    assert.match(String(run('return select(2, lfs.touch("out"))')[0]), /Permission denied/);
    assert.match(String(run('return select(2, lfs.link("file", "new", true))')[0]), /Permission denied/);
    assert.match(String(run('return select(2, lfs.link("file", "new"))')[0]), /Permission denied/);
    assert.equal(existsSync(join(inside, 'sub', 'new')), false);
    assert.deepEqual(
      run(
        'return lfs.mkdir("made"), lfs.mkdir("/top"), lfs.chdir(".."), lfs.currentdir(), lfs.attributes("top", "mode")',
      ),
      [true, true, true, '/', 'directory'],
    );
    assert.ok(existsSync(join(inside, 'sub', 'made')) && existsSync(join(inside, 'top')));
    assert.deepEqual(
      run('local lock = lfs.lock_dir("/") local second, why = lfs.lock_dir("/") lock:free() return second, why'),
      [null, 'File exists'],
    );
    assert.equal(existsSync(join(inside, 'lockfile.lfs')), false);
    assert.match(String(run('return select(2, lfs.mkdir("../x"))')[0]), /Permission denied/);
    assert.equal(existsSync(join(root, 'x')), false);
  });

  it('changes nothing where it may only read', (t) => {
    const root = folder(t);
    writeFileSync(join(root, 'file'), 'abc');
    const reached = machine(t, { root });
    const calls = ['mkdir("x")', 'rmdir("x")', 'touch("file")', 'link("file", "x")', 'lock_dir("/")'];
    for (const call of calls)
      assert.match(String(reached.run(`return select(2, require "lfs".${call})`)[0]), /Permission denied/, call);
    assert.deepEqual(reached.run('return require "lfs".attributes("file", "mode")'), ['file']);
  });

  it('has a current folder of its own, and neither the kernel nor devices', (t) => {
    const root = folder(t);
    const before = process.cwd();
    const [one, other] = [machine(t, true), machine(t, true)];
    one.set('root', root);
    one.run('require "lfs".chdir(root) require "lfs".mkdir("made")');
    assert.ok(existsSync(join(root, 'made')));
    assert.deepEqual(one.run('return require "lfs".currentdir() == root'), [true]);
    assert.deepEqual([process.cwd(), ...other.run('return require "lfs".currentdir()')], [before, before]);
    for (const path of ['/proc', '/proc/self/mem', '/sys', '/dev'])
      assert.match(
        String(one.run(`return select(2, require "lfs".attributes("${path}"))`)[0]),
        /Permission denied/,
        path,
      );
    one.run('require "lfs".link("made", "linked", true)');
    assert.equal(readlinkSync(join(root, 'linked')), 'made');
  });
});
