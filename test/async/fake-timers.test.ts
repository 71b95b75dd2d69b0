/** Programs under a fake clock (node:test's, sinon's, vitest's, jest's): sockets, timeouts and the turns between go on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, it, mock } from 'node:test';
import { TlsSocketIo } from '../../src/async/tls-io.ts';
import { bind, connect, dns, pair, type SocketError, select, sleep, udp, unix } from '../../src/entry/index.ts';
import { connect as connectTls, listen } from '../../src/entry/tls.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';

/** Puts a clock that stands still in the place of the real one; returns how to take it away again. */
const CLOCKS: readonly (readonly [name: string, install: () => () => void])[] = [
  [
    'of node:test',
    () => {
      mock.timers.enable();
      return () => mock.timers.reset();
    },
  ],
  [
    'that has everything, as others make it',
    () => {
      const names = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'];
      const real = [...names, 'performance'].map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
      // As sinon's: what it has not made, it refuses to clear.
      const refuse = (timer: unknown): void => {
        if (timer !== undefined) throw new Error('Cannot clear timer: not made by this clock');
      };
      for (const name of names)
        Object.defineProperty(globalThis, name, {
          configurable: true,
          writable: true,
          value: name.startsWith('clear') ? refuse : () => ({}),
        });
      Object.defineProperty(globalThis, 'performance', {
        configurable: true,
        writable: true,
        value: { now: () => 0, timeOrigin: 0 },
      });
      return () => {
        for (const [i, name] of [...names, 'performance'].entries())
          Object.defineProperty(globalThis, name, real[i] as PropertyDescriptor);
      };
    },
  ],
];

let uninstall = (): void => {};
afterEach(() => uninstall());

const codeOf = (error: SocketError): string => error.code;

for (const [name, install] of CLOCKS) {
  it(`a clock ${name}`, async () => {
    const server = await bind('127.0.0.1', 0);
    uninstall = install();
    const { port } = server.getsockname();
    const [client, accepted] = await Promise.all([connect('localhost', port, { timeout: 20 }), server.accept()]);
    // Deadlines pass, by a timer and without one.
    for (const timeout of [0.02, 0]) {
      client.settimeout(timeout);
      assert.equal(await client.receive().catch(codeOf), 'ETIMEDOUT');
      assert.deepEqual(await select([client], [], timeout), { readable: [], writable: [] });
    }
    await sleep(0.01);
    // A wait that ends before its deadline leaves no timer behind.
    client.settimeout(20);
    await accepted.send('one\ntwo\n');
    assert.equal(await client.receive(), 'one');
    assert.deepEqual(await select([client], [], 20), { readable: [client], writable: [] });
    // Work without end gives the others their turns.
    const size = 4 * 1_048_576;
    const [sent, received] = await Promise.all([accepted.send(Buffer.alloc(size)), client.receive(4 + size)]);
    assert.deepEqual([sent, received.length], [size, size + 4]);
    // Datagrams, names, and a path at which nobody listens.
    const here = udp();
    await here.setsockname('127.0.0.1', 0);
    const to = here.getsockname();
    for (let i = 0; i < 5000; i++) await here.sendto('x'.repeat(1000), to.address, to.port);
    assert.equal((await here.receive()).length, 1000);
    here.settimeout(5, 't');
    assert.ok((await dns.toip('localhost'))[0]);
    assert.equal(await unix.stream().connect('/nowhere/at/all').catch(codeOf), 'ENOENT');
    const [one, other] = pair();
    one.settimeout(0.01, 't');
    assert.equal(await one.send(Buffer.alloc(1_000_000)).catch(codeOf), 'ETIMEDOUT');
    for (const socket of [client, accepted, server, here, one, other]) socket.close();
  });
  it(`a TLS connection that closes under a clock ${name}`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
    context.after(() => rmSync(folder, { recursive: true }));
    makeCertificates(folder);
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    const identity = { cert: read('server.pem') + read('chain.pem'), key: read('server.key') };
    using server = await listen('127.0.0.1', 0, identity);
    const options = { ca: read('root.pem'), servername: 'localhost' };
    const [client, accepted] = await Promise.all([
      connectTls('127.0.0.1', server.getsockname().port, options),
      server.accept(),
    ]);
    uninstall = install();
    const { io } = client.stream;
    assert.ok(io instanceof TlsSocketIo);
    const gone = once(io.socket, 'close');
    client.close();
    assert.equal(await accepted.receive().catch(codeOf), 'ERR_CLOSED');
    accepted.close();
    await gone;
  });
}
