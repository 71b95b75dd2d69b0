/** Conversations with child processes through their pipes: each pipe ends, and fails, alone. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Client, ClosedError, pipe } from '../../src/entry/index.ts';
import { fails, fault, type Scope } from './harness.ts';

function start(scope: Scope, program: string): { child: ChildProcess; client: Client } {
  const child = spawn('sh', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  scope.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const client = pipe(child.stdout, child.stdin);
  scope.defer(() => client.close());
  client.settimeout(10);
  return { child, client };
}

fault('8: we end the pipe to a child, and receive all that it says then', {}, async (scope) => {
  const { client } = start(scope, 'read first; cat; echo "$first"; head -c 1000000 /dev/zero');
  await client.send('first\nsecond\n');
  client.shutdown('send');
  assert.equal(await client.receive(), 'second');
  assert.equal(await client.receive(), 'first');
  assert.equal((await client.receive('*a')).length, 1_000_000);
  await fails(client.receive(), 'ERR_CLOSED', { partial: '' });
  await fails(client.send('x'), 'EPIPE', { sent: 0 });
});

fault('9: a child that has said all still listens', {}, async (scope) => {
  const { child, client } = start(scope, 'echo bye; exec >&-; read word; [ "$word" = hello ] && exit 7');
  assert.equal(await client.receive(), 'bye');
  await fails(client.receive(), 'ERR_CLOSED');
  const exit = once(child, 'exit');
  await client.send('hello\n');
  assert.equal((await exit)[0], 7);
});

fault(
  '18: a child that does not listen any more is broken to send to, and what it says is not lost',
  {},
  async (scope) => {
    const { client } = start(scope, 'head -c 5; exec <&-; echo; sleep 0.1; echo later');
    const error = await client.send(Buffer.alloc(8_388_608, 120)).catch((reason: unknown) => reason);
    assert.ok(error instanceof ClosedError, String(error));
    assert.equal(error.code, 'EPIPE');
    assert.equal(await client.receive(), 'xxxxx');
    assert.equal(await client.receive(), 'later');
    await fails(client.receive(), 'ERR_CLOSED');
  },
);

fault('47: a child that is killed in the middle of a line', {}, async (scope) => {
  const { child, client } = start(scope, 'printf half; exec sleep 60');
  assert.equal(String(await client.receive(2)), 'ha');
  const line = fails(client.receive(), 'ERR_CLOSED', { partial: 'lf' });
  child.kill('SIGKILL');
  await line;
});
