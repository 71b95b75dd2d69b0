/** Unix datagram sockets and full queues: who waits, how long, what ends it, and that nothing is lost. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { select, TimeoutError, type UnixDatagram } from '../../src/entry/blocking.ts';
import { newFolder } from '../peers/peer.ts';
import { Child, eventually } from '../peers/tools.ts';
import { assertTook, fault, type Scope } from '../reliability/harness.ts';
import { bound, refused, socket, timesOut } from './support.ts';

/** Sends numbers until the queue is full; how many were taken. */
function fill(send: (data: string) => number): number {
  for (let count = 0; ; count++) {
    try {
      send(String(count));
    } catch (error) {
      if (error instanceof TimeoutError) return count;
      throw error;
    }
  }
}

/** Asserts that these numbers are there, in order, and nothing else. */
function holds(receiver: UnixDatagram, count: number): void {
  receiver.settimeout(0);
  for (let i = 0; i < count; i++) assert.equal(String(receiver.receive()), String(i));
  refused(() => receiver.receive(), 'ETIMEDOUT');
}

function ignore(): void {}

/** A socket of Python's at `path`, and what it does with it. It says `ready` before that. */
async function python(scope: Scope, path: string, program: string): Promise<Child> {
  const begin = `import socket, sys, time
peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
peer.settimeout(20)
peer.bind(sys.argv[1])
print('ready', flush=True)
`;
  const child = new Child(scope, 'python3', ['-c', begin + program, path]);
  await child.said(/^ready\n/);
  return child;
}

for (const connected of [false, true]) {
  const how = connected ? 'the peer' : 'a path';
  const sender = (scope: Scope, path: string): { from: UnixDatagram; send: (data: string) => number } => {
    const from = socket(scope);
    if (connected) from.connect(path);
    return { from, send: connected ? (data) => from.send(data) : (data) => from.sendto(data, path) };
  };

  fault(
    `a full queue, sending to ${how}: the send ends in its time, at rest, and nothing is lost`,
    {},
    async (scope) => {
      const here = bound(scope);
      const { from, send } = sender(scope, here.getsockname());
      from.settimeout(0);
      const count = fill(send);
      assert.ok(count > 0);
      assertTook(timesOut(() => send('lost?')).took, 0, 0.1);
      for (const mode of ['b', 't'] as const) {
        from.settimeout(null, 'b');
        from.settimeout(0.4, mode);
        const { took, busy } = timesOut(() => send('lost?'));
        assertTook(took, 0.4);
        assert.ok(busy < 200, `the processor worked for ${busy} ms`);
      }
      assert.ok(from.getstats().sent > 0);
      holds(here, count);
      send(String(0));
      holds(here, 1);
    },
  );

  fault(
    `a full queue, sending to ${how}: the send goes on when there is room`,
    { tools: ['python3'] },
    async (scope) => {
      const path = join(newFolder(scope), 'socket');
      const child = await python(
        scope,
        path,
        `
for i in range(3000):
    if i % 500 == 0: time.sleep(0.05)
    got = peer.recv(100).decode()
    if got != str(i): sys.exit('%d was %s' % (i, got))
`,
      );
      const { send } = sender(scope, path);
      for (let i = 0; i < 3000; i++) assert.equal(send(String(i)), String(i).length);
      assert.deepEqual([(await child.ended).code, child.stderr], [0, '']);
    },
  );

  fault(`a full queue, sending to ${how}: the receiver is closed meanwhile`, { tools: ['python3'] }, async (scope) => {
    const path = join(newFolder(scope), 'socket');
    const child = await python(scope, path, 'time.sleep(0.5)');
    const { send } = sender(scope, path);
    refused(() => fill(send), 'ECONNREFUSED', connected ? 'send' : path);
    assert.equal((await child.ended).code, 0);
  });
}

fault('signals do not end a wait for room', {}, async (scope) => {
  const [here, there] = [bound(scope), socket(scope)];
  there.settimeout(0);
  const count = fill((data) => there.sendto(data, here.getsockname()));
  process.on('SIGUSR1', ignore);
  scope.defer(() => process.off('SIGUSR1', ignore));
  new Child(scope, 'sh', ['-c', `while kill -USR1 ${process.pid}; do sleep 0.05; done`]);
  there.settimeout(0.5);
  const { took, busy } = timesOut(() => there.sendto('lost?', here.getsockname()));
  assertTook(took, 0.5);
  assert.ok(busy < 250, `the processor worked for ${busy} ms`);
  holds(here, count);
});

fault('select knows what has come, and what a peer has room for', {}, async (scope) => {
  const [here, there] = [bound(scope), socket(scope)];
  there.connect(here.getsockname());
  assert.deepEqual(select([here], [there], 5), { readable: [], writable: [there] });
  there.settimeout(0);
  const count = fill((data) => there.send(data));
  assert.deepEqual(select([here], [there], 0), { readable: [here], writable: [] });
  holds(here, count);
  assert.deepEqual(select([here], [there], 0), { readable: [], writable: [there] });
});

fault('a worker can be terminated while it waits for room', {}, async (scope) => {
  const here = bound(scope);
  const module = JSON.stringify(new URL('../../src/entry/blocking.js', import.meta.url).href);
  const program = `import(${module}).then(({ unix }) => {
    const socket = unix.dgram();
    require('node:worker_threads').parentPort.postMessage('ready');
    for (;;) socket.sendto('x', ${JSON.stringify(here.getsockname())});
  });`;
  const worker = new Worker(program, { eval: true });
  await once(worker, 'message');
  await eventually('a datagram', () => select([here], [], 0).readable.length > 0);
  const begin = performance.now();
  await worker.terminate();
  assertTook(performance.now() - begin, 0, 5);
});
