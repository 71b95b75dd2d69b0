/** Scripts that try to get round the permission `files`: each test is named after what it protects. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createLua, runInWorker } from '../../src/entry/lua.ts';
import { Walled } from '../../src/lua/host/walls.ts';
import { FOLDER, folder, ran, refused } from './walls.ts';

describe('the kernel and other processes', () => {
  const OUT = [
    '/proc/self/mem',
    '/proc/self/environ',
    '/proc/self/fd/1',
    '/proc/self/../self/maps',
    '/dev/../proc/self/maps',
    '//proc//self/./maps',
    '/sys/kernel/notes',
    '/dev/stdin',
    '/dev/fd/1',
    '/dev/mem',
    '/dev/random',
    '/dev/shm/moonsocket',
  ];
  /** Nothing is done to what is named here, should a wall fall: only whether a path of the host's comes out. */
  function reaches(name: string, act: (walls: Walled, name: Buffer) => boolean): boolean {
    try {
      return act(new Walled(undefined, true), Buffer.from(name));
    } catch (error) {
      assert.match(String((error as NodeJS.ErrnoException).code), /^(EACCES|ENOENT|ENOTDIR)$/, name);
      return false;
    }
  }
  const { O_WRONLY, O_CREAT, O_TRUNC } = fs.constants;
  const writing = (walls: Walled, name: Buffer): boolean =>
    walls.opening(name, O_WRONLY | O_CREAT | O_TRUNC, () => true);
  const removing = (walls: Walled, name: Buffer): boolean => walls.entry(name, true, () => true);

  it('are out of reach of files: true', () => {
    const links = folder('links');
    fs.symlinkSync('/proc/self', path.join(links, 'process'));
    fs.symlinkSync('/proc/self/environ', path.join(links, 'environment'));
    fs.symlinkSync('../../../../../../../dev', path.join(links, 'devices'));
    const inside = ['process/mem', 'process/root/etc/passwd', 'devices/mem'].map((name) => path.join(links, name));
    const environment = path.join(links, 'environment');
    for (const name of [...OUT, ...inside, environment]) {
      const [done, message] = ran({ files: true }, `return io.open(${JSON.stringify(name)})`);
      assert.deepEqual([done, /Permission denied|No such file/.test(String(message))], [null, true], name);
      assert.equal(ran({ files: true }, `return loadfile(${JSON.stringify(name)})`)[0], null, name);
      assert.match(refused({ files: true }, `io.lines(${JSON.stringify(name)})`), /Permission denied|No such/, name);
      assert.equal(reaches(name, writing), false, name);
      // A link itself is a file like another.
      assert.equal(reaches(name, removing), name === environment, name);
    }
  });

  it('are out of reach wherever they are mounted', () => {
    assert.match(String(ran({ files: { root: '/proc/self' } }, 'return select(2, io.open("environ"))')[0]), /denied/);
    assert.match(String(ran({ files: { root: '/dev' } }, 'return select(2, io.open("null"))')[0]), /denied/);
  });

  it('leave the devices that lead nowhere, which stay', () => {
    const code = `
      local null, zero = assert(io.open("/dev/null", "w")), assert(io.open("/dev/zero"))
      assert(null:write("gone")) assert(null:close())
      return zero:read(2), #io.open("/dev/urandom"):read(8), (select(3, io.open("/dev/full", "w"):write(("x"):rep(9999))))`;
    assert.deepEqual(ran({ files: true }, code), ['\0\0', 8, os.constants.errno.ENOSPC]);
    assert.equal(reaches('/dev/null', writing), true);
    assert.equal(reaches('/dev/null', removing), false);
  });

  it('leave files as they were: read, written, appended, renamed, removed, temporary', () => {
    const place = folder('ordinary');
    fs.writeFileSync(path.join(place, 'real'), 'linked');
    fs.symlinkSync('real', path.join(place, 'link'));
    const code = `
      local function name(s) return ${JSON.stringify(place)} .. "/" .. s end
      local function put(s, mode, text) local f = assert(io.open(name(s), mode)) assert(f:write(text)) assert(f:close()) end
      put("a", "w", "one") put("a", "a", " two") put("a", "r+", "ONE")
      assert(os.rename(name "a", name "b"))
      local lines = {} for line in io.lines(name "b") do lines[#lines + 1] = line end
      local temporary, named = assert(io.tmpfile()), os.tmpname()
      temporary:write("kept") temporary:seek("set")
      return lines[1], io.open(name "a"), io.open(name "link"):read("a"), temporary:read("a"), os.remove(name "b"), os.remove(named), (select(2, io.open(name "none/x", "w")))`;
    const [line, gone, linked, kept, removed, unnamed, message] = ran({ files: true }, code);
    assert.deepEqual([line, gone, linked, kept, removed, unnamed], ['ONE two', null, 'linked', 'kept', true, true]);
    assert.match(String(message), /none\/x: No such file or directory/);
  });
});

describe('what is outside of a folder', () => {
  const root = folder('root');
  const secret = path.join(FOLDER, 'secret');
  fs.writeFileSync(secret, 'secret');
  fs.mkdirSync(path.join(root, 'inner'));
  fs.writeFileSync(path.join(root, 'inner/own'), 'own');
  fs.symlinkSync('../secret', path.join(root, 'relative'));
  fs.symlinkSync(secret, path.join(root, 'absolute'));
  fs.symlinkSync('..', path.join(root, 'up'));
  fs.symlinkSync('inner/own', path.join(root, 'inside'));
  fs.symlinkSync('../new', path.join(root, 'dangling'));
  const OUT = [
    '../secret',
    '/../secret',
    'inner/../../secret',
    'relative',
    'absolute',
    'up/secret',
    'dangling',
    secret,
    'inside',
  ];

  it('is out of reach: links and .. lead nowhere, and / is the folder', () => {
    for (const name of OUT) {
      for (const act of [
        'io.open(NAME)',
        'io.open(NAME, "r+")',
        'io.open(NAME, "w")',
        'io.open(NAME, "a")',
        'loadfile(NAME)',
      ]) {
        const [done, message] = ran(
          { files: { root, write: true } },
          `return ${act.replace('NAME', JSON.stringify(name))}`,
        );
        assert.equal(done, null, `${act} ${name}`);
        assert.match(String(message), /Permission denied|No such file or directory|Not a directory|Symbolic link/);
      }
      assert.match(refused({ files: { root } }, `io.lines(${JSON.stringify(name)})`), /denied|No such|Not a/, name);
    }
    for (const act of [
      'os.rename("inner/own", "../stolen")',
      'os.rename("../secret", "mine")',
      'os.remove("../secret")',
      'os.remove("up/secret")',
    ])
      assert.equal(ran({ files: { root, write: true } }, `return ${act}`)[0], null, act);
    assert.deepEqual(fs.readdirSync(FOLDER).includes('new'), false);
    assert.equal(fs.readFileSync(secret, 'utf8'), 'secret');
  });

  it('is out of reach where somebody changes the folder meanwhile', async () => {
    const moving = path.join(root, 'moving');
    fs.mkdirSync(moving);
    fs.writeFileSync(path.join(moving, 'secret'), 'own');
    const code = `
      local seen = {}
      for i = 1, 20000 do
        local file = io.open("moving/secret")
        if file then seen[file:read("a")] = true file:close() end
      end
      local found = {} for text in pairs(seen) do found[#found + 1] = text end
      return table.concat(found, " ")`;
    let over = false;
    const running = runInWorker(code, { permissions: { files: { root } } }).finally(() => {
      over = true;
    });
    // A folder that is now ours and now a link to the one above, where another file has the name.
    while (!over) {
      for (let i = 0; i < 200; i++) {
        fs.renameSync(moving, `${moving}.real`);
        fs.symlinkSync('..', moving);
        fs.unlinkSync(moving);
        fs.renameSync(`${moving}.real`, moving);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(await running, ['own']);
  });

  it('and what is in it is read only, unless it says write', () => {
    const reading = { files: { root } };
    for (const act of [
      'io.open("new", "w")',
      'io.open("inner/own", "a")',
      'io.open("inner/own", "r+")',
      'os.remove("inner/own")',
      'os.rename("inner/own", "x")',
      'io.tmpfile()',
      'io.open("new", "w+")',
    ])
      assert.match(
        String(ran(reading, `return select(2, ${act})`)[0] ?? refused(reading, act)),
        /Permission denied|EACCES/,
        act,
      );
    assert.match(refused(reading, 'os.tmpname()'), /EACCES|denied/);
    assert.deepEqual(
      ran(reading, 'return io.open("inner/own"):read("a"), io.open("/inner/../inner/./own"):read("a")'),
      ['own', 'own'],
    );
    const code = `
      local name, file = os.tmpname(), assert(io.tmpfile())
      local made = assert(io.open(name, "r+")) made:write("x") made:close()
      file:write("y") file:seek("set")
      return name:match("^/lua_%w+$") ~= nil, file:read("a"), os.rename(name, "inner/moved"), io.open("inner/moved"):read("a"), os.remove("inner/moved")`;
    assert.deepEqual(ran({ files: { root, write: true } }, code), [true, 'y', true, 'x', true]);
    assert.deepEqual(
      fs.readdirSync(root).filter((name) => name.startsWith('lua_')),
      [],
    );
  });

  it('is a folder that is there', () => {
    for (const files of [
      { root: path.join(root, 'none') },
      { root: secret },
      { root: 1 },
      {},
      { root, wirte: true },
      { root, write: 1 },
      'all',
    ])
      assert.throws(() => createLua({ permissions: { files: files as never } }), { code: 'ERR_INVALID_ARGUMENT' });
  });
});
