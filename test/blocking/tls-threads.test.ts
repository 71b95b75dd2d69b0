/** Blocking TLS in workers: each has its own contexts and callbacks, and Node's own TLS goes on beside them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { fault, type Scope } from '../reliability/harness.ts';
import { identity, pem } from './tls-support.ts';

const at = (file: string): string => JSON.stringify(new URL(`../../src/${file}.js`, import.meta.url).href);

function worker(scope: Scope, program: string, workerData: unknown = {}): Worker {
  const code = `const { parentPort, workerData } = require('node:worker_threads');
    Promise.all([import(${at('entry/blocking')}), import(${at('entry/tls-blocking')}), import(${at('blocking/tls-io')}), import(${at('core/timeout')})])
      .then(([sockets, tls, { OpenSslIo }, { NO_WAIT }]) => { ${program} });`;
  const made = new Worker(code, { eval: true, workerData });
  scope.defer(() => made.terminate());
  return made;
}

const FILES = { ca: pem('root.pem'), ...identity(), second: identity('second') };

fault('clients in threads, to a server of node:tls in this one', { seconds: 60 }, async (scope) => {
  const server = tls.createServer({ ...identity(), allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  scope.defer(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `let rounds = 0;
    for (let i = 0; i < 20; i++) {
      const client = tls.connect('localhost', workerData.port, { ca: workerData.ca, timeout: 20 });
      client.settimeout(20);
      client.send('x'.repeat(50000) + '\\n');
      if (client.receive().length === 50000) rounds++;
      client.close();
      try { tls.connect('127.0.0.1', workerData.port, { timeout: 20 }).close(); } catch (error) { if (error.code !== 'SELF_SIGNED_CERT_IN_CHAIN' && error.code !== 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') throw error; }
    }
    parentPort.postMessage(rounds);`;
  const workers = Array.from({ length: 3 }, () => worker(scope, program, { ...FILES, port }));
  const rounds = await Promise.all(workers.map(async (one) => ((await once(one, 'message')) as [number])[0]));
  assert.deepEqual(rounds, [20, 20, 20]);
});

fault('callbacks (names, protocols, the key log) in several threads at once', { seconds: 60 }, async (scope) => {
  const program = `const lines = [];
    const ours = tls.context({ ca: workerData.ca, alpn: ['b', 'c'], keylog: (line) => lines.push(line) });
    const main = tls.context({ cert: workerData.cert, key: workerData.key, alpn: ['c'] });
    const second = tls.context({ ...workerData.second, alpn: ['c'] });
    let good = 0;
    for (let i = 0; i < 50; i++) {
      const [a, b] = sockets.pair();
      const client = new OpenSslIo(a.stream.io, { role: 'client', context: ours, servername: 'second.test' });
      const server = new OpenSslIo(b.stream.io, { role: 'server', context: main, sni: new Map([['second.test', second]]) });
      for (let turn = 0; turn < 10; turn++) { client.handshake(NO_WAIT); server.handshake(NO_WAIT); }
      if (client.facts().alpn === 'c' && client.facts().verified) good++;
      client.close();
      server.close();
    }
    parentPort.postMessage([good, lines.length]);`;
  const workers = Array.from({ length: 4 }, () => worker(scope, program, FILES));
  for (const [one] of await Promise.all(workers.map((each) => once(each, 'message') as Promise<[[number, number]]>)))
    assert.deepEqual(one, [50, 250]); // five secrets of each connection
});

fault('a thread that is terminated in a handshake', { seconds: 30 }, async (scope) => {
  // The context comes first: koffi ends the process where a thread is terminated in which it declares functions.
  const program = `const [here] = sockets.pair();
    const context = tls.context({ ca: workerData.ca });
    parentPort.postMessage('waits');
    tls.wrap(here, { servername: 'localhost', context, timeout: 600 });`;
  const made = worker(scope, program, FILES);
  await once(made, 'message');
  assert.equal(await made.terminate(), 1);
});

fault(
  'a function of the program that throws in OpenSSL comes out of the call, and the peer is told',
  {},
  async (scope) => {
    const program = `const boom = () => { throw new Error('thrown in a callback'); };
    const ours = tls.context({ ca: workerData.ca, keylog: boom });
    const main = tls.context({ cert: workerData.cert, key: workerData.key });
    const [a, b] = sockets.pair();
    const server = new OpenSslIo(b.stream.io, { role: 'server', context: main });
    const client = new OpenSslIo(a.stream.io, { role: 'client', context: ours, servername: 'localhost' });
    let message;
    for (let turn = 0; turn < 10 && message === undefined; turn++) {
      try { client.handshake(NO_WAIT); } catch (error) { message = error.message; }
      server.handshake(NO_WAIT);
    }
    client.close();
    server.close();
    parentPort.postMessage(message);`;
    const [message] = (await once(worker(scope, program, FILES), 'message')) as [string];
    assert.equal(message, 'thrown in a callback');
  },
);
