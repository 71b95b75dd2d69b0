/** What a session keeps of its connections, how long, and for whom. */
import '../../core/test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protocolEngine } from '../../../src/async/protocol-engine.ts';
import { TIMED_OUT } from '../../../src/core/errors.ts';
import { runBlocking } from '../../../src/core/flow.ts';
import type { Io } from '../../../src/core/io.ts';
import { IDLE_SECONDS } from '../../../src/core/limits.ts';
import { Stream } from '../../../src/core/stream.ts';
import { deadlineAfter } from '../../../src/core/timeout.ts';
import type { Gate } from '../../../src/core/turns.ts';
import type { ProtocolEngine } from '../../../src/protocol/connect/engine.ts';
import { Pool } from '../../../src/protocol/connect/pool.ts';
import { routeOf } from '../../../src/protocol/connect/route.ts';
import { targetOf } from '../../../src/protocol/connect/target.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Runner } from '../../../src/sockets/face.ts';
import { parse } from '../../../src/url/parts.ts';
import { errorOf, ScriptedIo, SILENCE } from '../../core/scripted-io.ts';
import { ok } from '../http/network.ts';
import { type Said, SlowNetwork } from '../http/slow-network.ts';

const url = 'http://h/';
const POST = { url, method: 'POST', source: 'abc' };

function network(connections: number, connect = 0): SlowNetwork {
  return new SlowNetwork({ connect, says: () => [[0, ok('x')]] }, connections);
}

for (const how of ['blocking', 'await'] as const) {
  describe(`pool, ${how}`, () => {
    it('an idle connection is kept for four seconds', async () => {
      for (const [pause, opened] of [
        [IDLE_SECONDS - 0.1, 1],
        [IDLE_SECONDS, 2],
      ] as const) {
        const servers = network(10);
        await servers.ask(how, url);
        for (let i = 0; i < 3; i++) {
          servers.pass(pause);
          await servers.ask(how, url);
        }
        assert.deepEqual([servers.opened, servers.closed], opened === 1 ? [1, 0] : [4, 3]);
        servers.close();
        assert.equal(servers.closed, servers.opened);
      }
    });

    it('a request to one server closes what is idle for too long to another', async () => {
      const servers = network(10);
      await servers.ask(how, url);
      servers.pass(IDLE_SECONDS);
      await servers.ask(how, 'http://other/');
      assert.deepEqual([servers.opened, servers.closed], [2, 1]);
    });

    it('a POST takes none that has served before, but the place of one', async () => {
      const servers = network(1);
      await servers.ask(how, url);
      for (let i = 2; i < 5; i++) {
        await servers.ask(how, POST);
        assert.deepEqual([servers.opened, servers.closed], [i, i - 1]);
      }
      await servers.ask(how, url);
      assert.equal(servers.opened, 4, 'what a POST has left is as good as any');
      const roomy = network(2);
      await roomy.ask(how, url);
      await roomy.ask(how, POST);
      assert.deepEqual([roomy.opened, roomy.closed], [2, 0]);
      await roomy.ask(how, POST);
      assert.deepEqual([roomy.opened, roomy.closed], [3, 1]);
    });

    it('a dial that fails, and a request that does, leave their place', async () => {
      const servers = network(1, 5);
      for (let i = 0; i < 3; i++) await errorOf(() => servers.ask(how, { url, timeouts: { connect: 1 } }));
      assert.equal((await servers.ask(how, url)).code, 200);
      const says = (i: number): Said[] => [[0, i < 3 ? 'nonsense\r\n\r\n' : ok('x')]];
      const broken = new SlowNetwork({ says }, 1);
      for (let i = 0; i < 3; i++) await errorOf(() => broken.ask(how, url));
      assert.equal((await broken.ask(how, url)).code, 200);
      assert.deepEqual([broken.opened, broken.closed], [4, 3]);
    });

    it('each server has its own, whatever the case of its name', async () => {
      const servers = network(1);
      for (const other of ['http://h:80/', 'http://H/', 'http://h:81/', 'http://sub.h/', 'http://[::1]/', url]) {
        await servers.ask(how, other);
      }
      assert.equal(servers.opened, 4);
    });

    it('after close() requests still work, and nothing is kept', async () => {
      const servers = network(10);
      await servers.ask(how, url);
      servers.close();
      servers.close();
      await servers.ask(how, url);
      assert.deepEqual([servers.opened, servers.closed], [2, 2]);
      assert.match(servers.heads[1] ?? '', /\r\nConnection: close\r\n/);
    });
  });
}

/** A pool of one connection over an engine whose waits the test ends, and a way to open one. */
function scriptedPool() {
  const later: (() => void)[] = [];
  const gates: { waiting: boolean; woken: unknown[] }[] = [];
  /** The transports that something has come from. */
  const news = new Set<Io>();
  const engine: ProtocolEngine<'blocking'> = {
    *dial() {
      const io: Io = new ScriptedIo([SILENCE]);
      const readiness = { readable: () => news.has(io), writable: () => true };
      return new Client(new Stream(Object.assign(io, { readiness })), {} as Runner<'blocking'>);
    },
    sleep: () => TIMED_OUT,
    gate<T>(): Gate<T> {
      const state = { waiting: true, woken: [] as unknown[] };
      gates.push(state);
      return {
        wait: () => new Promise<never>(() => {}),
        get waiting() {
          return state.waiting;
        },
        wake: (value) => void state.woken.push(value),
      };
    },
    later: (_, call) => void later.push(call),
    bounded: (promise) => promise,
  };
  const pool = new Pool(engine, 1);
  const route = routeOf(
    targetOf(parse('http://h/')),
    {
      call: 'request',
      proxy: undefined,
      tunnel: undefined,
      tls: undefined,
      proxyTls: undefined,
      alpn: 'http/1.1',
      made: false,
    },
    undefined,
  );
  const open = () =>
    pool.open(route, false, deadlineAfter('test', null), { resolved() {}, attempted() {}, secured() {} });
  return { pool, open, gates, later, news };
}

it('an idle connection that has said something unasked is closed, and not used again', () => {
  const { pool, open, news } = scriptedPool();
  const first = runBlocking(open());
  pool.release(first, true);
  news.add(first.client.stream.io);
  const second = runBlocking(open());
  assert.deepEqual([second.reused, first.client.stream.closed], [false, true]);
  pool.release(second, true);
  assert.equal(runBlocking(open()).client, second.client);
});

it('a connection that becomes free passes over a request whose time was over in the same turn', () => {
  const { pool, open, gates } = scriptedPool();
  const first = runBlocking(open());
  open().next();
  open().next();
  const [late, next] = gates;
  late!.waiting = false;
  pool.release(first, true);
  assert.deepEqual([late!.woken, next!.woken], [[], [first.client]]);
  next!.waiting = false;
  pool.release(first, true);
  assert.equal(runBlocking(open()).client, first.client, 'it is idle, and not lost');
});

it('a route without connections is forgotten', () => {
  const { pool, open, later } = scriptedPool();
  pool.release(runBlocking(open()), true);
  assert.equal(later.length, 1, 'a sweep is arranged');
  pool.close();
  later.pop()?.();
  assert.equal(later.length, 0, 'and none after it');
});

it('how many connections: a whole number from 1', () => {
  for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null]) {
    assert.throws(() => new Pool(protocolEngine, wrong as number), { code: 'ERR_INVALID_ARGUMENT' }, String(wrong));
  }
});
