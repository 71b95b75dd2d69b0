/** System calls that fail as the manual says they may, made to by strace, in calls that block: no byte is lost. */
import assert from 'node:assert/strict';
import { bind, connect, SocketError, type TcpClient, udp } from '../../src/entry/blocking.ts';
import { Child } from '../peers/tools.ts';
import { apart, type Scope } from './harness.ts';
import { rawProcess } from './raw.ts';

const RULES = { tools: ['strace'], seconds: 60 } as const;

/**
 * From now on, strace makes calls of this thread fail. Those named here only the blocking face makes, as long as the
 * event loop does not turn.
 */
async function inject(scope: Scope, ...faults: readonly string[]): Promise<void> {
  const options = faults.flatMap((fault) => ['-e', `inject=${fault}`]);
  const strace = new Child(scope, 'strace', ['-o', '/dev/null', ...options, '-p', String(process.pid)]);
  await strace.said(/attached/, 'stderr');
}

async function linkedToEcho(scope: Scope): Promise<TcpClient> {
  const { port } = await rawProcess(scope, 'peer.pipe(peer);');
  const client = connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  client.settimeout(20);
  return client;
}

const BIG = Buffer.alloc(200_000);
for (let i = 0; i < BIG.length; i += 4) BIG.writeUInt32LE((i * 2_654_435_761) >>> 0, i);

/** Sends and wants back: much, and lines. */
function converse(client: TcpClient): void {
  for (let i = 0; i < 5; i++) {
    assert.equal(client.send(BIG), BIG.length);
    assert.ok(client.receive(BIG.length).equals(BIG));
  }
  for (let i = 0; i < 50; i++) {
    client.send(`line ${i}\r\n`);
    assert.equal(client.receive(), `line ${i}`);
  }
}

apart('35: interrupted calls: every third receive, every second send, every second wait', RULES, async (scope) => {
  const client = await linkedToEcho(scope);
  await inject(
    scope,
    'recvfrom:error=EINTR:when=1+3',
    'sendto:error=EINTR:when=1+2',
    'poll,ppoll:error=EINTR:when=1+2',
  );
  converse(client);
  const start = performance.now();
  client.settimeout(0.3);
  assert.throws(() => client.receive(), { code: 'ETIMEDOUT' });
  assert.ok(performance.now() - start > 298);
});

apart('35: receives and sends that would block after all', RULES, async (scope) => {
  const client = await linkedToEcho(scope);
  await inject(scope, 'recvfrom:error=EAGAIN:when=2+3', 'sendto:error=EAGAIN:when=1+2');
  converse(client);
});

for (const code of ['ENOBUFS', 'ENOMEM']) {
  apart(`34: ${code} for a send: typed, and what was counted comes`, RULES, async (scope) => {
    const client = await linkedToEcho(scope);
    await inject(scope, `sendto:error=${code}:when=2+2`);
    let at = 0;
    let failures = 0;
    while (at < BIG.length) {
      try {
        at += client.send(BIG, at, Math.min(BIG.length, at + 40_000));
      } catch (error) {
        assert.ok(error instanceof SocketError && error.code === code, String(error));
        at += error.sent ?? 0;
        failures++;
      }
    }
    assert.ok(failures > 0);
    assert.ok(client.receive(BIG.length).equals(BIG));
    client.shutdown('send');
    assert.throws(() => client.receive('*a'), { code: 'ERR_CLOSED' }); // an end, and no reset
  });
}

for (const [code, title] of [
  ['EINTR', '35: accepts that are interrupted'],
  ['ECONNABORTED', '37: accepts that fail because the peer is gone'],
]) {
  apart(`${title}, and connects that are interrupted: the server goes on`, RULES, async (scope) => {
    const server = bind('127.0.0.1', 0);
    scope.defer(() => server.close());
    server.settimeout(10);
    const { port } = server.getsockname();
    await inject(scope, `accept4:error=${code}:when=1+2`, 'poll,ppoll:error=EINTR:when=1+2');
    for (let i = 0; i < 20; i++) {
      const client = connect('127.0.0.1', port, { timeout: 10 });
      const accepted = server.accept();
      client.send(`${i}\n`);
      assert.equal(accepted.receive(), String(i));
      for (const each of [client, accepted]) each.close();
    }
  });
}

apart('34: no buffers for a datagram: sent, or typed and not sent', RULES, async (scope) => {
  const socket = udp();
  scope.defer(() => socket.close());
  socket.setsockname('127.0.0.1', 0);
  const { port } = socket.getsockname();
  socket.settimeout(10);
  await inject(scope, 'sendto:error=ENOBUFS:when=2+2', 'recvfrom:error=EINTR:when=1+2');
  for (let i = 0; i < 10; i++) {
    let code: unknown;
    try {
      socket.sendto(`${i}`, '127.0.0.1', port);
    } catch (error) {
      code = (error as SocketError).code;
    }
    if (i % 2 === 0) assert.equal(String(socket.receive()), `${i}`);
    else assert.equal(code, 'ENOBUFS');
  }
});
