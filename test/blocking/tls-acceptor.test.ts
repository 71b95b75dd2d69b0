/** The acceptor of blocking TLS, by script: which handshake it goes on with, what it waits for, and how each of them ends. */

import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { HandshakeAcceptor } from '../../src/blocking/tls-acceptor.ts';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { type Failure, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import { deadlineAt, NO_WAIT } from '../../src/core/timeout.ts';
import { READABLE } from '../../src/posix/wait.ts';
import type { TcpAcceptor, TcpIo, TlsListening } from '../../src/sockets/engine.ts';
import { setClock } from '../core/test-clock.ts';
import { clientContext, LinkEnd, serverContext, side } from './tls-support.ts';

const client = side('client', { context: clientContext() });
const server = side('server', { context: serverContext() });

/** The listening socket's descriptor, which poll(2) passes over; connections in memory have -1. */
const LISTENING = -2;
/** Milliseconds that a handshake may take. */
const LIMIT = 40;

/** The acceptor's end of a connection; its client, if there is one, answers before each receive. */
class Accepted extends LinkEnd {
  readonly peer: LinkEnd = new LinkEnd();
  client: OpenSslIo | undefined;

  constructor() {
    super();
    this.join(this.peer);
  }

  /** Has a client take its part from now on. */
  answered(t: TestContext): this {
    const io = new OpenSslIo(this.peer, client);
    t.after(() => io.close());
    this.client = io;
    return this;
  }

  override recv(): Outcome<Uint8Array> {
    this.client?.handshake(NO_WAIT);
    return super.recv();
  }

  getpeername(): Failure {
    return TIMED_OUT;
  }
}

/** An acceptor of these connections, one after the other, and what it has rejected. */
function accepting(t: TestContext, backlog: number, ...connections: Accepted[]) {
  const waiting = [...connections];
  const rejected: Failure[] = [];
  const below = {
    accept: () => (waiting.shift() as unknown as TcpIo | undefined) ?? TIMED_OUT,
    getfd: () => LISTENING,
    close() {},
  } as unknown as TcpAcceptor;
  const how: TlsListening = { ...server, backlog, limit: LIMIT, rejected: (why) => rejected.push(why) };
  const acceptor = new HandshakeAcceptor(below, how);
  t.after(() => acceptor.close());
  return { acceptor, waiting, rejected };
}

/** The transport of the connection that is accepted without a wait. */
function next(t: TestContext, acceptor: HandshakeAcceptor): unknown {
  const io = acceptor.accept(NO_WAIT);
  assert.ok(io instanceof OpenSslIo);
  t.after(() => io.close());
  return io.below;
}

/** A clock that the test sets, from 0 on. */
function clock(t: TestContext): { time: number } {
  const at = { time: 0 };
  t.after(setClock(() => at.time));
  return at;
}

it('connections are accepted in the order in which their handshakes were done', (t) => {
  clock(t);
  const all = [1, 2, 3].map(() => new Accepted().answered(t));
  const { acceptor } = accepting(t, 3, ...all);
  assert.equal(acceptor.readable(), true);
  for (const one of all) assert.equal(next(t, acceptor), one);
});

it('connections whose handshakes are done count as long as they are not accepted', (t) => {
  clock(t);
  const all = [new Accepted().answered(t), new Accepted(), new Accepted()] as const;
  const { acceptor, waiting } = accepting(t, 1, ...all);
  assert.equal(acceptor.readable(), true);
  assert.equal(waiting.length, 2);
  assert.equal(next(t, acceptor), all[0]);
  assert.equal(acceptor.readable(), false);
  assert.equal(waiting.length, 1);
});

it('an accept ends with its time, though a handshake has more', (t) => {
  // Each look at the clock takes a millisecond: poll(2) is asked for few of them, and its answer does not count.
  let time = 0;
  t.after(setClock(() => time++));
  const { acceptor, rejected } = accepting(t, 2, new Accepted());
  assert.equal(acceptor.readable(), false); // its time begins here
  assert.equal(acceptor.accept(deadlineAt(time + LIMIT / 4, undefined)), TIMED_OUT);
  assert.deepEqual(rejected, []);
});

it('an accept without an end, and select, look up when the time of the first handshake is over', (t) => {
  const at = clock(t);
  const { acceptor, waiting } = accepting(t, 2, new Accepted());
  assert.equal(acceptor.waits().until, Number.POSITIVE_INFINITY);
  assert.equal(acceptor.readable(), false);
  assert.equal(acceptor.waits().until, LIMIT);
  at.time = LIMIT - 1;
  waiting.push(new Accepted());
  assert.equal(acceptor.readable(), false);
  assert.equal(acceptor.waits().until, LIMIT);
  at.time = LIMIT;
  assert.equal(acceptor.readable(), false);
  assert.equal(acceptor.waits().until, LIMIT - 1 + LIMIT);
});

it('new clients are waited for beside the handshakes under way, up to the backlog', (t) => {
  clock(t);
  const { acceptor, waiting } = accepting(t, 2);
  const listens = () => acceptor.waits().fds.some(([fd, events]) => fd === LISTENING && events === READABLE);
  for (const wanted of [true, true, false]) {
    assert.equal(listens(), wanted);
    waiting.push(new Accepted());
    assert.equal(acceptor.readable(), false);
  }
  assert.equal(waiting.length, 1);
});

it('a connection is closed before its rejection is reported: garbage, and a time that is over', (t) => {
  const at = clock(t);
  const [garbage, silent] = [new Accepted(), new Accepted()];
  garbage.peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  const { acceptor, rejected } = accepting(t, 1, garbage, silent);
  assert.equal(acceptor.readable(), false);
  assert.deepEqual([garbage.closed, silent.closed, rejected.length], [true, false, 1]);
  at.time = LIMIT;
  assert.equal(acceptor.readable(), false);
  assert.deepEqual([silent.closed, rejected.at(-1)], [true, TIMED_OUT]);
});

it('a close ends the handshakes that are under way, and what was not accepted', (t) => {
  clock(t);
  const all = [new Accepted().answered(t), new Accepted(), new Accepted()];
  const { acceptor } = accepting(t, 2, ...all);
  assert.equal(acceptor.readable(), true);
  acceptor.close();
  assert.deepEqual(
    all.map(({ closed }) => closed),
    [true, true, false],
  );
});
