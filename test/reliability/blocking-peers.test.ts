/**
 * The faults of peers and systems again, met by calls that block. Each case has a process of its own, which is killed if
 * it hangs, and its peers have theirs: while a call blocks, nothing else runs here.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import {
  bind,
  type Client,
  ClosedError,
  connect,
  SocketError,
  select,
  type TcpClient,
  udp,
  unix,
} from '../../src/entry/blocking.ts';
import { type Child, startNode } from '../peers/tools.ts';
import { apart, assertTook, type Expected, openDescriptors, type Scope } from './harness.ts';
import { rawProcess } from './raw.ts';

/** The error with which `call` fails. */
function failing(call: () => unknown, code: string, expected: Expected = {}): SocketError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof SocketError, String(error));
    assert.equal(error.code, code, error.message);
    if (expected.partial !== undefined) assert.equal(String(error.partial), String(expected.partial));
    if (expected.reason !== undefined) assert.equal(error.reason, expected.reason);
    return error;
  }
  assert.fail('it succeeded');
}

/** Milliseconds that `call` takes. */
function timed(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

/** A client of a peer in a process of its own; `program` is what that does with its connection, `peer`. */
async function linkedTo(scope: Scope, program: string): Promise<{ client: TcpClient; child: Child }> {
  const { child, port } = await rawProcess(scope, program);
  const client = connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  client.settimeout(20);
  return { client, child };
}

apart('1: a reset in the middle of a line, in a call that blocks', {}, async (scope) => {
  const { client } = await linkedTo(scope, "peer.write('half a li'); peer.once('data', () => peer.resetAndDestroy());");
  client.settimeout(0.2);
  failing(() => client.receive(), 'ETIMEDOUT', { partial: 'half a li' });
  client.send('now');
  client.settimeout(20);
  for (let i = 0; i < 2; i++) failing(() => client.receive(), 'ECONNRESET', { partial: 'half a li', reason: 'closed' });
  failing(() => client.receive('*a'), 'ECONNRESET', { partial: 'half a li' });
  assert.equal(String(client.receive(9)), 'half a li');
});

apart('1: a reset that an option has told is told again by a receive', {}, async (scope) => {
  const { client, child } = await linkedTo(
    scope,
    "peer.write('cut o'); peer.once('close', () => said('reset')).once('data', () => peer.resetAndDestroy());",
  );
  client.settimeout(0.1);
  failing(() => client.receive(), 'ETIMEDOUT', { partial: 'cut o' });
  client.send('now');
  await child.said(/reset/);
  assert.equal(client.getoption('error'), 'ECONNRESET');
  failing(() => client.receive('*a'), 'ECONNRESET', { partial: 'cut o' });
});

apart('17: a send to a peer that reads nothing: what was counted comes, and no byte more', {}, async (scope) => {
  const { client, child } = await linkedTo(
    scope,
    `let length = 0;
    process.once('SIGUSR2', () => {
      peer.on('data', (piece) => { length += piece.length; }).on('end', () => { said('got ' + length + '.'); peer.end(); });
    });
    said('deaf');`,
  );
  await child.said(/deaf/);
  client.settimeout(0.3);
  let error: SocketError | undefined;
  assertTook(
    timed(() => {
      error = failing(() => client.send(Buffer.alloc(64 * 1_048_576)), 'ETIMEDOUT');
    }),
    0.3,
  );
  assert.ok((error?.sent ?? 0) > 0);
  child.signal('SIGUSR2');
  client.shutdown('send');
  const [, got] = await child.said(/got (\d+)\./);
  assert.equal(Number(got), error?.sent);
  assert.equal(client.getstats().sent, error?.sent);
});

apart('18: a send after the peer has reset fails, and SIGPIPE does not kill', {}, async (scope) => {
  const { client, child } = await linkedTo(
    scope,
    "peer.once('close', () => said('reset')).once('data', () => peer.resetAndDestroy());",
  );
  client.send('the first is read');
  await child.said(/reset/);
  for (let i = 0; i < 2; i++) {
    let error: unknown;
    try {
      for (;;) client.send('x');
    } catch (thrown) {
      error = thrown;
    }
    assert.match((error as SocketError).code, /^(EPIPE|ECONNRESET)$/);
    assert.equal((error as SocketError).sent, 0);
  }
  // The kernel has told it to the send, and tells it once. What a reset cut off is not all there was.
  for (let i = 0; i < 2; i++) failing(() => client.receive('*a'), 'ECONNRESET', { partial: '' });
});

apart('27: a connect to a full backlog times out, and later succeeds', {}, async (scope) => {
  const server = bind('127.0.0.1', 0, { backlog: 1 });
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const clients: Client[] = [];
  scope.defer(() => {
    for (const client of clients) client.close();
  });
  const fill = (): void => {
    for (;;) clients.push(connect('127.0.0.1', port, { timeout: 0.3 }));
  };
  assertTook(
    timed(() => failing(fill, 'ETIMEDOUT', { reason: 'timeout' })),
    0.3,
  );
  for (let waiting = clients.length; waiting > 0; waiting--) server.accept().close();
  clients.push(connect('127.0.0.1', port, { timeout: 10 }));
  server.accept().close();
});

/** Takes every descriptor that is left; the result gives them back. */
function exhaust(scope: Scope): () => void {
  const taken: number[] = [];
  const free = (): void => {
    for (const fd of taken.splice(0)) closeSync(fd);
  };
  scope.defer(free);
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EMFILE');
  }
  return free;
}

const FEW = { through: ['prlimit', '--nofile=60'], tools: ['prlimit'] } as const;

apart('32: no descriptor for an accept is an error, and the client waits until there is one', FEW, async (scope) => {
  const server = bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const peer = startNode(
    scope,
    `const client = require('net').connect(${server.getsockname().port}, '127.0.0.1');
    client.write('first words\\n', () => console.log('written'));
    client.on('close', () => console.log('closed'));`,
  );
  await peer.said(/written/);
  const free = exhaust(scope);
  server.settimeout(1);
  for (let i = 0; i < 3; i++) failing(() => server.accept(), 'EMFILE', { reason: 'Too many open files' });
  free();
  const client = server.accept();
  scope.defer(() => client.close());
  client.settimeout(10);
  assert.equal(client.receive(), 'first words');
  failing(() => server.accept(), 'ETIMEDOUT');
  assert.equal(peer.stdout, 'written\n');
});

apart('33: no descriptor for a connect, a server or a datagram: typed, and nothing leaks', FEW, async (scope) => {
  const server = bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const free = exhaust(scope);
  for (let i = 0; i < 100; i++) {
    failing(() => connect('127.0.0.1', port, { timeout: 5 }), 'EMFILE', { reason: 'Too many open files' });
    failing(() => bind('127.0.0.1', 0), 'EMFILE');
    failing(() => unix.stream().connect('/nowhere'), 'EMFILE');
    const socket = udp();
    failing(() => socket.sendto('x', '127.0.0.1', 9), 'EMFILE');
    socket.close();
  }
  free();
  for (const client of [connect('127.0.0.1', port), server.accept()]) client.close();
});

apart('41: 3,000 connections in one select', { network: ':', seconds: 60 }, async (scope) => {
  const server = bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const here: TcpClient[] = [];
  const there: TcpClient[] = [];
  scope.defer(() => {
    for (const client of [...here, ...there]) client.close();
  });
  for (let i = 0; i < 3000; i++) {
    here.push(connect('127.0.0.1', port, { timeout: 20 }));
    there.push(server.accept());
  }
  assert.deepEqual(select(there, [], 0.05).readable, []);
  here[2345]?.send('x');
  assert.deepEqual(select(there, [], 20).readable, [there[2345]]);
  assert.equal(select([], here, 20).writable.length, 3000);
  for (const client of here) client.send('line\n');
  assert.equal(select(there, here, 20).readable.length, 3000);
  for (const [i, client] of there.entries()) assert.equal(client.receive(), i === 2345 ? 'xline' : 'line');
});

apart('43: 10,000 connections without a turn of the event loop: nothing stays', { network: ':' }, async (scope) => {
  const server = bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const cycle = (): void => {
    const client = connect('127.0.0.1', port, { timeout: 20 });
    const accepted = server.accept();
    client.send('x\n');
    assert.equal(accepted.receive(), 'x');
    client.close();
    failing(() => accepted.receive(), 'ERR_CLOSED');
    accepted.close();
  };
  const memory = (): number => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < 2000; i++) cycle();
  const before = memory();
  const descriptors = openDescriptors().length;
  for (let i = 0; i < 8000; i++) cycle();
  const growth = memory() - before;
  assert.equal(openDescriptors().length, descriptors);
  assert.ok(growth < 800_000, `${growth} bytes after 8,000 connections`);
});

apart('46: a frozen peer: calls time out, and nothing comes twice when it goes on', {}, async (scope) => {
  const { client, child } = await linkedTo(scope, 'peer.pipe(peer);');
  client.send('one\n');
  assert.equal(client.receive(), 'one');
  child.signal('SIGSTOP');
  client.settimeout(0.3);
  client.send('two\n'); // the kernel takes it
  assertTook(
    timed(() => failing(() => client.receive(), 'ETIMEDOUT', { partial: '' })),
    0.3,
  );
  const error = failing(() => client.send(Buffer.alloc(64 * 1_048_576, '\n')), 'ETIMEDOUT');
  child.signal('SIGCONT');
  client.settimeout(20);
  assert.equal(client.receive(), 'two');
  assert.equal(client.receive(error.sent ?? 0).length, error.sent);
  client.shutdown('send');
  failing(() => client.receive(), 'ERR_CLOSED', { partial: '' });
});

apart('47: a peer that is killed: what it had sent is kept', {}, async (scope) => {
  const { client, child } = await linkedTo(scope, "peer.write('half', () => said('written')); peer.pause();");
  await child.said(/written/);
  client.send('never read'); // so the kernel resets the connection when its owner dies
  await child.kill();
  let error: unknown;
  try {
    client.receive();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof ClosedError, String(error)); // by a reset or an end, which is for the kernel to say
  assert.equal(String(error.partial), 'half');
  assert.equal(String(client.receive(4)), 'half');
});

apart('47: a peer that is killed in the middle of a send that blocks', {}, async (scope) => {
  const { client, child } = await linkedTo(scope, 'peer.pause();');
  // It kills itself, since this process only blocks from here on.
  const killer = startNode(scope, `setTimeout(() => process.kill(${child.pid}, 'SIGKILL'), 300);`);
  const error = failing(() => client.send(Buffer.alloc(64 * 1_048_576)), 'ECONNRESET', { reason: 'closed' });
  assert.ok((error.sent ?? -1) >= 0 && (error.sent ?? 0) < 64 * 1_048_576);
  assert.deepEqual(await killer.ended, { code: 0, signal: null });
});
