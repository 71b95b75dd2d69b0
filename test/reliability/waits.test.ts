/** Calls that overlap, are aborted or time out: who gets what, when, and what is left. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { AbortError, bind, ClosedError, connect, dns, pair, select, sleep, tcp, unix } from '../../src/entry/index.ts';
import { assertTook, duration, fails, fault } from './harness.ts';
import { drained, linked, rawServer, wrote } from './raw.ts';

fault('20: two receives at once: the second is refused at once, and the first gets all', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const first = client.receive();
  await fails(client.receive(3), 'ERR_BUSY');
  await wrote(peer, 'whole line\n');
  assert.equal(await first, 'whole line');
});

fault('20: two sends at once: the second goes out behind the first, and nothing is mixed', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const data = Buffer.alloc(8_388_608, 1);
  const first = client.send(data);
  const second = client.send('behind');
  const received = drained(peer);
  assert.deepEqual(await Promise.all([first, second]), [data.length, 6]);
  await client.send('end');
  client.shutdown('send');
  assert.ok((await received).equals(Buffer.concat([data, Buffer.from('behindend')])));
});

fault('20: two accepts at once, of one server', {}, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  server.settimeout(0.05);
  const first = server.accept();
  await fails(server.accept(), 'ERR_BUSY');
  await fails(first, 'ETIMEDOUT');
});

fault('21: a close ends a pending receive and a pending send', {}, async (scope) => {
  const { client } = await linked(scope);
  const receiving = fails(client.receive(), 'ERR_CLOSED', { reason: 'closed' });
  const sending = fails(client.send(Buffer.alloc(33_554_432)), 'ERR_CLOSED', { reason: 'closed' });
  const took = await duration(async () => {
    client.close();
    await Promise.all([receiving, sending]);
  });
  assertTook(took, 0, 0.25);
});

fault('21: a close ends a pending accept', {}, async () => {
  const server = await bind('127.0.0.1', 0);
  const accepting = fails(server.accept(), 'ERR_CLOSED', { reason: 'closed' });
  server.close();
  await accepting;
});

fault('21: a close ends a pending receive of a pair, and its peer meets the end', {}, async (scope) => {
  const [here, there] = pair();
  scope.defer(() => here.close());
  const receiving = fails(there.receive(), 'ERR_CLOSED');
  there.close();
  await receiving;
  await fails(here.receive(), 'ERR_CLOSED');
});

fault('21: a close ends a pending connect', { lookupsMayStay: true }, async (scope) => {
  // The connection may be there already; what counts is that the closed master gives none.
  const { port } = await rawServer(scope);
  const master = tcp();
  const connecting = master.connect('127.0.0.1', port);
  master.close();
  const error = await fails(connecting, 'ERR_CLOSED', { reason: 'closed' });
  assert.ok(error instanceof ClosedError);
});

fault('23: a signal that is aborted already', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const why = new Error('not today');
  const signal = AbortSignal.abort(why);
  await wrote(peer, 'line\n');
  for (const operation of [
    client.receive('*l', { signal }),
    client.send('x', undefined, undefined, { signal }),
    server.accept({ signal }),
    connect('127.0.0.1', server.getsockname().port, { signal }),
    tcp().connect('127.0.0.1', server.getsockname().port, { signal }),
    dns.getaddrinfo('localhost', { signal }),
    sleep(60, { signal }),
  ]) {
    const error = await fails(operation, 'ABORT_ERR', { reason: 'aborted' });
    assert.ok(error instanceof AbortError);
    assert.equal(error.cause, why);
  }
  assert.equal(await client.receive(), 'line'); // the socket is as usable as before
  peer.resume();
  const ended = once(peer, 'end');
  client.shutdown('send');
  await ended;
  assert.equal(peer.bytesRead, 0);
});

fault('23: aborted in the middle of a line, of an accept, of a sleep: usable afterwards', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const abort = new AbortController();
  await wrote(peer, 'begin');
  assert.equal(String(await client.receive(1)), 'b');
  const receiving = fails(client.receive('*l', { signal: abort.signal }), 'ABORT_ERR', { partial: 'egin' });
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const accepting = fails(server.accept({ signal: abort.signal }), 'ABORT_ERR');
  const sleeping = fails(sleep(60, { signal: abort.signal }), 'ABORT_ERR');
  abort.abort();
  await Promise.all([receiving, accepting, sleeping]);
  peer.end(' and end\n');
  assert.equal(await client.receive(), 'egin and end');
  const late = await connect('127.0.0.1', server.getsockname().port);
  scope.defer(() => late.close());
  (await server.accept()).close(); // a connection that comes after the abort is not lost
});

fault('23: a signal that serves a thousand receives gathers no listeners', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const { signal } = new AbortController();
  for (let i = 0; i < 1000; i++) {
    const line = client.receive('*l', { signal });
    peer.write('x\n');
    assert.equal(await line, 'x');
  }
  // More than ten listeners at once would have been a warning, which fails the case.
});

fault('24: a timeout of 0 gives what is there, or fails at once', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  client.settimeout(0);
  const took = await duration(() => fails(client.receive(), 'ETIMEDOUT', { partial: '' }));
  assertTook(took, 0, 0.25);
  await wrote(peer, 'a\nb\nhalf');
  assert.equal(await client.receive(), 'a');
  assert.equal(await client.receive(), 'b');
  await fails(client.receive(), 'ETIMEDOUT', { partial: 'half' });
});

fault('24: timeouts that are tiny, huge, endless and no numbers', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  client.settimeout(1e-9);
  await fails(client.receive(), 'ETIMEDOUT');
  client.settimeout(0.05);
  assertTook(await duration(() => fails(client.receive(), 'ETIMEDOUT')), 0.05);
  // Above 2^31 ms Node's own timers fire at once, with a TimeoutOverflowWarning, which would fail the case.
  for (const seconds of [1e12, 2 ** 31 / 1000, Number.MAX_VALUE, Number.POSITIVE_INFINITY, -1, -1e-9, null]) {
    for (const mode of ['b', 't'] as const) {
      client.settimeout(seconds, mode);
      const line = client.receive();
      assert.equal(await Promise.race([line, sleep(0.02).then(() => 'still waits')]), 'still waits', `${seconds}`);
      peer.write('line\n');
      assert.equal(await line, 'line');
    }
  }
  for (const wrong of [Number.NaN, '5', undefined, {}]) {
    assert.throws(() => client.settimeout(wrong as number), { code: 'ERR_INVALID_ARGUMENT' });
  }
  assert.throws(() => client.settimeout(1, 'r' as 'b'), { code: 'ERR_INVALID_ARGUMENT' });
  await fails(sleep(Number.NaN), 'ERR_INVALID_ARGUMENT');
  await fails(connect('127.0.0.1', 9, { timeout: Number.NaN }), 'ERR_INVALID_ARGUMENT');
  await fails(select([client], [], Number.NaN), 'ERR_INVALID_ARGUMENT');
});

fault('25: the clock is set forward and back an hour during a wait', {}, async (scope) => {
  const { client } = await linked(scope);
  const { now } = Date;
  scope.defer(() => {
    Date.now = now;
  });
  for (const shift of [3_600_000, -3_600_000]) {
    client.settimeout(0.2);
    const waiting = duration(() => fails(client.receive(), 'ETIMEDOUT'));
    Date.now = () => now() + shift;
    assertTook(await waiting, 0.2);
  }
});

fault('24: an accept, a lookup and a Unix connect keep their timeouts', {}, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  server.settimeout(0.1, 't');
  assertTook(await duration(() => fails(server.accept(), 'ETIMEDOUT', { reason: 'timeout' })), 0.1);
  server.settimeout(0);
  await fails(server.accept(), 'ETIMEDOUT');
  const master = unix.stream();
  master.settimeout(0.1);
  await fails(master.connect('/nowhere/at/all'), 'ENOENT');
});
