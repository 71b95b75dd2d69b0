/** Waits on the event loop: what a deadline that is all but passed still sees. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Waiter } from '../../src/async/waiter.ts';
import { deadlineAfter } from '../../src/core/timeout.ts';
import { bind, connect, pair, sleep, TimeoutError } from '../../src/entry/index.ts';

for (const seconds of [0, 1e-12, 1e-9, 1e-7]) {
  it(`a timeout of ${seconds} seconds sees what the system holds already, and lets the event loop turn`, async () => {
    const server = await bind('127.0.0.1', 0);
    const [client, peer] = await Promise.all([
      connect('127.0.0.1', server.getsockname().port),
      server.accept().then(async (accepted) => {
        await accepted.send('hello\n');
        return accepted;
      }),
    ]);
    try {
      await sleep(0.02);
      client.settimeout(seconds);
      let line: string | undefined;
      // Nothing but the receive itself gives the event loop a turn.
      for (let tries = 0; line === undefined && tries < 100; tries++) {
        try {
          line = await client.receive();
        } catch (error) {
          assert.ok(error instanceof TimeoutError);
        }
      }
      assert.equal(line, 'hello');
    } finally {
      client.close();
      peer.close();
      server.close();
    }
  });
}

it('a send that waits when its half is shut down ends, and the peer has what it says was taken', async () => {
  const [client, peer] = pair();
  const sending = client.send(Buffer.alloc(200_000, 'x')).then(
    () => assert.fail('it was not all taken'),
    (error: { code: string; sent: number }) => error,
  );
  await sleep(0);
  client.shutdown('send');
  const received = await peer.receive('*a');
  const { code, sent } = await sending;
  assert.deepEqual([code, sent], ['EPIPE', received.length]);
});

it('a wait of months sets no timer that is too long for the runtime', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  const waiter = new Waiter<void>();
  const waiting = waiter.wait(deadlineAfter('test', 100 * 86_400));
  await sleep(0.01);
  waiter.wake(undefined);
  await waiting;
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});
