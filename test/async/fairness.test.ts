/** No loop over calls that are done at once keeps the rest of the program waiting. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bind, connect, pair, type SocketError, select, udp } from '../../src/entry/index.ts';

/** Whether a timer gets its turn while `work` is repeated, which it would not in a loop of microtasks. */
async function timerRuns(work: () => Promise<unknown>): Promise<boolean> {
  let fired = false;
  const timer = setTimeout(() => {
    fired = true;
  }, 1);
  // Bounded, so that a loop that keeps the timer out fails and does not hang.
  for (let i = 0; i < 50_000 && !fired; i++) await work();
  clearTimeout(timer);
  return fired;
}

describe('the event loop turns', () => {
  it('in a loop of sends that the kernel takes at once', async () => {
    const server = await bind('127.0.0.1', 0);
    const client = await connect('127.0.0.1', server.getsockname().port);
    const accepted = await server.accept();
    const received = accepted.receive('*a', { limit: Number.POSITIVE_INFINITY });
    assert.ok(await timerRuns(() => client.send('x')));
    client.close();
    await received;
    accepted.close();
    server.close();
  });

  it('in a loop of datagrams', async () => {
    const here = udp();
    await here.setsockname('127.0.0.1', 0);
    const { port } = here.getsockname();
    const there = udp();
    assert.ok(await timerRuns(() => there.sendto('x', '127.0.0.1', port)));
    here.close();
    there.close();
  });

  it('in a loop of selects over a socket that is always ready', async () => {
    const [here, there] = pair();
    await there.send('x');
    assert.ok(await timerRuns(() => select([here], [there])));
  });
});

describe('select and half a line', () => {
  it('waits for more, and not for ever', async () => {
    const [client, peer] = pair();
    client.settimeout(0);
    await peer.send('half a li');
    assert.deepEqual((await select([client], [], 5)).readable, [client]);
    await assert.rejects(client.receive(), { code: 'ETIMEDOUT' } satisfies Partial<SocketError>);
    assert.equal(client.dirty(), true);
    assert.deepEqual((await select([client], [], 0.02)).readable, []);
    await peer.send('ne\nand');
    assert.deepEqual((await select([client], [], 5)).readable, [client]);
    assert.equal(await client.receive(), 'half a line');
    // What follows the line has not been looked at yet.
    assert.deepEqual((await select([client], [], 5)).readable, [client]);
    await assert.rejects(client.receive());
    // A receive that succeeds makes the rest worth a look again.
    assert.equal(String(await client.receive(1)), 'a');
    assert.deepEqual((await select([client], [], 5)).readable, [client]);
  });
});
