/** What the transport over Node's streams asks of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { it } from 'node:test';
import tls from 'node:tls';
import { DuplexIo } from '../../src/async/duplex.ts';
import { ENDED, Failure, TIMED_OUT } from '../../src/core/errors.ts';
import { deadlineAfter, NO_DEADLINE, NO_WAIT } from '../../src/core/timeout.ts';
import { type Client, pipe } from '../../src/entry/index.ts';
import { listen } from '../../src/entry/tls.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';

it('a send reads ahead, but not a half that was shut down', async () => {
  for (const [shut, paused] of [
    [false, false],
    [true, true],
  ] as const) {
    const input = new PassThrough();
    const client = pipe(input, new PassThrough().resume());
    if (shut) client.shutdown('receive');
    await client.send('x');
    assert.equal(input.isPaused(), paused);
    client.close();
  }
});

it('the memory of the caller is copied where the call may end before Node is through with it', async () => {
  for (const [prepare, copied] of [
    [() => {}, false],
    [(client: Client) => client.settimeout(5), true],
    [(client: Client) => client.settimeout(5, 't'), true],
  ] as const) {
    let seen: Buffer | undefined;
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        seen ??= chunk;
        done();
      },
    });
    const client = pipe(null, output);
    prepare(client);
    const data = Buffer.from('abc');
    await client.send(data);
    data.fill(0);
    assert.equal(String(seen), copied ? 'abc' : '\0\0\0');
    client.close();
  }
});

it('memory that keeps its bytes until the end is not copied, though the call may end before', async () => {
  for (const steady of [false, true]) {
    let seen: Buffer | undefined;
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        seen = chunk;
        done();
      },
    });
    const io = new DuplexIo(undefined, output);
    const data = Buffer.from('abc');
    assert.equal(await io.send(data, deadlineAfter('send', 30), false, steady), data.length);
    assert.equal(seen?.buffer === data.buffer && seen.byteOffset === data.byteOffset, steady);
    io.close();
  }
});

it('a pipe over a TLS socket says goodbye when it is closed', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  context.after(() => rmSync(folder, { recursive: true }));
  makeCertificates(folder);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const key = read('server.key');
  using server = await listen('127.0.0.1', 0, { cert: read('server.pem') + read('chain.pem'), key, timeout: 30 });
  const { port } = server.getsockname();
  const socket = tls.connect({ port, host: '127.0.0.1', ca: read('root.pem'), servername: 'localhost' });
  const [accepted] = await Promise.all([server.accept(), once(socket, 'secureConnect')]);
  const client = pipe(socket, socket);
  await client.send('bye');
  client.close();
  assert.equal(String(await accepted.receive('*a')), 'bye'); // a cut would be ERR_TLS_TRUNCATED
  accepted.close();
});

/** An output whose kernel takes as much as the test says, when it says so. */
class HeldOutput extends Writable {
  readonly written: Buffer[] = [];
  readonly _handle = { writeQueueSize: 0 };
  #done: ((error?: Error | null) => void) | undefined;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.written.push(chunk);
    this._handle.writeQueueSize = chunk.length;
    this.#done = done;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.through(error);
    done(error);
  }

  /** The write under way is through, or has failed. */
  through(error: Error | null = null): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}

const LONG = deadlineAfter('test', 600);

it('what the kernel never took is not counted, though Node no longer holds it', async () => {
  const output = new HeldOutput();
  const io = new DuplexIo(undefined, output);
  const sending = io.send(Buffer.from('0123456789'), LONG);
  output.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  const outcome = await sending;
  assert.ok(outcome instanceof Failure && outcome.code === 'ECONNRESET', String(outcome));
});

it('what the kernel has at the time of a close is counted', async () => {
  const output = new HeldOutput();
  const io = new DuplexIo(undefined, output);
  const sending = io.send(Buffer.from('0123456789'), LONG);
  output._handle.writeQueueSize = 4;
  io.close();
  assert.equal(await sending, 6);
});

it('other bytes than those of a send that was given up go out behind them', async () => {
  const output = new HeldOutput();
  const io = new DuplexIo(undefined, output);
  assert.equal(await io.send(Buffer.from('0123'), NO_WAIT), TIMED_OUT);
  const sending = io.send(Buffer.from('ab'), LONG);
  let sent: unknown;
  void Promise.resolve(sending).then((outcome) => {
    sent = outcome;
  });
  for (let turns = 0; sent === undefined && turns < 1000; turns++) {
    output.through();
    await new Promise(setImmediate);
  }
  assert.equal(sent, 2);
  assert.equal(Buffer.concat(output.written).toString(), '0123ab');
  io.close();
});

it('a send that ends since something was heard leaves Node no memory of the caller', async () => {
  const [input, output] = [new PassThrough(), new HeldOutput()];
  const io = new DuplexIo(input.pause(), output);
  const data = Buffer.from('abc');
  const sending = io.send(data, NO_DEADLINE, true);
  input.write('heard');
  assert.equal(await sending, 0);
  data.fill(0);
  assert.equal(String(output.written[0]), 'abc');
  io.close();
});

it('nothing is received after the receiving half was ended here', () => {
  const io = new DuplexIo(new PassThrough().pause(), undefined);
  io.shutdown('receive');
  assert.equal(io.deliver(Buffer.from('late')), true);
  assert.equal(io.recv(NO_WAIT), ENDED);
  io.close();
});
