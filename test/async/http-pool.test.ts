/** Requests in parallel that share the connections of a session (cases 157 and 158), over real sockets. */
import assert from 'node:assert/strict';
import { session } from '../../src/entry/http.ts';
import { AbortError, TimeoutError } from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { ok } from '../protocol/http/network.ts';
import { fails, fault, openDescriptors, type Scope } from '../reliability/harness.ts';
import { type HttpServer, serve } from './http-server.ts';

/** A session that ends with its case. */
function sessionOf(scope: Scope, connections: number): ReturnType<typeof session> {
  const made = session({ connections });
  scope.defer(() => made.close());
  return made;
}

/** A server whose answers wait for `go`, one for each call, and a session of one connection. */
async function gated(scope: Scope): Promise<{ server: HttpServer; one: ReturnType<typeof session>; go: () => void }> {
  const waiting: (() => void)[] = [];
  const server = await serve(scope, async ({ client }) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    await client.send(ok('x'));
  });
  scope.defer(() => {
    for (const go of waiting) go();
  });
  return { server, one: sessionOf(scope, 1), go: () => waiting.shift()?.() };
}

fault('158: 1,000 requests in parallel on ten connections', { seconds: 60 }, async (scope) => {
  const server = await serve(scope, async ({ client, head }) => client.send(ok(head.split(' ')[1] as string)));
  const ten = sessionOf(scope, 10);
  const before = openDescriptors().length;
  const asked = Array.from({ length: 1000 }, async (_, i) => {
    const { body } = await ten.request(`${server.url}/${i}`);
    assert.equal(String(body), `/${i}`);
    assert.ok(openDescriptors().length <= before + 20, 'ten of ours, and ten of the server');
  });
  await Promise.all(asked);
  assert.deepEqual([server.accepted, server.peak, server.targets.length], [10, 10, 1000]);
});

fault('158: a server that closes after every seventh request', { seconds: 60 }, async (scope) => {
  const server = await serve(scope, async ({ client, index }) => {
    const last = index % 7 === 0;
    await client.send(last ? ok('x', 'Connection: close') : ok('x'));
    if (last) client.close();
  });
  const three = sessionOf(scope, 3);
  await Promise.all(Array.from({ length: 200 }, async () => assert.equal((await three.request(server.url)).code, 200)));
  assert.ok(server.peak <= 4, `${server.peak} connections`); // one that the client has closed may still be open there
});

fault('158: whoever asks first is first, whether it takes a used connection or not', {}, async (scope) => {
  const server = await serve(scope, async ({ client }) => client.send(ok('x')));
  const one = sessionOf(scope, 1);
  const asked = Array.from({ length: 20 }, (_, i) => {
    const url = `${server.url}/${i}`;
    return i % 3 === 0 ? one.request({ url, method: 'POST' }) : one.request(url);
  });
  await Promise.all(asked);
  assert.deepEqual(
    server.targets,
    Array.from({ length: 20 }, (_, i) => `/${i}`),
  );
  assert.equal(server.accepted, 7, 'a new one for each POST');
});

fault('158: what is idle is closed in time, without another request', {}, async (scope) => {
  const server = await serve(scope, async ({ client }) => client.send(ok('x')));
  const kept = session();
  scope.defer(() => kept.close());
  const before = openDescriptors().length;
  await Promise.all(Array.from({ length: 5 }, () => kept.request(server.url)));
  assert.deepEqual([server.accepted, server.open], [5, 5]);
  await eventually('closing them', () => server.open === 0, 30);
  assert.equal(openDescriptors().length, before);
});

fault('158: who gives up waiting leaves no trace', {}, async (scope) => {
  const { server, one, go } = await gated(scope);
  const first = one.request(`${server.url}/first`);
  await eventually('the first request', () => server.targets.length === 1);
  const controller = new AbortController();
  const aborted = one.request({ url: `${server.url}/aborted`, signal: controller.signal });
  const late = one.request({ url: `${server.url}/late`, timeouts: { connect: 0.05 } });
  const last = one.request(`${server.url}/last`);
  const timeout = await fails(late, 'ETIMEDOUT');
  assert.ok(timeout instanceof TimeoutError);
  assert.equal(timeout.phase, 'connecting');
  assert.match(timeout.message, /timeout while connecting: timeouts\.connect is 0\.05 s/);
  controller.abort(new Error('mine'));
  const abort = await fails(aborted, 'ABORT_ERR');
  assert.ok(abort instanceof AbortError && String(abort.cause).includes('mine'));
  go();
  await first;
  await eventually('the last request', () => server.targets.length === 2);
  go();
  await last;
  assert.deepEqual([server.targets, server.accepted], [['/first', '/last'], 1]);
});

fault('158: who gives up in the very turn that was his passes it on', {}, async (scope) => {
  const { server, one, go } = await gated(scope);
  const controller = new AbortController();
  const first = one.request(`${server.url}/first`);
  const aborted = one.request({ url: `${server.url}/aborted`, signal: controller.signal });
  const last = one.request(`${server.url}/last`);
  void first.then(() => controller.abort());
  await eventually('the first request', () => server.targets.length === 1);
  go();
  await fails(aborted, 'ABORT_ERR');
  await eventually('the last request', () => server.targets.at(-1) === '/last');
  go(); // one of them is for the request that was aborted, if it had gone out
  go();
  assert.equal((await last).code, 200);
});

fault('158: a dial that fails passes its turn on', {}, async (scope) => {
  const server = await serve(scope, async () => {});
  const one = sessionOf(scope, 1);
  await scope.end(); // nobody listens any more
  const asked = Array.from({ length: 5 }, () => one.request({ url: server.url, timeout: 10 }));
  await Promise.all(asked.map((promise) => fails(promise, 'ECONNREFUSED')));
});

fault('158: close() while requests wait: they end as they would, and nothing is kept', {}, async (scope) => {
  const { server, one, go } = await gated(scope);
  const asked = ['/a', '/b', '/c'].map((path) => one.request(server.url + path));
  await eventually('the first request', () => server.targets.length === 1);
  one.close();
  for (const [i, answer] of asked.entries()) {
    await eventually('a request', () => server.targets.length === i + 1);
    go();
    assert.equal((await answer).code, 200);
  }
  await eventually('the end of all connections', () => server.open === 0);
  assert.deepEqual([server.targets, server.accepted], [['/a', '/b', '/c'], 3]);
});
