/** TLS of the blocking face beside peers that never stop, never go or never come to an end: what each may use up. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { Wire } from '../../src/blocking/tls-wire.ts';
import { ENDED, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import { LINGER_LIMIT } from '../../src/core/limits.ts';
import { type Deadline, NO_WAIT } from '../../src/core/timeout.ts';
import type { Connection } from '../../src/posix/openssl/connection.ts';
import { LONGEST_RECORD } from '../../src/posix/openssl/records.ts';
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

/** An end whose peer has something to say before each receive, up to 300,000 bytes. */
class Restless extends LinkEnd {
  given = 0;
  speak: (() => void) | undefined;

  override recv(): Outcome<Uint8Array> {
    if (this.given > 300_000) return ENDED;
    this.speak?.();
    const bytes = super.recv();
    if (bytes instanceof Uint8Array) this.given += bytes.length;
    return bytes;
  }
}

it('a receive whose time is over ends beside a peer that makes its keys new and sends nothing else', () => {
  const ends = [new Restless(), new LinkEnd()] as const;
  const [below] = ends;
  below.join(ends[1]);
  const { client: io, server: peer, clientFailure } = handshaken(ends, ...roles);
  assert.equal(clientFailure, undefined);
  assert.equal(io.recv(NO_WAIT), TIMED_OUT); // the tickets are taken
  below.given = 0;
  below.speak = () => {
    peer.updateKeys(false);
    peer.handshake(NO_WAIT); // which has OpenSSL make the record without data
  };
  assert.equal(io.recv(NO_WAIT), TIMED_OUT);
  assert.ok(below.given > LONGEST_RECORD && below.given <= LONGEST_RECORD + 100, `${below.given} bytes were taken`);
  below.speak = undefined;
  below.given = 0;
  // The keys of both sides are the same still.
  peer.send(Buffer.from('x'), NO_WAIT);
  assert.equal(String(io.recv(NO_WAIT)), 'x');
  for (const end of [io, peer]) end.close();
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
