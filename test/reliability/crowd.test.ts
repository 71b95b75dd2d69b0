/** A thousand clients at once, and a server that serves one after the other: each waits for its turn, and none is reset. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as blocking from '../../src/entry/blocking.ts';
import { bind, type TcpServer, type UnixServer, unix } from '../../src/entry/index.ts';
import { startNode } from '../peers/tools.ts';
import { apart, type Scope } from './harness.ts';
import { newFolder } from './raw.ts';

const CROWD = 1000;

/** Connects so many times before it reads anything, and says how the connections ended: with the line, and without. */
const CLIENTS = `
const net = require('node:net');
const to = JSON.parse(process.argv[1]);
let served = 0, left = ${CROWD};
const failures = {};
for (let i = 0; i < ${CROWD}; i++) {
  let got = '';
  net.connect(to)
    .on('data', (data) => { got += data; })
    .on('error', (error) => { failures[error.code] = (failures[error.code] ?? 0) + 1; })
    .on('close', () => {
      if (got === 'your turn') served++;
      if (--left === 0) console.log('served ' + served + JSON.stringify(failures));
    });
}`;

async function outcome(scope: Scope, to: object, serve: () => unknown): Promise<void> {
  const clients = startNode(scope, CLIENTS, JSON.stringify(to));
  await serve();
  const [said] = await clients.said(/served .*/);
  assert.equal(said, `served ${CROWD}{}`);
}

async function serveEach(server: TcpServer | UnixServer): Promise<void> {
  server.settimeout(30);
  for (let i = 0; i < CROWD; i++) {
    using client = await server.accept();
    await client.send('your turn');
    await new Promise((resolve) => setTimeout(resolve, 1)); // the work: meanwhile the others arrive
  }
}

apart('42: a thousand clients wait to be accepted, and none is reset', { seconds: 60 }, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  await outcome(scope, { host: '127.0.0.1', port: server.getsockname().port }, () => serveEach(server));
  assert.equal(server.dropped, 0);
});

apart('42: the same over a Unix socket', { seconds: 60 }, async (scope) => {
  const path = join(newFolder(scope), 's');
  const master = unix.stream();
  await master.bind(path);
  const server = await master.listen();
  scope.defer(() => server.close());
  await outcome(scope, { path }, () => serveEach(server));
  assert.equal(server.dropped, 0);
});

apart('42: the same in the blocking face', { seconds: 60 }, async (scope) => {
  const server = blocking.bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  server.settimeout(30);
  await outcome(scope, { host: '127.0.0.1', port: server.getsockname().port }, () => {
    for (let i = 0; i < CROWD; i++) {
      using client = server.accept();
      client.send('your turn');
      blocking.sleep(0.001);
    }
  });
});
