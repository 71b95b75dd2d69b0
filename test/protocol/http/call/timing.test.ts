/** Servers that are slow or silent (cases 123, 124 and 146), over a pair in memory, with real clocks. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pair, sleep } from '../../../../src/async/face.ts';
import { AbortError, SocketError, TimeoutError } from '../../../../src/core/errors.ts';
import { runAsync } from '../../../../src/core/flow.ts';
import { exchange, prepared } from '../../../../src/protocol/http/wire/exchange.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { assertTook, duration } from '../../../reliability/harness.ts';
import { GET, observe } from '../replies.ts';

/** Not AbortSignal.timeout, which does not keep the process from ending. */
function abortedSoon(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  return controller.signal;
}

for (const [title, unit] of [
  ['one line', 'A: b'],
  ['many lines', 'A:\n'],
] as const) {
  it(`123: a head that drips, in ${title}, ends with the time of the whole exchange`, async () => {
    const [client, server] = pair();
    let dripping = true;
    const drip = async (): Promise<void> => {
      await server.send('HTTP/1.1 200 OK\r\n');
      while (dripping) {
        await server.send(unit);
        await sleep(0.02);
      }
    };
    const dripped = drip().catch(() => {});
    client.settimeout(5);
    const lift = client.stream.timeouts.within(0.2);
    const took = await duration(async () => {
      const error = await errorOf(() => runAsync(exchange(client.stream, prepared(GET))));
      assert.ok(error instanceof TimeoutError, String(error));
    });
    lift();
    dripping = false;
    client.close();
    await dripped;
    assertTook(took, 0.2, 2);
  });
}

it('123: a line that drips ends with a total timeout, too', async () => {
  const [client, server] = pair();
  const drip = setInterval(() => server.send('x').catch(() => {}), 20);
  client.settimeout(0.2, 't');
  const error = await errorOf(() => runAsync(exchange(client.stream, prepared(GET))));
  clearInterval(drip);
  assert.ok(error instanceof TimeoutError);
  assert.match(String(error.partial), /^x+$/);
  client.close();
});

it('124: silence after the request ends with a block timeout', async () => {
  const [client] = pair();
  client.settimeout(0.1);
  const took = await duration(async () => {
    assert.ok((await errorOf(() => runAsync(exchange(client.stream, prepared(GET))))) instanceof TimeoutError);
  });
  assertTook(took, 0.1, 2);
});

it('124: and silence inside a body, which goes on afterwards', async () => {
  const [client, server] = pair();
  await server.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
  client.settimeout(0.1);
  const { body } = await runAsync(exchange(client.stream, prepared(GET)));
  assert.ok((await errorOf(() => runAsync(body.text()))) instanceof TimeoutError);
  await server.send('lo');
  assert.equal(await runAsync(body.text()), 'hello');
  assert.equal(body.reusable, true);
});

it('157: a signal ends the wait for a reply, and that for its body', async () => {
  const [client, server] = pair();
  const waiting = runAsync(observe(client.stream, { ...GET, signal: abortedSoon() }));
  assert.ok((await waiting).error instanceof AbortError);
  await server.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
  const { code, error, reusable } = await runAsync(observe(client.stream, { ...GET, signal: abortedSoon() }));
  assert.ok(error instanceof AbortError);
  assert.deepEqual([code, reusable], [200, false]);
});

it('146: a body that nobody answers for goes after a second', async () => {
  const [client, server] = pair();
  const headers = { Host: 'h', Expect: '100-continue' };
  const exchanged = runAsync(observe(client.stream, { ...GET, method: 'PUT', headers, body: 'body' }));
  const head = await server.receive({ until: '\r\n\r\n' });
  assert.match(head, /Expect: 100-continue\r\nContent-Length: 4$/);
  const took = await duration(async () => assert.equal(String(await server.receive(4)), 'body'));
  assertTook(took, 0.9, 2);
  await server.send('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
  const { code, reusable } = await exchanged;
  assert.deepEqual([code, reusable, client.gettimeout()], [201, true, { block: null, total: null }]);
});

it('145: the reply of a server that answers, closes and reads no more', async () => {
  const [client, server] = pair();
  const exchanged = runAsync(observe(client.stream, { ...GET, method: 'POST', body: Buffer.alloc(1_000_000) }));
  await server.receive();
  await server.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
  server.close();
  const { code, body, reusable, error } = await exchanged;
  assert.ok(!(error instanceof SocketError), String(error));
  assert.deepEqual([code, body, reusable], [401, 'no', false]);
});
