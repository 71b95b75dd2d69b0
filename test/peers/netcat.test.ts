/** OpenBSD's netcat, both roles: TCP with half closes, Unix streams, datagrams. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { udp, unix } from '../../src/entry/index.ts';
import { everyByte, kept, newFolder, ourClient, ourServer, PATIENCE, withTools } from './peer.ts';
import { Child, type Cleanup, eventually, portOf } from './tools.ts';

function nc(cleanup: Cleanup, ...args: readonly string[]): Child {
  return new Child(cleanup, 'nc', args);
}

withTools('nc listens, and both ends converse in lines', ['nc'], async (cleanup) => {
  const child = nc(cleanup, '-l', '-n', '127.0.0.1', '0');
  const client = await ourClient(cleanup, await portOf(child));
  await client.send('to nc\r\n');
  await child.said(/to nc\r\n/);
  child.process.stdin?.write('from nc\n');
  assert.equal(await client.receive(), 'from nc');
  client.close();
  assert.equal((await child.ended).code, 0);
});

withTools('nc -N ends its half, and receives ours after that', ['nc'], async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = nc(cleanup, '-N', '-n', '127.0.0.1', String(port));
  const client = kept(cleanup, await server.accept());
  const data = everyByte(700_000);
  child.process.stdin?.end(data);
  assert.ok((await client.receive('*a')).equals(data));
  const sending = client.send(data).then(() => client.close());
  await child.ended;
  await sending;
  assert.ok(Buffer.from(child.stdout, 'latin1').equals(data));
});

withTools('nc is killed: closed', ['nc'], async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = nc(cleanup, '-n', '127.0.0.1', String(port));
  const client = kept(cleanup, await server.accept());
  child.process.stdin?.write('half');
  assert.equal(String(await client.receive(2)), 'ha');
  await child.kill();
  const error = await client.receive().catch((reason: unknown) => reason as { reason: string; partial: Buffer });
  assert.ok(typeof error !== 'string');
  assert.deepEqual([error.reason, String(error.partial)], ['closed', 'lf']);
});

withTools('nc -z looks whether our port is open', ['nc'], async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = nc(cleanup, '-z', '-n', '127.0.0.1', String(port));
  const client = kept(cleanup, await server.accept());
  await assert.rejects(client.receive(), { reason: 'closed' });
  assert.equal((await child.ended).code, 0);
});

function listens(path: string): boolean {
  const rows = readFileSync('/proc/net/unix', 'latin1').split('\n');
  return rows.some((row) => row.endsWith(` ${path}`) && row.includes(' 00010000 '));
}

withTools('Unix streams of nc, both roles', ['nc'], async (cleanup) => {
  const folder = newFolder(cleanup);
  const theirs = nc(cleanup, '-l', '-U', join(folder, 'theirs'));
  // It says nothing when it listens; its socket tells (unix(7): 00010000 is __SO_ACCEPTCON).
  await eventually('a listening nc', () => listens(join(folder, 'theirs')));
  const client = kept(cleanup, await unix.stream().connect(join(folder, 'theirs')));
  await client.send('to nc\n');
  await theirs.said(/to nc/);

  const master = unix.stream();
  await master.bind(join(folder, 'ours'));
  const server = await master.listen();
  server.settimeout(PATIENCE);
  cleanup.defer(() => server.close());
  const caller = nc(cleanup, '-N', '-U', join(folder, 'ours'));
  const accepted = kept(cleanup, await server.accept());
  caller.process.stdin?.end('from nc\n');
  assert.equal(await accepted.receive(), 'from nc');
  await accepted.send('bye\n');
  accepted.close();
  await caller.ended;
  assert.equal(caller.stdout, 'bye\n');
});

withTools('datagrams of nc, both roles', ['nc'], async (cleanup) => {
  const theirs = nc(cleanup, '-u', '-l', '-n', '127.0.0.1', '0');
  const socket = udp();
  cleanup.defer(() => socket.close());
  socket.settimeout(PATIENCE);
  await socket.setpeername('127.0.0.1', await portOf(theirs, 'udp'));
  await socket.send('to nc\n');
  await theirs.said(/to nc/);
  theirs.process.stdin?.write('from nc\n');
  assert.equal(String(await socket.receive()), 'from nc\n');

  const service = udp();
  cleanup.defer(() => service.close());
  await service.setsockname('127.0.0.1', 0);
  service.settimeout(PATIENCE);
  const caller = nc(cleanup, '-u', '-n', '127.0.0.1', String(service.getsockname().port));
  caller.process.stdin?.write('question');
  const { data, address, port } = await service.receivefrom();
  assert.equal(String(data), 'question');
  await service.sendto('answer', address, port);
  await caller.said(/answer/);
});
