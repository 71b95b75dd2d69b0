/** Connections that do not come about are closed, and a proxy has no longer than the call. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { TIMED_OUT } from '../../../src/core/errors.ts';
import { runAsync } from '../../../src/core/flow.ts';
import { Stream } from '../../../src/core/stream.ts';
import { deadlineAfter } from '../../../src/core/timeout.ts';
import { type Create, dial } from '../../../src/protocol/connect/dial.ts';
import type { ProtocolEngine } from '../../../src/protocol/connect/engine.ts';
import { routeOf } from '../../../src/protocol/connect/route.ts';
import { targetOf } from '../../../src/protocol/connect/target.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Runner } from '../../../src/sockets/face.ts';
import { parse } from '../../../src/url/parts.ts';
import { errorOf, ScriptedIo } from '../../core/scripted-io.ts';

const WATCH = { resolved() {}, attempted() {}, secured() {} };
const ROUTE = routeOf(
  targetOf(parse('http://h/')),
  {
    call: 'request',
    proxy: 'http://proxy:1',
    tunnel: true,
    tls: undefined,
    proxyTls: undefined,
    alpn: 'http/1.1',
    made: true,
  },
  undefined,
);

function clientOver(io: ScriptedIo): Client<'blocking'> {
  return new Client(new Stream(io), {} as Runner<'blocking'>);
}

/** An engine whose connections are this one, and for which a promise is always too late. */
function engineOver(io: ScriptedIo): ProtocolEngine<'blocking'> {
  return {
    *dial() {
      return clientOver(io);
    },
    sleep: () => TIMED_OUT,
    gate: () => assert.fail('nothing waits here'),
    bounded: async (promise, _deadline, late) => {
      late(await promise);
      return TIMED_OUT;
    },
  };
}

it('a proxy that gives no tunnel is left, and has had no longer than the call', async () => {
  const io = new ScriptedIo(['HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n']);
  const flow = dial(engineOver(io), undefined, ROUTE, deadlineAfter('test', 5), WATCH);
  assert.equal((await errorOf<{ code: string } & Error>(() => runAsync(flow))).code, 'ERR_PROXY_REFUSED');
  assert.deepEqual(io.calls, ['close']);
  assert.ok(io.deadlines.length >= 2 && io.deadlines.every((deadline) => deadline.remaining() <= 5000));
});

it('a connection of the caller that comes too late is closed', async () => {
  const io = new ScriptedIo();
  const create: Create<'blocking'> = async () => clientOver(io);
  const flow = dial(engineOver(io), create, { ...ROUTE, proxy: undefined }, deadlineAfter('test', 5), WATCH);
  assert.equal((await errorOf<{ code: string } & Error>(() => runAsync(flow))).code, 'ETIMEDOUT');
  assert.deepEqual(io.calls, ['close']);
});
