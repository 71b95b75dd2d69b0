/** socat: TCP, IPv6, Unix paths and abstract names, datagrams, a program behind a socket, a terminal. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fd, pipe, udp, unix } from '../../src/entry/index.ts';
import { everyByte, kept, newFolder, ourClient, ourServer, PATIENCE, withTools } from './peer.ts';
import { Child, type Cleanup, eventually, portOf } from './tools.ts';

function socat(cleanup: Cleanup, ...args: readonly string[]): Child {
  return new Child(cleanup, 'socat', args);
}

withTools('a program behind a TCP socket of socat', ['socat'], async (cleanup) => {
  const child = socat(cleanup, 'TCP-LISTEN:0,bind=127.0.0.1,reuseaddr', 'EXEC:cat');
  const client = await ourClient(cleanup, await portOf(child));
  const data = everyByte(3_000_000);
  const sending = client.send(data).then(() => client.shutdown('send'));
  assert.ok((await client.receive('*a')).equals(data));
  await sending;
});

withTools('socat forks for each of 20 clients of ours at once', ['socat'], async (cleanup) => {
  const child = socat(cleanup, 'TCP6-LISTEN:0,bind=[::1],reuseaddr,fork', 'SYSTEM:read n; echo "$((n * n))"');
  const port = await portOf(child, 'tcp6');
  const squares = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const client = await ourClient(cleanup, port, '::1');
      await client.send(`${i}\n`);
      return await client.receive();
    }),
  );
  assert.deepEqual(
    squares,
    Array.from({ length: 20 }, (_, i) => String(i * i)),
  );
});

withTools('socat as a client of ours, with its standard streams', ['socat'], async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = socat(cleanup, '-t', String(PATIENCE), 'STDIO', `TCP:127.0.0.1:${port}`);
  const client = kept(cleanup, await server.accept());
  child.process.stdin?.end('from socat\r\nlast');
  assert.equal(await client.receive(), 'from socat');
  assert.equal(String(await client.receive('*a')), 'last');
  await client.send('to socat\n'); // it has ended its half, and ours still stands
  await child.said(/to socat\n/);
  client.close();
  assert.equal((await child.ended).code, 0);
});

withTools('socat resets a connection', ['socat'], async (cleanup) => {
  const { server, port } = await ourServer(cleanup);
  const child = socat(cleanup, '-u', 'STDIN', `TCP:127.0.0.1:${port},linger=0`);
  const client = kept(cleanup, await server.accept());
  child.process.stdin?.write('half');
  assert.equal(String(await client.receive(4)), 'half');
  await client.send('unread');
  await child.kill();
  await assert.rejects(client.receive(), { reason: 'closed' });
});

/** See src/async/unix.ts. */
const PADS_NAMES = Number(process.versions.node.split('.')[0]) < 22;

withTools('Unix sockets of socat: a path and an abstract name, both roles', ['socat'], async (cleanup) => {
  const folder = newFolder(cleanup);
  const abstract = `moonsocket ${process.pid} ${performance.now()}`;
  for (const [ours, theirs] of [
    [join(folder, 's'), join(folder, 's')],
    [`\0${abstract}`, abstract],
  ] as const) {
    const kind = ours === theirs ? 'UNIX' : 'ABSTRACT';
    const padded = kind === 'ABSTRACT' && PADS_NAMES ? ',unix-tightsocklen=0' : '';
    const child = socat(cleanup, '-d', '-d', `${kind}-LISTEN:${theirs}${padded}`, 'SYSTEM:tr a-z A-Z');
    await child.said(/listening on/, 'stderr');
    const client = kept(cleanup, await unix.stream().connect(ours));
    await client.send('hello\n');
    client.shutdown('send');
    assert.equal(await client.receive(), 'HELLO');
    await child.ended;

    const master = unix.stream();
    await master.bind(`${ours}2`);
    const server = await master.listen();
    server.settimeout(PATIENCE);
    cleanup.defer(() => server.close());
    const caller = socat(cleanup, 'STDIO', `${kind}-CONNECT:${theirs}2${padded}`);
    caller.process.stdin?.write('from socat\n');
    const accepted = kept(cleanup, await server.accept());
    assert.equal(await accepted.receive(), 'from socat');
    await accepted.send('bye\n');
    await caller.said(/bye/);
    await caller.kill();
  }
});

withTools('datagrams: socat answers ours, and ours answers its', ['socat'], async (cleanup) => {
  const child = socat(cleanup, 'UDP4-RECVFROM:0,bind=127.0.0.1,fork', 'SYSTEM:tr a-z A-Z');
  const port = await portOf(child, 'udp');
  const socket = udp();
  cleanup.defer(() => socket.close());
  socket.settimeout(PATIENCE);
  for (const text of ['one', 'two']) {
    await socket.sendto(text, '127.0.0.1', port);
    assert.equal(String((await socket.receivefrom()).data), text.toUpperCase());
  }
  await socket.setpeername('127.0.0.1', port);
  await socket.send('three');
  assert.equal(String(await socket.receive()), 'THREE');

  const service = udp();
  cleanup.defer(() => service.close());
  await service.setsockname('127.0.0.1', 0);
  service.settimeout(PATIENCE);
  const caller = socat(cleanup, '-t', String(PATIENCE), 'STDIO', `UDP4:127.0.0.1:${service.getsockname().port}`);
  caller.process.stdin?.write('question');
  const { data, address, port: from } = await service.receivefrom();
  assert.equal(String(data), 'question');
  await service.sendto('answer', address, from);
  await caller.said(/answer/);
});

withTools('a terminal, as a descriptor', ['socat'], async (cleanup) => {
  const link = join(newFolder(cleanup), 'tty');
  const child = socat(cleanup, `PTY,link=${link},raw,echo=0`, 'SYSTEM:while read line; do echo "got $line"; done');
  await eventually('the terminal', () => existsSync(link));
  const client = kept(cleanup, fd(openSync(link, constants.O_RDWR | constants.O_NOCTTY)));
  for (const line of ['one', 'two']) {
    await client.send(`${line}\n`);
    assert.equal(await client.receive(), `got ${line}`);
  }
  client.close();
  await child.kill();
});

withTools('socat as a child, through its pipes', ['socat'], async (cleanup) => {
  const child = spawn('socat', ['-t', String(PATIENCE), 'STDIO', 'SYSTEM:tr a-z A-Z']);
  cleanup.defer(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const client = kept(cleanup, pipe(child.stdout, child.stdin));
  await client.send('through\npipes');
  client.shutdown('send');
  assert.equal(await client.receive(), 'THROUGH');
  assert.equal(String(await client.receive('*a')), 'PIPES');
  assert.equal((await ended)[0], 0);
});
