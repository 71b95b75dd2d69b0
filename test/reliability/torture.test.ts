/** System calls that fail as the manual says they may, made to by strace: no byte is lost, nothing ends that need not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { bind, connect, SocketError, type TcpClient, udp } from '../../src/entry/index.ts';
import { Child } from '../peers/tools.ts';
import { apart, fails, type Scope } from './harness.ts';

const RULES = { tools: ['strace'], seconds: 60 } as const;

/**
 * From now on, strace makes calls of this process fail, those on sockets: Node's own files and libuv's own signals it
 * leaves alone, since libuv gives up the process where such a one fails.
 */
async function inject(scope: Scope, ...faults: readonly string[]): Promise<Child> {
  const options = faults.flatMap((fault) => ['-e', `inject=${fault}`]);
  const strace = new Child(scope, 'strace', ['-o', '/dev/null', ...options, ...sockets(), '-p', String(process.pid)]);
  await strace.said(/attached/, 'stderr');
  return strace;
}

/** What names the open sockets of this process to strace, and what it waits for them with. */
function sockets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    const target = linkOf(fd);
    return /^(socket:|anon_inode:\[eventpoll\])/.test(target) ? ['-P', target] : [];
  });
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // the directory that was read
  }
}

async function linkedHere(scope: Scope): Promise<{ here: TcpClient; there: TcpClient }> {
  const server = await bind('127.0.0.1', 0);
  const here = await connect('127.0.0.1', server.getsockname().port);
  const there = await server.accept();
  scope.defer(() => here.close());
  scope.defer(() => there.close());
  server.close();
  return { here, there };
}

const BIG = Buffer.alloc(2 * 1_048_576);
for (let i = 0; i < BIG.length; i += 4) BIG.writeUInt32LE((i * 2_654_435_761) >>> 0, i);

/** Sends BIG both ways at once, a part in lines, and compares what comes. */
async function converse(here: TcpClient, there: TcpClient): Promise<void> {
  for (const client of [here, there]) client.settimeout(30);
  const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  const sending = [here.send(BIG), there.send(BIG)];
  const got = await Promise.all([here.receive(BIG.length), there.receive(BIG.length)]);
  assert.deepEqual(await Promise.all(sending), [BIG.length, BIG.length]);
  for (const data of got) assert.equal(digest(data), digest(BIG));
  for (let i = 0; i < 50; i++) {
    await here.send(`line ${i}\r\n`);
    assert.equal(await there.receive(), `line ${i}`);
  }
}

apart('35: interrupted calls: every third read, every second write, every second wait', RULES, async (scope) => {
  const { here, there } = await linkedHere(scope);
  await inject(
    scope,
    'read,readv,recvfrom,recvmsg:error=EINTR:when=1+3',
    'write,writev,sendto,sendmsg:error=EINTR:when=1+2',
    'epoll_wait,epoll_pwait:error=EINTR:when=2+2',
  );
  await converse(here, there);
});

apart('35: reads and writes that would block after all', RULES, async (scope) => {
  const { here, there } = await linkedHere(scope);
  await inject(scope, 'read,readv:error=EAGAIN:when=3+5', 'write,writev,sendmsg:error=EAGAIN:when=1+2');
  await converse(here, there);
});

apart('34: no buffers for a write: it is tried again', RULES, async (scope) => {
  const { here, there } = await linkedHere(scope);
  await inject(scope, 'write,writev,sendto,sendmsg:error=ENOBUFS:when=2+7');
  await converse(here, there);
});

apart('34: no memory for a write: typed, and what was counted arrives', RULES, async (scope) => {
  const { here, there } = await linkedHere(scope);
  await here.send('first\n');
  await inject(scope, 'write,writev:error=ENOMEM:when=20..30');
  here.settimeout(20);
  there.settimeout(20);
  const received = there.receive('*a', { limit: 64 * 1_048_576 }).catch((error: { partial?: Buffer }) => error.partial);
  const outcome = await here.send(Buffer.alloc(32 * 1_048_576, 1)).catch((error: unknown) => error);
  assert.ok(outcome instanceof SocketError, String(outcome));
  assert.equal(outcome.code, 'ENOMEM');
  here.close();
  const length = (await received)?.length ?? 0;
  assert.ok(length >= 'first\n'.length, `${length}`);
  assert.ok(length <= (outcome.sent ?? 0) + 65_536 + 'first\n'.length, `${length} of ${outcome.sent}`);
});

apart('37: accepts that fail because the peer is gone: the server goes on', RULES, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  server.settimeout(10);
  await inject(scope, 'accept,accept4:error=ECONNABORTED:when=1+2');
  for (let i = 0; i < 20; i++) {
    const client = await connect('127.0.0.1', server.getsockname().port, { timeout: 10 });
    (await server.accept()).close();
    await fails(client.receive(), 'ERR_CLOSED');
    client.close();
  }
});

apart('34: no buffers for a datagram: sent in the end, or typed', RULES, async (scope) => {
  const socket = udp();
  scope.defer(() => socket.close());
  await socket.setsockname('127.0.0.1', 0);
  const { port } = socket.getsockname();
  socket.settimeout(10);
  await inject(scope, 'sendmsg,sendto,sendmmsg:error=ENOBUFS:when=2+2');
  for (let i = 0; i < 10; i++) {
    const sent = await socket.sendto(`${i}`, '127.0.0.1', port).catch((error: unknown) => error);
    if (sent === 1) assert.equal(String(await socket.receive()), `${i}`);
    else assert.equal((sent as SocketError).code, 'ENOBUFS', String(sent));
  }
});
