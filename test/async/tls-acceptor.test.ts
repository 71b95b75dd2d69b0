/** Handshakes behind `accept`: bounded in number, and none outlives its server. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { TlsServerAcceptor } from '../../src/async/tls-acceptor.ts';
import { Failure, type Outcome } from '../../src/core/errors.ts';
import { type Deadline, NO_DEADLINE } from '../../src/core/timeout.ts';
import type { TcpAcceptor, TcpIo, TlsIo, TlsListening } from '../../src/sockets/engine.ts';
import { Later, ScriptedConnection, ScriptedEngine } from '../sockets/scripted-engine.ts';

const LIMIT = 3;

/** An acceptor with `count` connections in the queue below, whose handshakes end as the test says. */
async function accepting(count: number) {
  const engine = new ScriptedEngine();
  engine.accepts = Array.from({ length: count }, () => new ScriptedConnection(engine));
  for (const io of engine.accepts) engine.open.add(io as TcpIo);
  const below = (await engine.bind()).listen(LIMIT, {}) as TcpAcceptor;
  const handshakes: { readonly io: TcpIo; readonly deadline: Deadline; readonly end: Later<Outcome<TlsIo>> }[] = [];
  const how = { backlog: LIMIT, limit: 10_000, rejected() {} } as unknown as TlsListening;
  const acceptor = new TlsServerAcceptor(below, how, (io, _how, deadline) => {
    const end = new Later<Outcome<TlsIo>>();
    handshakes.push({ io: io as TcpIo, deadline, end });
    return end.promise;
  });
  /** The handshake is done, and its connection the transport. */
  const finish = async (...which: number[]): Promise<void> => {
    for (const i of which) handshakes[i]?.end.give(handshakes[i]?.io as unknown as TlsIo);
    await setImmediate();
  };
  return { engine, acceptor, handshakes, finish };
}

it('those under way and those that are done are no more than the backlog, until one is accepted', async () => {
  const { acceptor, handshakes, finish } = await accepting(10);
  assert.equal(handshakes.length, LIMIT);
  await finish(0, 1);
  assert.equal(handshakes.length, LIMIT);
  assert.equal(await acceptor.accept(NO_DEADLINE), handshakes[0]?.io);
  assert.equal(handshakes.length, LIMIT + 1);
  handshakes[2]?.end.give(new Failure('ERR_TLS'));
  await setImmediate();
  assert.equal(handshakes.length, LIMIT + 2);
});

it('a close ends the handshakes that are under way, and closes what comes of them and what was not accepted', async () => {
  const { engine, acceptor, handshakes, finish } = await accepting(LIMIT);
  await finish(0);
  acceptor.close();
  assert.deepEqual(
    handshakes.map(({ deadline }) => deadline.signal?.aborted),
    [true, true, true],
  );
  await finish(1); // it was done at that moment
  handshakes[2]?.end.give(new Failure('ABORT_ERR'));
  await setImmediate();
  engine.open.delete(handshakes[2]?.io as object); // the handshake itself closes what it fails
  assert.deepEqual([...engine.open], []);
});
