/** Processes without a descriptor to spare: what fails is typed, nothing spins, and all goes on when there are some again. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { bind, connect, dns, type TcpClient, type TcpServer, udp, unix } from '../../src/entry/index.ts';
import { eventually, startNode } from '../peers/tools.ts';
import { apart, fails, type Scope, within } from './harness.ts';
import { rawServer } from './raw.ts';

/** Enough for Node itself, a few sockets and a child. */
const FEW = { through: ['prlimit', '--nofile=60'], tools: ['prlimit'] } as const;

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

/** A peer in a process of its own: connects whenever it reads a line of its standard input, and tells how that ends. */
const CONNECTOR = `
  process.stdin.on('data', (lines) => { for (const _ of String(lines).trim().split('\\n')) {
    const s = require('net').connect(+process.argv[1], '127.0.0.1', () => { console.log('connected'); s.write('hello\\n'); });
    s.on('error', (e) => console.log('error ' + e.code)).on('close', () => console.log('closed')).resume();
  }});`;

apart(
  '32: no descriptor for an accept: typed or waited out, never a busy loop, and better afterwards',
  FEW,
  async (scope) => {
    const server: TcpServer = await bind('127.0.0.1', 0);
    scope.defer(() => server.close());
    const child = startNode(scope, CONNECTOR, String(server.getsockname().port));
    child.process.stdin?.write('1\n');
    (await server.accept()).close(); // the child is up, and so is this
    await child.said(/closed/);
    const free = exhaust(scope);
    const before = child.stdout.length;
    child.process.stdin?.write('2\n3\n');
    await eventually('two connections', () => (child.stdout.slice(before).match(/connected/g) ?? []).length === 2);
    server.settimeout(0.5);
    const used = process.cpuUsage();
    const outcome = await server.accept().then(
      (client) => client.close(),
      (error: { code?: string }) => error.code,
    );
    assert.match(String(outcome), /^(EMFILE|ETIMEDOUT)$/);
    await server.accept().catch((error: { code?: string }) => assert.match(String(error.code), /^(EMFILE|ETIMEDOUT)$/));
    const { user, system } = process.cpuUsage(used);
    assert.ok(user + system < 300_000, `${user + system} microseconds for a second of waiting`);
    free();
    child.process.stdin?.write('4\n');
    server.settimeout(10);
    for (let line: unknown; line !== 'hello'; ) {
      const client = await server.accept();
      line = await client.receive().catch((error: unknown) => error);
      client.close();
    }
  },
);

apart(
  '33: no descriptor for a connect, a server, a datagram or a Unix socket: typed, and nothing leaks',
  FEW,
  async (scope) => {
    const { port } = await rawServer(scope);
    const warm = await connect('127.0.0.1', port);
    warm.close();
    const free = exhaust(scope);
    for (let i = 0; i < 100; i++) {
      await fails(connect('127.0.0.1', port, { timeout: 5 }), 'EMFILE', { reason: 'Too many open files' });
      await fails(bind('127.0.0.1', 0), 'EMFILE');
      await fails(unix.stream().connect('/nowhere'), 'EMFILE');
      const socket = udp();
      await fails(socket.sendto('x', '127.0.0.1', 9), 'EMFILE');
      socket.close();
    }
    free();
    const client: TcpClient = await connect('127.0.0.1', port, { timeout: 5 });
    client.close();
  },
);

apart('33: no descriptor for a lookup: typed, and in time', FEW, async (scope) => {
  const free = exhaust(scope);
  const outcome = await within(10, dns.getaddrinfo('localhost', { timeout: 5 }), () => 'the lookup still runs').catch(
    (error: { name?: string; code?: string }) => error,
  );
  // glibc needs a descriptor for the hosts file; a resolver that needs none may answer.
  if (!Array.isArray(outcome)) assert.equal(outcome.name, 'SocketError', String(outcome));
  free();
  assert.ok((await dns.getaddrinfo('localhost', { timeout: 5 })).length > 0);
});
