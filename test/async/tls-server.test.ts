/** A TLS server of the await face: as many handshakes under way as the backlog says, and a goodbye right after one of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { it, type TestContext } from 'node:test';
import { connect, listen } from '../../src/entry/tls.ts';
import { identity, pem } from '../blocking/tls-support.ts';

/** A client that is connected and says nothing. */
async function silent(t: TestContext, port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

it('the rest wait below, until one of those is done or gives up', async (t) => {
  const rejected: string[] = [];
  const onrejected = ({ code }: { code: string }): void => void rejected.push(code);
  const server = await listen('127.0.0.1', 0, { ...identity(), backlog: 2, timeout: 1000, onrejected });
  t.after(() => server.close());
  const { port } = server.getsockname();
  const [first] = [await silent(t, port), await silent(t, port)];
  // Behind the two in the queue of the kernel: its handshake begins when one of them has ended.
  const connecting = connect('127.0.0.1', port, { ca: pem('root.pem'), timeout: 20 });
  let isDone = false;
  const done = connecting.then((client) => {
    isDone = true;
    return client;
  });
  const accepting = server.accept();
  // Its hello arrives, and more than enough turns pass for a whole handshake.
  for (let i = 0; i < 500; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([isDone, rejected], [false, []]);
  first.destroy();
  const client = await done;
  t.after(() => client.close());
  const accepted = await accepting;
  t.after(() => accepted.close());
  await client.send('hello\n');
  assert.equal(await accepted.receive(), 'hello');
  assert.deepEqual(rejected, ['ERR_CLOSED']);
});

for (const ending of ['shutdown', 'close'] as const) {
  it(`a ${ending} right after the handshake says goodbye behind the tickets of TLS 1.3`, async (t) => {
    const server = await listen('127.0.0.1', 0, { ...identity(), minVersion: 'TLSv1.3', timeout: 20 });
    t.after(() => server.close());
    const ended = server.accept().then((accepted) => {
      t.after(() => accepted.close());
      if (ending === 'shutdown') accepted.shutdown('send');
      else accepted.close();
    });
    const client = await connect('127.0.0.1', server.getsockname().port, { ca: pem('root.pem'), timeout: 20 });
    t.after(() => client.close());
    await ended;
    await assert.rejects(client.receive(1), { code: 'ERR_CLOSED' });
    assert.ok(client.getsession() !== undefined, 'the tickets have come');
  });
}
