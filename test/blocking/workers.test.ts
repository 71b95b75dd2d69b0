/** Servers with a thread for each connection: blocking code in workers that share one socket, or one port. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { fd, tcp } from '../../src/entry/blocking.ts';
import { bind, connect, type TcpClient } from '../../src/entry/index.ts';
import { Child } from '../peers/tools.ts';
import { assertTook, duration, fails, fault, type Scope } from '../reliability/harness.ts';

const FACE = JSON.stringify(new URL('../../src/entry/blocking.js', import.meta.url).href);

/** The example, run as a user runs it. */
async function startExample(scope: Scope, name = 'echo-workers'): Promise<{ child: Child; port: number }> {
  const child = new Child(scope, process.execPath, [path.resolve(`.build/examples/blocking/${name}.js`)]);
  const [, port] = await child.said(/port (\d+)\n/);
  return { child, port: Number(port) };
}

async function clientOf(scope: Scope, port: number): Promise<TcpClient> {
  const client = await connect('127.0.0.1', port, { timeout: 20 });
  scope.defer(() => client.close());
  client.settimeout(20);
  return client;
}

/** Sends a line, and wants it back. */
async function echoed(client: TcpClient, line: string): Promise<void> {
  await client.send(`${line}\n`);
  assert.equal(await client.receive(), line);
}

fault('connections are served side by side, a thread for each', { seconds: 60 }, async (scope) => {
  const { child, port } = await startExample(scope);
  const clients = await Promise.all(Array.from({ length: 8 }, () => clientOf(scope, port)));
  // One after the other and again: whoever were served alone until its end would keep the next one waiting for ever.
  for (let round = 0; round < 20; round++) {
    for (const [i, client] of clients.entries()) await echoed(client, `round ${round} of client ${i}`);
  }
  await Promise.all(clients.map((client, i) => echoed(client, `all at once, ${i}`)));
  // A ninth one waits for a thread, and is served as soon as one is free.
  const late = await clientOf(scope, port);
  const answer = echoed(late, 'late');
  assert.equal(await Promise.race([answer, delay(100, 'still waits')]), 'still waits');
  clients[3]?.close();
  await answer;
  assert.equal(child.stderr, '');
});

fault('a slow client, one that resets and one that ends hold up nobody', { seconds: 60 }, async (scope) => {
  const { child, port } = await startExample(scope);
  const slow = await clientOf(scope, port);
  await slow.send('half a li');
  for (let i = 0; i < 30; i++) {
    const quick = await clientOf(scope, port);
    await echoed(quick, `quick ${i}`);
    if (i % 3 === 0) quick.setoption('linger', { on: true, timeout: 0 });
    if (i % 3 === 1) await quick.send('never ended');
    quick.close();
  }
  await slow.send('ne\n');
  assert.equal(await slow.receive(), 'half a line');
  assert.equal(child.stderr, '');
});

fault('a connection is handed over to a worker of its own, which closes it', { seconds: 60 }, async (scope) => {
  const { child, port } = await startExample(scope, 'echo-connections');
  const clients = await Promise.all(Array.from({ length: 4 }, () => clientOf(scope, port)));
  for (let round = 0; round < 5; round++) {
    for (const [i, client] of clients.entries()) await echoed(client, `round ${round} of client ${i}`);
  }
  for (const client of clients) {
    client.shutdown('send');
    await fails(client.receive(), 'ERR_CLOSED');
  }
  await echoed(await clientOf(scope, port), 'another one, perhaps with the number of an earlier one');
  assert.equal(child.stderr, '');
});

fault('what is given away outlives the worker that gave it, and the collector', {}, async (scope) => {
  const program = `
    import { parentPort } from 'node:worker_threads';
    import { connect } from ${FACE};
    let client = connect('127.0.0.1', PORT);
    parentPort.postMessage(client.detach());
    client = undefined;
    for (let i = 0; i < 5; i++) { gc(); await new Promise((done) => setTimeout(done, 1)); }`;
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const url = new URL(
    `data:text/javascript,${encodeURIComponent(program.replace('PORT', String(server.getsockname().port)))}`,
  );
  const worker = new Worker(url);
  const ended = once(worker, 'exit');
  const [descriptor] = (await once(worker, 'message')) as [number];
  await ended;
  const owner = fd(descriptor);
  scope.defer(() => owner.close());
  const accepted = await server.accept();
  scope.defer(() => accepted.close());
  owner.send('mine\n');
  assert.equal(await accepted.receive(), 'mine');
  owner.close();
  await fails(accepted.receive(), 'ERR_CLOSED');
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  fault(`${signal} ends the whole program at once, whatever its threads wait for`, { seconds: 60 }, async (scope) => {
    const { child, port } = await startExample(scope);
    await echoed(await clientOf(scope, port), 'this thread receives, the others accept');
    child.signal(signal);
    const took = await duration(async () => assert.deepEqual(await child.ended, { code: null, signal }));
    assertTook(took, 0);
  });
}

fault('threads that share a port, each with a server of its own (reuseport)', { seconds: 60 }, async (scope) => {
  const place = tcp(); // has the port and does not listen, so no connection goes to it
  scope.defer(() => place.close());
  place.setoption('reuseport', true);
  place.bind('127.0.0.1', 0);
  const { port } = place.getsockname();
  const program = `import(${FACE}).then(({ bind }) => {
    const { parentPort, threadId } = require('node:worker_threads');
    const server = bind('127.0.0.1', ${port}, { reuseport: true });
    parentPort.postMessage('listening');
    for (const client of server) {
      client.send('thread ' + threadId + '\\n');
      client.close();
    }
  })`;
  const workers = Array.from({ length: 2 }, () => new Worker(program, { eval: true }));
  for (const worker of workers) scope.defer(() => worker.terminate());
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const served = new Set<string>();
  for (let i = 0; i < 60; i++) {
    const client = await clientOf(scope, port);
    served.add(await client.receive());
    client.close();
  }
  assert.deepEqual([...served].sort(), workers.map(({ threadId }) => `thread ${threadId}`).sort());
});
