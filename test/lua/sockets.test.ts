/** Sockets of the Lua face: one script with us and with lua5.4 and LuaSocket's C core, and each as the other's peer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withTools } from '../peers/peer.ts';
import { needs } from '../peers/tools.ts';
import { type Host, lua, native, start } from './support.ts';

/** A server and a client connected to it, and names for both. */
const PAIR = `
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  port = math.tointeger(tonumber(port)) -- Debian's release gives text
  local client = assert(socket.connect("127.0.0.1", port))
  local peer = assert(server:accept())
  local function show(...)
    local values = table.pack(...)
    for i = 1, values.n do
      local value = values[i]
      values[i] = math.type(value) == "float" and ("%.1f"):format(value) or type(value) == "string" and ("%q"):format(value) or tostring(value)
    end
    print((table.concat(values, " "):gsub("0x%x+", "ADDRESS"):gsub(tostring(port), "PORT")))
  end
`;

/** Each prints what it sees; the system's Lua and ours must see the same. */
const CASES: Record<string, string> = {
  'classes and names': `
    show(client, peer, server, socket.tcp(), socket.tcp4())
    for _, object in ipairs { client, server, socket.tcp() } do
      local meta, names = getmetatable(object), {}
      for name, value in pairs(meta) do names[#names + 1] = name .. ":" .. type(value) end
      for name, value in pairs(meta.__index) do names[#names + 1] = name .. "/" .. type(value) end
      table.sort(names) show(meta.__name, meta.__index.class, table.concat(names, " "))
    end
    show(client:getpeername()) show(client:getfamily(), socket.tcp():getfamily(), socket.tcp6():getfamily())
    show(socket.tcp():getsockname()) show(socket.tcp():getpeername()) show(server:getpeername())
    show(client:getfd() > 2, socket.tcp():getfd(), client:dirty())`,
  lines: `
    peer:send("plain\\nwith cr\\r\\nin\\rside\\r\\r\\n\\n\\0\\255\\n\\r\\nhalf") peer:close()
    for i = 1, 8 do show(client:receive()) end show(client:receive("*l", "prefix"))`,
  'lines of all lengths and bytes': `
    local seed, bytes = 1, "\\0\\9\\r\\r\\14\\31 a\\127\\128\\138\\141\\255"
    local function random(n) seed = (seed * 16807) % 2147483647 return seed % n end
    for batch = 1, 8 do
      local lines, sent = {}, {}
      for i = 1, 3000 do
        local line = {}
        for j = 1, random(60) do local at = random(200) + 1 line[j] = at > #bytes and "x" or bytes:sub(at, at) end
        sent[i] = table.concat(line)
        lines[i] = sent[i]:gsub("\\r", "")
      end
      assert(peer:send(table.concat(sent, random(2) == 0 and "\\n" or "\\r\\n") .. "\\n"))
      for i = 1, #lines do assert(client:receive() == lines[i]) end
      show(batch, client:dirty(), (client:getstats()))
    end`,
  counts: `
    peer:send("0123456789abcdefghij")
    show(client:receive(3)) show(client:receive("2")) show(client:receive(1.9)) show(client:receive(0)) show(client:dirty())
    show(client:receive(4, "ab")) show(client:receive(2, "pre")) show(client:receive(0, "x")) show(client:receive(3, 45))
    peer:close() show(client:receive(100)) show(client:receive(0)) show(client:receive(1))`,
  everything: `
    peer:send(("x"):rep(100000) .. "end") peer:close()
    local all, e, partial = client:receive("*a") show(#all, all:sub(-4), e, partial)
    show(client:receive("*a")) show(client:receive("*a", "again"))`,
  'everything before a reset is no whole, whether it is at hand or comes': `
    local other = assert(socket.connect("127.0.0.1", port)) local far = assert(server:accept())
    for _, one in ipairs { peer, far } do one:setoption("linger", { on = true, timeout = 0 }) one:send("first half") one:close() end
    show(client:receive("*a")) show(other:receive(5)) show(other:receive("*a")) show(other:receive("*a"))`,
  'everything, while it comes': `
    local data, sent, got = ("0123456789abcde"):rep(400000), 0, ""
    peer:settimeout(0) client:settimeout(0)
    while sent < #data do
      local n, e, last = peer:send(data, sent + 1)
      sent = n or last
      local all, wrong, partial = client:receive("*a", got)
      assert(wrong == "timeout")
      got = partial
    end
    peer:close() client:settimeout() show(client:receive("*a", got) == data, client:receive("*a"), (client:getstats()))`,
  'timeouts and partial results': `
    show(client:settimeout(0.05)) show(client:gettimeout()) show(client:receive()) peer:send("some") show(client:receive(1))
    show(client:receive("*l", "pre")) show(client:receive("*a")) peer:send("ab") show(client:receive(5)) show(client:receive(5))
    client:settimeout(0) show(client:receive()) show(client:settimeout(2, "t")) show(client:gettimeout()) client:settimeout()
    show(client:gettimeout()) server:settimeout(0) show(server:accept()) server:settimeout(0.01, "total") show(server:accept())`,
  sends: `
    show(client:send("hello")) show(client:send("hello", 2)) show(client:send("hello", 2, 3)) show(client:send("hello", -2))
    show(client:send("hello", 7)) show(client:send("hello", -99, -99)) show(client:send("hello", 4, 2)) show(client:send(""))
    show(client:send(12.5)) show(client:send("hello", "2", 3.9)) client:close() show(peer:receive("*a"))
    show(client:send("x")) show(client:send("")) show(client:send("hello", 3)) show(client:receive()) show(client:close()) show(client:getfd())`,
  'a peer that is gone': `
    client:close() show(peer:receive()) peer:send("x") socket.sleep(0.02) show(peer:send("y")) show(peer:receive())`,
  'a full pipe': `
    client:settimeout(0.02) local n, e, last = client:send(("x"):rep(2^24)) show(n, e, last > 0, math.type(last))
    client:settimeout(0) repeat n, e, last = client:send("xy") until not n show(e, last < 2, math.type(last))`,
  shutdown: `
    show(client:shutdown("send")) show(client:send("x")) show(peer:receive()) show(peer:send("still\\n")) show(client:receive())
    show(peer:shutdown()) show(client:receive()) client:close() show(client:shutdown())`,
  statistics: `
    peer:send("one\\r\\ntwo") client:receive() client:send("12345") local r, s, age = client:getstats()
    show(r, s, age >= 0 and age < 10) show(client:setstats(100, 200, 300)) r, s, age = client:getstats() show(r, s, age >= 300)
    client:receive(2) show((client:getstats())) show(client:setstats(nil, 1.9)) show(select(2, client:getstats()))`,
  options: `
    for _, name in ipairs { "keepalive", "tcp-nodelay", "reuseaddr", "reuseport" } do
      show(name, client:setoption(name, true), client:getoption(name), client:setoption(name, false), client:getoption(name)) end
    for _, name in ipairs { "tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl" } do
      show(name, client:setoption(name, 7), client:getoption(name), client:setoption(name, "8"), client:getoption(name)) end
    show(client:setoption("linger", { on = true, timeout = 3 })) local linger = client:getoption("linger") show(linger.on, linger.timeout)
    show(client:getoption("error"), client:setoption("tcp-keepidle"), socket.tcp():setoption("keepalive", true))
    show(client:setoption("recv-buffer-size", 10000), client:getoption("recv-buffer-size"))
    show(client:setoption("ipv6-v6only", true))`,
  'connections that fail': `
    local free = socket.bind("127.0.0.1", 0) local _, closed = free:getsockname() free:close()
    show(socket.connect("127.0.0.1", closed)) show(socket.connect("127.0.0.1", "nosuch")) show(socket.connect("", 1)) show(socket.connect("127.0.0.1", 1.0))
    local master = socket.tcp4() show(master:connect("::1", 1)) show(master) show(pcall(master.listen, master))
    master = socket.tcp() master:settimeout(0) show(master:connect("127.0.0.1", closed)) show(master)
    show(#select(2, socket.select(nil, { master }, 1))) show(master:getoption("error"), master:getoption("error"))`,
  'what is tried again after a failure': `
    local taken = socket.bind("127.0.0.1", 0) local _, at = taken:getsockname() local free = socket.bind("127.0.0.1", 0) local _, closed = free:getsockname() free:close()
    local master = socket.tcp() show(master:connect("127.0.0.1", closed)) show(select(3, master:getsockname())) show(master:connect("127.0.0.1", port)) show(select(3, master:getsockname()))
    master = socket.tcp() show(master:connect("::1", closed)) show(master:getfamily()) show(select(3, master:getsockname())) show(master:connect("127.0.0.1", port))
    master = socket.tcp() show(master:bind("127.0.0.1", at)) show(select(3, master:getsockname())) show(master:setoption("keepalive", true)) show(master:bind("127.0.0.1", 0))
    show(master:getoption("keepalive")) show(select(3, master:getsockname())) master = socket.tcp4() show(master:connect("127.0.0.1", closed)) show(master:connect("127.0.0.1", port))`,
  masters: `
    local master = socket.tcp() show(master:bind("127.0.0.1", 0)) show(master:bind("127.0.0.1", 0)) show(master:listen(5)) show(master)
    local _, at = master:getsockname() show(socket.bind("127.0.0.1", at))
    local c = socket.tcp() show(c:setpeername("localhost", at)) show(c) show(master:accept())
    show(pcall(master.listen, master)) show(socket.tcp():listen()) show(socket.connect("127.0.0.1", at, "127.0.0.1", 0, "inet"))
    show(socket.bind("127.0.0.1", "nosuch"))`,
  misuse: `
    for _, f in ipairs {
      function() client:receive("*x") end, function() client:receive(-1) end, function() client:receive({}) end, function() client:receive("*l", {}) end,
      function() client:setoption("bogus", true) end, function() client:getoption("bogus") end, function() client:setoption("keepalive", 1) end,
      function() client:setoption("linger", 1) end, function() client:setoption("linger", {}) end, function() client:setoption("linger", { on = true }) end,
      function() client:settimeout(1, "x") end, function() client:settimeout("x") end, function() client:shutdown("x") end, function() client:send() end,
      function() client:send("x", "y") end, function() server:send("x") end, function() client.send(nil, "x") end, function() client.send(io.stdout, "x") end,
      function() socket.tcp():bind() end, function() socket.tcp():connect("127.0.0.1") end, function() socket.connect("127.0.0.1", 1, nil, nil, "bogus") end,
      function() client:setstats("x") end, function() socket.tcp():getstats() end, function() return client + 1 end, function() return #client end,
      function() client.x = 1 end, function() client:setoption("error", 1) end, function() socket.skip() end, function() socket.skip(1.5, 1) end,
      function() socket.select(1) end, function() socket.select({ 1 }, nil, 0) end, function() socket.select({}, nil, "x") end, function() socket.select({}, nil, 1e10) end,
    } do show(pcall(f)) end`,
  select: `
    local function names(list) local all = {} for i, v in ipairs(list) do all[i] = (v == client and "client" or v == peer and "peer" or v == server and "server" or "other") .. list[v] end return table.concat(all, ",") end
    local r, w, e = socket.select({ client, peer, server }, { client, peer }, 0) show(names(r), names(w), e)
    r, w, e = socket.select({ client, server }, nil, 0.01) show(names(r), names(w), e)
    peer:send("line\\nmore") r, w, e = socket.select({ server, client, client, "text", {} }, {}, 1) show(names(r), names(w), e)
    client:receive() r, w, e = socket.select({ server, client }, {}, 1) show(names(r), e)
    r, w, e = socket.select({ { getfd = function() return client:getfd() end, dirty = function() return true end } }, nil, 1) show(names(r), e)
    local other = socket.connect("127.0.0.1", port) r, w, e = socket.select({ server, client }, { other }, 1) show(names(r), names(w), e)
    client:close() r, w, e = socket.select({ client }, { client }, 0) show(names(r), names(w), e) show(socket.select(nil, nil, 0))`,
  'select gives sockets by their descriptors': `
    local other = assert(socket.connect("127.0.0.1", port)) local far = assert(server:accept())
    peer:send("x") far:send("x")
    local r, w = socket.select({ other, client }, { far, other, peer, client }, 1)
    show(#r, r[1] == client, r[2] == other, #w, w[1] == client, w[2] == peer, w[3] == other, w[4] == far)`,
  'select fails for a descriptor that is not open': `
    local other = socket.tcp4() local fd = other:getfd() other:close()
    local gone = { getfd = function() return fd end, dirty = function() return false end }
    show(pcall(socket.select, { gone }, nil, 0)) show(pcall(socket.select, { client, gone }, nil, 0)) show(pcall(socket.select, nil, { client, gone }, 0))`,
  'try and protect': `
    local finalized = 0 local try = socket.newtry(function() finalized = finalized + 1 end)
    local f = socket.protect(function(...) local a = try(...) return a, "through" end)
    show(f(1)) show(f(nil, "wrong")) show(f(false, { } ~= nil)) show(f(0)) show(finalized) show(f(nil))
    show(pcall(socket.protect(function() error("plain") end))) show(pcall(socket.protect(function() error({ 1 } ~= nil and 42) end)))
    local ok, object = pcall(socket.try, nil, "payload") show(ok, type(object), getmetatable(object), object[1])
    show(socket.protect(function() return socket.protect(function() try(nil, "inner") end)() end)())
    local co = coroutine.wrap(socket.protect(function() coroutine.yield("yielded") try(nil, "after") end)) show(co()) show(co())
    show(socket.skip(1, 2, 3)) show(socket.skip(5, 2)) show(socket.skip(-1, "a"))`,
  'sockets inside of everything': `
    peer:send(("line\\n"):rep(20))
    show(coroutine.wrap(function() return pcall(function() return coroutine.wrap(function() coroutine.yield(client:receive()) end)() end) end)())
    show((("abc"):gsub(".", function() return client:receive() end)))
    local t = setmetatable({}, { __index = function() return client:receive() end, __lt = function() return client:receive() == "" end, __close = function() show(client:receive()) end })
    show(t.x) show(t < t) do local x <close> = t end for line in function() return client:receive(5) ~= "" and nil end do show(line) end
    local sorted = { 3, 1, 2 } table.sort(sorted, function(a, b) client:receive() return a < b end) show(table.unpack(sorted))
    package.preload.by_socket = function() return client:receive() end show((require "by_socket"))
    local co = coroutine.create(function() for i = 1, 3 do coroutine.yield(client:receive()) end error(client:receive()) end)
    for i = 1, 4 do show(coroutine.resume(co)) end show(coroutine.status(co))`,
  'what is forgotten is closed': `
    client = nil collectgarbage() collectgarbage() peer:settimeout(5) show(peer:receive())
    local mt = getmetatable(peer) mt.__gc(peer) show(peer:getfd()) show(peer:receive())`,
  'all bytes': `
    local bytes = {} for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end local all = table.concat(bytes):rep(100)
    client:send(all) show(peer:receive(#all) == all) client:send((all:gsub("[\\r\\n]", "")) .. "\\n") show(peer:receive() == (all:gsub("[\\r\\n]", "")))`,
};

describe('LuaSocket and the Lua face answer alike', () => {
  for (const [title, code] of Object.entries(CASES)) {
    it(title, needs('lua5.4', 'luasocket'), () => {
      const args = ['-e', PAIR + code];
      const [ours, theirs] = [lua(args), native(args)];
      assert.equal(ours.errors, theirs.errors);
      assert.deepEqual(ours.output.split('\n'), theirs.output.split('\n'));
      assert.equal(theirs.status, 0);
    });
  }
});

/** What is at the other end of either program. */
const SERVER = `
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  print((select(2, server:getsockname()))) io.stdout:flush()
  local function serve(client)
    client:setoption("tcp-nodelay", true)
    for line in function() return (client:receive()) end do
      local count = tonumber(line)
      assert(client:send(count and assert(client:receive(count)) or line .. "\\n"))
    end
    client:close()
  end
  assert(coroutine.resume(coroutine.create(function() serve(assert(server:accept())) end)))`;

const CLIENT = `
  local socket = require "socket"
  local client = assert(socket.connect("127.0.0.1", arg[1]))
  client:setoption("tcp-nodelay", true)
  local ok, message = pcall(function()
    for i = 1, 500 do
      assert(client:send("line " .. i .. "\\n") and client:receive() == "line " .. i)
      local data = string.char(i % 256):rep(i * 37)
      assert(client:send(#data .. "\\n" .. data))
      assert(client:receive(#data) == data)
    end
    client:shutdown("send")
    assert(client:receive("*a") == nil)
  end)
  print(ok, message)`;

const HOSTS: readonly Host[] = ['ours', 'native'];

describe('an echo server and its client', () => {
  for (const server of HOSTS) {
    for (const client of HOSTS) {
      withTools(`${server} serves, ${client} calls`, ['lua5.4', 'luasocket'], async (cleanup) => {
        const [, port] = await start(cleanup, server, ['-e', SERVER]).said(/(\d+)\n/);
        const caller = start(cleanup, client, ['-e', `arg = { ${port} } ${CLIENT}`]);
        assert.deepEqual(
          [await caller.ended, caller.stdout, caller.stderr],
          [{ code: 0, signal: null }, 'true\tnil\n', ''],
        );
      });
    }
  }
});
