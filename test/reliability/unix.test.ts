/** Unix sockets whose path is too long, abstract, missing, forbidden, stale or something else; and peers that vanish. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join, relative } from 'node:path';
import { type Client, sleep, TimeoutError, type UnixServer, unix } from '../../src/entry/index.ts';
import { eventually, startNode } from '../peers/tools.ts';
import { apart, fails, fault, type Scope } from './harness.ts';
import { drained, newFolder } from './raw.ts';

async function listenAt(scope: Scope, path: string): Promise<UnixServer> {
  const master = unix.stream();
  scope.defer(() => master.close());
  await master.bind(path);
  const server = await master.listen();
  scope.defer(() => server.close());
  return server;
}

async function talk(scope: Scope, server: UnixServer, path: string): Promise<void> {
  const client = await unix.stream().connect(path);
  scope.defer(() => client.close());
  const accepted = await server.accept();
  scope.defer(() => accepted.close());
  await client.send('hello\n');
  assert.equal(await accepted.receive(), 'hello');
}

fault('60: paths of 107 bytes and of one more', {}, async (scope) => {
  const folder = newFolder(scope);
  const longest = join(folder, 'x'.repeat(107 - Buffer.byteLength(folder) - 1));
  assert.equal(Buffer.byteLength(longest), 107);
  await talk(scope, await listenAt(scope, longest), longest);
  for (const path of [
    `${longest}x`,
    `${longest}xx`,
    `${longest.slice(0, -1)}\u00fc`,
    '',
    'a\0b',
    '\0a\0b',
    undefined,
    5,
  ]) {
    await fails(unix.stream().bind(path as string), 'ERR_INVALID_ARGUMENT');
    await fails(unix.stream().connect(path as string), 'ERR_INVALID_ARGUMENT');
  }
});

fault('60: an abstract name, which is no file', {}, async (scope) => {
  const path = `\0moonsocket ${process.pid} ${performance.now()}`;
  const server = await listenAt(scope, path);
  assert.equal(server.getsockname(), path);
  await talk(scope, server, path);
  assert.ok(!existsSync(path.slice(1)));
  server.close();
  await fails(unix.stream().connect(path), 'ECONNREFUSED');
});

fault('60: a relative path', {}, async (scope) => {
  const path = relative(process.cwd(), join(newFolder(scope), 's'));
  await talk(scope, await listenAt(scope, path), path);
});

fault('60: missing, a folder, a plain file, stale, in use', {}, async (scope) => {
  const folder = newFolder(scope);
  const missing = join(folder, 'missing', 's');
  await fails(unix.stream().connect(missing), 'ENOENT', { reason: 'No such file or directory' });
  const error = await fails(unix.stream().bind(missing), 'ENOENT');
  assert.match(error.message, /missing/);
  mkdirSync(join(folder, 'd'));
  await fails(unix.stream().connect(join(folder, 'd')), 'ECONNREFUSED');
  await fails(unix.stream().bind(join(folder, 'd')), 'EADDRINUSE', { reason: 'address already in use' });
  writeFileSync(join(folder, 'f'), 'mine');
  await fails(unix.stream().connect(join(folder, 'f')), 'ECONNREFUSED', { reason: 'connection refused' });
  await fails(unix.stream().bind(join(folder, 'f')), 'EADDRINUSE');

  const stale = join(folder, 'stale');
  const program = `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'));`;
  spawnSync(process.execPath, ['-e', program]);
  assert.ok(existsSync(stale));
  await fails(unix.stream().connect(stale), 'ECONNREFUSED');
  await fails(unix.stream().bind(stale), 'EADDRINUSE');
  assert.ok(existsSync(stale), 'a file that another left was removed');

  const used = join(folder, 'used');
  const server = await listenAt(scope, used);
  await fails(unix.stream().bind(used), 'EADDRINUSE');
  await talk(scope, server, used);
});

fault('60: a close removes its own file, and no other', {}, async (scope) => {
  const folder = newFolder(scope);
  const path = join(folder, 's');
  const server = await listenAt(scope, path);
  assert.ok(existsSync(path));
  server.close();
  assert.ok(!existsSync(path));
  const master = unix.stream();
  await master.bind(path);
  master.close();
  assert.ok(!existsSync(path));
  // A client's close leaves the server's file alone.
  const next = await listenAt(scope, path);
  await talk(scope, next, path);
  (await unix.stream().connect(path)).close();
  assert.ok(existsSync(path));
});

const UNPRIVILEGED = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];

fault('60: the end of a process leaves what is not its own', {}, async (scope) => {
  for (const face of ['index', 'blocking']) {
    for (const end of ['process.exit()', 'process.exitCode = 0', 'undefined.x']) {
      const path = join(newFolder(scope), 'socket');
      const program = `
        import fs from 'node:fs';
        import { unix } from ${JSON.stringify(new URL(`../../src/entry/${face}.js`, import.meta.url).href)};
        const master = unix.stream();
        await master.bind(${JSON.stringify(path)});
        const server = await master.listen();
        fs.unlinkSync(${JSON.stringify(path)});
        fs.writeFileSync(${JSON.stringify(path)}, 'mine');
        ${end === 'process.exitCode = 0' ? 'server.close();' : ''}
        ${end};`;
      spawnSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore', timeout: 15_000 });
      assert.deepEqual(
        [existsSync(path) && readFileSync(path, 'utf8'), readdirSync(dirname(path))],
        ['mine', ['socket']],
      );
    }
  }
});

apart('60: a path that one may not use', { network: ':', through: UNPRIVILEGED, tools: ['setpriv'] }, async (scope) => {
  const folder = newFolder(scope);
  const path = join(folder, 's');
  await listenAt(scope, path);
  chmodSync(path, 0);
  await fails(unix.stream().connect(path), 'EACCES', { reason: 'permission denied' });
  chmodSync(folder, 0o500);
  await fails(unix.stream().bind(join(folder, 't')), 'EACCES');
  chmodSync(folder, 0o700);
});

fault(
  '60: connections before listen, beyond the backlog and never accepted are ended, and the server goes on',
  {},
  async (scope) => {
    const path = join(newFolder(scope), 's');
    const came = async (): Promise<net.Socket> => {
      const raw = net
        .connect({ path })
        .on('error', () => {})
        .resume();
      scope.defer(() => raw.destroy());
      await once(raw, 'connect');
      return raw;
    };
    const master = unix.stream();
    await master.bind(path);
    const early = await came();
    await once(early, 'close');
    const server = await master.listen(1);
    scope.defer(() => server.close());
    const raws = [await came(), await came(), await came()];
    await eventually('a full queue', () => server.dropped === 2);
    (await server.accept()).close();
    await Promise.all(raws.map((raw) => raw.closed || once(raw, 'close')));
    const last = await came();
    server.close();
    await once(last, 'close');
  },
);

fault('61: a half close each way, and a peer that vanishes', {}, async (scope) => {
  const path = join(newFolder(scope), 's');
  const server = await listenAt(scope, path);
  const raw = net.connect({ path, allowHalfOpen: true }).on('error', () => {});
  scope.defer(() => raw.destroy());
  const client: Client = await server.accept();
  scope.defer(() => client.close());
  raw.end('half a li');
  await fails(client.receive(), 'ERR_CLOSED', { partial: 'half a li' });
  const received = drained(raw);
  const big = Buffer.alloc(1_048_576, 5);
  await client.send(big);
  client.shutdown('send');
  assert.ok((await received).equals(big));

  const gone = net.connect({ path }).on('error', () => {});
  const second: Client = await server.accept();
  scope.defer(() => second.close());
  await second.send('unread');
  gone.destroy();
  await once(gone, 'close');
  assert.match(
    (await second.receive().catch((error: { code: string }) => error.code)) as string,
    /^(ECONNRESET|ERR_CLOSED)$/,
  );
  const failure = await second.send(big).catch((error: { reason: string }) => error.reason);
  assert.equal(failure, 'closed');
});

fault('27: a connect to a full queue waits for room until its timeout, and is no false success', {}, async (scope) => {
  const path = join(newFolder(scope), 's');
  const child = startNode(
    scope,
    `require('net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.log('listening'));`,
  );
  await child.said(/listening/);
  child.signal('SIGSTOP');
  let failure: Error | undefined;
  for (let i = 0; failure === undefined && i < 10; i++) {
    const master = unix.stream();
    master.settimeout(0.3);
    const client = await master.connect(path).catch((error: Error) => {
      failure = error;
    });
    if (client) scope.defer(() => client.close());
  }
  assert.ok(failure instanceof TimeoutError, String(failure));
  const patient = unix.stream();
  patient.settimeout(15);
  const connecting = patient.connect(path);
  await sleep(0.1);
  child.signal('SIGCONT');
  (await connecting).close();
});
