/** A peer that greets in another protocol: it is named, also where its greeting is there before TLS has begun. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { awaitRunner } from '../../src/async/runner.ts';
import { tcpEngine } from '../../src/async/tcp.ts';
import { tlsEngine } from '../../src/async/tls.ts';
import { blockingRunner } from '../../src/blocking/runner.ts';
import { tcpEngine as tcpEngineBlocking } from '../../src/blocking/tcp.ts';
import { tlsEngine as tlsEngineBlocking } from '../../src/blocking/tls.ts';
import { Failure } from '../../src/core/errors.ts';
import { deadlineAfter } from '../../src/core/timeout.ts';
import { READABLE, wait } from '../../src/posix/wait.ts';
import type { TcpEngine } from '../../src/sockets/engine.ts';
import { connectTls } from '../../src/sockets/open-tls.ts';
import { startNode } from '../peers/tools.ts';
import { Scope } from '../reliability/harness.ts';

const GREETINGS: readonly [bytes: string, says: RegExp][] = [
  ['220 mail.test ESMTP\r\n', /the greeting 220 of SMTP or FTP.*wrap after it/],
  ['SSH-2.0-OpenSSH_9.2\r\n', /speaks SSH/],
  ['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', /answered in HTTP.*has no TLS/],
  ['* OK IMAP4rev1 ready\r\n', /the greeting of IMAP/],
];

/** Gives each client this, in a process of its own, since blocking calls stop this one. */
const SERVER = `
  const server = require('net').createServer((socket) => {
    socket.on('error', () => {});
    socket.write(process.argv[1]);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** The engines, whose connections are given when their peers have greeted. */
const greeted: TcpEngine = {
  ...tcpEngine,
  async connect(...how) {
    const io = await tcpEngine.connect(...how);
    while (!(io instanceof Failure) && io.readiness?.readable() === false) await pause(1);
    return io;
  },
};
const greetedBlocking: TcpEngine = {
  ...tcpEngineBlocking,
  connect(...how) {
    const io = tcpEngineBlocking.connect(...how);
    if ('then' in io) throw new Error('a promise');
    if (!(io instanceof Failure)) wait(io.getfd(), READABLE, deadlineAfter('connect', 20));
    return io;
  },
};

const FACES: Readonly<Record<string, (port: number, verify: false) => unknown>> = {
  await: (port, verify) =>
    awaitRunner.run(connectTls(greeted, tlsEngine, awaitRunner, '127.0.0.1', port, { timeout: 20, verify })),
  blocking: (port, verify) =>
    blockingRunner.run(
      connectTls(greetedBlocking, tlsEngineBlocking, blockingRunner, '127.0.0.1', port, { timeout: 20, verify }),
    ),
};

for (const [face, connect] of Object.entries(FACES)) {
  for (const [bytes, says] of GREETINGS) {
    it(`${JSON.stringify(bytes.slice(0, 12))} is there at once (${face})`, async () => {
      const scope = new Scope();
      try {
        const child = startNode(scope, SERVER, bytes);
        const [port] = await child.said(/^\d+$/m);
        await assert.rejects(
          async () => await connect(Number(port), false),
          (error: { code: string; message: string }) => {
            assert.equal(error.code, 'ERR_TLS_WRONG_PROTOCOL', error.message);
            assert.match(error.message, says);
            return true;
          },
        );
      } finally {
        await scope.end();
      }
    });
  }
}
