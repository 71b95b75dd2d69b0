/** Single calls of a TLS connection: which of them move what is held, and that none reaches what OpenSSL has freed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CLOSED_HERE, TakenLate, TIMED_OUT } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { clientContext, type Ends, handshaken, LinkEnd, serverContext, side } from './tls-support.ts';

function joined(link: [LinkEnd, LinkEnd]): Ends {
  const client = side('client', { context: clientContext() });
  return handshaken(link, client, side('server', { context: serverContext() }));
}

it('calls of a connection that is closed do not reach what OpenSSL has freed', () => {
  const { client: io, server } = joined(LinkEnd.pair());
  io.close();
  io.updateKeys(true);
  assert.equal(io.push(), true);
  assert.deepEqual([io.readable(), io.writable()], [true, true]);
  for (const outcome of [io.recv(NO_WAIT), io.send(Buffer.from('x'), NO_WAIT)]) assert.equal(outcome, CLOSED_HERE);
  io.shutdown('both');
  io.close();
  server.close();
});

it('a receive moves a record that an earlier call has left, also where it has what it wants without reading', () => {
  const link = LinkEnd.pair();
  const { client, server } = joined(link);
  server.send(Buffer.alloc(100, 'd'), NO_WAIT);
  const memory = Buffer.alloc(10);
  assert.equal(client.recvInto(memory, NO_WAIT), memory.length);
  link[0].room = 10;
  assert.ok(client.send(Buffer.from('held here'), NO_WAIT) instanceof TakenLate);
  assert.equal(server.recv(NO_WAIT), TIMED_OUT);
  link[0].room = Number.POSITIVE_INFINITY;
  // The rest of the record is with OpenSSL: nothing is read from the transport for it.
  const { recv } = link[0];
  link[0].recv = () => assert.fail('it was read from');
  assert.equal(client.recvInto(memory, NO_WAIT), memory.length);
  assert.equal(String(server.recv(NO_WAIT)), 'held here');
  link[0].recv = recv;
  client.close();
  server.close();
});
