/** Handing a connection over: nothing that came before belongs to what follows, and the old stream is spent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, ENDED, Failure, SocketError } from '../../src/core/errors.ts';
import { type Flow, runAsync } from '../../src/core/flow.ts';
import type { Readiness } from '../../src/core/io.ts';
import { Stream } from '../../src/core/stream.ts';
import { beginsTls } from '../../src/core/tls-failures.ts';
import { atOnce, bytes, errorOf, ScriptedIo, SILENCE, type Step, scripted } from './scripted-io.ts';

/** A transport that knows before it is asked that something is there. */
class QueuedIo extends ScriptedIo {
  readonly readiness: Readiness = { readable: () => true, writable: () => true };
}

const queued = (...steps: Step[]): Stream => new Stream(new QueuedIo(steps));

describe('takeOver', () => {
  it('gives the transport, and waits for nothing', async () => {
    const stream = scripted('220 go ahead\r\n', 'rest');
    assert.equal(await runAsync(stream.receive()), '220 go ahead');
    const { io, unread } = atOnce(stream.takeOver('wrap'));
    assert.equal(io, stream.io);
    assert.equal(unread, undefined);
    assert.equal((io as ScriptedIo).calls.length, 0);
  });

  it('leaves a stream that says where the connection went', async () => {
    const stream = scripted('more');
    const { io } = atOnce(stream.takeOver('wrap'));
    for (const call of [
      () => runAsync(stream.receive()),
      () => runAsync(stream.send('x')),
      () => runAsync(stream.receiveSome(1)),
      () => runAsync(stream.takeOver('wrap')),
    ]) {
      const error = await errorOf<SocketError>(call);
      assert.ok(error instanceof ClosedError, String(error));
      assert.match(error.message, /handed over by wrap/);
      assert.deepEqual([error.code, error.reason], ['ERR_CLOSED', 'closed']);
    }
    stream.shutdown();
    stream.close();
    assert.deepEqual((io as ScriptedIo).calls, [], 'the old stream does not touch what it has given away');
    assert.deepEqual([stream.closed, stream.dirty], [true, false]);
  });

  it('refuses bytes that came too early, in the buffer, and they are still there', async () => {
    for (const size of [1, 2, 7, 60]) {
      const text = `220 go ahead\r\n${'250 injected\r\n'.repeat(size)}`;
      const stream = scripted(text);
      assert.equal(await runAsync(stream.receive()), '220 go ahead');
      const error = await errorOf<SocketError>(() => runAsync(stream.takeOver('wrap')));
      assert.deepEqual([error.code, error.reason], ['ERR_TLS_UNREAD', 'unread data']);
      assert.match(error.message, /"250 injected\\r\\n/);
      assert.ok(error.message.length < 250, error.message);
      assert.equal(await runAsync(stream.receive()), '250 injected');
    }
  });

  it('refuses bytes that the transport has queued', async () => {
    for (const step of ['250 injected\r\n', { later: '250 injected\r\n' }]) {
      const stream = queued(step);
      const error = await errorOf<SocketError>(() => runAsync(stream.takeOver('wrap')));
      assert.deepEqual([error.code, stream.closed], ['ERR_TLS_UNREAD', false]);
      assert.equal(await runAsync(stream.receive()), '250 injected');
    }
  });

  it('hands over what belongs to the heir, from the buffer or the queue', async () => {
    const hello = bytes('\x16\x03\x01\x02\x00rest');
    const stream = scripted(Buffer.concat([bytes('PROXY TCP4\r\n'), hello]));
    assert.equal(await runAsync(stream.receive()), 'PROXY TCP4');
    assert.deepEqual(atOnce(stream.takeOver('wrap', beginsTls)).unread, hello);
    assert.deepEqual(atOnce(queued(hello).takeOver('wrap', beginsTls)).unread, hello);
    const plain = queued('EHLO x\r\n');
    assert.equal(
      (await errorOf<SocketError>(() => runAsync(plain.takeOver('wrap', beginsTls)))).code,
      'ERR_TLS_UNREAD',
    );
  });

  it('tells a connection that has ended from one that is silent', async () => {
    for (const [end, code] of [
      [ENDED, 'ERR_CLOSED'],
      [new Failure('ECONNRESET'), 'ECONNRESET'],
    ] as const) {
      const stream = queued(end);
      const error = await errorOf<SocketError>(() => runAsync(stream.takeOver('wrap')));
      assert.deepEqual([error.code, error.message.includes('handed over')], [code, false]);
    }
  });

  it('refuses while a call is pending', async () => {
    const stream = new Stream(new ScriptedIo([SILENCE], [SILENCE]));
    const receiving = runAsync(stream.receive());
    const error = await errorOf<SocketError>(() => runAsync(stream.takeOver('wrap')));
    assert.ok(error instanceof SocketError);
    assert.equal(error.code, 'ERR_BUSY');
    stream.close();
    await errorOf(() => receiving);
    const other = new Stream(new ScriptedIo([], [SILENCE]));
    const sending = runAsync(other.send('x'));
    assert.equal((await errorOf<SocketError>(() => runAsync(other.takeOver('wrap')))).code, 'ERR_BUSY');
    other.close();
    await errorOf(() => sending);
  });

  it('lets the heir have the timeouts', () => {
    const stream = scripted();
    stream.timeouts.set(3);
    stream.timeouts.set(5, 't');
    const { io } = atOnce(stream.takeOver('wrap'));
    const heir = new Stream(io, undefined, stream.timeouts);
    assert.deepEqual(heir.timeouts.get(), { block: 3, total: 5 });
    assert.deepEqual([heir.getstats().received, heir.getstats().sent], [0, 0]);
  });
});

/** A transport that gives up its descriptor. */
class OwnedIo extends ScriptedIo {
  detach(): number {
    this.calls.push('detach');
    return 7;
  }
}

describe('detach', () => {
  it('gives the descriptor, which no call of the stream reaches afterwards', async () => {
    const io = new OwnedIo(['x']);
    const stream = new Stream(io);
    assert.equal(stream.detach(), 7);
    for (const call of [() => stream.send('x'), () => stream.receive()])
      assert.equal((await errorOf<SocketError>(() => runAsync(call() as Flow<unknown>))).code, 'ERR_CLOSED');
    assert.throws(() => stream.detach(), { code: 'ERR_CLOSED' });
    stream.shutdown();
    stream.close();
    assert.deepEqual([io.calls, io.deadlines], [['detach'], []]);
  });

  it('refuses while a call is pending', async () => {
    for (const begin of [(stream: Stream) => stream.receive(), (stream: Stream) => stream.send('x')]) {
      const io = new OwnedIo([SILENCE], [SILENCE]);
      const stream = new Stream(io);
      const pending = runAsync(begin(stream) as Flow<unknown>);
      assert.throws(() => stream.detach(), { code: 'ERR_BUSY' });
      stream.close();
      await errorOf(() => pending);
      assert.deepEqual(io.calls, ['close']);
    }
  });
});
