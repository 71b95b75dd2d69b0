/** Streams of Node's that have ended, failed or closed before anything is asked of them: no event tells it again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { it } from 'node:test';
import { type Client, pipe, type SocketError, select } from '../../src/entry/index.ts';

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: SocketError) => error.code,
  );

/** All calls end alike, and none waits. */
async function isOver(client: Client, receive: string, send: string): Promise<void> {
  assert.deepEqual(await select([client], [client]), { readable: [client], writable: [client] });
  assert.equal(await codeOf(client.receive()), receive);
  assert.equal(await codeOf(client.receive(1)), receive);
  assert.equal(await codeOf(client.send('x')), send);
  const lines = (async () => {
    for await (const line of client.lines()) assert.fail(line);
  })();
  assert.equal(await codeOf(lines), receive === 'ERR_CLOSED' ? 'no error' : receive);
  client.close();
}

const closed = (stream: { once(event: 'close', listener: () => void): unknown }): Promise<void> =>
  new Promise((resolve) => void stream.once('close', resolve));

const failure = Object.assign(new Error('unplugged'), { code: 'ENODEV' });
const write = (_chunk: unknown, _encoding: string, done: () => void): void => done();

it('a readable stream that has ended, was destroyed, or has failed', async () => {
  const ended = Readable.from([], { objectMode: false }).resume();
  await finished(ended);
  await isOver(pipe(ended), 'ERR_CLOSED', 'EPIPE');

  const destroyed = new PassThrough();
  destroyed.destroy();
  await isOver(pipe(destroyed), 'ERR_CLOSED', 'EPIPE'); // its event is still to come
  await isOver(pipe(destroyed), 'ERR_CLOSED', 'EPIPE');

  const failed = new PassThrough().on('error', () => {});
  failed.destroy(failure);
  await closed(failed);
  await isOver(pipe(failed), 'ENODEV', 'EPIPE');
});

it('a writable stream that has ended, was destroyed, or has failed', async () => {
  const ended = new Writable({ write });
  ended.end();
  await finished(ended);
  await isOver(pipe(null, ended), 'ERR_CLOSED', 'EPIPE');

  const failed = new Writable({ write }).on('error', () => {});
  failed.destroy(failure);
  await closed(failed);
  await isOver(pipe(null, failed), 'ERR_CLOSED', 'ENODEV');

  // What it holds will never be through.
  const full = new Writable({ write() {} });
  full.write('held');
  full.destroy();
  await isOver(pipe(null, full), 'ERR_CLOSED', 'EPIPE');
});

it('one stream both ways', async () => {
  const both = new Duplex({ read() {}, write }).on('error', () => {});
  both.destroy(failure);
  await closed(both);
  await isOver(pipe(both, both), 'ENODEV', 'ENODEV');
});

it('one whose reading half alone has ended', async () => {
  const both = new Duplex({
    read() {
      this.push(null);
    },
    write,
  });
  await new Promise((resolve) => both.once('end', resolve).resume());
  const client = pipe(both, both);
  assert.deepEqual(await select([client], []), { readable: [client], writable: [] });
  assert.equal(await codeOf(client.receive()), 'ERR_CLOSED');
  assert.equal(await client.send('x'), 1);
  client.close();
});

it('a child that has exited', async () => {
  const child = spawn('true');
  await closed(child);
  await isOver(pipe(child.stdout, child.stdin), 'ERR_CLOSED', 'EPIPE');
});
