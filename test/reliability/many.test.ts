/** Many sockets at once, and many one after the other: nobody starves, and nothing is left behind. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { bind, connect, pair, type Selectable, select, type TcpClient, udp, unix } from '../../src/entry/index.ts';
import { apart, assertTook, duration, fails, fault, openDescriptors, type Scope } from './harness.ts';
import { linked, wrote } from './raw.ts';

fault('41: nothing to select: a sleep, for no time as for some', {}, async () => {
  assertTook(await duration(() => select([], [], 0.05)), 0.05);
  assertTook(await duration(() => select(null, undefined, 0)), 0);
  assert.deepEqual(await select([], null, 0.01), { readable: [], writable: [] });
});

fault('41: buffered bytes, the end, a closed socket and duplicates', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const idle = await linked(scope);
  await wrote(peer, 'two\nlines\n');
  assert.equal(await client.receive(), 'two');
  const took = await duration(async () => {
    const { readable } = await select([idle.client, client, client], [], 5);
    assert.deepEqual(readable, [client]); // once, and at once
  });
  assertTook(took, 0);
  assert.equal(await client.receive(), 'lines');
  assert.deepEqual((await select([client, idle.client], [], 0.05)).readable, []);
  peer.end();
  assert.deepEqual((await select([client, idle.client], [], 5)).readable, [client]);
  await fails(client.receive(), 'ERR_CLOSED');
  const waiting = select([idle.client], [], 10);
  idle.client.close();
  assert.deepEqual((await waiting).readable, [idle.client]);
  assert.deepEqual((await select([idle.client], [idle.client], 1)).writable, [idle.client]);
});

fault('41: what cannot be selected, and timeouts that are none', {}, async (scope) => {
  const { client } = await linked(scope);
  for (const wrong of [5, 'x', {}, null, udp(), unix.stream()]) {
    await fails(select([wrong as Selectable], [], 0), 'ERR_INVALID_ARGUMENT');
    await fails(select([], [wrong as Selectable], 0), 'ERR_INVALID_ARGUMENT');
  }
  for (const wrong of [5, {}, true]) {
    await fails(select(wrong as unknown as Selectable[], [], 0), 'ERR_INVALID_ARGUMENT');
  }
  for (const wrong of [Number.NaN, '1']) await fails(select([client], [], wrong as number), 'ERR_INVALID_ARGUMENT');
  const waiting = select([client], [], -1);
  assert.equal(await Promise.race([waiting, delay(30, 'still waits')]), 'still waits');
  client.close();
  await waiting;
});

fault('41: 10,000 sockets, of which one has something', {}, async (scope) => {
  const ends = Array.from({ length: 5000 }, () => pair());
  const all = ends.flat();
  for (const end of all) scope.defer(() => end.close());
  const [here, there] = ends[4321] as (typeof ends)[0];
  const waiting = select(all, [], 10);
  await there.send('x');
  assert.deepEqual((await waiting).readable, [here]);
});

/** `count` clients of ours and their accepted ends. */
async function many(scope: Scope, count: number): Promise<{ here: TcpClient[]; there: TcpClient[] }> {
  const server = await bind('127.0.0.1', 0, { backlog: 128 });
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const here: TcpClient[] = [];
  const there: TcpClient[] = [];
  scope.defer(() => {
    for (const client of [...here, ...there]) client.close();
  });
  while (here.length < count) {
    const batch = Array.from({ length: 50 }, () => connect('127.0.0.1', port, { timeout: 20 }));
    for (let i = 0; i < batch.length; i++) there.push(await server.accept());
    here.push(...(await Promise.all(batch)));
  }
  return { here, there };
}

apart('41: 3,000 connections selected, 6,000 descriptors open', { network: ':', seconds: 60 }, async (scope) => {
  const { here, there } = await many(scope, 3000);
  const port = here[2345]?.getsockname().port;
  assert.deepEqual((await select(there, [], 0.05)).readable, []);
  const waiting = select(there, [], 20);
  await here[2345]?.send('x');
  const { readable } = await waiting;
  assert.deepEqual(
    readable.map((client) => client.getpeername().port),
    [port],
  );
  assert.equal((await select([], here, 20)).writable.length, 3000);
});

apart(
  '42: 1,000 clients that never end their line, and others are served as before',
  { network: ':', seconds: 60, memory: true },
  async (scope) => {
    const { here, there } = await many(scope, 1000);
    const receiving = there.map((client) => client.receive());
    for (const line of receiving) line.catch(() => {}); // they end when they are closed
    await Promise.all(here.map((client) => client.send('half a li')));
    const server = await bind('127.0.0.1', 0);
    scope.defer(() => server.close());
    const good = await connect('127.0.0.1', server.getsockname().port);
    const served = await server.accept();
    for (const client of [good, served]) scope.defer(() => client.close());
    const times: number[] = [];
    for (let i = 0; i < 500; i++) {
      times.push(
        await duration(async () => {
          await good.send(`${i}\n`);
          assert.equal(await served.receive(), String(i));
        }),
      );
    }
    times.sort((a, b) => a - b);
    assertTook(times[250] ?? 99, 0, 0.005);
    assertTook(times[495] ?? 999, 0, 0.25);
    // What they sent is still theirs.
    there[0]?.close();
    for (const [i, client] of here.entries()) if (i > 0) await client.send('ne\n');
    assert.deepEqual(new Set(await Promise.all(receiving.slice(1))), new Set(['half a line']));
  },
);

apart('43: 20,000 connections, one after the other: nothing stays', { network: ':', seconds: 100 }, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const cycle = async (): Promise<void> => {
    const [client, accepted] = await Promise.all([connect('127.0.0.1', port, { timeout: 20 }), server.accept()]);
    await client.send('x\n');
    assert.equal(await accepted.receive(), 'x');
    client.close();
    await fails(accepted.receive(), 'ERR_CLOSED');
    accepted.close();
  };
  const heap = async (): Promise<number> => {
    await delay(20); // the last ones are closed in the event loop's next turns
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < 4000; i++) await cycle();
  const before = await heap();
  const descriptors = openDescriptors().length;
  for (let i = 0; i < 16_000; i++) await cycle();
  const growth = (await heap()) - before;
  assert.ok(Math.abs(openDescriptors().length - descriptors) <= 2, `${descriptors} became ${openDescriptors().length}`);
  // 100 bytes for each connection would be an object that nobody lets go.
  assert.ok(growth < 1_600_000, `${growth} bytes after 16,000 connections`);
});
