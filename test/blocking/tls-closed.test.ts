/** A TLS connection that is closed has nothing of OpenSSL's any more. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CLOSED_HERE } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { clientContext, handshaken, LinkEnd, serverContext, side } from './tls-support.ts';

it('calls that follow do not reach what OpenSSL has freed', () => {
  const [client, server] = [side('client', { context: clientContext() }), side('server', { context: serverContext() })];
  const { client: io, server: other } = handshaken(LinkEnd.pair(), client, server);
  io.close();
  io.updateKeys(true);
  assert.equal(io.push(), true);
  assert.deepEqual([io.readable(), io.writable()], [true, true]);
  for (const outcome of [io.recv(NO_WAIT), io.send(Buffer.from('x'), NO_WAIT)]) assert.equal(outcome, CLOSED_HERE);
  io.shutdown('both');
  io.close();
  other.close();
});
