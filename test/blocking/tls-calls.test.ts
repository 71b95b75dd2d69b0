/** Single calls of a TLS connection: what they hold and move, and that none reaches what OpenSSL has freed or others have left with it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CLOSED_HERE, TakenLate, TIMED_OUT } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import type { Asked } from '../../src/posix/openssl/callbacks.ts';
import { RECORD } from '../../src/posix/openssl/connection.ts';
import { openssl } from '../../src/posix/openssl/functions.ts';
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

it('a record that is larger than the memory of its receiver is there for the next receives', () => {
  const link = LinkEnd.pair();
  const { client, server } = joined(link);
  assert.equal(client.recv(NO_WAIT), TIMED_OUT); // tickets
  server.send(Buffer.from('one two three'), NO_WAIT);
  const memory = Buffer.alloc(4);
  const got: string[] = [];
  for (let i = 0; i < 4; i++) got.push(memory.toString('latin1', 0, client.recvInto(memory, NO_WAIT) as number));
  assert.deepEqual(got, ['one ', 'two ', 'thre', 'e']);
  assert.equal(client.recvInto(memory, NO_WAIT), TIMED_OUT);
  client.close();
  server.close();
});

it('a send that may end early makes no record beside one that is not sent', () => {
  const link = LinkEnd.pair();
  const { client, server } = joined(link);
  link[0].room = 100;
  const sent = client.send(Buffer.alloc(4 * RECORD), NO_WAIT);
  assert.ok(sent instanceof TakenLate);
  assert.equal(sent.taken, RECORD);
  client.close();
  server.close();
});

it("what is held is its connection's own: others that send meanwhile do not write over it", () => {
  const link = LinkEnd.pair();
  const { client, server } = joined(link);
  const other = joined(LinkEnd.pair());
  link[0].room = 100;
  assert.ok(client.send(Buffer.alloc(RECORD, 'held here'), NO_WAIT) instanceof TakenLate);
  assert.equal(other.client.send(Buffer.alloc(RECORD, 'sent there'), NO_WAIT), RECORD);
  link[0].room = Number.POSITIVE_INFINITY;
  assert.equal(client.push(), true);
  assert.ok(Buffer.alloc(RECORD, 'held here').equals(server.recv(NO_WAIT) as Uint8Array));
  for (const io of [client, server, other.client, other.server]) io.close();
});

it("an error that another call of the process has left with OpenSSL is not taken for the connection's", () => {
  const c = openssl();
  const theirs = clientContext() as Asked;
  const leaveError = (): void => {
    assert.equal(c.SSL_CTX_set_cipher_list(theirs.pointer, 'NO-SUCH'), 0);
    assert.notEqual(Number(c.ERR_peek_error()), 0);
  };
  const { client, server } = joined(LinkEnd.pair());
  server.updateKeys(false); // a record that has nothing in it for the program
  leaveError();
  assert.equal(server.send(Buffer.from('x'), NO_WAIT), 1);
  leaveError();
  assert.equal(String(client.recv(NO_WAIT)), 'x');
  leaveError();
  assert.equal(client.recv(NO_WAIT), TIMED_OUT);
  server.send(Buffer.from('y'), NO_WAIT);
  assert.equal(String(client.recv(NO_WAIT)), 'y');
  c.ERR_clear_error();
  client.close();
  server.close();
});
