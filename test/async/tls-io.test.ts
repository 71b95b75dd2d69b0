/** A TLS socket of Node's behind the waist: a stream that closes is cut, and a close has an end whatever the peer does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Wire } from '../../src/async/tls-wire.ts';
import { ENDED } from '../../src/core/errors.ts';
import { LINGER_LIMIT, READ_AHEAD, TICKET_WAIT } from '../../src/core/limits.ts';
import { NO_DEADLINE } from '../../src/core/timeout.ts';
import { TRUNCATED } from '../../src/core/tls-failures.ts';
import type { TlsFacts } from '../../src/sockets/engine.ts';
import { ScriptedIo } from '../core/scripted-io.ts';

/** The timers that the library has set, which it takes when it is loaded: seconds, and what they call. */
const timers = new Map<number, () => void>();
const { setTimeout } = globalThis;
globalThis.setTimeout = ((call: () => void, delay: number) => {
  timers.set(delay / 1000, call);
  return setTimeout(() => {}, 0);
}) as typeof setTimeout;
const { TlsSocketIo } = await import('../../src/async/tls-io.ts');
globalThis.setTimeout = setTimeout;

/** A socket without a network, and the transport over it. */
function made({ truncation = 'error' as 'error' | 'end', sends = true } = {}) {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const below = new ScriptedIo();
  const wire = {
    io: below,
    role: 'client',
    onHandle: false,
    isFlushed: () => true,
    sentAll: (done: () => void) => sends && done(),
  };
  const io = new TlsSocketIo(socket as unknown as TLSSocket, wire as unknown as Wire, truncation);
  timers.clear();
  return { socket, below, io };
}

it('a stream that closes without its end was cut, where that is an error', async () => {
  for (const [truncation, failure] of [
    ['error', TRUNCATED],
    ['end', ENDED],
  ] as const) {
    const { socket, io } = made({ truncation });
    socket.destroy();
    await once(socket, 'close');
    assert.equal(await io.recv(NO_DEADLINE), failure);
  }
});

it('records count with what they cost: a peer that sends single bytes is held back, too', () => {
  const { socket, io } = made();
  let pieces = 1;
  while (socket.push(Buffer.alloc(1)) && pieces < READ_AHEAD) pieces++;
  assert.ok(pieces < READ_AHEAD / 100, `${pieces} pieces are queued`);
  io.close();
});

it('a close is cut off where the peer does not take the goodbye', async () => {
  const { socket, below, io } = made({ sends: false });
  io.close();
  assert.deepEqual([[...timers.keys()], socket.destroyed], [[LINGER_LIMIT], false]);
  timers.get(LINGER_LIMIT)?.();
  await once(socket, 'close');
  assert.deepEqual([...new Set(below.calls)], ['close']);
});

it("a close of a client that has sent something waits for TLS 1.3's tickets, and not for long", async () => {
  const { socket, below, io } = made();
  io.secured({ protocol: 'TLSv1.3' } as TlsFacts, () => undefined);
  await io.send(Buffer.from('x'), NO_DEADLINE);
  io.close();
  assert.deepEqual([[...timers.keys()], socket.destroyed], [[LINGER_LIMIT, TICKET_WAIT], false]);
  timers.get(TICKET_WAIT)?.();
  await once(socket, 'close');
  assert.deepEqual([...new Set(below.calls)], ['close']);
});
