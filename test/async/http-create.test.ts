/** Connections that the caller makes, and takes his time for: the call's limits hold, and what comes too late is closed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Create, request } from '../../src/entry/http.ts';
import { AbortError, type Client, pair, TimeoutError } from '../../src/entry/index.ts';
import { errorOf } from '../core/scripted-io.ts';

const url = 'http://test.example/';

for (const [title, options, type] of [
  ['timeouts.connect', { timeouts: { connect: 0.05 } }, TimeoutError],
  ['timeout', { timeout: 0.05 }, TimeoutError],
  ['a signal', { signal: AbortSignal.timeout(50) }, AbortError],
] as const) {
  it(`a create that does not answer ends by ${title}, and what it makes later is closed`, async () => {
    const [client, peer] = pair();
    const late = deferred<Client>();
    const create: Create<'await'> = () => late.promise;
    const keeping = setTimeout(() => {}, 5000); // a signal's timer does not
    const error = await errorOf(() => request({ url, create, ...options }));
    clearTimeout(keeping);
    assert.ok(error instanceof type, String(error));
    if (error instanceof TimeoutError) assert.equal(error.phase, 'connecting');
    late.resolve(client);
    peer.settimeout(5);
    await assert.rejects(peer.receive(), { code: 'ERR_CLOSED' });
    assert.ok(client.stream.closed);
  });
}

it('what a create throws is what the request throws, at once or later', async () => {
  const mine = new Error('mine');
  const thrower = (): never => {
    throw mine;
  };
  for (const create of [thrower, () => Promise.reject(mine)] as Create<'await'>[]) {
    await assert.rejects(request({ url, create }), (error) => error === mine);
  }
});

/** As Promise.withResolvers, which Node 20 does not have. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
