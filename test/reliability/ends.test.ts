/** How connections end while a program uses them: reset, ended, killed, frozen, closed before they were accepted. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { bind, ClosedError, connect, select, type TcpClient } from '../../src/entry/index.ts';
import { eventually, startNode } from '../peers/tools.ts';
import { apart, fails, fault } from './harness.ts';
import { drained, linked, rawClient, rawProcess, wrote } from './raw.ts';

fault('1: a reset in the middle of a line', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const line = client.receive();
  await wrote(peer, 'half a li');
  await eventually('the arrival of half a line', () => client.dirty());
  peer.resetAndDestroy();
  const error = await fails(line, 'ECONNRESET', { reason: 'closed', partial: 'half a li' });
  assert.ok(error instanceof ClosedError);
  await fails(client.receive(), 'ECONNRESET', { partial: 'half a li' });
});

fault('2: an end in the middle of a line, and the same again at the second receive', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  peer.end('half a li');
  const error = await fails(client.receive(), 'ERR_CLOSED', { reason: 'closed', partial: 'half a li' });
  assert.ok(error instanceof ClosedError);
  await fails(client.receive(), 'ERR_CLOSED', { partial: 'half a li' });
  assert.equal(String(await client.receive('*a')), 'half a li'); // nothing was lost
  await fails(client.receive(), 'ERR_CLOSED', { partial: '' });
});

fault('3: an end before the last of n bytes, and the same again at the second receive', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  peer.end(Buffer.alloc(70_000, 7));
  for (let i = 0; i < 2; i++) {
    const { partial } = await fails(client.receive(70_001), 'ERR_CLOSED');
    assert.equal(partial?.length, 70_000);
  }
  assert.equal((await client.receive(70_000)).length, 70_000);
});

fault('4: an end with nothing before it, for everything; with a byte, the byte', {}, async (scope) => {
  const first = await linked(scope);
  first.peer.end();
  await fails(first.client.receive('*a'), 'ERR_CLOSED', { reason: 'closed', partial: '' });
  const second = await linked(scope);
  second.peer.end('x');
  assert.equal(String(await second.client.receive('*a')), 'x');
  await fails(second.client.receive('*a'), 'ERR_CLOSED', { partial: '' });
});

fault('5: nothing is received at once, also when nothing comes', {}, async (scope) => {
  const { client } = await linked(scope);
  assert.equal((await client.receive(0)).length, 0);
});

fault('18: a send after the peer has reset', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  peer.resetAndDestroy();
  await once(peer, 'close');
  const failure = await sendUntilItFails(client);
  assert.ok(failure instanceof ClosedError, String(failure));
  assert.match(failure.code, /^(EPIPE|ECONNRESET)$/);
  assert.equal(failure.sent, 0);
  await fails(client.receive(), 'ECONNRESET', { partial: '' });
});

fault('18: the last words of a peer that closes before it has read all', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  await client.send('x'.repeat(100_000));
  // It refuses the rest and goes; what it has not read makes its close a reset, which follows its words.
  peer.write('413 too large\n');
  peer.destroy();
  await once(peer, 'close');
  const failure = await sendUntilItFails(client);
  assert.ok(failure instanceof ClosedError, String(failure));
  assert.equal(await client.receive(), '413 too large');
  await assert.rejects(client.receive(), ClosedError);
});

async function sendUntilItFails(client: TcpClient): Promise<unknown> {
  for (let i = 0; i < 1000; i++) {
    const failure = await client.send('x').then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure !== undefined) return failure;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}

apart('18: SIGPIPE does not kill', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  peer.resetAndDestroy();
  await once(peer, 'close');
  assert.ok((await sendUntilItFails(client)) instanceof ClosedError);
});

fault('18: what a peer said before its reset, to a socket that was accepted: all of it', {}, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const said = Buffer.alloc(100_000, 7);
  for (const meanwhile of ['nothing', 'a select', 'a send before', 'a send after'] as const) {
    const peer = await rawClient(scope, server.getsockname().port);
    const client = await server.accept();
    scope.defer(() => client.close());
    client.settimeout(10);
    await wrote(peer, said);
    if (meanwhile === 'a select') await select([client], [], 10);
    if (meanwhile === 'a send before') await client.send('x');
    await new Promise((resolve) => peer.once('close', resolve).resetAndDestroy());
    if (meanwhile === 'a send after') await client.send('y').catch(() => 'the reset is no news by now');
    await new Promise((resolve) => setTimeout(resolve, 20)); // the streams hear of the reset, if they do unasked
    assert.ok((await client.receive(said.length)).equals(said), meanwhile);
    await assert.rejects(client.receive(), ClosedError);
  }
});

fault('22: closing twice, and every call after it', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const server = await bind('127.0.0.1', 0);
  await wrote(peer, 'unread');
  for (let i = 0; i < 2; i++) {
    client.close();
    server.close();
  }
  await fails(client.receive(), 'ERR_CLOSED', { reason: 'closed', partial: '' });
  await fails(client.send('x'), 'ERR_CLOSED', { reason: 'closed', sent: 0 });
  await fails(server.accept(), 'ERR_CLOSED', { reason: 'closed' });
  for (const call of [
    () => client.getpeername(),
    () => client.getsockname(),
    () => client.setoption('keepalive', true),
    () => client.getoption('error'),
    () => server.setoption('keepalive', true),
  ]) {
    assert.throws(call, ClosedError);
  }
  client.shutdown();
  assert.equal(client.getfd(), -1);
  assert.equal(server.getfd(), -1);
  assert.deepEqual(client.gettimeout(), { block: null, total: null });
  for await (const nobody of server) nobody.close();
});

apart('37: a peer that resets before it is accepted, and the server goes on', { seconds: 30 }, async (scope) => {
  const server = await bind('127.0.0.1', 0, { backlog: 8 });
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  // While this process waits for the program to end, it accepts nothing: the kernel does.
  const program = `const s = require('net').connect(${port}, '127.0.0.1', () => s.resetAndDestroy());`;
  assert.equal(spawnSync(process.execPath, ['-e', program]).status, 0);
  const good = await rawClient(scope, port);
  good.write('good\n');
  server.settimeout(10);
  for (;;) {
    const client = await server.accept();
    const line = await client.receive().catch((error: unknown) => error);
    client.close();
    if (line === 'good') break;
    assert.ok(line instanceof ClosedError, String(line));
  }
});

fault('39: names after a reset and after the end are typed, or still known', {}, async (scope) => {
  const reset = await linked(scope);
  reset.peer.resetAndDestroy();
  await fails(reset.client.receive(), 'ECONNRESET');
  for (const call of ['getpeername', 'getsockname'] as const) {
    try {
      assert.equal(reset.client[call]().address, '127.0.0.1');
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ENOTCONN', String(error));
    }
  }
  assert.match(String(reset.client.getoption('error')), /ECONNRESET|undefined/);
  const ended = await linked(scope);
  ended.peer.end();
  await fails(ended.client.receive(), 'ERR_CLOSED');
  assert.equal(ended.client.getpeername().address, '127.0.0.1');
});

fault('40: linger without time closes by a reset, which the peer sees', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  client.setoption('linger', { on: true, timeout: 0 });
  const error = once(peer, 'error') as Promise<[NodeJS.ErrnoException]>;
  peer.resume();
  client.close();
  const [{ code }] = await error;
  assert.equal(code, 'ECONNRESET');
  const calm = await linked(scope);
  await calm.client.send('bye');
  calm.client.close();
  assert.equal(String(await drained(calm.peer)), 'bye'); // and without it by an end, behind what was sent
});

fault('46: a frozen peer: what was asked times out, and nothing comes twice when it goes on', {}, async (scope) => {
  const { child, port } = await rawProcess(scope, 'peer.pipe(peer);');
  const client = await connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  await client.send('one\n');
  assert.equal(await client.receive(), 'one');
  child.signal('SIGSTOP');
  client.settimeout(0.3);
  await client.send('two\n'); // the kernel takes it
  await fails(client.receive(), 'ETIMEDOUT', { reason: 'timeout', partial: '' });
  child.signal('SIGCONT');
  client.settimeout(10);
  assert.equal(await client.receive(), 'two');
  await client.send('three\n');
  assert.equal(await client.receive(), 'three');
  client.shutdown('send');
  await fails(client.receive(), 'ERR_CLOSED', { partial: '' });
});

fault('47: a peer that is killed: what it had sent is kept', {}, async (scope) => {
  const { child, port } = await rawProcess(scope, "peer.write('half', () => said('written')); peer.pause();");
  const client = await connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  await child.said(/written/);
  await client.send('never read'); // so the kernel resets the connection when its owner dies
  await child.kill();
  const error = await fails(client.receive(), 'ECONNRESET', { partial: 'half' }).catch(() =>
    fails(client.receive(), 'ERR_CLOSED', { partial: 'half' }),
  );
  assert.equal(error.reason, 'closed');
  assert.equal(String(await client.receive(4)), 'half');
});

fault('47: a client that is killed while the server sends to it', {}, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const child = startNode(scope, `require('net').connect(${port}, '127.0.0.1').pause();`);
  const client = await server.accept();
  scope.defer(() => client.close());
  const sending = client.send(Buffer.alloc(64 * 1_048_576)).catch((reason: unknown) => reason);
  await eventually('a full window', () => client.getstats().sent > 0);
  await child.kill();
  const error = await sending;
  assert.ok(error instanceof ClosedError, String(error));
  assert.ok((error.sent ?? -1) >= 0 && (error.sent ?? 0) < 64 * 1_048_576);
});
