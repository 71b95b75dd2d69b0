/** TLS of the blocking face beside peers that never stop, never go or never come to an end: what each may use up. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HandshakeAcceptor } from '../../src/blocking/tls-acceptor.ts';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { Wire } from '../../src/blocking/tls-wire.ts';
import { ENDED, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import { LINGER_LIMIT } from '../../src/core/limits.ts';
import { type Deadline, NO_WAIT } from '../../src/core/timeout.ts';
import type { Connection } from '../../src/posix/openssl/connection.ts';
import { LONGEST_RECORD } from '../../src/posix/openssl/records.ts';
import type { TcpAcceptor, TcpIo, TlsListening } from '../../src/sockets/engine.ts';
import { clientContext, handshaken, LinkEnd, serverContext, side } from './tls-support.ts';

const client = clientContext();
const server = serverContext();
const roles = [side('client', { context: client }), side('server', { context: server })] as const;

/** An end whose peer says the same again and again, up to 8 MiB. */
class Endless extends LinkEnd {
  given = 0;
  says: Buffer | undefined;

  override recv(): Outcome<Uint8Array> {
    if (this.says === undefined) return super.recv();
    if (this.given > 8_388_608) return ENDED;
    this.given += this.says.length;
    return this.says;
  }
}

it('a handshake whose time is over takes no more than a record of a peer that never stops', () => {
  const below = new Endless();
  below.join(new LinkEnd());
  // A ClientHello of 16,000 bytes in records of one each: the first four are its type and length.
  const records = [1, 0, 0x3e, 0x80].map((byte) => Buffer.of(22, 3, 1, 0, 1, byte));
  below.says = Buffer.of(22, 3, 1, 0, 1, 0);
  const io = new OpenSslIo(below, { ...roles[1], unread: Buffer.concat(records) });
  assert.equal(io.handshake(NO_WAIT), TIMED_OUT);
  assert.ok(below.given <= LONGEST_RECORD + 6, `${below.given} bytes were taken`);
  below.says = undefined;
  io.close();
});

it('a close reads what has come, and not all that comes', () => {
  const ends = [new Endless(), new LinkEnd()] as const;
  const [below] = ends;
  below.join(ends[1]);
  const made = handshaken(ends, ...roles);
  assert.equal(made.clientFailure, undefined);
  below.says = Buffer.alloc(65_536);
  made.client.close();
  assert.ok(below.given <= 1_048_576 + 65_536, `${below.given} bytes were read`);
});

it('a close waits half a minute for a peer that takes nothing, whatever the timeouts are', () => {
  const ends = LinkEnd.pair();
  const made = handshaken(ends, ...roles);
  const waits: number[] = [];
  const send = ends[0].send.bind(ends[0]);
  Object.assign(ends[0], {
    room: 0,
    send(bytes: Uint8Array, deadline: Deadline) {
      waits.push(deadline.remaining());
      return send(bytes);
    },
  });
  made.client.close();
  assert.ok(Math.max(...waits) > 0 && Math.max(...waits) <= LINGER_LIMIT * 1000, waits.join());
});

it('what select has read ahead is dropped with the receiving half', () => {
  const made = handshaken(LinkEnd.pair(), ...roles);
  made.server.send(Buffer.from('x'), NO_WAIT);
  assert.equal(made.client.readable(), true);
  made.client.shutdown('receive');
  assert.equal(made.client.recv(NO_WAIT), ENDED);
  for (const io of [made.client, made.server]) io.close();
});

it('of what a peer has said first some bytes are remembered, and not all', () => {
  const wire = new Wire(new LinkEnd(), { feed() {} } as unknown as Connection);
  for (let i = 0; i < 100; i++) wire.take(Buffer.alloc(10));
  wire.take(Buffer.alloc(10_000));
  assert.ok((wire.first?.length ?? 0) < 200, `${wire.first?.length} bytes`);
});

/** An acceptor over connections in memory, whose other ends the test has. */
function accepting(count: number, backlog: number) {
  const pairs = Array.from({ length: count }, () => LinkEnd.pair());
  const waiting = pairs.map(([end]) => Object.assign(end, { getpeername: () => TIMED_OUT }) as unknown as TcpIo);
  const below = {
    accept: () => waiting.shift() ?? TIMED_OUT,
    getfd: () => -1,
    close() {},
  } as unknown as TcpAcceptor;
  const how = { ...roles[1], backlog, limit: 600_000, rejected: () => assert.fail() } as unknown as TlsListening;
  return { acceptor: new HandshakeAcceptor(below, how), waiting, pairs };
}

it('connections whose handshakes are done count as long as they are not accepted', () => {
  const { acceptor, waiting, pairs } = accepting(3, 1);
  const one = new OpenSslIo((pairs[0] as [LinkEnd, LinkEnd])[1], roles[0]);
  for (let turn = 0; turn < 100 && !acceptor.readable(); turn++) one.handshake(NO_WAIT);
  acceptor.readable();
  assert.equal(waiting.length, 2);
  const accepted = acceptor.accept(NO_WAIT);
  assert.ok(accepted instanceof OpenSslIo);
  acceptor.readable();
  assert.equal(waiting.length, 1);
  acceptor.close();
  for (const io of [one, accepted]) io.close();
});

it('a close ends the handshakes that are under way', () => {
  const { acceptor, pairs } = accepting(3, 2);
  acceptor.readable();
  acceptor.close();
  assert.deepEqual(
    pairs.map(([end]) => end.closed),
    [true, true, false],
  );
});
