/** Calls that block a thread: what ends them besides what they wait for, what does not, and what threads have in common. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { bind, connect, pair, tcp, udp, unix } from '../../src/entry/blocking.ts';
import { Child } from '../peers/tools.ts';
import { assertTook, duration, fault, type Scope } from './harness.ts';
import { rawClient } from './raw.ts';

const FACE = JSON.stringify(new URL('../../src/entry/blocking.js', import.meta.url).href);

/** Calls that do not end by themselves. `ready` tells that the next call is the one. */
const ENDLESS: Readonly<Record<string, string>> = {
  receive: 'const [here, there] = pair(); ready(); here.receive(); there.close();',
  'receive with a timeout':
    'const [here, there] = pair(); here.settimeout(1000); ready(); here.receive(5); there.close();',
  'receive of a datagram': "const socket = udp(); socket.setsockname('127.0.0.1', 0); ready(); socket.receive();",
  accept: "const server = bind('127.0.0.1', 0); ready(); server.accept();",
  'a loop over a server': "const server = bind('127.0.0.1', 0); ready(); for (const client of server) client.close();",
  select: 'const both = pair(); ready(); select(both, []);',
  sleep: 'ready(); sleep(1000);',
  send: "const [here, there] = pair(); ready(); here.send('x'.repeat(1e7)); there.close();",
  connect: `const server = bind('127.0.0.1', 0, { backlog: 1 });
    const { port } = server.getsockname();
    const clients = [];
    try {
      for (;;) clients.push(connect('127.0.0.1', port, { timeout: 0.3 }));
    } catch {
      ready(); // nobody takes one more
    }
    connect('127.0.0.1', port);`,
  'connect of a Unix socket': `const master = unix.stream();
    master.bind('\\0moonsocket-full-' + process.pid);
    const server = master.listen(1);
    const clients = [];
    const another = () => {
      const client = unix.stream();
      client.settimeout(0.1);
      return client.connect('\\0moonsocket-full-' + process.pid);
    };
    try {
      for (;;) clients.push(another());
    } catch {
      ready();
    }
    unix.stream().connect('\\0moonsocket-full-' + process.pid);`,
};

const NAMES = 'bind, connect, pair, select, serial, sleep, tcp, udp, unix';

/** A worker that runs this program; it has the face, and `tell` to say something. */
function startWorker(scope: Scope, program: string, workerData?: unknown): Worker {
  const source = `import(${FACE}).then(({ ${NAMES} }) => {
    const { parentPort, workerData } = require('node:worker_threads');
    const tell = (what) => parentPort.postMessage(what);
    const ready = () => tell('ready');
    ${program}
  })`;
  const worker = new Worker(source, { eval: true, workerData });
  scope.defer(() => worker.terminate());
  return worker;
}

/** The same in the main thread of a process; what it tells is a line. */
function startProcess(scope: Scope, program: string): Child {
  const source = `import fs from 'node:fs';
    import { ${NAMES} } from ${FACE};
    const tell = (what) => fs.writeSync(1, what + '\\n');
    const ready = () => tell('ready');
    ${program}`;
  return new Child(scope, process.execPath, ['--input-type=module', '-e', source]);
}

/** It has said that it is about to make the call; now it most likely does. Before it the outcome is to be the same. */
const almostThere = (): Promise<void> => delay(50);

for (const [what, program] of Object.entries(ENDLESS)) {
  fault(`44: a worker is terminated during ${what}, and its sockets are closed`, { seconds: 40 }, async (scope) => {
    const worker = startWorker(scope, program);
    await once(worker, 'message');
    await almostThere();
    assertTook(await duration(() => worker.terminate()), 0);
  });

  fault(
    `44: a signal ends a process during ${what}, as it would end a program in C`,
    { seconds: 40 },
    async (scope) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const child = startProcess(scope, program);
        await child.said(/ready/);
        await almostThere();
        child.signal(signal);
        const took = await duration(async () => assert.deepEqual(await child.ended, { code: null, signal }));
        assertTook(took, 0);
      }
    },
  );
}

fault('44: the peer of a socket sees its end when its worker ends, in whatever way', { seconds: 40 }, async (scope) => {
  const server = bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  server.settimeout(10);
  const { port } = server.getsockname();
  const open = `const client = connect('127.0.0.1', ${port}); client.send('here I am\\n'); tell('connected');`;
  for (const end of ['terminate', 'process.exit();', 'throw new Error("on purpose");', '']) {
    const worker = startWorker(scope, `${open} ${end === 'terminate' ? 'client.receive();' : end}`);
    worker.on('error', () => {});
    const exit = once(worker, 'exit').catch(() => {});
    // Its error may be told before its message.
    await Promise.race([new Promise((told) => worker.once('message', told)), exit]);
    if (end === 'terminate') await worker.terminate();
    await exit;
    const client = server.accept();
    client.settimeout(10);
    assert.equal(client.receive(), 'here I am');
    assert.throws(() => client.receive(), { code: 'ERR_CLOSED' }, end);
    client.close();
  }
});

fault('44: process.exit ends the process while its workers block', { seconds: 40 }, async (scope) => {
  const calls = ['receive', 'accept', 'sleep', 'send', 'connect of a Unix socket'];
  const program = `import { Worker } from 'node:worker_threads';
    let left = ${calls.length};
    for (const program of ${JSON.stringify(calls.map((call) => ENDLESS[call]))}) {
      const source = 'import(${FACE}).then(async ({ ${NAMES} }) => {' +
        'const { parentPort } = await import("node:worker_threads");' +
        'const ready = () => parentPort.postMessage(0);' + program + '})';
      new Worker(source, { eval: true }).on('message', () => {
        if (--left > 0) return;
        tell('all of them block');
        process.exit(7);
      });
    }`;
  const child = startProcess(scope, program);
  await child.said(/all of them/);
  const took = await duration(async () => assert.deepEqual(await child.ended, { code: 7, signal: null }, child.stderr));
  assertTook(took, 0, 10); // each has a slice of a wait to end, and its thread to be torn down; without slices it were for ever
});

fault('44: a listener for a signal runs when the call returns, and the call takes its time', {}, async (scope) => {
  const child = startProcess(
    scope,
    `process.on('SIGINT', () => tell('listener'));
    const [here, there] = pair();
    here.settimeout(0.6);
    ready();
    const start = performance.now();
    try { here.receive(); } catch (error) { tell(error.code + ' after ' + (performance.now() - start)); }
    here.close();
    there.close();
    setTimeout(() => tell('end'), 50);`,
  );
  await child.said(/ready/);
  await almostThere();
  child.signal('SIGINT');
  assert.deepEqual(await child.ended, { code: 0, signal: null }, child.stderr);
  const [, after] =
    /^ready\nETIMEDOUT after ([\d.]+)\nlistener\nend\n$/.exec(child.stdout) ?? assert.fail(child.stdout);
  assertTook(Number(after), 0.6);
});

fault('35: signals without end: a call gets all its bytes, and ends when it should', { seconds: 60 }, async (scope) => {
  const child = startProcess(
    scope,
    `let count = 0;
    for (const name of ['SIGUSR2', 'SIGWINCH', 'SIGCHLD']) process.on(name, () => count++);
    const server = bind('127.0.0.1', 0);
    tell('port ' + server.getsockname().port + '.');
    const client = server.accept();
    client.settimeout(20);
    const got = client.receive(1 << 20);
    tell('received ' + got.every((byte, i) => byte === i % 251));
    const took = (call) => {
      const start = performance.now();
      let how = 'returned';
      try { call(); } catch (error) { how = error.code; }
      tell(how + ' after ' + (performance.now() - start));
    };
    client.settimeout(0.4);
    server.settimeout(0.4);
    took(() => client.receive());
    took(() => server.accept());
    took(() => sleep(0.4));
    took(() => select([client, server], [], 0.4));
    client.settimeout(20);
    tell('sent ' + client.send(Buffer.alloc(8 << 20)));
    client.close();
    server.close();
    setInterval(() => { if (count > 2) { tell('signals'); process.exit(); } }, 1);`,
  );
  const [, port] = await child.said(/port (\d+)\./);
  const rain = setInterval(() => {
    for (const name of ['SIGUSR2', 'SIGWINCH', 'SIGCHLD'] as const) child.signal(name);
  }, 1);
  scope.defer(() => clearInterval(rain));
  const peer = await rawClient(scope, Number(port));
  const data = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 251));
  for (let at = 0; at < data.length; at += 8192) {
    peer.write(data.subarray(at, at + 8192));
    await delay(4);
  }
  await child.said(/(returned.*\n){2}/);
  peer.resume();
  assert.deepEqual(await child.ended, { code: 0, signal: null }, child.stderr);
  const lines = child.stdout.split('\n').slice(1, -1);
  assert.equal(lines.shift(), 'received true');
  for (const how of ['ETIMEDOUT', 'ETIMEDOUT', 'returned', 'returned']) {
    const [word, , milliseconds] = (lines.shift() ?? '').split(' ');
    assert.equal(word, how);
    assertTook(Number(milliseconds), 0.4);
  }
  assert.deepEqual(lines, [`sent ${8 << 20}`, 'signals']);
});

fault('45: threads that block at the same time have their own data and errors', { seconds: 40 }, async (scope) => {
  const program = `const { port, turn } = workerData;
    const wrong = [];
    const fails = (code, call) => {
      try { call(); wrong.push('it succeeded'); } catch (error) { if (error.code !== code) wrong.push(error.code); }
    };
    const [here, there] = pair();
    here.settimeout(0);
    const text = String(turn).repeat(50_000);
    for (let i = 0; i < 2000; i++) {
      if (turn % 2 === 0) fails('ETIMEDOUT', () => here.receive());
      else fails('ECONNREFUSED', () => connect('127.0.0.1', port));
      there.send(text + '\\n');
      if (here.receive() !== text) wrong.push('other text');
    }
    here.close();
    there.close();
    tell(wrong.slice(0, 5));`;
  const nobody = tcp();
  scope.defer(() => nobody.close());
  nobody.bind('127.0.0.1', 0);
  const { port } = nobody.getsockname();
  const workers = Array.from({ length: 4 }, (_, turn) => startWorker(scope, program, { port, turn }));
  const answers = workers.map((worker) => once(worker, 'message') as Promise<[string[]]>);
  const [here, there] = pair(); // and the main thread blocks beside them
  here.settimeout(0.2);
  assert.throws(() => here.receive(), { code: 'ETIMEDOUT' });
  for (const each of [here, there]) each.close();
  for (const answer of answers) assert.deepEqual((await answer)[0], []);
});

fault(
  '45: a worker opens and closes many sockets, and the runtime has nothing to say',
  { seconds: 40 },
  async (scope) => {
    const program = `const said = [];
    process.on('warning', ({ message }) => said.push(message));
    const server = bind('127.0.0.1', 0);
    const { address, port } = server.getsockname();
    const { closeSync, openSync } = require('node:fs');
    for (let i = 0; i < 300; i++) {
      const ends = pair();
      const client = connect(address, port);
      const master = tcp();
      master.bind('127.0.0.1', 0);
      const other = master.connect(address, port);
      const line = serial('/dev/ptmx');
      for (const socket of [...ends, client, other, server.accept(), server.accept(), line]) socket.close();
      try { unix.stream().connect('/nowhere'); } catch {}
      closeSync(openSync('/dev/null', 'r')); // a number that the runtime took for open would be told of
    }
    server.close();
    setTimeout(() => tell(said), 20);`;
    const worker = startWorker(scope, program);
    const [said] = (await once(worker, 'message')) as [string[]];
    assert.deepEqual(said, []);
  },
);

fault('45: a socket is not passed to another thread: it is refused at once', {}, async (scope) => {
  const server = bind('127.0.0.1', 0);
  const client = connect('127.0.0.1', server.getsockname().port);
  const accepted = server.accept();
  const sockets = [server, client, accepted, ...pair(), tcp(), udp(), unix.stream()];
  const { port1, port2 } = new MessageChannel();
  scope.defer(() => port1.close());
  scope.defer(() => {
    for (const socket of sockets) socket.close();
  });
  for (const socket of sockets) {
    assert.throws(() => port1.postMessage(socket), { name: 'DataCloneError' });
    assert.throws(() => port1.postMessage(1, [socket as never]), { name: /^(DataCloneError|TypeError)$/ });
    assert.throws(() => structuredClone(socket), { name: 'DataCloneError' });
  }
  // They are none the worse for it.
  client.send('hello\n');
  assert.equal(accepted.receive(), 'hello');
  port2.close();
});
