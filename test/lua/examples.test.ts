/** The examples in Lua: each with us on one side and lua5.4 and LuaSocket on the other, in both roles. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { everyByte, ourClient, ourServer, withTools } from '../peers/peer.ts';
import type { Child, Cleanup } from '../peers/tools.ts';
import { type Host, start } from './support.ts';

const ENDED = { code: 0, signal: null };

function example(cleanup: Cleanup, host: Host, name: string, ...args: readonly string[]): Child {
  return start(cleanup, host, [`examples/lua/${name}.lua`, ...args]);
}

async function portSaid(child: Child): Promise<string> {
  return (await child.said(/port (\d+)\n/))[1] as string;
}

/** What a program prints that reads these lines, when it has ended well. */
async function saidTo(child: Child, input: string): Promise<string> {
  child.process.stdin?.end(input, 'latin1');
  assert.deepEqual([await child.ended, child.stderr], [ENDED, '']);
  return child.stdout;
}

function inBothRoles(title: string, body: (cleanup: Cleanup, one: Host, other: Host) => Promise<void>): void {
  for (const [one, other] of [
    ['ours', 'native'],
    ['native', 'ours'],
    ['ours', 'ours'],
  ] as const)
    withTools(`${title}: ${one} and ${other}`, ['lua5.4', 'luasocket'], (cleanup) => body(cleanup, one, other));
}

/** Serves each protocol once, at one port. */
const DAYTIME = `
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local udp = socket.udp()
  assert(udp:setsockname("127.0.0.1", port))
  print("port " .. port) io.stdout:flush()
  local client = assert(server:accept())
  client:send("a quarter past, by tcp\\r\\n") client:close()
  local data, ip, from = udp:receivefrom()
  udp:sendto("a quarter past, by udp\\r\\n", ip, from)`;

describe('the examples in Lua', () => {
  inBothRoles('listener and talker', async (cleanup, listening, talking) => {
    const listener = example(cleanup, listening, 'listener', '127.0.0.1', '0');
    const port = await portSaid(listener);
    const talker = example(cleanup, talking, 'talker', 'localhost', port);
    assert.equal(await saidTo(talker, 'hello\nwith\0nul\xff\n\n'), '5 bytes\n9 bytes\n0 bytes\n');
    assert.deepEqual([await listener.ended, listener.stderr], [ENDED, '']);
    assert.equal(
      listener.stdout.split('\n').slice(1).join('\n'),
      '127.0.0.1: "hello"\n127.0.0.1: "with\\0nul\xff"\n127.0.0.1: ""\n',
    );
  });

  inBothRoles('a talker whom nobody hears', async (cleanup, talking) => {
    const { server, port } = await ourServer(cleanup); // of TCP: nobody has the port for UDP
    const talker = example(cleanup, talking, 'talker', '127.0.0.1', String(port));
    assert.equal(await saidTo(talker, 'hello\n'), 'no answer: connection refused\n');
    await server.close();
  });

  inBothRoles('multicast', async (cleanup, listening, speaking) => {
    const env = { INTERFACE: '127.0.0.1' };
    const listener = start(cleanup, listening, ['examples/lua/multicast.lua', 'listen', '2'], env);
    const port = await portSaid(listener);
    for (const text of ['one', 'two words']) {
      const speaker = start(cleanup, speaking, ['examples/lua/multicast.lua', 'speak', port, text], env);
      assert.deepEqual([await speaker.ended, speaker.stderr], [ENDED, '']);
    }
    assert.deepEqual([await listener.ended, listener.stderr], [ENDED, '']);
    assert.deepEqual(listener.stdout.split('\n').slice(1), ['one', 'two words', '']);
  });

  inBothRoles('daytime', async (cleanup, asking, serving) => {
    const server = start(cleanup, serving, ['-e', DAYTIME]);
    const port = await portSaid(server);
    for (const protocol of ['tcp', 'udp']) {
      const client = example(cleanup, asking, 'daytime', 'localhost', port, protocol);
      assert.equal(await saidTo(client, ''), `a quarter past, by ${protocol}\r\n`);
    }
    assert.deepEqual([await server.ended, server.stderr], [ENDED, '']);
  });

  inBothRoles('echo server and client', async (cleanup, serving, calling) => {
    const server = example(cleanup, serving, 'echo-server', '127.0.0.1', '0', '3');
    const port = await portSaid(server);
    const first = example(cleanup, calling, 'echo-client', '127.0.0.1', port);
    const second = example(cleanup, calling, 'echo-client', 'localhost', port);
    const lines = Array.from({ length: 200 }, (_, i) => `${'x'.repeat(i * 10)} ${i}\n`).join('');
    assert.deepEqual(await Promise.all([saidTo(first, lines), saidTo(second, 'short\n')]), [lines, 'short\n']);
    const third = await ourClient(cleanup, Number(port));
    const bytes = everyByte(1_000_000);
    const [, back] = await Promise.all([third.send(bytes), third.receive(bytes.length)]);
    assert.ok(bytes.equals(back));
    third.close();
    assert.deepEqual([await server.ended, server.stderr], [ENDED, '']);
  });

  inBothRoles('forwarder', async (cleanup, forwarding, calling) => {
    const server = example(cleanup, calling, 'echo-server', '127.0.0.1', '0', '2');
    const forwarder = example(cleanup, forwarding, 'forwarder', 'localhost', await portSaid(server), '0', '2');
    const port = await portSaid(forwarder);
    const client = example(cleanup, calling, 'echo-client', '127.0.0.1', port);
    assert.equal(await saidTo(client, 'hello\n\nthere\n'), 'hello\n\nthere\n');
    const other = await ourClient(cleanup, Number(port));
    const bytes = everyByte(1_000_000);
    const [, back] = await Promise.all([other.send(bytes), other.receive(bytes.length)]);
    assert.ok(bytes.equals(back));
    other.shutdown('send');
    for (const program of [server, forwarder]) assert.deepEqual([await program.ended, program.stderr], [ENDED, '']);
  });
});
