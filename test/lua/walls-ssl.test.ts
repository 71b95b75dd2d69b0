/** What a script may not get by LuaSec's modules, nor break: each test is named after what it protects. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createLua, runInWorker } from '../../src/entry/lua.ts';
import { openssl } from '../../src/posix/openssl/functions.ts';
import { makeFiles } from './luasec/files.ts';
import { PRELUDE } from './luasec/probe.ts';
import { folder, ran, refused } from './walls.ts';

const CERTIFICATES = makeFiles();
const ALL = { files: true, network: true };
const TALK = `arg = { ${JSON.stringify(CERTIFICATES)} } ${PRELUDE}`;

function counting(name: 'SSL_new' | 'SSL_free' | 'SSL_CTX_new' | 'SSL_CTX_free' | 'X509_free'): () => number {
  const c = openssl() as unknown as Record<string, (...args: unknown[]) => unknown>;
  const call = c[name]!;
  let count = 0;
  c[name] = (...args) => {
    count++;
    return call(...args);
  };
  return () => count;
}

describe('the files of the host', () => {
  const CODE = `
    local context = require "ssl.context"
    local function fresh() return context.create("any") end
    local function tried(path)
      return (context.locations(fresh(), path)), (context.locations(fresh(), nil, path)),
        (context.loadcert(fresh(), path)), (context.loadkey(fresh(), path, nil))
    end`;

  it('are read by ssl only with the permission for files, and within its folder', () => {
    const root = folder('certificates');
    for (const name of ['root.pem', 'server.pem', 'server.key'])
      fs.copyFileSync(path.join(CERTIFICATES, name), path.join(root, name));
    fs.symlinkSync(path.join(CERTIFICATES, 'root.pem'), path.join(root, 'link.pem'));
    const inside = `${CODE} return context.locations(fresh(), "root.pem"), context.loadcert(fresh(), "/server.pem"),
      context.loadkey(fresh(), "server.key", nil)`;
    assert.deepEqual(ran({ files: { root } }, inside), [true, true, true]);
    for (const name of ['link.pem', '../root.pem', path.join(CERTIFICATES, 'root.pem')]) {
      const code = `${CODE} return tried(${JSON.stringify(name)})`;
      // A folder that may not be read has nothing to trust, as in LuaSec.
      assert.deepEqual(ran({ files: { root } }, code), [false, true, false, false], name);
      assert.deepEqual(ran({}, code), [false, true, false, false], name);
    }
    assert.deepEqual(ran({}, `${CODE} return tried("root.pem")`), [false, true, false, false]);
  });

  it('of the kernel are none of ssl', () => {
    for (const name of ['/proc/self/environ', '/dev/zero', '/dev/tty'])
      assert.deepEqual(ran({ files: true }, `${CODE} return (context.loadcert(fresh(), "${name}"))`), [false], name);
  });
});

describe('the network', () => {
  it('is out of reach of ssl without its permission, which has contexts and certificates all the same', () => {
    const code = `local ssl = require "ssl"
      local ctx = assert(ssl.newcontext { mode = "client", protocol = "any" })
      return type(ctx), ssl.loadcertificate("none"), pcall(require("ssl.core").create, ctx)`;
    const [type, none, ok, message] = ran({}, code);
    assert.deepEqual([type, none, ok], ['userdata', null, false]);
    assert.match(String(message), /permission 'network'/);
    assert.match(refused({}, 'require "ssl.https"'), /permission 'network'/);
  });

  it('of the process is out of reach of setfd', () => {
    const code = (fd: string): string => `local ssl, core, socket = require "ssl", require "ssl.core", require "socket"
      local conn = core.create(ssl.newcontext { mode = "client", protocol = "any" })
      core.setfd(conn, ${fd})`;
    for (const fd of ['0', '1', '2', '999', 'socket.udp4():getfd()'])
      assert.match(refused({ network: true }, code(fd)), /no descriptor of this machine/, fd);
  });

  it('is left alone by a connection whose descriptor another object has closed', () => {
    const code = `${TALK}
      local c, s = connected()
      local listening = assert(socket.bind("127.0.0.1", 0))
      local _, port = listening:getsockname()
      local other, fd = socket.tcp4(), c:getfd()
      other:setfd(fd) other:close()
      local a = socket.tcp4() -- it has the number from now on
      assert(a:connect("127.0.0.1", port))
      local b = assert(listening:accept())
      local results = { c:send("secret"), c:receive(), c:getfd(), c:info() }
      c:close()
      a:settimeout(0) b:settimeout(0)
      return c:getfd(), select(2, c:send("x")), select(2, a:receive(1)), select(2, b:receive(1)), a:getfd() == fd`;
    assert.deepEqual(ran(ALL, code), [-1, 'closed', 'timeout', 'timeout', true]);
  });
});

describe('a handshake that asks the program', () => {
  const asking = (body: string): string => `${TALK}
    local c, s
    local function asked(names) ${body} end
    c, s = ends(with(CLIENT, { alpn = { "a", "b" } }), with(SERVER, { alpn = asked }))
    local function step() local r = table.pack(pcall(s.dohandshake, s)) return table.unpack(r, 1, r.n) end
    c:dohandshake()
    for _ = 1, 1000 do
      socket.select({ s }, nil, 0.01)
      local ok, done, wrong = step()
      if not ok or done or wrong ~= "wantread" then return ok, done, wrong, tostring(s):find("closed", 1, true) ~= nil, c, s end
      c:dohandshake()
    end`;
  const first = (code: string): unknown[] =>
    ran(ALL, `local r = table.pack((function() ${code} end)()) return table.unpack(r, 1, 4)`);

  it('may be closed by the function that it asks', () => {
    assert.deepEqual(first(asking('s:close() return names')), [true, false, 'closed', true]);
    assert.deepEqual(first(asking('s:close() collectgarbage() return nil')), [true, false, 'closed', true]);
  });

  it('raises what the function raises, as it is', () => {
    assert.deepEqual(first(asking('error("mine", 0)')), [false, 'mine', null, false]);
    const [ok, value] = first(asking('error({ "table" })'));
    assert.deepEqual([ok, value], [false, ['table']]);
    assert.match(String(first(asking('error(setmetatable({}, { __index = names }), 0)'))[0]), /false/);
    assert.match(String(first(asking('coroutine.yield()'))[1]), /yield/);
  });

  it('refuses itself to the function, and lets it make another', () => {
    assert.deepEqual(
      first(
        asking('local d, w = s:dohandshake() return d == false and w == "closed" and s:receive() == nil and "b"'),
      ).slice(0, 2),
      [true, true],
    );
    assert.deepEqual(
      first(asking('local x, y = connected() x:send("in\\n") return y:receive() == "in" and "b"')).slice(0, 2),
      [true, true],
    );
  });

  it('lets the machine end, whatever finalizers do with its objects', () => {
    const code = `${TALK}
      local c, s = connected()
      local ctx = ssl.newcontext(CLIENT)
      local all = setmetatable({ c, s, ctx, cert }, { __gc = function()
        for _, one in ipairs { c, s, ctx, cert } do
          getmetatable(one).__gc(one) getmetatable(one).__close(one)
          for _, method in pairs(getmetatable(one).__index) do pcall(method, one, "x") pcall(method, one, 1) end
        end
        pcall(core.create, ctx) pcall(core.setfd, c, -1) pcall(context.setmode, ctx, "server")
      end })
      kept[1] = all
      return (c:send("x"))`;
    assert.deepEqual(ran(ALL, code), [1]);
  });
});

describe('the memory of the host', () => {
  it('counts for contexts, connections and certificates, and is bounded by the machine', () => {
    const code = `local ssl, all = require "ssl", {}
      return pcall(function() for i = 1, 1e6 do all[i] = ssl.newcontext { mode = "client", protocol = "any" } end end)`;
    const lua = createLua({ memory: 2 ** 25 });
    const [ok, message] = lua.run(code);
    assert.deepEqual([ok, message], [false, 'not enough memory']);
    lua.close();
  });

  it('is given back by the collector before the machine is out of it', () => {
    const lua = createLua({ memory: 2 ** 25 });
    const code =
      'collectgarbage("stop") local ssl = require "ssl" for i = 1, 2000 do ssl.newcontext { mode = "client", protocol = "any" } end return true';
    assert.deepEqual(lua.run(code), [true]);
    lua.close();
  });

  it('is free of all of a machine once it has ended', () => {
    const counts = (['SSL_new', 'SSL_free', 'SSL_CTX_new', 'SSL_CTX_free'] as const).map(counting);
    assert.deepEqual(
      ran(
        ALL,
        `${TALK} kept[9] = { connected() } kept[8] = ssl.newcontext(CLIENT) kept[7] = { ends() }
      getmetatable(kept[9][1]).__gc = nil getmetatable(kept[8]).__gc = nil return 1`,
      ),
      [1],
    );
    const [made, freed, contexts, contextsFreed] = counts.map((count) => count());
    assert.ok((made as number) >= 4 && (contexts as number) >= 5, `${made} and ${contexts}`);
    assert.deepEqual([freed, contextsFreed], [made, contexts]);
  });
});

describe('a worker', () => {
  it('talks TLS by itself', async () => {
    const code = `${TALK} local c, s = connected() c:send("hello\\n") return s:receive(), c:info("protocol")`;
    assert.deepEqual(await runInWorker(code, { permissions: ALL }), ['hello', 'TLSv1.3']);
  });

  it('ends in a handshake that its peer leaves open', async () => {
    const abort = new AbortController();
    const code = `${TALK} local c = plain() io.write("waits") io.stdout:flush() local w = ssl.wrap(c, CLIENT) return w:dohandshake()`;
    const stdout = (): void => abort.abort();
    await assert.rejects(runInWorker(code, { permissions: ALL, stdout, signal: abort.signal }), { name: 'AbortError' });
  });
});
