/** Scripts that try to get round the permission `network`: each test is named after what it protects. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createLua, LuaError, type NetworkRequest } from '../../src/entry/lua.ts';
import { FOLDER, folder, ran, refused } from './walls.ts';

describe('the descriptors of the process', () => {
  const SOCKET = 'local socket = require "socket" local client = socket.tcp4() ';

  it('are out of reach of setfd and select', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    for (const n of [0, 1, 2, fd, 999, -2, 0.5]) {
      for (const object of ['tcp4', 'udp4']) {
        const code = `require("socket").${object}():setfd(${n})`;
        if (n !== 0.5) assert.match(refused({ network: true }, code), /no descriptor of this machine/, code);
      }
      const code = `require("socket").select({ { getfd = function() return ${n} end } }, nil, 0)`;
      if (n >= 0) assert.match(refused({ network: true }, code), /is no descriptor of this machine/, code);
    }
    server.close();
  });

  it('are not those of another machine', () => {
    const one = createLua({ permissions: { network: true } });
    const [fd] = one.run('kept = require("socket").tcp4() return kept:getfd()');
    assert.match(refused({ network: true }, `require("socket").tcp4():setfd(${fd})`), /no descriptor of this machine/);
    one.close();
  });

  it('are none any more when they are closed, however many objects had them', () => {
    const code = `${SOCKET}
      local other, third, fd = socket.tcp4(), socket.tcp4(), client:getfd()
      other:setfd(fd)
      client:close()
      return other:getfd(), pcall(third.setfd, third, fd), (pcall(socket.select, { { getfd = function() return fd end } }, nil, 0))`;
    const [left, taken] = ran({ network: true }, code);
    assert.deepEqual([left, taken], [-1, false]);
  });

  it('stay what they are: a TCP socket does not become one of UDP', () => {
    assert.match(refused({ network: true }, `${SOCKET} socket.udp4():setfd(client:getfd())`), /no descriptor/);
  });

  it('of a machine go from object to object, and with it', () => {
    const before = fs.readdirSync('/proc/self/fd').length;
    const code = `${SOCKET}
      local other, fd = socket.tcp(), client:getfd()
      client:setfd(-1) other:setfd(fd)
      for i = 1, 20 do socket.tcp4():setfd(-1) end
      return client:getfd(), other:getfd() == fd, #socket.select({ { getfd = function() return fd end } }, nil, 0)`;
    assert.deepEqual(ran({ network: true }, code).slice(0, 2), [-1, true]);
    assert.ok(fs.readdirSync('/proc/self/fd').length <= before);
  });
});

describe('a descriptor of a Unix socket', () => {
  const UNIX = `local unix = require "socket.unix" local NONE, LONG = "none", ("x"):rep(200)`;

  it('is gone after a bind or connect that failed, also one that a wall has refused', () => {
    const permissions = { network: { unix: true }, files: { root: folder('gone') } };
    for (const kind of ['stream', 'dgram']) {
      for (const path of ['"none/deeper"', '"../deeper"']) {
        for (const call of ['bind', 'connect']) {
          const code = `${UNIX} local one = unix.${kind}() local done, wrong = one:${call}(${path})
            return done, type(wrong), one:getfd(), select(2, one:connect(NONE))`;
          assert.deepEqual(ran(permissions, code), [null, 'string', -1, 'closed'], `${kind} ${call} ${path}`);
        }
      }
      const code = `${UNIX} local one = unix.${kind}() local _, wrong = one:connect(LONG) return wrong, one:getfd() >= 0`;
      assert.deepEqual(ran(permissions, code), ['path too long', true], kind);
    }
  });
});

describe('the network', () => {
  const LOCAL = 'local socket = require "socket" ';

  it('is what is named of it', () => {
    for (const [network, code, missing] of [
      [{ udp: true }, 'require("socket").tcp()', 'network.tcp'],
      [{ udp: true }, 'require("socket").bind("127.0.0.1", 0)', 'network.tcp'],
      [{ udp: true }, 'require("socket").connect("127.0.0.1", 9)', 'network.tcp'],
      [{ udp: true }, 'require "socket.http"', 'network.tcp'],
      [{ tcp: true }, 'require("socket").udp4()', 'network.udp'],
      [{ tcp: true, udp: true }, 'require "socket.unix"', 'network.unix'],
      [true, 'require "socket.unix"', 'network.unix'],
      [{ unix: true }, 'require("socket").dns.toip("localhost")', 'network'],
      [{}, 'require "socket"', 'network'],
    ] as const)
      assert.match(refused({ network }, code), new RegExp(`not permitted \\(permission '${missing}'\\)`), code);
    assert.deepEqual(
      ran({ network: { unix: true } }, `${LOCAL} return #socket.select(nil, nil, 0), type(require "socket.unix")`),
      [0, 'table'],
    );
    for (const network of [{ tpc: true }, { tcp: 1 }, { allow: true }, 'tcp'])
      assert.throws(() => createLua({ permissions: { network: network as never } }), { code: 'ERR_INVALID_ARGUMENT' });
  });

  /** What a script returns, and what was asked meanwhile, as `kind protocol address port`. */
  function asking(code: string, allow: (request: NetworkRequest) => boolean = () => false): [unknown[], string[]] {
    const asked: string[] = [];
    const note = (request: NetworkRequest): boolean => {
      asked.push(Object.values(request).join(' '));
      return allow(request);
    };
    return [ran({ network: { tcp: true, udp: true, unix: true, allow: note } }, LOCAL + code), asked];
  }

  it('is asked about address by address: tcp', () => {
    const denied = [null, 'permission denied'];
    for (const [code, question] of [
      ['return socket.bind("127.0.0.1", 0)', 'bind tcp 127.0.0.1 0'],
      ['return socket.bind("*", 0)', 'bind tcp 0.0.0.0 0'],
      ['return socket.connect("127.0.0.1", 9)', 'connect tcp 127.0.0.1 9'],
      ['return socket.connect("0x7f.1", 9)', 'connect tcp 127.0.0.1 9'],
      [
        'local c = socket.tcp6() c:setoption("ipv6-v6only", false) return c:connect("::ffff:127.0.0.1", 9)',
        'connect tcp 127.0.0.1 9',
      ],
      ['return socket.tcp4():bind("127.0.0.1", 0)', 'bind tcp 127.0.0.1 0'],
      ['return socket.tcp4():listen()', 'bind tcp 0.0.0.0 0'],
      ['return socket.tcp4():setpeername("127.0.0.1", 9)', 'connect tcp 127.0.0.1 9'],
      ['return require("socket.http").request("http://127.0.0.1:9/")', 'connect tcp 127.0.0.1 9'],
      [
        'return require("socket.http").request { url = "http://127.0.0.1:9/", proxy = "http://127.0.0.2:9" }',
        'connect tcp 127.0.0.2 9',
      ],
    ] as const)
      assert.deepEqual(asking(code), [denied, [question]], code);
    const [, named] = asking('return socket.connect("localhost", 9)');
    assert.ok(
      named.length > 0 && named.every((question) => /^connect tcp (127\.0\.0\.1|::1) 9$/.test(question)),
      named.join(),
    );
  });

  it('is asked about address by address: udp', () => {
    const denied = [null, 'permission denied'];
    for (const [code, question] of [
      ['return socket.udp4():setsockname("127.0.0.1", 0)', 'bind udp 127.0.0.1 0'],
      ['return socket.udp4():setpeername("127.0.0.1", 9)', 'connect udp 127.0.0.1 9'],
      ['return socket.udp4():sendto("x", "127.0.0.1", 9)', 'send udp 127.0.0.1 9'],
      ['return socket.udp():sendto("x", "127.1", "9")', 'send udp 127.0.0.1 9'],
    ] as const)
      assert.deepEqual(asking(code), [denied, [question]], code);
    const twice = 'local u = socket.udp4() u:sendto("x", "127.0.0.1", 9) return u:sendto("x", "127.0.0.1", 9)';
    assert.equal(asking(twice)[1].length, 2);
  });

  it('is what the function allows', () => {
    const code = `
      local server = assert(socket.bind("127.0.0.1", 0))
      local _, port = server:getsockname()
      local client = assert(socket.connect("127.0.0.1", port))
      local accepted = server:accept() client:send("through\\n")
      return accepted:receive(), socket.connect("127.0.0.2", 9)`;
    assert.deepEqual(asking(code, (request) => 'address' in request && request.address === '127.0.0.1')[0], [
      'through',
      null,
      'permission denied',
    ]);
    assert.match(
      String(asking('return pcall(socket.connect, "127.0.0.1", 9)', (async () => true) as never)[0][1]),
      /answers true or false/,
    );
  });

  it('throws what the function throws', () => {
    const connect = [
      'socket.connect("127.0.0.1", 9)',
      'socket.udp4():sendto("x", "127.0.0.1", 9)',
      'require("socket.http").request("http://127.0.0.1:9/")',
    ];
    for (const thrown of [new Error('of the host'), Number.POSITIVE_INFINITY, undefined, Symbol('s')]) {
      const allow = (): never => {
        throw thrown;
      };
      for (const code of connect)
        assert.throws(
          () => asking(code, allow),
          (error) => error instanceof LuaError && Object.is(error.cause, thrown),
        );
    }
  });

  it('has Unix sockets where their paths may lead', () => {
    const root = folder('unix');
    const inside = path.join(root, 'inside');
    const out = path.join(FOLDER, 'outside');
    fs.symlinkSync(out, path.join(root, 'link'));
    const unix = 'local unix = require "socket.unix" local dgram, here = unix.dgram(), unix.dgram() ';
    const ways = [
      'unix.stream():connect(NAME)',
      'unix.stream():bind(NAME)',
      'dgram:bind(NAME)',
      'dgram:connect(NAME)',
      'dgram:sendto("x", NAME)',
    ];
    for (const name of ['link', '../outside', '/../outside', '\\0abstract'])
      for (const way of ways.slice(0, 5)) {
        const code = `${unix} return ${way.replace('NAME', `"${name}"`)}`;
        const [done, wrong] = ran({ network: { unix: true }, files: { root, write: true } }, code);
        assert.equal(done, null, `${way} ${name}`);
        assert.match(String(wrong), /permission denied|address already in use/, `${way} ${name}`);
      }
    assert.equal(fs.existsSync(out), false);
    const exchange = `${unix}
      assert(here:bind("inside")) assert(dgram:bind("/own")) assert(dgram:sendto("x", "inside"))
      local text, from = here:receivefrom()
      assert(here:sendto("back", from))
      return text, from, here:getsockname(), dgram:receive(), unix.stream():connect("inside")`;
    const permissions = { network: { unix: true }, files: { root, write: true } };
    assert.deepEqual(ran(permissions, exchange).slice(0, 4), ['x', '/own', '/inside', 'back']);
    assert.equal(ran({ ...permissions, files: { root } }, `${unix} return dgram:bind("read-only")`)[0], null);
    const questions = ways.map((way) => asking(`${unix} return ${way.replace('NAME', JSON.stringify(inside))}`)[1][0]);
    assert.deepEqual(
      questions,
      ['connect', 'bind', 'bind', 'connect', 'send'].map((kind) => `${kind} unix ${inside}`),
    );
    assert.deepEqual(asking(`${unix} return dgram:bind("\\0moonsocket-walls")`)[1], ['bind unix \0moonsocket-walls']);
    for (const name of ['/dev/log', '/proc/self/fd/0'])
      assert.deepEqual(ran({ network: { unix: true } }, `${unix} return dgram:connect("${name}")`), [
        null,
        'permission denied',
      ]);
  });

  it('opens no serial line that the files do not have', () => {
    assert.deepEqual(ran({ network: true, files: true }, 'return require("socket.serial")("/dev/ptmx")').slice(0, 2), [
      null,
      'permission denied',
    ]);
    assert.match(refused({ network: true }, 'require "socket.serial"'), /permission 'files'/);
  });
});
