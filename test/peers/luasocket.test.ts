/** LuaSocket itself, as client and as server: lines, counts, everything, datagrams and Unix sockets. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { udp, unix } from '../../src/entry/index.ts';
import { everyByte, kept, newFolder, ourClient, ourServer, PATIENCE, withTools } from './peer.ts';
import { Child, type Cleanup, type Tool } from './tools.ts';

const TOOLS: readonly Tool[] = ['lua5.4', 'luasocket'];

/** Runs a Lua program, with what each needs on top; `say` prints a line at once. */
function lua(cleanup: Cleanup, program: string, ...args: readonly string[]): Child {
  const prelude = "local socket = require 'socket'; local function say(text) print(text) io.stdout:flush() end\n";
  return new Child(cleanup, 'lua5.4', ['-e', prelude + program, '/dev/null', ...args]);
}

/** A LuaSocket server that serves one client, which `serve` calls `c`. */
async function luaServer(cleanup: Cleanup, serve: string): Promise<{ child: Child; port: number }> {
  const child = lua(
    cleanup,
    `local server = assert(socket.bind('127.0.0.1', 0))
    local _, port = server:getsockname()
    say('port ' .. port .. '.')
    local c = assert(server:accept())
    ${serve}
    c:close() say('done')`,
  );
  return { child, port: Number((await child.said(/port (\d+)\./))[1]) };
}

/** A LuaSocket client of our server, which `talk` calls `c`. */
function luaClient(cleanup: Cleanup, port: number, talk: string): Child {
  return lua(cleanup, `local c = assert(socket.connect('127.0.0.1', ${port}))\n${talk}\nc:close() say('done')`);
}

withTools('a LuaSocket echo server answers our lines', TOOLS, async (cleanup) => {
  const { child, port } = await luaServer(
    cleanup,
    "while true do local line, err = c:receive('*l') if not line then say(err) break end c:send(line .. '\\r\\n') end",
  );
  const client = await ourClient(cleanup, port);
  for (const line of ['', 'hello', 'with \0 and \x80\xff', 'x'.repeat(100_000)]) {
    await client.send(Buffer.from(`${line}\n`, 'latin1'));
    assert.equal(await client.receive('*l', { encoding: 'latin1' }), line);
  }
  client.shutdown('send');
  await assert.rejects(client.receive(), { code: 'ERR_CLOSED' });
  await child.said(/closed\ndone/);
});

withTools('a LuaSocket server receives counts and everything from us, and gives them back', TOOLS, async (cleanup) => {
  const { port } = await luaServer(
    cleanup,
    "local n = tonumber(c:receive()) local part = c:receive(n) local all = c:receive('*a') c:send(all .. part)",
  );
  const client = await ourClient(cleanup, port);
  const data = everyByte(1_000_000);
  await client.send('300000\r\n');
  const sending = client.send(data).then(() => client.shutdown('send'));
  const back = await client.receive('*a');
  await sending;
  assert.ok(back.equals(Buffer.concat([data.subarray(300_000), data.subarray(0, 300_000)])));
});

withTools('a LuaSocket client sends us lines, counts and everything', TOOLS, async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = luaClient(
    cleanup,
    port,
    `local bytes = {} for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end bytes = table.concat(bytes)
    c:send('first\\r\\nsecond\\n\\n') c:send(bytes) c:send(bytes:rep(1000), 2, -2) c:shutdown('send')
    say(c:receive(5)) say(c:receive()) say(#c:receive('*a')) say(select(2, c:receive('*a')))`,
  );
  const client = kept(cleanup, await server.accept());
  assert.equal(await client.receive(), 'first');
  assert.equal(await client.receive(), 'second');
  assert.equal(await client.receive(), '');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  assert.ok((await client.receive(256)).equals(bytes));
  assert.equal((await client.receive('*a')).length, 255_998);
  await client.send('12345rest of a line\r\n');
  await client.send(everyByte(54_321));
  client.close();
  await child.said(/^12345\nrest of a line\n54321\nclosed\ndone\n$/);
});

withTools('a LuaSocket client meets our timeout, and we meet its', TOOLS, async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = luaClient(
    cleanup,
    port,
    `c:settimeout(0.1) local _, err, partial = c:receive() say(err .. ' ' .. partial)
    c:send('half') c:settimeout(nil) say(c:receive())`,
  );
  const client = kept(cleanup, await server.accept());
  await client.send('nothing whole');
  await child.said(/timeout nothing whole\n/);
  client.settimeout(0.1);
  const error = await client.receive(100).catch((reason: unknown) => reason as { code: string; partial: Buffer });
  assert.ok(!Buffer.isBuffer(error));
  assert.deepEqual([error.code, String(error.partial)], ['ETIMEDOUT', 'half']);
  await client.send(' of it\n'); // LuaSocket forgot what it handed over
  await child.said(/ of it\ndone/);
});

withTools('a LuaSocket client that is gone without a word: closed, with what it sent', TOOLS, async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = luaClient(cleanup, port, "c:send('half a li') say('sent') io.stdin:read() os.exit(1, false)");
  const client = kept(cleanup, await server.accept());
  await child.said(/sent/);
  child.signal('SIGKILL');
  const error = await client.receive().catch((reason: unknown) => reason as { reason: string; partial: Buffer });
  assert.ok(typeof error !== 'string');
  assert.deepEqual([error.reason, String(error.partial)], ['closed', 'half a li']);
});

withTools('200 LuaSocket clients, one after the other, of one server', TOOLS, async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = lua(
    cleanup,
    `for i = 1, 200 do local c = assert(socket.connect('127.0.0.1', ${port})) c:send(i .. '\\n') assert(c:receive() == tostring(2 * i)) c:close() end say('done')`,
  );
  for (let i = 1; i <= 200; i++) {
    const client = await server.accept();
    await client.send(`${2 * Number(await client.receive())}\n`);
    client.close();
  }
  await child.said(/done/);
});

withTools('datagrams to LuaSocket and back', TOOLS, async (cleanup) => {
  const child = lua(
    cleanup,
    `local u = assert(socket.udp4()) u:setsockname('127.0.0.1', 0) local _, port = u:getsockname() say('port ' .. port .. '.')
    u:settimeout(${PATIENCE})
    for _ = 1, 4 do local data, ip, from = u:receivefrom(65535) u:sendto(data:reverse(), ip, from) end say('done')`,
  );
  const port = Number((await child.said(/port (\d+)\./))[1]);
  const socket = udp();
  cleanup.defer(() => socket.close());
  socket.settimeout(PATIENCE);
  const data = everyByte(60_000);
  for (const text of ['abc', '', Buffer.from('\0\xff', 'latin1'), data]) {
    await socket.sendto(text, '127.0.0.1', port);
    const { data: back, ...from } = await socket.receivefrom(65_535);
    assert.deepEqual([from.address, from.port], ['127.0.0.1', port]);
    assert.ok(back.equals(Buffer.from(text as string).reverse()));
  }
  await child.said(/done/);
});

withTools('datagrams from LuaSocket with one peer, which is us', TOOLS, async (cleanup) => {
  const socket = udp();
  cleanup.defer(() => socket.close());
  await socket.setsockname('127.0.0.1', 0);
  socket.settimeout(PATIENCE);
  const child = lua(
    cleanup,
    `local u = assert(socket.udp()) assert(u:setpeername('127.0.0.1', ${socket.getsockname().port})) u:settimeout(${PATIENCE})
    u:send('to you') say(u:receive()) u:send('') say(#u:receive() .. ' bytes') say('done')`,
  );
  const first = await socket.receivefrom();
  assert.equal(String(first.data), 'to you');
  await socket.setpeername(first.address, first.port);
  await socket.send('to you too');
  assert.equal((await socket.receive()).length, 0);
  await socket.send('');
  await child.said(/to you too\n0 bytes\ndone/);
});

withTools('a Unix stream to a LuaSocket server', TOOLS, async (cleanup) => {
  const path = join(newFolder(cleanup), 's');
  const child = lua(
    cleanup,
    `local s = require 'socket.unix'.stream() assert(s:bind('${path}')) assert(s:listen()) say('listening')
    local c = assert(s:accept()) c:send(c:receive():upper() .. '\\n') say(#c:receive('*a')) c:close() say('done')`,
  );
  await child.said(/listening/);
  const client = kept(cleanup, await unix.stream().connect(path));
  await client.send('hello\n');
  assert.equal(await client.receive(), 'HELLO');
  await client.send(everyByte(500_000));
  client.shutdown('send');
  await assert.rejects(client.receive(), { code: 'ERR_CLOSED' });
  await child.said(/500000\ndone/);
});

withTools('a Unix stream from a LuaSocket client', TOOLS, async (cleanup) => {
  const path = join(newFolder(cleanup), 's');
  const master = unix.stream();
  await master.bind(path);
  const server = await master.listen();
  server.settimeout(PATIENCE);
  cleanup.defer(() => server.close());
  const child = lua(
    cleanup,
    `local c = require 'socket.unix'.stream() assert(c:connect('${path}')) c:send('hello\\n') say(c:receive()) c:close() say('done')`,
  );
  const client = kept(cleanup, await server.accept());
  assert.equal(await client.receive(), 'hello');
  await client.send('and you\r\n');
  await child.said(/and you\ndone/);
});
