/**
 * TLS in the await face where Node's private names are not what they must be: each connection goes over an `IoDuplex`, and
 * the cases of streams and of the matrix hold all the same.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { canUpgrade } from '../../src/async/tls-handle.ts';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as tls from '../../src/entry/tls.ts';
import { AT_ONCE, inThisProcess, type RunningPeer, runCase, startPeer } from './harness.ts';
import { cases as keys } from './tls/keys.ts';
import { cases as matrix } from './tls/matrix.ts';
import { cases as streams } from './tls/streams.ts';

let running: RunningPeer;
before(async () => {
  running = await startPeer({ tls: true });
  await hideWhetherItReads();
});
after(() => running.stop());

/** As if a stream that reads did not say so when it is asked to read. */
async function hideWhetherItReads(): Promise<void> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  assert.equal(canUpgrade(socket), true, 'else this file tests what others do');
  let owner = (socket as unknown as { _handle: object })._handle;
  while (!Object.hasOwn(owner, 'readStart')) owner = Object.getPrototypeOf(owner) as object;
  const handle = owner as { readStart(): number };
  const { readStart } = handle;
  handle.readStart = function () {
    readStart.call(this);
    return 0;
  };
  assert.equal(canUpgrade(socket), false);
  socket.destroy();
  server.close();
}

describe('TLS, await face without the handle', { concurrency: AT_ONCE }, () => {
  for (const one of [...streams, ...matrix, ...keys]) {
    it(one.name, () => runCase(one, 'await', inThisProcess({ ...sockets, http, tls }, running.peer)));
  }
});
