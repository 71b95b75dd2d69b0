/** TLS that is sent in one piece, that breaks in the middle of one, and that is closed at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { ENDED, Failure, type Outcome } from '../../src/core/errors.ts';
import type { Io } from '../../src/core/io.ts';
import { type Deadline, NO_WAIT } from '../../src/core/timeout.ts';
import { bind, connect, stream } from '../../src/entry/blocking.ts';
import { refused } from './support.ts';
import { clientContext, handshaken, LinkEnd, serverContext, side } from './tls-support.ts';

const server = serverContext();

/** Takes `left` bytes, and is broken then. */
class Breaking extends LinkEnd {
  left = Number.POSITIVE_INFINITY;
  readonly sent: number[] = [];

  override send(bytes: Uint8Array): Outcome<number> {
    if (this.left === 0) return new Failure('EPIPE');
    const length = Math.min(bytes.length, this.left);
    this.left -= length;
    this.sent.push(length);
    return length;
  }
}

/** The client of a handshake over links, which goes on over `below`. */
function overBreaking(): { io: OpenSslIo; below: Breaking } {
  const below = new Breaking();
  const [here, there] = LinkEnd.pair();
  const switched: Io = {
    recv: () => here.recv(),
    send: (bytes) => (done ? below.send(bytes) : here.send(bytes)),
    shutdown: () => {},
    close: () => {},
    getfd: () => -1,
  };
  let done = false;
  const made = handshaken(
    [switched, there],
    side('client', { context: clientContext() }),
    side('server', { context: server }),
  );
  assert.deepEqual([made.clientFailure, made.serverFailure], [undefined, undefined]);
  done = true;
  return { io: made.client, below };
}

describe('a send of TLS that waits without an end', () => {
  it('hands over the records of a slice together', () => {
    const { io, below } = overBreaking();
    assert.equal(stream(io).send(Buffer.alloc(65_536)), 65_536);
    assert.equal(below.sent.length, 1);
  });

  it('that breaks says how much had gone out in whole records', () => {
    const lengthOf = (bytes: number): number => {
      const { io, below } = overBreaking();
      stream(io).send(Buffer.alloc(bytes));
      return below.sent[0] as number;
    };
    const record = lengthOf(16_384);
    for (const [taken, sent] of [
      [0, 0],
      [1, 0],
      [record - 1, 0],
      [2 * record - 1, 16_384],
      [2.5 * record, 32_768],
      [4 * record - 1, 49_152],
      [4 * record + 1, 65_536],
    ] as const) {
      const { io, below } = overBreaking();
      below.left = Math.floor(taken);
      const error = refused(() => stream(io).send(Buffer.alloc(131_072)), 'EPIPE');
      assert.equal(error.sent, sent, `${taken} bytes of ciphertext`);
    }
  });
});

/** How long each receive of the client's transport was to wait, in its close. */
function closing(maxVersion: 'TLSv1.2' | 'TLSv1.3'): { waits: number[]; arrived: string; end: unknown } {
  using listening = bind('127.0.0.1', 0);
  const near = connect('127.0.0.1', listening.getsockname().port);
  const far = listening.accept();
  const waits: number[] = [];
  const below = new Proxy(near.stream.io, {
    get(io, name) {
      const value = Reflect.get(io, name, io);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'recvInto') waits.push((args[1] as Deadline).remaining());
        return value.apply(io, args);
      };
    },
  });
  const made = handshaken(
    [below, far.stream.io],
    side('client', { context: clientContext({ maxVersion }) }),
    side('server', { context: server }),
  );
  assert.deepEqual([made.clientFailure, made.serverFailure], [undefined, undefined]);
  const here = stream(made.client);
  here.send('the last words');
  waits.length = 0;
  here.close();
  const there = stream(made.server);
  const arrived = there.receive(14).toString();
  const end = made.server.recv(NO_WAIT);
  there.close();
  return { waits, arrived, end };
}

describe('a client of TLS that sends and closes at once', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`waits for no ticket of ${version} once its words are acknowledged, and loses none`, () => {
      const { waits, arrived, end } = closing(version);
      assert.deepEqual([arrived, end], ['the last words', ENDED]);
      assert.ok(Math.max(...waits) < 100, `waits of ${waits.join(', ')} ms`);
    });
  }
});
